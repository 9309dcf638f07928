#include "field_client/app/arguments.hpp"

#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iostream>

#include "shared/files/files.hpp"

namespace doudi::field {
namespace {

constexpr auto kWithValue = std::to_array<std::string_view>(
    {"data",  "share",  "server",   "code",     "label", "pin-file",       "date",  "household", "person",
     "met",   "answer", "note",     "category", "grade", "description",    "place", "timeout",   "port",
     "web",   "at",     "result",   "lead",     "door",  "address",        "phone", "name",      "id-number",
     "birth", "sex",    "relation", "photo",    "voice", "photo-space-min"});
constexpr auto kFlags = std::to_array<std::string_view>(
    {"json", "leaflet", "no-sync", "repair", "accept-loss", "help", "confirmed"});

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// The terminal does not show what is typed.
std::string read_hidden_line() {
  termios shown{};
  const bool terminal = tcgetattr(STDIN_FILENO, &shown) == 0;
  termios hidden = shown;
  hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  if (terminal) tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
  std::string line;
  std::getline(std::cin, line);
  if (terminal) tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
  std::cerr << '\n';
  return line;
}

std::string first_line(std::string text) {
  const auto end = text.find_first_of("\r\n");
  return end == std::string::npos ? text : text.substr(0, end);
}

}  // namespace

std::string Arguments::get(const std::string& name, const std::string& otherwise) const {
  const auto found = options.find(name);
  return found == options.end() || found->second.empty() ? otherwise : found->second.back();
}

Result<Arguments> parse_arguments(int count, char** values) {
  Arguments arguments;
  for (int i = 1; i < count; ++i) {
    const std::string word = values[i];
    if (!word.starts_with("--")) {
      if (arguments.command.empty())
        arguments.command = word;
      else
        arguments.words.push_back(word);
      continue;
    }
    std::string name = word.substr(2);
    const auto equals = name.find('=');
    std::optional<std::string> value;
    if (equals != std::string::npos) {
      value = name.substr(equals + 1);
      name.resize(equals);
    }
    if (contains(kFlags, name)) {
      arguments.options[name];
      continue;
    }
    if (!contains(kWithValue, name)) return Error{"usage", "unknown option --" + name};
    if (!value && i + 1 >= count) return Error{"usage", "--" + name + " needs a value"};
    arguments.options[name].push_back(value ? *value : std::string(values[++i]));
  }
  return arguments;
}

Result<std::string> read_pin(const Arguments& arguments) {
  if (arguments.has("pin-file")) {
    DOUDI_ASSIGN(const Bytes content,
                 files::read_small_file(files::system_files(), arguments.get("pin-file")));
    return first_line(std::string(as_text(content)));
  }
  if (const char* pin = std::getenv("DOUDI_PIN")) return std::string(pin);
  if (isatty(STDIN_FILENO) == 0)
    return Error{"usage", "give the PIN by --pin-file, DOUDI_PIN or at a terminal"};
  std::cerr << "PIN: ";
  return read_hidden_line();
}

}  // namespace doudi::field
