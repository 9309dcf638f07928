// What a column may hold. A value that breaks its type is refused before it can reach a table, on the server
// for what tablets send and on the tablet for what it captured.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/base/value.hpp"
#include "shared/sync/catalog.hpp"

namespace doudi::sync {

inline constexpr std::size_t kTextBytesMax = 8 * 1024;
inline constexpr std::size_t kCodeCharactersMax = 64;
inline constexpr std::size_t kBlobBytesMax = 64 * 1024;
inline constexpr std::size_t kSetItemsMax = 64;
inline constexpr std::int64_t kInstantMsMin = -62'135'596'800'000;  // 0001-01-01T00:00:00Z
inline constexpr std::int64_t kInstantMsMax = 253'402'300'799'999;  // 9999-12-31T23:59:59.999Z

// Errors: "sync.not_null", "sync.column_type" (the column is named, its content never).
Status check_value(const Column& column, const Value& value);

bool is_utf8(std::string_view text);  // strict: no surrogates, no overlong forms

// A `set` column holds the text of a JSON array of strings, canonical: sorted bytewise, each once, no spaces,
// only control characters, quote and backslash escaped. One set has exactly one text.
std::string set_text(std::vector<std::string> items);
std::optional<std::vector<std::string>> parse_set(std::string_view text);  // any order, any JSON escapes
std::optional<std::string> canonical_set(std::string_view text);

}  // namespace doudi::sync
