#include "tests/sim/workload.hpp"

#include "field_client/work/lead_writer.hpp"
#include "field_client/work/visit_recorder.hpp"
#include "tests/support/media_samples.hpp"

namespace doudi::sim {
namespace {

sync::Lane ordinary() {
  return sync::Lane::ordinary;
}

}  // namespace

std::optional<Uuid> Workload::any(SimTablet& tablet, const std::string& table) {
  std::vector<Uuid> ids;
  // A household of a grid that the tablet does not have is not offered to anybody.
  const std::string held = table == "household" ? " AND grid IN (SELECT id FROM grid)" : "";
  must(tablet.store().connection().query(
      "SELECT id FROM " + table + " WHERE deleted=0" + held + " ORDER BY id", [&](const sql::Row& row) {
        ids.push_back(row.uuid(0));
        return true;
      }));
  if (ids.empty()) return std::nullopt;
  return ids[rng_.below(ids.size())];
}

void Workload::act(SimTablet& tablet, bool wrong) {
  const std::string marker = "MARK" + std::to_string(++next_) + "M";
  const auto kind = rng_.below(100);
  const auto saved = [&] {
    if (wrong) return kind < 50 ? write_elsewhere(tablet, marker) : refer_to_nothing(tablet, marker);
    if (kind < 35) return visit(tablet, marker);
    if (kind < 45) return emergency(tablet, marker);
    if (kind < 65) return edit_household(tablet, marker);
    if (kind < 80) return edit_person(tablet, marker);
    if (kind < 92) return add_household(tablet, marker);
    return remove_tag(tablet, marker);
  }();
  const std::string who = "tablet " + std::to_string(tablet.index());
  if (!saved.ok()) {
    ++counters_["save refused " + saved.error().code];
    trace_.add(queue_.now_ms(), who + " could not save: " + saved.error().code);
    return;
  }
  if (!saved->has_value()) return;
  ++counters_["save " + (*saved)->table];
  trace_.add(queue_.now_ms(), who + " saved " + marker + " in " + (*saved)->table + "." + (*saved)->column);
  oracle_.saved(**saved);
  tablet.wake();
}

Workload::Saved Workload::visit(SimTablet& tablet, const std::string& marker) {
  const auto household = any(tablet, "household");
  if (!household) return std::optional<Save>{};
  const auto& share = base_.share();
  field::VisitRecorder recorder(tablet.store(), tablet.board(share), share.pack, share.form,
                                tablet.enrolled().worker, field::AttachmentStore(tablet.store(), 0));
  field::NewVisit visit;
  visit.household = *household;
  visit.met = rng_.chance(700) ? "self" : "nobody";
  visit.note = marker;
  Save save{marker, tablet.index(), "visit", {}, "note"};
  if (rng_.chance(photos_)) {
    DOUDI_ASSIGN(save.photo, take_photo(tablet));
    visit.attachments = {save.photo->id};
  }
  DOUDI_ASSIGN(const auto saved, recorder.save(std::move(visit)));
  if (save.photo) ++counters_["save photo"];
  save.row = saved.visit;
  return std::optional(std::move(save));
}

// Most are small, so that a run is quick; some take more than one piece.
Result<Photo> Workload::take_photo(SimTablet& tablet) {
  const std::size_t bytes = rng_.chance(100) ? 300'000 : 1'000 + rng_.below(8'000);
  const Bytes content = test::jpeg_with_place(bytes, static_cast<std::uint32_t>(rng_.next()));
  field::AttachmentStore album(tablet.store(), 0);
  DOUDI_ASSIGN(const auto staged, album.stage(content, tablet.store().clock().wall()));
  DOUDI_ASSIGN(const Bytes kept, album.content(staged.id));
  return Photo{staged.id, crypto::sha256(kept)};
}

Workload::Saved Workload::emergency(SimTablet& tablet, const std::string& marker) {
  const auto household = any(tablet, "household");
  if (!household) return std::optional<Save>{};
  field::LeadDraft draft;
  draft.grid = tablet.board(base_.share()).data().household_texts.at(*household).grid;
  draft.household = household;
  draft.worker = tablet.enrolled().worker;
  draft.source = "worker";
  draft.category = rng_.chance(500) ? "急难·断粮" : "急难·突发疾病";
  draft.grade_worker = 1;
  draft.found_at = tablet.store().clock().wall();
  draft.description = marker;
  Save save{marker, tablet.index(), "lead", {}, "description"};
  DOUDI_ASSIGN(const auto group, tablet.store().save(
                                     {"lead", household}, [] { return sync::Lane::emergency; },
                                     [&](field::RowWriter& writer) -> Status {
                                       DOUDI_ASSIGN(save.row,
                                                    write_lead(writer, draft, tablet.store().clock()));
                                       return {};
                                     }));
  static_cast<void>(group);
  return std::optional(std::move(save));
}

// Columns of every merge rule: notes are kept both, the latest telephone wins, a door goes to a person.
Workload::Saved Workload::edit_household(SimTablet& tablet, const std::string& marker) {
  const auto household = any(tablet, "household");
  if (!household) return std::optional<Save>{};
  if (tablet.ahead() > 0 && rng_.chance(700)) return write_what_is_new(tablet, *household, marker);
  const std::string column = rng_.chance(500) ? "note" : rng_.chance(500) ? "phone" : "door";
  DOUDI_ASSIGN(const auto group,
               tablet.store().save({"edit", household}, ordinary, [&](field::RowWriter& writer) -> Status {
                 DOUDI_ASSIGN(const auto row, writer.read("household", *household));
                 const Value* before = field::find_value(*row, column);
                 const std::string* text = before ? std::get_if<std::string>(before) : nullptr;
                 const std::string next = column == "note" && text ? *text + "\n" + marker : marker;
                 return writer.update("household", *household, {{column, Value{next}}});
               }));
  static_cast<void>(group);
  return std::optional(Save{marker, tablet.index(), "household", *household, column});
}

// A column or a table that only the next version knows.
Workload::Saved Workload::write_what_is_new(SimTablet& tablet, const Uuid& household,
                                            const std::string& marker) {
  const bool column = rng_.chance(500);
  Save save{marker, tablet.index(), "household", household, test::added_column(1)};
  if (!column)
    save = {marker, tablet.index(), test::added_table(1), field::new_id(tablet.store().clock()), "text"};
  DOUDI_ASSIGN(const auto group,
               tablet.store().save({"edit", household}, ordinary, [&](field::RowWriter& writer) -> Status {
                 if (column) return writer.update("household", household, {{save.column, Value{marker}}});
                 DOUDI_ASSIGN(const auto home, writer.read("household", household));
                 return writer.insert(save.table, save.row,
                                      {{"grid", *field::find_value(*home, "grid")},
                                       {"household", sql::to_value(household)},
                                       {"text", Value{marker}}});
               }));
  static_cast<void>(group);
  return std::optional(std::move(save));
}

Workload::Saved Workload::edit_person(SimTablet& tablet, const std::string& marker) {
  const auto person = any(tablet, "person");
  if (!person) return std::optional<Save>{};
  const std::string column = rng_.chance(600) ? "phone" : "name";
  DOUDI_ASSIGN(const auto group,
               tablet.store().save({"edit", std::nullopt}, ordinary, [&](field::RowWriter& writer) {
                 return writer.update("person", *person, {{column, Value{marker}}});
               }));
  static_cast<void>(group);
  return std::optional(Save{marker, tablet.index(), "person", *person, column});
}

Workload::Saved Workload::add_household(SimTablet& tablet, const std::string& marker) {
  const auto grid = any(tablet, "grid");
  if (!grid) return std::optional<Save>{};
  const Uuid household = field::new_id(tablet.store().clock());
  const Uuid person = field::new_id(tablet.store().clock());
  DOUDI_ASSIGN(const auto group,
               tablet.store().save({"edit", household}, ordinary, [&](field::RowWriter& writer) -> Status {
                 DOUDI_TRY(writer.insert("household", household,
                                         {{"grid", sql::to_value(*grid)},
                                          {"door", Value{std::string("9号楼")}},
                                          {"door_order", Value{std::int64_t{9}}},
                                          {"address", Value{std::string("新路")}},
                                          {"enrolled_on", Value{std::string("2026-11-02")}},
                                          {"note", Value{marker}}}));
                 return writer.insert("person", person,
                                      {{"grid", sql::to_value(*grid)},
                                       {"household", sql::to_value(household)},
                                       {"name", Value{std::string("新来")}},
                                       {"sex", Value{std::int64_t{1}}},
                                       {"relation", Value{std::string("head")}},
                                       {"is_head", Value{std::int64_t{1}}}});
               }));
  static_cast<void>(group);
  return std::optional(Save{marker, tablet.index(), "household", household, "note"});
}

// The marker goes below the note of a household, together with something else in the same group.
Workload::Saved Workload::note_on(SimTablet& tablet, const std::string& marker,
                                  const std::function<Status(field::RowWriter&)>& before) {
  const auto household = any(tablet, "household");
  if (!household) return std::optional<Save>{};
  const auto saved =
      tablet.store().save({"edit", household}, ordinary, [&](field::RowWriter& writer) -> Status {
        DOUDI_TRY(before(writer));
        DOUDI_ASSIGN(const auto home, writer.read("household", *household));
        const Value* note = field::find_value(*home, "note");
        const std::string* text = note ? std::get_if<std::string>(note) : nullptr;
        return writer.update("household", *household,
                             {{"note", Value{text ? *text + "\n" + marker : marker}}});
      });
  if (!saved.ok()) return saved.error();
  return std::optional(Save{marker, tablet.index(), "household", *household, "note"});
}

Workload::Saved Workload::remove_tag(SimTablet& tablet, const std::string& marker) {
  const auto tag = any(tablet, "person_tag");
  if (!tag) return std::optional<Save>{};
  return note_on(tablet, marker, [&](field::RowWriter& writer) -> Status {
    DOUDI_ASSIGN(auto row, writer.read("person_tag", *tag));
    row->deleted = true;
    return writer.put(*row);
  });
}

// A household in a grid that the worker does not have, and an edit that must not take effect either.
Workload::Saved Workload::write_elsewhere(SimTablet& tablet, const std::string& marker) {
  std::vector<Uuid> others;
  for (const Uuid& grid : base_.grids())
    if (must(tablet.store().connection().integer("SELECT count(*) FROM grid WHERE id=$1",
                                                 sql::params(grid))) == 0)
      others.push_back(grid);
  if (others.empty()) return std::optional<Save>{};
  const Uuid grid = others[rng_.below(others.size())];
  return note_on(tablet, marker, [&](field::RowWriter& writer) {
    return writer.insert("household", field::new_id(tablet.store().clock()),
                         {{"grid", sql::to_value(grid)},
                          {"door", Value{std::string("7号楼")}},
                          {"door_order", Value{std::int64_t{7}}},
                          {"address", Value{std::string("别处")}},
                          {"enrolled_on", Value{std::string("2026-11-02")}}});
  });
}

Workload::Saved Workload::refer_to_nothing(SimTablet& tablet, const std::string& marker) {
  const auto grid = any(tablet, "grid");
  if (!grid) return std::optional<Save>{};
  return note_on(tablet, marker, [&](field::RowWriter& writer) {
    return writer.insert("person", field::new_id(tablet.store().clock()),
                         {{"grid", sql::to_value(*grid)},
                          {"household", sql::to_value(field::new_id(tablet.store().clock()))},
                          {"name", Value{std::string("无户")}},
                          {"sex", Value{std::int64_t{1}}},
                          {"relation", Value{std::string("head")}},
                          {"is_head", Value{std::int64_t{1}}}});
  });
}

}  // namespace doudi::sim
