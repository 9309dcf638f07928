#include "sync_server/app/backup_commands.hpp"

#include <charconv>
#include <nlohmann/json.hpp>

#include "sync_server/service/backup.hpp"

namespace doudi::district {
namespace {

using nlohmann::json;

void print(const Arguments& arguments, const Terminal& terminal, const json& document,
           const std::string& sentence) {
  terminal.out(
      (arguments.has("json") ? document.dump(-1, ' ', false, json::error_handler_t::replace) : sentence) +
      "\n");
}

json facts_json(const BackupFacts& facts, const char* state) {
  return {{"state", state},
          {"file", facts.file.filename().string()},
          {"made_at", format_instant(facts.made_at)},
          {"generation", facts.generation},
          {"bytes", facts.bytes},
          {"rows", facts.rows}};
}

std::string facts_text(const BackupFacts& facts, const std::string& head) {
  return head + facts.file.filename().string() + ", " + std::to_string(facts.rows) + " rows, " +
         std::to_string(facts.bytes) + " bytes, of " + format_instant(facts.made_at);
}

Result<int> create(District& district, const Arguments& arguments, const Terminal& terminal) {
  const std::string target = arguments.option("to");
  if (target.empty()) return Error{"usage", "backup create needs --to FILE"};
  DOUDI_ASSIGN(const BackupFacts facts, create_backup(district, target));
  print(arguments, terminal, facts_json(facts, "good"), facts_text(facts, "good: "));
  return kExitGood;
}

Result<int> list(District& district, const Arguments& arguments, const Terminal& terminal) {
  DOUDI_ASSIGN(const Store::Reader reader, district.store().read());
  DOUDI_ASSIGN(const std::vector<BackupLine> lines, list_backups(*reader));
  json backups = json::array();
  std::string text;
  for (const BackupLine& line : lines) {
    backups.push_back({{"file", line.file},
                       {"made_at", format_instant(line.made_at)},
                       {"good_at", line.good_at ? json(format_instant(*line.good_at)) : json()},
                       {"bytes", line.bytes},
                       {"fault", line.fault}});
    text += format_instant(line.made_at) + "  " + (line.good_at ? "good" : "NOT good") + "  " + line.file +
            (line.fault.empty() ? "" : "  " + line.fault) + "\n";
  }
  if (!text.empty()) text.pop_back();
  print(arguments, terminal, {{"backups", backups}}, text);
  return kExitGood;
}

Result<int> limit(District& district, const Arguments& arguments, const Terminal& terminal) {
  const std::string text = arguments.option("hours");
  std::int64_t hours = -1;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), hours);
  if (failure != std::errc{} || end != text.data() + text.size() || hours < 0)
    return Error{"usage", "backup limit needs --hours N; 0 never warns"};
  DOUDI_TRY(district.writer().run([&](sql::Connection& connection) {
    return write_setting(connection, "backup_hours_max", std::to_string(hours));
  }));
  print(arguments, terminal, {{"hours", hours}}, "limit: " + std::to_string(hours) + " hours");
  return kExitGood;
}

Result<int> on_files(const Arguments& arguments, const Terminal& terminal) {
  if (arguments.words.size() != 3) return Error{"usage", "backup verify|restore FILE --data DIR"};
  const std::filesystem::path data = arguments.option("data");
  if (arguments.starts("backup", "verify")) {
    DOUDI_ASSIGN(const BackupFacts facts, verify_backup(arguments.words[2], data));
    print(arguments, terminal, facts_json(facts, "good"), facts_text(facts, "good: "));
    return kExitGood;
  }
  DOUDI_ASSIGN(const BackupFacts facts, restore_backup(arguments.words[2], data, system_now()));
  print(arguments, terminal, facts_json(facts, "restored"),
        facts_text(facts, "restored: ") +
            "\n下次启动请加 --accept-restore / Start the next time with --accept-restore.");
  return kExitGood;
}

}  // namespace

std::optional<Result<int>> run_backup_on_files(const Arguments& arguments, const Terminal& terminal) {
  if (!arguments.starts("backup", "verify") && !arguments.starts("backup", "restore")) return std::nullopt;
  return on_files(arguments, terminal);
}

Result<int> backup_command(District& district, const Arguments& arguments, const Terminal& terminal) {
  if (arguments.starts("backup", "create")) return create(district, arguments, terminal);
  if (arguments.starts("backup", "list")) return list(district, arguments, terminal);
  if (arguments.starts("backup", "limit")) return limit(district, arguments, terminal);
  return Error{"usage", "backup create | verify | restore | list | limit"};
}

}  // namespace doudi::district
