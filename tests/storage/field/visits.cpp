#include "tests/storage/field/visits.hpp"

#include "shared/sync/column_check.hpp"

namespace doudi::test {

Status save_visit_row(field::Store& store, const Uuid& visit, sync::Lane lane) {
  const auto grid = sql::to_value(id_number(1));
  const auto saved = store.save(
      {"visit", id_number(1001)}, [lane] { return lane; },
      [&](field::RowWriter& writer) -> Status {
        DOUDI_TRY(writer.insert("visit", visit,
                                {{"grid", grid},
                                 {"household", sql::to_value(id_number(1001))},
                                 {"worker", sql::to_value(id_number(8))},
                                 {"seen_at", Value{store.clock().wall().ms}},
                                 {"monotonic_ms", Value{std::int64_t{1}}},
                                 {"boot_id", Value{std::string("boot-1")}},
                                 {"mode", Value{std::string("in_person")}},
                                 {"outcome", Value{std::string("met")}},
                                 {"form", Value{std::string("visit-v1")}},
                                 {"form_version", Value{std::int64_t{1}}},
                                 {"leaflet_given", Value{std::int64_t{1}}},
                                 {"leaflet_posted", Value{std::int64_t{0}}}}));
        return writer.insert("visit_answer", field::new_id(store.clock()),
                             {{"grid", grid},
                              {"visit", sql::to_value(visit)},
                              {"question", Value{std::string("V02")}},
                              {"answer", Value{sync::set_text({"ok"})}}});
      });
  if (!saved.ok()) return saved.error();
  return {};
}

// The visit with its answer, its operations and one group that holds both.
bool is_whole(field::Store& store, const Uuid& visit) {
  const auto rows =
      store.connection().integer("SELECT count(*) FROM visit WHERE id = $1", sql::params(visit));
  const auto answers =
      store.connection().integer("SELECT count(*) FROM visit_answer WHERE visit = $1", sql::params(visit));
  const auto group =
      store.connection().integer("SELECT group_seq FROM op_log WHERE row_id = $1", sql::params(visit));
  const auto operations =
      store.connection().integer("SELECT count(*) FROM op_log WHERE group_seq = $1", sql::params(*group));
  const auto sealed =
      store.connection().integer("SELECT count(*) FROM op_group WHERE id = $1", sql::params(*group));
  return *rows == 1 && *answers == 1 && *operations == 2 && *sealed == 1;
}

Result<std::set<Uuid>> whole_visits(field::Store& store) {
  std::set<Uuid> visits;
  DOUDI_TRY(store.connection().query(
      "SELECT v.id FROM visit v JOIN visit_answer a ON a.visit = v.id JOIN op_log o ON o.row_id = v.id "
      "JOIN op_log p ON p.row_id = a.id AND p.group_seq = o.group_seq JOIN op_group g ON g.id = o.group_seq",
      [&visits](const sql::Row& row) {
        visits.insert(row.uuid(0));
        return true;
      }));
  const auto expected = static_cast<std::int64_t>(visits.size());
  for (const auto& [what, times] :
       {std::pair{"visit", 1}, {"visit_answer", 1}, {"op_group", 1}, {"op_log", 2}}) {
    DOUDI_ASSIGN(const std::int64_t rows,
                 store.connection().integer("SELECT count(*) FROM " + std::string(what)));
    if (rows != expected * times)
      return Error{"test.partial", "there are " + std::to_string(rows) + " rows in " + what};
  }
  return visits;
}

}  // namespace doudi::test
