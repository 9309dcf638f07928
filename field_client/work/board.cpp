#include "field_client/work/board.hpp"

#include <algorithm>

#include "field_client/work/labels.hpp"
#include "shared/domain/masking.hpp"

namespace doudi::field {
namespace {

bool is_seen(const domain::Visit& visit) {
  return visit.outcome != domain::VisitOutcome::nobody && visit.outcome != domain::VisitOutcome::refused;
}

std::string net_key(const domain::Household& household) {
  return household.sort_key + " " + to_string(household.id);
}

}  // namespace

Status Board::load(sql::Connection& connection, CivilDate today) {
  DOUDI_ASSIGN(domain::VisitRules rules, domain::visit_rules(pack_));
  DOUDI_ASSIGN(data_, GridReader(connection, domain::visits_needed_from(rules, today)).read_all());
  day_ = today;
  ++loads_;
  std::vector<domain::DueBoard::Door> doors;
  for (const auto& [id, household] : data_.households) doors.push_back(door(id));
  due_ = domain::DueBoard(std::move(rules), today, doors);
  net_.clear();
  for (const auto& [id, household] : data_.households) show(id);
  return {};
}

Status Board::refresh(sql::Connection& connection, const Uuid& household) {
  if (!day_) return {};
  const auto before = data_.households.find(household);
  const std::string old_key = before == data_.households.end() ? std::string() : net_key(before->second);
  GridReader reader(connection, domain::visits_needed_from(due_.rules(), *day_));
  DOUDI_ASSIGN(const bool refreshed, reader.refresh(data_, household));
  if (!refreshed) return load(connection, *day_);
  due_.replace(door(household));
  net_.erase(old_key);
  show(household);
  return {};
}

domain::DueBoard::Door Board::door(const Uuid& household) const {
  domain::DueBoard::Door door{household, nullptr, {}};
  const auto found = data_.households.find(household);
  if (found == data_.households.end()) return door;
  door.household = &found->second;
  for (const Uuid& id : data_.members.at(household)) door.members.push_back(&data_.persons.at(id));
  return door;
}

void Board::show(const Uuid& household) {
  const auto found = data_.households.find(household);
  if (found != data_.households.end()) net_[net_key(found->second)] = {household, net_state_of(household)};
}

std::vector<Tag> Board::tags_of(const Uuid& person) const {
  std::vector<Tag> tags;
  for (const auto& tag : data_.persons.at(person).tags)
    if (tag.from <= *day_ && (!tag.to || *day_ <= *tag.to)) tags.push_back({tag.code, tag_label(tag.code)});
  return tags;
}

std::optional<int> Board::age_of(const Uuid& person) const {
  const auto& birth = data_.persons.at(person).birth;
  return birth ? std::optional<int>(domain::age_on(*birth, *day_)) : std::nullopt;
}

std::string Board::name_of(const std::optional<Uuid>& person, const std::optional<Uuid>& household) const {
  if (person && data_.persons.contains(*person)) return data_.persons.at(*person).name;
  const auto members = household ? data_.members.find(*household) : data_.members.end();
  if (members == data_.members.end() || members->second.empty()) return {};
  return data_.persons.at(members->second.front()).name;
}

std::string Board::door_of(const std::optional<Uuid>& household) const {
  const auto text = household ? data_.household_texts.find(*household) : data_.household_texts.end();
  return text == data_.household_texts.end() ? std::string() : text->second.door;
}

DueRow Board::row_of(const domain::DueItem& item) const {
  DueRow row;
  row.household = item.household;
  if (!item.is_household) row.person = item.subject;
  row.door = door_of(item.household);
  row.name = name_of(row.person, item.household);
  const auto members = data_.members.find(item.household);
  row.members = members == data_.members.end() ? 0 : static_cast<int>(members->second.size());
  if (row.person) {
    row.age = age_of(*row.person);
    row.tags = tags_of(*row.person);
    row.phone = data_.person_texts.at(*row.person).phone;
  } else if (members != data_.members.end() && !members->second.empty()) {
    row.age = age_of(members->second.front());
    row.tags = tags_of(members->second.front());
  }
  const auto text = data_.household_texts.find(item.household);
  if (!row.phone && text != data_.household_texts.end()) row.phone = text->second.phone;
  row.duty = domain::to_string(item.duty);
  row.mode = domain::to_string(item.mode);
  row.due_by = item.due_by;
  row.missed = item.missed_before;
  row.tried_at = item.last_attempt;
  row.last_seen = item.last_seen;
  if (item.unreachable) row.unreachable_grade = item.unreachable->grade;
  return row;
}

std::vector<DueRow> Board::due_rows_of(const Uuid& household) const {
  std::vector<DueRow> rows;
  for (const auto& item : due_.items())
    if (item.household == household) rows.push_back(row_of(item));
  return rows;
}

std::vector<Member> Board::members_of(const Uuid& household) const {
  std::vector<Member> members;
  const auto ids = data_.members.find(household);
  if (ids == data_.members.end()) return members;
  const auto due = due_rows_of(household);
  for (const Uuid& id : ids->second) {
    const auto& person = data_.persons.at(id);
    const auto& text = data_.person_texts.at(id);
    if (person.died_on || person.moved_on) continue;
    Member member{id,
                  person.name,
                  text.sex,
                  age_of(id),
                  text.relation,
                  text.is_head,
                  tags_of(id),
                  std::string(domain::to_string(person.self_care)),
                  text.phone,
                  {},
                  {},
                  {},
                  {}};
    if (!text.id_number.empty())
      member.id_masked = domain::mask_identity_number(text.id_number, domain::MaskLevel::staff);
    for (const auto& visit : person.visits)
      if (is_seen(visit)) member.last_seen = date_of(visit.seen_at);
    for (const auto& row : due) {
      if (row.person != id) continue;
      member.duty = row.duty;
      member.due_by = row.due_by;
    }
    members.push_back(std::move(member));
  }
  return members;
}

bool Board::seen_today(const std::vector<domain::Visit>& visits, bool tried) const {
  return std::any_of(visits.begin(), visits.end(), [&](const domain::Visit& visit) {
    return !visit.voided && date_of(visit.seen_at) == *day_ && is_seen(visit) != tried;
  });
}

std::string Board::net_state_of(const Uuid& household) const {
  bool seen = seen_today(data_.households.at(household).visits, false);
  bool tried = seen_today(data_.households.at(household).visits, true);
  for (const Uuid& member : data_.members.at(household)) {
    seen = seen || seen_today(data_.persons.at(member).visits, false);
    tried = tried || seen_today(data_.persons.at(member).visits, true);
  }
  if (seen) return "seen";
  return tried ? "tried" : "open";
}

// Of today: every daily and weekly duty, and the day's share of the monthly ones.
void Board::count_progress(Today& view) const {
  std::int64_t monthly_open = 0;
  std::int64_t urgent_open = 0;
  for (const auto& item : due_.items())
    ++(item.duty == domain::Duty::daily || item.duty == domain::Duty::weekly ? urgent_open : monthly_open);
  const auto load = domain::workload(monthly_open, *day_, month_last(*day_), calendar_);
  view.working_days_left = load.working_days_left;
  view.per_day = load.per_day;
  for (const auto& cell : view.net) view.done += cell.state == "seen" ? 1 : 0;
  view.left = urgent_open + std::max<std::int64_t>(0, std::min(monthly_open, load.per_day - view.done));
}

Today Board::today() const {
  Today view;
  view.date = *day_;
  for (const auto& item : due_.items()) view.due.push_back(row_of(item));
  for (const auto& [key, cell] : net_) view.net.push_back(cell);
  const domain::CoverageReport report = due_.report();
  for (const auto& period : report.periods) {
    const bool week = period.duty == domain::Duty::weekly;
    const bool month = period.duty == domain::Duty::monthly || period.duty == domain::Duty::campaign;
    const auto& count = month ? period.households : period.persons;
    if (week) view.week_done = count.on_time, view.week_total = count.due;
    if (month) view.month_done = count.on_time, view.month_total = count.due;
  }
  count_progress(view);
  return view;
}

}  // namespace doudi::field
