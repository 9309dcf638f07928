// Words of a command line: commands, options with a value, flags. The same shape travels through the admin
// socket.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "shared/base/result.hpp"

namespace doudi::district {

struct Arguments {
  std::vector<std::string> words;              // "device", "code"
  std::map<std::string, std::string> options;  // "worker" → login
  std::set<std::string> flags;                 // "json"
  std::string password;  // from file, environment or terminal; never from the line itself
  [[nodiscard]] std::string option(const std::string& name, const std::string& otherwise = {}) const;
  [[nodiscard]] bool has_option(const std::string& name) const { return options.contains(name); }
  [[nodiscard]] bool has(const std::string& flag) const { return flags.contains(flag); }
  [[nodiscard]] bool starts(const std::string& first, const std::string& second = {}) const;
};
// "usage": an unknown option or a missing value.
Result<Arguments> parse_arguments(const std::vector<std::string>& line);
// --password-file, DOUDI_PASSWORD, or the terminal; empty when none is there.
Result<std::string> read_password(const Arguments& arguments);

}  // namespace doudi::district
