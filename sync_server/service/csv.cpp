// The encoding is decided for the whole file: bytes that are UTF-8 throughout are UTF-8.
#include "sync_server/service/csv.hpp"

#include <iconv.h>

#include <array>

#include "shared/sync/column_check.hpp"

namespace doudi::district {
namespace {

Result<std::string> from_gbk(std::string_view content) {
  const iconv_t converter = iconv_open("UTF-8", "GB18030");
  if (converter == reinterpret_cast<iconv_t>(-1))
    return Error{"import.encoding", "This system cannot read GBK."};
  std::string text;
  std::string input(content);
  char* source = input.data();
  std::size_t left = input.size();
  std::array<char, 16384> buffer{};
  bool good = true;
  while (left > 0 && good) {
    char* target = buffer.data();
    std::size_t room = buffer.size();
    const std::size_t before = left;
    const std::size_t converted = iconv(converter, &source, &left, &target, &room);
    text.append(buffer.data(), buffer.size() - room);
    good = converted != static_cast<std::size_t>(-1) || (errno == E2BIG && left < before);
  }
  iconv_close(converter);
  if (!good) return Error{"import.encoding", "The file is neither UTF-8 nor GBK."};
  return text;
}

class CsvReader {
 public:
  CsvReader(std::string_view text, const std::function<bool(const CsvRow&)>& visit)
      : text_(text), visit_(visit) {}
  Status run() {
    while (at_ < text_.size() && !stopped_) DOUDI_TRY(read_row());
    return {};
  }

 private:
  Status read_row() {
    CsvRow row;
    row.line = line_;
    bool more = true;
    while (more) {
      std::string cell;
      if (at_ < text_.size() && text_[at_] == '"') {
        DOUDI_TRY(read_quoted(cell, row.line));
      }
      read_plain(cell);
      if (cell.size() > kCellBytesMax || row.cells.size() >= kCellsMax) {
        return Error{"import.too_large", "Line " + std::to_string(row.line) + " is too large."};
      }
      row.cells.push_back(std::move(cell));
      more = at_ < text_.size() && text_[at_] == ',';
      if (more) ++at_;
    }
    skip_line_end();
    const bool empty = row.cells.size() == 1 && row.cells.front().empty();
    if (!empty) stopped_ = !visit_(row);
    return {};
  }

  Status read_quoted(std::string& cell, std::int64_t line) {
    ++at_;
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '"') {
        if (at_ >= text_.size() || text_[at_] != '"') return {};
        ++at_;
      }
      if (c == '\n') ++line_;
      cell.push_back(c);
      if (cell.size() > kCellBytesMax) break;
    }
    return Error{"import.quote", "The quote that opens in line " + std::to_string(line) + " is not closed."};
  }

  void read_plain(std::string& cell) {
    const std::size_t end = std::min(text_.find_first_of(",\r\n", at_), text_.size());
    cell.append(text_.substr(at_, end - at_));
    at_ = end;
  }

  void skip_line_end() {
    if (at_ < text_.size() && text_[at_] == '\r') ++at_;
    if (at_ < text_.size() && text_[at_] == '\n') ++at_;
    ++line_;
  }

  std::string_view text_;
  const std::function<bool(const CsvRow&)>& visit_;
  std::size_t at_ = 0;
  std::int64_t line_ = 1;
  bool stopped_ = false;
};

// U+FF01…U+FF5E are the plain characters moved; U+3000 and U+00A0 are spaces.
std::string fold_width(std::string_view text) {
  std::string folded;
  for (std::size_t at = 0; at < text.size();) {
    const auto byte = [&](std::size_t offset) {
      return at + offset < text.size() ? static_cast<unsigned char>(text[at + offset]) : 0U;
    };
    const unsigned point = byte(0) == 0xEF ? ((byte(1) & 0x3FU) << 6U) | (byte(2) & 0x3FU) | 0xF000U : 0;
    if (point >= 0xFF01 && point <= 0xFF5E) {
      folded.push_back(static_cast<char>(point - 0xFEE0));
      at += 3;
    } else if (byte(0) == 0xE3 && byte(1) == 0x80 && byte(2) == 0x80) {
      folded.push_back(' ');
      at += 3;
    } else if (byte(0) == 0xC2 && byte(1) == 0xA0) {
      folded.push_back(' ');
      at += 2;
    } else {
      folded.push_back(text[at++]);
    }
  }
  return folded;
}

}  // namespace

Result<DecodedText> decode_text(ByteView content) {
  std::string_view text = as_text(content);
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (sync::is_utf8(text)) return DecodedText{std::string(text), "utf-8"};
  DOUDI_ASSIGN(std::string converted, from_gbk(text));
  return DecodedText{std::move(converted), "gbk"};
}

Status read_csv(std::string_view text, const std::function<bool(const CsvRow&)>& visit) {
  return CsvReader(text, visit).run();
}

std::string normalize_cell(std::string_view cell) {
  std::string text = fold_width(cell);
  const auto is_edge = [](char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\'' || c == '`';
  };
  while (!text.empty() && is_edge(text.back())) text.pop_back();
  std::size_t start = 0;
  while (start < text.size() && is_edge(text[start])) ++start;
  return text.substr(start);
}

}  // namespace doudi::district
