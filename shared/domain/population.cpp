#include "shared/domain/population.hpp"

#include <algorithm>

#include "shared/domain/enum_names.hpp"

namespace doudi::domain {
namespace {

template <class Enum, std::size_t N>
Result<Enum> parse_name(const EnumNames<Enum, N>& names, std::string_view text, const char* what) {
  if (const auto value = value_of(names, text)) return *value;
  return Error{"domain.unknown_code", std::string("unknown ") + what + ": " + std::string(text)};
}

constexpr EnumNames<AbsenceKind, 5> kAbsenceKinds{{{AbsenceKind::hospital, "hospital"},
                                                   {AbsenceKind::institution, "institution"},
                                                   {AbsenceKind::work_away, "work_away"},
                                                   {AbsenceKind::visiting, "visiting"},
                                                   {AbsenceKind::other, "other"}}};
constexpr EnumNames<VisitMode, 5> kVisitModes{{{VisitMode::in_person, "in_person"},
                                               {VisitMode::phone, "phone"},
                                               {VisitMode::video, "video"},
                                               {VisitMode::neighbour, "neighbour"},
                                               {VisitMode::institution, "institution"}}};
constexpr EnumNames<VisitOutcome, 8> kVisitOutcomes{{{VisitOutcome::met, "met"},
                                                     {VisitOutcome::family_met, "family_met"},
                                                     {VisitOutcome::nobody, "nobody"},
                                                     {VisitOutcome::refused, "refused"},
                                                     {VisitOutcome::hospital, "hospital"},
                                                     {VisitOutcome::away, "away"},
                                                     {VisitOutcome::moved, "moved"},
                                                     {VisitOutcome::deceased, "deceased"}}};
constexpr EnumNames<SelfCare, 4> kSelfCare{{{SelfCare::unknown, "unknown"},
                                            {SelfCare::full, "full"},
                                            {SelfCare::partial, "partial"},
                                            {SelfCare::none, "none"}}};

}  // namespace

std::string_view to_string(AbsenceKind kind) {
  return name_of(kAbsenceKinds, kind);
}
std::string_view to_string(VisitMode mode) {
  return name_of(kVisitModes, mode);
}
std::string_view to_string(VisitOutcome outcome) {
  return name_of(kVisitOutcomes, outcome);
}
std::string_view to_string(SelfCare self_care) {
  return name_of(kSelfCare, self_care);
}
Result<AbsenceKind> parse_absence_kind(std::string_view text) {
  return parse_name(kAbsenceKinds, text, "kind of absence");
}
Result<VisitMode> parse_visit_mode(std::string_view text) {
  return parse_name(kVisitModes, text, "visit mode");
}
Result<VisitOutcome> parse_visit_outcome(std::string_view text) {
  return parse_name(kVisitOutcomes, text, "visit outcome");
}
Result<SelfCare> parse_self_care(std::string_view text) {
  return parse_name(kSelfCare, text, "self-care result");
}

CivilDate birthday(CivilDate birth, int years) {
  const YearMonthDay born = year_month_day(birth);
  if (const auto day = civil_date(born.year + years, born.month, born.day)) return *day;
  return *civil_date(born.year + years, 3, 1);  // 29 February in a common year
}

int age_on(CivilDate birth, CivilDate on) {
  const int years = year_month_day(on).year - year_month_day(birth).year;
  return birthday(birth, years) <= on ? years : years - 1;
}

bool Person::has_tag(std::string_view code, CivilDate on) const {
  return std::any_of(tags.begin(), tags.end(), [&](const PersonTag& tag) {
    return tag.code == code && tag.from <= on && (!tag.to || on <= *tag.to);
  });
}

bool Person::present_on(CivilDate day) const {
  if (enrolled_on && day < *enrolled_on) return false;
  if (died_on && day >= *died_on) return false;
  return !(moved_on && day >= *moved_on);
}

std::string door_sort_key(std::int64_t door_order, std::string_view door) {
  const std::string number = std::to_string(std::max<std::int64_t>(0, door_order));
  return std::string(number.size() < 10 ? 10 - number.size() : 0, '0') + number + " " + std::string(door);
}

}  // namespace doudi::domain
