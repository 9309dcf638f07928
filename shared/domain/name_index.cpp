#include "shared/domain/name_index.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace doudi::domain {
namespace {

constexpr std::size_t kSyllablesMax = 50;

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

std::size_t sequence_length(unsigned char lead) {
  if (lead < 0x80U) return 1;
  if (lead >= 0xF0U && lead < 0xF8U) return 4;
  if (lead >= 0xE0U) return lead < 0xF0U ? 3 : 1;
  return lead >= 0xC2U ? 2 : 1;
}

bool is_minority_dot(std::string_view point) {
  static constexpr std::array<std::string_view, 9> kDots{
      "\xC2\xB7",     "\xE2\x80\xA2", "\xEF\xBC\x8E", ".",           "\xE3\x83\xBB",
      "\xE2\x8B\x85", "\xE2\x80\xA7", "\xEF\xBD\xA5", "\xE1\x90\xA7"};
  return std::find(kDots.begin(), kDots.end(), point) != kDots.end();
}

bool is_space(std::string_view point) {
  return point == " " || point == "\t" || point == "\xE3\x80\x80" || point == "\xC2\xA0" || point == "'";
}

// Full-width ASCII (U+FF01-FF5E) to plain, upper to lower case, ü to v.
std::string folded(const std::string& point) {
  if (point.size() == 1) {
    const char c = point[0];
    return std::string(1, c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c);
  }
  if (point == "ü" || point == "Ü") return "v";
  if (point.size() != 3 || static_cast<unsigned char>(point[0]) != 0xEFU) return point;
  const unsigned code = ((static_cast<unsigned char>(point[0]) & 0x0FU) << 12U) |
                        ((static_cast<unsigned char>(point[1]) & 0x3FU) << 6U) |
                        (static_cast<unsigned char>(point[2]) & 0x3FU);
  if (code < 0xFF01U || code > 0xFF5EU) return point;
  return folded(std::string(1, static_cast<char>(code - 0xFEE0U)));
}

// U+4000 to U+9FFF: nothing to fold, and nearly every name of a list of a million people.
bool is_all_ideographs(std::string_view text) {
  if (text.size() % 3 != 0) return false;
  for (std::size_t at = 0; at < text.size(); at += 3) {
    const auto lead = static_cast<unsigned char>(text[at]);
    if (lead < 0xE4U || lead > 0xE9U || !is_continuation(text[at + 1]) || !is_continuation(text[at + 2]))
      return false;
  }
  return true;
}

// "lv" is also typed "lu" and "lyu" (吕).
std::vector<std::string> spellings(const std::string& reading) {
  std::vector<std::string> all{reading};
  if (reading.size() >= 2 && (reading[0] == 'l' || reading[0] == 'n') && reading[1] == 'v') {
    all.push_back(reading.substr(0, 1) + "u" + reading.substr(2));
    all.push_back(reading.substr(0, 1) + "yu" + reading.substr(2));
  }
  return all;
}

bool starts_with(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

using SyllableMatch = bool (*)(const std::string& spelling, std::string_view piece);

bool exact_piece(const std::string& spelling, std::string_view piece) {
  return starts_with(spelling, piece);
}

bool fuzzy_piece(const std::string& spelling, std::string_view piece) {
  return starts_with(fuzzy_spelling(spelling), fuzzy_spelling(piece));
}

// The rest of the query is pieces of the syllables from `at` on, each a beginning of its syllable.
bool pieces_match(const NameKey& key, std::size_t at, std::string_view rest, SyllableMatch match) {
  if (rest.empty()) return true;
  if (at >= key.syllables.size()) return false;
  for (const std::string& spelling : key.syllables[at]) {
    for (std::size_t length = 1; length <= rest.size(); ++length) {
      if (!match(spelling, rest.substr(0, length))) break;
      if (pieces_match(key, at + 1, rest.substr(length), match)) return true;
    }
  }
  return false;
}

bool pinyin_match(const NameKey& key, std::string_view query, SyllableMatch match) {
  for (std::size_t start = 0; start < key.syllables.size(); ++start) {
    if (pieces_match(key, start, query, match)) return true;
  }
  return false;
}

bool is_plain_letters(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

bool tail_matches(const NameKey& key, std::string_view query) {
  if (key.id_tail.empty() || query.size() != key.id_tail.size()) return false;
  return std::equal(query.begin(), query.end(), key.id_tail.begin(), [](char a, char b) {
    return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b + 32) : b);
  });
}

}  // namespace

std::size_t code_point_length(std::string_view text) {
  const std::size_t length = sequence_length(static_cast<unsigned char>(text[0]));
  if (length > text.size()) return 1;
  for (std::size_t i = 1; i < length; ++i) {
    if (!is_continuation(text[i])) return 1;
  }
  return length;
}

std::vector<std::string> code_points(std::string_view text) {
  std::vector<std::string> points;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = code_point_length(text.substr(at));
    points.emplace_back(text.substr(at, length));
    at += length;
  }
  return points;
}

std::size_t code_point_count(std::string_view text) {
  return code_points(text).size();
}

std::string fold_name(std::string_view text) {
  if (is_all_ideographs(text)) return std::string(text);
  std::string out;
  for (const std::string& point : code_points(text)) {
    if (!is_space(point) && !is_minority_dot(point)) out += folded(point);
  }
  return out;
}

std::string normalize_name_dots(std::string_view text) {
  std::string out;
  for (const std::string& point : code_points(text)) out += is_minority_dot(point) ? "\xC2\xB7" : point;
  return out;
}

NameKey make_name_key(std::string_view name, const Readings& readings, std::string_view id_tail) {
  NameKey key;
  key.name = fold_name(name);
  key.id_tail = std::string(id_tail);
  for (const std::vector<std::string>& character : readings) {
    std::vector<std::string> all;
    for (const std::string& reading : character) {
      for (const std::string& spelling : spellings(reading)) {
        if (std::find(all.begin(), all.end(), spelling) == all.end()) all.push_back(spelling);
      }
    }
    if (!all.empty() && key.syllables.size() < kSyllablesMax) key.syllables.push_back(std::move(all));
  }
  return key;
}

std::string fuzzy_spelling(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool retroflex =
        c == 'h' && i > 0 && (text[i - 1] == 'z' || text[i - 1] == 'c' || text[i - 1] == 's');
    if (retroflex) continue;
    const bool nasal = c == 'g' && i > 0 && text[i - 1] == 'n';
    if (nasal) continue;
    out += c;
  }
  if (!out.empty() && out[0] == 'n') out[0] = 'l';
  if (!out.empty() && out[0] == 'f') out[0] = 'h';
  return out;
}

bool matches(const NameKey& key, std::string_view query) {
  const std::string wanted = fold_name(query);
  if (wanted.empty()) return false;
  if (key.name.find(wanted) != std::string::npos || tail_matches(key, wanted)) return true;
  return is_plain_letters(wanted) && pinyin_match(key, wanted, exact_piece);
}

bool matches_fuzzily(const NameKey& key, std::string_view query) {
  const std::string wanted = fold_name(query);
  if (wanted.empty() || !is_plain_letters(wanted)) return matches(key, query);
  return pinyin_match(key, wanted, fuzzy_piece);
}

std::string search_keys(const NameKey& key, std::size_t limit) {
  std::vector<std::pair<std::string, std::string>> spelled{{"", ""}};
  for (const std::vector<std::string>& syllable : key.syllables) {
    std::vector<std::pair<std::string, std::string>> longer;
    for (const auto& [full, initials] : spelled) {
      for (const std::string& reading : syllable) {
        if (longer.size() < limit) longer.emplace_back(full + reading, initials + reading.substr(0, 1));
      }
    }
    spelled = std::move(longer);
  }
  std::vector<std::string> words;
  for (const auto& [full, initials] : spelled) {
    for (const std::string& word : {full, initials}) {
      if (!word.empty() && std::find(words.begin(), words.end(), word) == words.end()) words.push_back(word);
    }
  }
  std::string joined;
  for (const std::string& word : words) joined += (joined.empty() ? "" : " ") + word;
  return joined;
}

std::string sort_spelling(const NameKey& key) {
  std::string spelled;
  for (const std::vector<std::string>& syllable : key.syllables) spelled += syllable.front() + " ";
  return spelled + key.name;
}

bool starts_with_double_surname(std::string_view name) {
  static constexpr std::array<std::string_view, 44> kSurnames{
      "欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "长孙", "令狐",
      "澹台", "宇文", "司徒", "司空", "夏侯", "轩辕", "呼延", "端木", "南宫", "东郭", "西门",
      "独孤", "拓跋", "万俟", "闻人", "赫连", "钟离", "申屠", "公冶", "宗政", "濮阳", "淳于",
      "单于", "太叔", "仲孙", "鲜于", "闾丘", "司寇", "百里", "第五", "叶赫", "纳兰", "完颜"};
  return std::any_of(kSurnames.begin(), kSurnames.end(),
                     [&](std::string_view s) { return starts_with(name, s); });
}

}  // namespace doudi::domain
