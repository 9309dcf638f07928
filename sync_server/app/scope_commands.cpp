#include "sync_server/app/scope_commands.hpp"

#include <nlohmann/json.hpp>

#include "sync_server/service/assignments.hpp"
#include "sync_server/service/recovery.hpp"
#include "sync_server/service/relocation.hpp"

namespace doudi::district {
namespace {

using nlohmann::json;

Result<int> list_grids(District& district, const Arguments& arguments, const Terminal& terminal) {
  DOUDI_ASSIGN(const Store::Reader reader, district.store().read());
  DOUDI_ASSIGN(const std::vector<GridAssignment> grids,
               list_assignments(*reader, "[\"" + district.identity().code + "\"]"));
  json list = json::array();
  std::string lines;
  for (const GridAssignment& grid : grids) {
    json workers = json::array();
    std::string names;
    for (const auto& [login, name] : grid.workers) {
      workers.push_back({{"login", login}, {"name", name}});
      names += "  " + login;
    }
    list.push_back({{"id", to_string(grid.grid)},
                    {"code", grid.code},
                    {"name", grid.name},
                    {"workers", workers},
                    {"households", grid.households},
                    {"waiting_tablets", grid.waiting_tablets}});
    lines += (lines.empty() ? "" : "\n") + grid.code + "  " + grid.name + names;
  }
  print_answer(arguments, terminal,
               json{{"grids", list}}.dump(-1, ' ', false, json::error_handler_t::replace), lines);
  return kExitGood;
}

Result<int> assign_grid(District& district, const Arguments& arguments, const Terminal& terminal) {
  const GridHandover handover{arguments.option("grid"), arguments.option("worker"), arguments.option("from"),
                              std::nullopt};
  if (handover.grid_code.empty() || handover.to_login.empty())
    return Error{"usage", "grid assign needs --grid CODE and --worker LOGIN"};
  DOUDI_ASSIGN(const HandoverResult result, hand_over_grid(district, handover));
  const std::string version = std::to_string(result.version);
  print_answer(arguments, terminal, json{{"grid", handover.grid_code}, {"version", result.version}}.dump(),
               "grid " + handover.grid_code + " is with " + handover.to_login + " since version " + version);
  return kExitGood;
}

Result<int> move_row(District& district, const Arguments& arguments, const Terminal& terminal) {
  const std::string table = arguments.has_option("person") ? "person" : "household";
  const auto row = parse_uuid(arguments.option(table));
  if (!row || arguments.option("grid").empty())
    return Error{"usage", "grid move needs --household ID or --person ID, and --grid CODE"};
  DOUDI_ASSIGN(const std::int64_t rows,
               relocate(district, {table, *row, arguments.option("grid"), std::nullopt}));
  print_answer(arguments, terminal, json{{"rows", rows}}.dump(), std::to_string(rows) + " rows moved");
  return kExitGood;
}

}  // namespace

Result<int> grid_command(District& district, const Arguments& arguments, const Terminal& terminal) {
  if (arguments.starts("grid", "list")) return list_grids(district, arguments, terminal);
  if (arguments.starts("grid", "assign")) return assign_grid(district, arguments, terminal);
  if (arguments.starts("grid", "move")) return move_row(district, arguments, terminal);
  return Error{"usage", "grid list | assign | move"};
}

Result<int> recover_command(District& district, const Arguments& arguments, const Terminal& terminal) {
  if (arguments.words.size() != 2) return Error{"usage", "recover FILE"};
  DOUDI_ASSIGN(const RecoveryReport report, recover_outbox(district, arguments.words[1]));
  const json document{{"records", report.records},
                      {"taken", report.taken},
                      {"known", report.known},
                      {"unreadable", report.unreadable}};
  print_answer(arguments, terminal, document.dump(),
               std::to_string(report.records) + " records: " + std::to_string(report.taken) + " taken in, " +
                   std::to_string(report.known) + " here already, " + std::to_string(report.unreadable) +
                   " unreadable");
  return report.unreadable == 0 ? kExitGood : kExitFailed;
}

}  // namespace doudi::district
