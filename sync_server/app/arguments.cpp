// Secrets on a command line are seen by every user of the machine: there is no option that takes one.
#include "sync_server/app/arguments.hpp"

#include <termios.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "sync_server/store/store.hpp"

namespace doudi::district {
namespace {

const std::set<std::string> kFlags{
    "json", "dry-run", "skip-faulty", "plain-loopback", "accept-restore", "accept-lost-revocations", "help"};
const std::set<std::string> kOptions{
    "data",  "district",  "pack",   "admin-login", "password-file", "login",     "name",   "role",
    "scope", "worker",    "id",     "listen",      "web",           "log-level", "share",  "kind",
    "first", "second",    "reason", "grid",        "code",          "state",     "format", "out",
    "from",  "household", "person", "to",          "hours"};

std::string without_newline(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text;
}

std::string ask_terminal() {
  std::cerr << "Password: " << std::flush;
  termios before{};
  tcgetattr(STDIN_FILENO, &before);
  termios silent = before;
  silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  tcsetattr(STDIN_FILENO, TCSANOW, &silent);
  std::string password;
  std::getline(std::cin, password);
  tcsetattr(STDIN_FILENO, TCSANOW, &before);
  std::cerr << "\n";
  return password;
}

}  // namespace

std::string Arguments::option(const std::string& name, const std::string& otherwise) const {
  const auto found = options.find(name);
  return found == options.end() ? otherwise : found->second;
}

bool Arguments::starts(const std::string& first, const std::string& second) const {
  if (words.empty() || words[0] != first) return false;
  return second.empty() || (words.size() > 1 && words[1] == second);
}

Result<Arguments> parse_arguments(const std::vector<std::string>& line) {
  Arguments arguments;
  for (std::size_t index = 0; index < line.size(); ++index) {
    if (!line[index].starts_with("--")) {
      arguments.words.push_back(line[index]);
      continue;
    }
    const std::string name = line[index].substr(2);
    if (kFlags.contains(name)) {
      arguments.flags.insert(name);
    } else if (kOptions.contains(name) && index + 1 < line.size()) {
      arguments.options[name] = line[++index];
    } else {
      return Error{"usage", "Unknown option or missing value: --" + name};
    }
  }
  return arguments;
}

Result<std::string> read_password(const Arguments& arguments) {
  const std::string file = arguments.option("password-file");
  if (!file.empty()) {
    DOUDI_ASSIGN(const Bytes content, files::read_small_file(files::system_files(), file, 4096));
    return without_newline(std::string(as_text(content)));
  }
  if (const char* variable = std::getenv("DOUDI_PASSWORD"); variable != nullptr) return std::string(variable);
  if (isatty(STDIN_FILENO) != 0) return ask_terminal();
  return std::string();
}

}  // namespace doudi::district
