// Spreadsheets as districts send them: comma-separated, quoted as RFC 4180 says, UTF-8 with or without a
// mark, or GBK.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/bytes.hpp"
#include "shared/base/instant.hpp"
#include "shared/base/result.hpp"

namespace doudi::district {

struct DecodedText {
  std::string text;      // UTF-8 without mark
  std::string encoding;  // "utf-8" or "gbk"
};
// "import.encoding" when it is neither.
Result<DecodedText> decode_text(ByteView content);

// What a row of any list may have.
inline constexpr std::size_t kCellsMax = 256;
inline constexpr std::size_t kCellBytesMax = 8 * 1024;

struct CsvRow {
  std::int64_t line = 0;  // where the row begins, from 1
  std::vector<std::string> cells;
};
// Calls `visit` per row; false stops. Empty lines are skipped. "import.quote" names the line of an open
// quote.
Status read_csv(std::string_view text, const std::function<bool(const CsvRow&)>& visit);

// Full width to plain, no space around, no quote that a spreadsheet put there to keep a number a text.
std::string normalize_cell(std::string_view cell);

}  // namespace doudi::district
