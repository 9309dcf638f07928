// Each command is one job of the writer or one snapshot of a reader.
#include "sync_server/app/commands.hpp"

#include <nlohmann/json.hpp>

#include "sync_server/app/backup_commands.hpp"
#include "sync_server/app/comparison_commands.hpp"
#include "sync_server/app/scope_commands.hpp"
#include "sync_server/auth/accounts.hpp"
#include "sync_server/auth/enrolment.hpp"
#include "sync_server/service/device_list.hpp"
#include "sync_server/service/import_grids.hpp"
#include "sync_server/service/import_roster.hpp"
#include "sync_server/service/ledger_export.hpp"
#include "sync_server/service/ledger_list.hpp"
#include "sync_server/service/register_lists.hpp"
#include "sync_server/service/verify_store.hpp"
#include "sync_server/store/event_log.hpp"

namespace doudi::district {
namespace {

using nlohmann::json;

void print(const Arguments& arguments, const Terminal& terminal, const json& document,
           const std::string& sentence) {
  print_answer(arguments, terminal, document.dump(-1, ' ', false, json::error_handler_t::replace), sentence);
}

Status write(District& district, const Writer::Work& work) {
  return district.writer().run(work);
}

Result<int> account_command(District& district, const Arguments& arguments, const Terminal& terminal) {
  const std::string login = arguments.option("login");
  const RoleScope role{arguments.option("role"), arguments.option("scope", district.identity().code)};
  const Instant now = district.now();
  if (login.empty()) return Error{"usage", "account needs --login"};
  if (arguments.starts("account", "add")) {
    const NewAccount account{login, arguments.option("name", login), role.role, role.scope,
                             arguments.password};
    DOUDI_TRY(
        write(district, [&](sql::Connection& connection) { return add_account(connection, account, now); }));
  } else if (arguments.starts("account", "lock")) {
    DOUDI_TRY(write(district, [&](sql::Connection& connection) {
      return lock_account(connection, district.store(), login, now);
    }));
  } else if (arguments.starts("account", "role")) {
    DOUDI_TRY(
        write(district, [&](sql::Connection& connection) { return add_role(connection, login, role, now); }));
  } else {
    return Error{"usage", "account add | lock | role"};
  }
  print(arguments, terminal, {{"login", login}}, "account " + login + ": done");
  return kExitGood;
}

Result<int> device_code(District& district, const Arguments& arguments, const Terminal& terminal) {
  EnrolmentCode code;
  DOUDI_TRY(write(district, [&](sql::Connection& connection) -> Status {
    DOUDI_ASSIGN(code, make_enrolment_code(connection, arguments.option("worker"), district.now()));
    return {};
  }));
  print(arguments, terminal, {{"code", code.text}, {"expires_at", format_instant(code.expires_at)}},
        code.text);
  return kExitGood;
}

Result<int> device_list(District& district, const Arguments& arguments, const Terminal& terminal) {
  DOUDI_ASSIGN(const Store::Reader reader, district.store().read());
  DOUDI_ASSIGN(const std::vector<DeviceFacts> devices, list_devices(*reader));
  json list = json::array();
  std::string lines;
  for (const DeviceFacts& device : devices) {
    list.push_back({{"id", to_string(device.id)},
                    {"label", device.label},
                    {"worker", device.worker},
                    {"login", device.login},
                    {"state", device.state},
                    {"unsent", device.unsent},
                    {"incidents", device.incidents},
                    {"last_contact_at",
                     device.last_contact_at ? json(format_instant(*device.last_contact_at)) : json()}});
    lines += to_string(device.id) + "  " + device.state + "  " + device.login + "  " + device.label + "\n";
  }
  if (!lines.empty()) lines.pop_back();
  print(arguments, terminal, {{"devices", list}}, lines);
  return kExitGood;
}

Result<int> device_revoke(District& district, const Arguments& arguments, const Terminal& terminal) {
  const auto id = parse_uuid(arguments.option("id"));
  if (!id) return Error{"usage", "device revoke needs --id DEVICE"};
  DOUDI_TRY(revoke_device(district, *id, std::nullopt));
  print(arguments, terminal, {{"id", to_string(*id)}, {"state", "revoked"}}, "revoked");
  return kExitGood;
}

Result<int> device_command(District& district, const Arguments& arguments, const Terminal& terminal) {
  if (arguments.starts("device", "code")) return device_code(district, arguments, terminal);
  if (arguments.starts("device", "list")) return device_list(district, arguments, terminal);
  if (arguments.starts("device", "revoke")) return device_revoke(district, arguments, terminal);
  return Error{"usage", "device code | list | revoke"};
}

json fault_json(const ImportReport& report) {
  json faults = json::array();
  for (const ImportFault& fault : report.faults) {
    faults.push_back({{"line", fault.line}, {"column", fault.column}, {"reason", fault.reason}});
  }
  json unknown = json::object();
  for (const auto& [word, count] : report.unknown_words) unknown[word] = count;
  return {{"rows", report.rows},
          {"households_added", report.households_added},
          {"people_added", report.people_added},
          {"tags_added", report.tags_added},
          {"grids_added", report.grids_added},
          {"accounts_added", report.accounts_added},
          {"unchanged", report.unchanged},
          {"changed", report.changed},
          {"faults", faults},
          {"unknown_words", unknown},
          {"unknown_columns", report.unknown_columns},
          {"imported", report.imported},
          {"encoding", report.encoding}};
}

std::string fault_lines(const ImportReport& report) {
  std::string text;
  for (const ImportFault& fault : report.faults) {
    text += "line " + std::to_string(fault.line) + ", " + fault.column + ": " + fault.reason + "\n";
  }
  for (const auto& [word, count] : report.unknown_words) {
    text += "unknown word '" + word + "' (" + std::to_string(count) + " times)\n";
  }
  for (const std::string& column : report.unknown_columns) text += "column not used: " + column + "\n";
  return text + (report.imported ? "imported: " : "nothing imported: ") + std::to_string(report.rows) +
         " rows, " + std::to_string(report.households_added) + " households, " +
         std::to_string(report.people_added) + " people, " + std::to_string(report.grids_added) +
         " grids new, " + std::to_string(report.unchanged) + " unchanged, " +
         std::to_string(report.faults.size()) + " faulty";
}

Result<ImportReport> import_register(District& district, const Arguments& arguments,
                                     const ImportOptions& options, const Terminal& terminal) {
  DOUDI_ASSIGN(const Bytes content,
               files::read_small_file(files::system_files(), options.file, kImportBytesMax));
  ListImport request;
  request.kind = arguments.option("kind");
  request.file_name = options.file.filename().string();
  request.content = content;
  request.dry_run = options.dry_run;
  request.skip_faulty = options.skip_faulty;
  request.progress = progress_on(terminal);
  return import_list(district, request);
}

Result<int> import_command(District& district, const Arguments& arguments, const Terminal& terminal) {
  if (arguments.words.size() != 3) return Error{"usage", "import roster|grids|list FILE"};
  ImportOptions options;
  options.file = arguments.words[2];
  options.dry_run = arguments.has("dry-run");
  options.skip_faulty = arguments.has("skip-faulty");
  options.progress = [&terminal](const std::string& line) { terminal.err(line + "\n"); };
  ImportReport report;
  if (arguments.starts("import", "roster")) {
    DOUDI_ASSIGN(report, import_roster(district, options));
  } else if (arguments.starts("import", "grids")) {
    DOUDI_ASSIGN(report, import_grids(district, options));
  } else if (arguments.starts("import", "list")) {
    DOUDI_ASSIGN(report, import_register(district, arguments, options, terminal));
  } else {
    return Error{"usage", "import roster|grids|list FILE"};
  }
  print(arguments, terminal, fault_json(report), fault_lines(report));
  const bool good = report.faults.empty() || options.skip_faulty;
  return good ? kExitGood : kExitFailed;
}

// Every export is in the audit log: who may read the ledger is known, and so is who took a copy.
Result<int> ledger_export(District& district, const std::filesystem::path& file, const Arguments& arguments,
                          const Terminal& terminal) {
  const Instant now = district.now();
  Sheet sheet;
  {
    DOUDI_ASSIGN(const Store::Reader reader, district.store().read());
    DOUDI_ASSIGN(sheet, ledger_sheet(*reader, district, now));
  }
  DOUDI_TRY(write_sheet(sheet, file));
  DOUDI_TRY(district.writer().run([&](sql::Connection& connection) {
    return append_audit(connection, {now, std::nullopt, std::nullopt, "ledger.export", "ledger", std::nullopt,
                                     std::to_string(sheet.rows.size()) + " entries"});
  }));
  print(arguments, terminal, {{"file", file.string()}, {"entries", sheet.rows.size()}},
        std::to_string(sheet.rows.size()) + " entries written to " + file.string());
  return kExitGood;
}

Result<int> ledger_command(District& district, const Arguments& arguments, const Terminal& terminal) {
  if (arguments.starts("ledger", "export") && arguments.words.size() == 3)
    return ledger_export(district, arguments.words[2], arguments, terminal);
  DOUDI_ASSIGN(const Store::Reader reader, district.store().read());
  if (arguments.starts("ledger", "list")) {
    DOUDI_ASSIGN(const std::vector<LedgerLine> lines, list_ledger(*reader));
    print(arguments, terminal, ledger_json(lines), ledger_text(lines));
    return kExitGood;
  }
  if (!arguments.starts("ledger", "show") || arguments.words.size() != 3)
    return Error{"usage", "ledger list | show NUMBER | export FILE.xlsx"};
  DOUDI_ASSIGN(const LedgerDetail detail, show_entry(*reader, arguments.words[2]));
  print(arguments, terminal, detail_json(detail), detail_text(detail));
  return kExitGood;
}

Result<int> verify_command(District& district, const Arguments& arguments, const Terminal& terminal) {
  DOUDI_ASSIGN(const VerifyReport report, verify_store(district));
  json document{{"ok", report.faults.empty()}, {"faults", report.faults}, {"rows", report.rows},
                {"visits", report.visits},     {"groups", report.groups}, {"scopes", report.scopes},
                {"leads", report.leads}};
  std::string text;
  for (const std::string& fault : report.faults) text += fault + "\n";
  text += report.faults.empty() ? "clean: " : "NOT clean: ";
  text += std::to_string(report.rows) + " rows, " + std::to_string(report.groups) + " groups, " +
          std::to_string(report.scopes) + " scopes, the clocks of " + std::to_string(report.leads) + " leads";
  print(arguments, terminal, document, text);
  return report.faults.empty() ? kExitGood : kExitFailed;
}

Result<int> dispatch(District& district, const Arguments& arguments, const Terminal& terminal) {
  if (arguments.starts("account")) return account_command(district, arguments, terminal);
  if (arguments.starts("device")) return device_command(district, arguments, terminal);
  if (arguments.starts("grid")) return grid_command(district, arguments, terminal);
  if (arguments.starts("recover")) return recover_command(district, arguments, terminal);
  if (arguments.starts("import")) return import_command(district, arguments, terminal);
  if (arguments.starts("compare")) return compare_command(district, arguments, terminal);
  if (arguments.starts("ledger")) return ledger_command(district, arguments, terminal);
  if (arguments.starts("backup")) return backup_command(district, arguments, terminal);
  if (arguments.starts("verify")) return verify_command(district, arguments, terminal);
  return Error{"usage", std::string(kUsage)};
}

}  // namespace

const std::string_view kUsage =
    "doudi-server init    --data DIR --district CODE --pack ID [--admin-login L] [--password-file F | "
    "DOUDI_PASSWORD]\n"
    "doudi-server account add|lock|role --data DIR --login L [--name N] [--role R] [--scope CODE]\n"
    "doudi-server import  roster|grids --data DIR FILE [--dry-run] [--skip-faulty]\n"
    "doudi-server import  list --kind KIND --data DIR FILE [--dry-run] [--skip-faulty]\n"
    "doudi-server compare --first KIND --second KIND[,KIND] | list --first KIND --second KIND [--code F01] "
    "[--state open] |\n"
    "                     explain KEY --reason TEXT | lead KEY --grid CODE [--reason NOTE]   --data DIR\n"
    "doudi-server device  code --worker LOGIN | list | revoke --id ID   --data DIR\n"
    "doudi-server grid    list | assign --grid CODE --worker LOGIN [--from LOGIN] | move --household ID "
    "--grid "
    "CODE   --data DIR\n"
    "doudi-server recover FILE   --data DIR   (outbox.sealed of a lost tablet)\n"
    "doudi-server ledger  list | show NUMBER | export FILE.xlsx|FILE.csv   --data DIR\n"
    "doudi-server verify  --data DIR\n"
    "doudi-server backup  create --to FILE | verify FILE | restore FILE | list | limit --hours N   --data "
    "DIR\n"
    "doudi-server serve   --data DIR [--listen 127.0.0.1:8443] [--plain-loopback] [--web DIR] [--log-level "
    "L] [--accept-restore [--accept-lost-revocations]]\n"
    "Every command takes --json and --share DIR. Exit: 0 done, 1 failed, 2 wrong use.";

void print_answer(const Arguments& arguments, const Terminal& terminal, const std::string& json,
                  const std::string& sentence) {
  terminal.out((arguments.has("json") ? json : sentence) + "\n");
}

int report(const Error& error, const Arguments& arguments, const Terminal& terminal) {
  if (arguments.has("json")) {
    terminal.out(json{{"code", error.code}, {"message", error.message}}.dump(-1, ' ', false,
                                                                             json::error_handler_t::replace) +
                 "\n");
  }
  terminal.err(error.message + "\n");
  return error.code == "usage" ? kExitUsage : kExitFailed;
}

int run_command(District& district, const Arguments& arguments, const Terminal& terminal) {
  const Result<int> exit = dispatch(district, arguments, terminal);
  return exit.ok() ? *exit : report(exit.error(), arguments, terminal);
}

}  // namespace doudi::district
