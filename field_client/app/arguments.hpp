// Words of the command line: a command, positional words, options with or without a value.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "shared/base/result.hpp"

namespace doudi::field {

struct Arguments {
  std::string command;
  std::vector<std::string> words;
  std::map<std::string, std::vector<std::string>> options;
  [[nodiscard]] bool has(const std::string& name) const { return options.contains(name); }
  [[nodiscard]] std::string get(const std::string& name, const std::string& otherwise = {}) const;
};

// Error "usage": an unknown option or a missing value.
Result<Arguments> parse_arguments(int count, char** values);

// From --pin-file, the environment, or the terminal without echo. Error "usage".
Result<std::string> read_pin(const Arguments& arguments);
// The one to set: --new-pin-file, DOUDI_NEW_PIN, or typed twice. Errors "usage", "keys.pins_differ".
Result<std::string> read_new_pin(const Arguments& arguments);

}  // namespace doudi::field
