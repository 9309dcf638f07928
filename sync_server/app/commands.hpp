// What an administrator does from a terminal. The same function runs directly on the store or inside the
// running server.
#pragma once

#include <functional>

#include "sync_server/app/arguments.hpp"
#include "sync_server/service/district.hpp"

namespace doudi::district {

struct Terminal {
  std::function<void(std::string_view)> out;
  std::function<void(std::string_view)> err;
};

inline constexpr int kExitGood = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;

extern const std::string_view kUsage;

// Exit code. `init` and `serve` are not among them.
int run_command(District& district, const Arguments& arguments, const Terminal& terminal);
// One JSON document with --json, a sentence without.
void print_answer(const Arguments& arguments, const Terminal& terminal, const std::string& json,
                  const std::string& sentence);
// Reports a failure the way every command does: a sentence, or one JSON document.
int report(const Error& error, const Arguments& arguments, const Terminal& terminal);

}  // namespace doudi::district
