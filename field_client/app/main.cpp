// doudi-field: the tablet's program. Exit 0 done, 1 failed, 2 wrong use.
#include <sys/prctl.h>
#include <sys/resource.h>

#include <csignal>
#include <iostream>

#include "field_client/app/commands.hpp"
#include "field_client/rescue/rescue.hpp"

namespace {

using doudi::field::Arguments;

// The key of the store is in memory: it must not land in a core file.
void forbid_core_files() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0);
}

int fail(const doudi::Error& found, bool json) {
  const doudi::Error error = doudi::field::told_as_damage(found);
  if (json) std::cout << doudi::field::Json{{"code", error.code}, {"message", error.message}}.dump() << '\n';
  std::cerr << error.message << '\n';
  if (error.code != "usage") return 1;
  std::cerr << doudi::field::usage();
  return 2;
}

int run(const Arguments& arguments) {
  const bool json = arguments.has("json");
  if (arguments.command == "serve") {
    const doudi::Status served = doudi::field::serve(arguments);
    return served.ok() ? 0 : fail(served.error(), json);
  }
  const auto output = doudi::field::run_command(arguments);
  if (!output.ok()) return fail(output.error(), json);
  std::cout << (json ? output->document.dump() + "\n" : output->text);
  return 0;
}

}  // namespace

int main(int count, char** values) {
  forbid_core_files();
  std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is a full disk, not the end
  const auto arguments = doudi::field::parse_arguments(count, values);
  if (!arguments.ok()) return fail(arguments.error(), false);
  if (arguments->has("help") || arguments->command.empty()) {
    std::cout << doudi::field::usage();
    return arguments->has("help") ? 0 : 2;
  }
  return run(*arguments);
}
