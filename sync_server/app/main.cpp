// doudi-server: the district. Parses the line, finds the store or the running server, and hands over.
#include <sys/prctl.h>
#include <sys/resource.h>

#include <csignal>

#include <cstdio>
#include <iostream>

#include "shared/packs/packs.hpp"
#include "sync_server/app/admin_socket.hpp"
#include "sync_server/app/backup_commands.hpp"
#include "sync_server/app/serve.hpp"

namespace doudi::district {
namespace {

Terminal standard_terminal() {
  return {[](std::string_view text) { std::cout << text << std::flush; },
          [](std::string_view text) { std::cerr << text << std::flush; }};
}

// A core file would hold keys and personal data. SIGPIPE would end the program for one peer that hung up.
void harden_process() {
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  prctl(PR_SET_DUMPABLE, 0);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is a full disk, not the end
}

// Before any thread starts: the one that waits for the end gets them.
void block_end_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

bool takes_password(const Arguments& arguments) {
  return arguments.starts("init") ||
         (arguments.starts("account", "add") && arguments.option("role") != "grid_worker");
}

Result<int> init(const Arguments& arguments, const std::filesystem::path& share, const Terminal& terminal) {
  InitOptions options;
  options.folder = arguments.option("data");
  options.share = share;
  options.code = arguments.option("district");
  options.pack = arguments.option("pack");
  options.admin_login = arguments.option("admin-login", "admin");
  options.admin_password = arguments.password;
  if (options.code.empty() || options.pack.empty()) return Error{"usage", "init needs --district and --pack"};
  DOUDI_TRY(init_district(options, system_now()));
  terminal.out(arguments.has("json") ? "{\"created\":true}\n" : "created\n");
  return kExitGood;
}

Result<int> run(Arguments& arguments, const std::filesystem::path& program, const Terminal& terminal) {
  if (arguments.words.empty()) return Error{"usage", std::string(kUsage)};
  const std::filesystem::path folder = arguments.option("data");
  if (folder.empty()) return Error{"usage", "--data DIR is missing"};
  const std::filesystem::path share = arguments.option("share", packs::share_directory(program).string());
  if (takes_password(arguments)) {
    DOUDI_ASSIGN(arguments.password, read_password(arguments));
  }
  if (arguments.starts("init")) return init(arguments, share, terminal);
  // A running server does the work, in its own working directory.
  const bool names_file = arguments.starts("import") || arguments.starts("ledger", "export");
  if (names_file && arguments.words.size() == 3) {
    arguments.words[2] = std::filesystem::absolute(arguments.words[2]).string();
  }
  if (const auto exit = run_backup_on_files(arguments, terminal)) return *exit;
  if (arguments.starts("backup", "create") && !arguments.option("to").empty())
    arguments.options["to"] = std::filesystem::absolute(arguments.option("to")).string();
  if (arguments.starts("recover") && arguments.words.size() == 2) {
    arguments.words[1] = std::filesystem::absolute(arguments.words[1]).string();
  }
  if (arguments.starts("serve")) {
    block_end_signals();
  } else {
    if (const auto exit = run_through_server(folder, arguments, terminal)) return *exit;
  }
  DistrictOptions options;
  options.folder = folder;
  options.share = share;
  options.consent = {arguments.has("accept-restore"), arguments.has("accept-lost-revocations")};
  DOUDI_ASSIGN(const std::unique_ptr<District> district, District::open(std::move(options)));
  if (arguments.starts("serve")) return serve(*district, arguments, share, terminal);
  return run_command(*district, arguments, terminal);
}

}  // namespace
}  // namespace doudi::district

int main(int count, char** values) {
  using namespace doudi::district;
  harden_process();
  const Terminal terminal = standard_terminal();
  auto arguments = parse_arguments(std::vector<std::string>(values + 1, values + count));
  if (!arguments.ok()) return report(arguments.error(), {}, terminal);
  if (arguments->has("help")) {
    terminal.out(std::string(kUsage) + "\n");
    return kExitGood;
  }
  std::error_code code;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", code);
  const doudi::Result<int> exit =
      run(*arguments, code ? std::filesystem::path(values[0]) : program, terminal);
  return exit.ok() ? *exit : report(exit.error(), *arguments, terminal);
}
