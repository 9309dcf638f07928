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
    {"data",     "share",     "server",          "code",        "label",   "pin-file",
     "date",     "household", "person",          "met",         "answer",  "note",
     "category", "grade",     "description",     "place",       "timeout", "port",
     "web",      "at",        "result",          "lead",        "door",    "address",
     "phone",    "name",      "id-number",       "birth",       "sex",     "relation",
     "photo",    "voice",     "photo-space-min", "new-pin-file"});
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

// Nothing when neither the option nor the variable is there.
Result<std::optional<std::string>> given_pin(const Arguments& arguments, const std::string& option,
                                             const char* variable) {
  if (arguments.has(option)) {
    DOUDI_ASSIGN(const Bytes content, files::read_small_file(files::system_files(), arguments.get(option)));
    return std::optional(first_line(std::string(as_text(content))));
  }
  if (const char* pin = std::getenv(variable)) return std::optional(std::string(pin));
  return std::optional<std::string>{};
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
  DOUDI_ASSIGN(auto given, given_pin(arguments, "pin-file", "DOUDI_PIN"));
  if (given) return std::move(*given);
  if (isatty(STDIN_FILENO) == 0)
    return Error{"usage", "give the PIN by --pin-file, DOUDI_PIN or at a terminal"};
  std::cerr << "PIN: ";
  return read_hidden_line();
}

Result<std::string> read_new_pin(const Arguments& arguments) {
  DOUDI_ASSIGN(auto given, given_pin(arguments, "new-pin-file", "DOUDI_NEW_PIN"));
  if (given) return std::move(*given);
  if (isatty(STDIN_FILENO) == 0)
    return Error{"usage", "give the new PIN by --new-pin-file, DOUDI_NEW_PIN or at a terminal"};
  std::cerr << "新 PIN / new PIN: ";
  std::string typed = read_hidden_line();
  std::cerr << "再输一次 / once more: ";
  if (read_hidden_line() != typed)
    return Error{"keys.pins_differ", "两次输入的 PIN 不一样，没有更改 / the two differ: nothing was changed"};
  return typed;
}

}  // namespace doudi::field
