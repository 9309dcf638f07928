#include "shared/sync/column_check.hpp"

#include <algorithm>

#include "shared/base/instant.hpp"

namespace doudi::sync {
namespace {

std::size_t sequence_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  if (lead >= 0xf0 && lead <= 0xf4) return 4;
  return 0;
}

// The second byte narrows what four lead bytes may start: overlong forms, surrogates and beyond U+10FFFF.
bool second_fits(unsigned char lead, unsigned char second) {
  if (lead == 0xe0) return second >= 0xa0;
  if (lead == 0xed) return second < 0xa0;
  if (lead == 0xf0) return second >= 0x90;
  if (lead == 0xf4) return second < 0x90;
  return true;
}

std::size_t characters(std::string_view utf8) {
  return static_cast<std::size_t>(std::count_if(
      utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

// NUL would cut the text short in every C interface it passes.
bool good_text(std::string_view text) {
  return text.size() <= kTextBytesMax && text.find('\0') == std::string_view::npos && is_utf8(text);
}

bool good_code(std::string_view text) {
  return good_text(text) && !has_control(text) && characters(text) <= kCodeCharactersMax;
}

bool good_set(std::string_view text) {
  if (!good_text(text)) return false;
  const auto canonical = canonical_set(text);
  return canonical && *canonical == text;
}

bool fits(ColumnType type, const Value& value) {
  const auto* integer = std::get_if<std::int64_t>(&value);
  const auto* text = std::get_if<std::string>(&value);
  const auto* blob = std::get_if<Bytes>(&value);
  switch (type) {
    case ColumnType::id:
      return blob != nullptr && blob->size() == 16;
    case ColumnType::blob:
      return blob != nullptr && blob->size() <= kBlobBytesMax;
    case ColumnType::text:
      return text != nullptr && good_text(*text);
    case ColumnType::code:
      return text != nullptr && good_code(*text);
    case ColumnType::set:
      return text != nullptr && good_set(*text);
    case ColumnType::date:
      return text != nullptr && parse_date(*text).has_value();
    case ColumnType::integer:
      return integer != nullptr;
    case ColumnType::boolean:
      return integer != nullptr && (*integer == 0 || *integer == 1);
    case ColumnType::instant:
      return integer != nullptr && *integer >= kInstantMsMin && *integer <= kInstantMsMax;
  }
  return false;
}

void append_character(std::string& into, std::uint32_t point) {
  const auto put = [&](std::uint32_t byte) {
    into.push_back(static_cast<char>(static_cast<unsigned char>(byte)));
  };
  if (point < 0x80) {
    put(point);
  } else if (point < 0x800) {
    put(0xc0U | (point >> 6U));
    put(0x80U | (point & 63U));
  } else if (point < 0x10000) {
    put(0xe0U | (point >> 12U));
    put(0x80U | ((point >> 6U) & 63U));
    put(0x80U | (point & 63U));
  } else {
    put(0xf0U | (point >> 18U));
    put(0x80U | ((point >> 12U) & 63U));
    put(0x80U | ((point >> 6U) & 63U));
    put(0x80U | (point & 63U));
  }
}

// Reads the one JSON form a set column knows: an array of strings.
class SetParser {
 public:
  explicit SetParser(std::string_view text) : text_(text) {}

  std::optional<std::vector<std::string>> parse() {
    std::vector<std::string> items;
    if (!take('[')) return std::nullopt;
    if (take(']')) return at_end() ? std::optional(items) : std::nullopt;
    do {
      auto item = string();
      if (!item || items.size() == kSetItemsMax) return std::nullopt;
      items.push_back(std::move(*item));
    } while (take(','));
    if (!take(']') || !at_end()) return std::nullopt;
    return items;
  }

 private:
  void skip_spaces() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos)
      ++at_;
  }
  bool take(char expected) {
    skip_spaces();
    if (at_ >= text_.size() || text_[at_] != expected) return false;
    ++at_;
    return true;
  }
  bool at_end() {
    skip_spaces();
    return at_ == text_.size();
  }

  std::optional<std::string> string() {
    std::string item;
    if (!take('"')) return std::nullopt;
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '"') return item;
      if (static_cast<unsigned char>(c) < 0x20) return std::nullopt;
      if (c != '\\') {
        item.push_back(c);
      } else if (!escape(item)) {
        return std::nullopt;
      }
    }
    return std::nullopt;
  }

  bool escape(std::string& item) {
    static constexpr std::string_view kNames = "\"\\/bfnrt";
    static constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    if (at_ >= text_.size()) return false;
    const char name = text_[at_++];
    const auto known = kNames.find(name);
    if (known != std::string_view::npos) return item.push_back(kMeanings[known]), true;
    return name == 'u' && unicode(item);
  }

  bool unicode(std::string& item) {
    const auto high = unit();
    if (!high || *high == 0 || (*high >= 0xdc00 && *high < 0xe000)) return false;
    if (*high < 0xd800 || *high >= 0xe000) return append_character(item, *high), true;
    if (text_.substr(at_, 2) != "\\u") return false;
    at_ += 2;
    const auto low = unit();
    if (!low || *low < 0xdc00 || *low >= 0xe000) return false;
    append_character(item, 0x10000U + ((*high - 0xd800U) << 10U) + (*low - 0xdc00U));
    return true;
  }

  std::optional<std::uint32_t> unit() {
    const auto bytes = text_.size() >= at_ + 4 ? from_hex(text_.substr(at_, 4)) : std::nullopt;
    if (!bytes) return std::nullopt;
    at_ += 4;
    return static_cast<std::uint32_t>((*bytes)[0]) << 8U | (*bytes)[1];
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

void append_quoted(std::string& into, std::string_view item) {
  into.push_back('"');
  for (const char c : item) {
    const auto byte = static_cast<std::uint8_t>(c);
    if (c == '"' || c == '\\') {
      into.push_back('\\');
      into.push_back(c);
    } else if (byte < 0x20) {
      into += "\\u00" + to_hex(ByteView(&byte, 1));
    } else {
      into.push_back(c);
    }
  }
  into.push_back('"');
}

}  // namespace

Status check_value(const Column& column, const Value& value) {
  if (is_null(value)) {
    if (column.nullable) return {};
    return Error{"sync.not_null", "the column " + column.name + " must hold something"};
  }
  if (fits(column.type, value)) return {};
  return Error{"sync.column_type", "the value does not fit the column " + column.name};
}

bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t length = sequence_length(lead);
    if (length == 0 || at + length > text.size()) return false;
    for (std::size_t i = 1; i < length; ++i) {
      if ((static_cast<unsigned char>(text[at + i]) & 0xc0U) != 0x80U) return false;
    }
    if (length > 1 && !second_fits(lead, static_cast<unsigned char>(text[at + 1]))) return false;
    at += length;
  }
  return true;
}

std::string set_text(std::vector<std::string> items) {
  std::sort(items.begin(), items.end());
  items.erase(std::unique(items.begin(), items.end()), items.end());
  std::string text = "[";
  for (const std::string& item : items) {
    if (text.size() > 1) text.push_back(',');
    append_quoted(text, item);
  }
  return text + "]";
}

std::optional<std::vector<std::string>> parse_set(std::string_view text) {
  return SetParser(text).parse();
}

std::optional<std::string> canonical_set(std::string_view text) {
  auto items = parse_set(text);
  if (!items) return std::nullopt;
  return set_text(std::move(*items));
}

}  // namespace doudi::sync
