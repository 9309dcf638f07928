// One JSON object per line on standard error: event names, ids and counts, never personal data.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace doudi::district {

enum class LogLevel : std::uint8_t { error, warning, info, debug };
using LogField = std::pair<std::string_view, std::variant<std::int64_t, std::string>>;

void set_log_level(LogLevel level);
bool parse_log_level(std::string_view text, LogLevel& level);
void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});

}  // namespace doudi::district
