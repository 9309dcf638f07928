// Lines are written whole: one write per event, so that threads do not mix.
#include "sync_server/service/log.hpp"

#include <unistd.h>

#include <atomic>
#include <chrono>

#include "shared/base/instant.hpp"

namespace doudi::district {
namespace {

std::atomic<LogLevel>& level_now() {
  static std::atomic<LogLevel> level{LogLevel::info};
  return level;
}

void append_text(std::string& line, std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  line.push_back('"');
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20) {
      line += "\\u00";
      line.push_back(kDigits[byte >> 4U]);
      line.push_back(kDigits[byte & 15U]);
      continue;
    }
    if (c == '"' || c == '\\') line.push_back('\\');
    line.push_back(c);
  }
  line.push_back('"');
}

std::string_view name_of(LogLevel level) {
  switch (level) {
    case LogLevel::error:
      return "error";
    case LogLevel::warning:
      return "warning";
    case LogLevel::info:
      return "info";
    case LogLevel::debug:
      return "debug";
  }
  return "info";
}

}  // namespace

void set_log_level(LogLevel level) {
  level_now() = level;
}

bool parse_log_level(std::string_view text, LogLevel& level) {
  for (const LogLevel candidate : {LogLevel::error, LogLevel::warning, LogLevel::info, LogLevel::debug}) {
    if (name_of(candidate) != text) continue;
    level = candidate;
    return true;
  }
  return false;
}

void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  if (level > level_now().load()) return;
  using namespace std::chrono;
  const Instant now{duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count()};
  std::string line =
      "{\"at\":\"" + format_instant(now) + "\",\"level\":\"" + std::string(name_of(level)) + "\",\"event\":";
  append_text(line, event);
  for (const auto& [name, value] : fields) {
    line.push_back(',');
    append_text(line, name);
    line.push_back(':');
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
      line += std::to_string(*number);
    } else {
      append_text(line, std::get<std::string>(value));
    }
  }
  line += "}\n";
  static_cast<void>(!::write(STDERR_FILENO, line.data(), line.size()));
}

}  // namespace doudi::district
