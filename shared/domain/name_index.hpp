// Finding a person by characters, pinyin, initials or number tail on a tablet without a network
// (domain.md 2.12). The readings of each character are data handed in: this code knows no dictionary.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace doudi::domain {

// All readings of each character, plain letters ("shan", "dan"), ü as v; empty for a character without one.
using Readings = std::vector<std::vector<std::string>>;

struct NameKey {
  std::string name;                                 // folded: NFKC-like, lower case, dots and spaces removed
  std::vector<std::vector<std::string>> syllables;  // readings per character, ü spelt v, u and yu
  std::string id_tail;                              // last four of the number, upper case
};

// The name as searched: lower case, full width to plain, minority dots and spaces dropped.
std::string fold_name(std::string_view text);
// "·", "•", "．", "." all become U+00B7 for storage and display.
std::string normalize_name_dots(std::string_view text);
NameKey make_name_key(std::string_view name, const Readings& readings, std::string_view id_tail = {});

// A query of characters, pinyin pieces ("zhanggl", "zgl") or a number tail; pieces start at any character.
bool matches(const NameKey& key, std::string_view query);
// As above with zh/z, ch/c, sh/s, n/l, f/h, an/ang, en/eng, in/ing taken as one: when nothing matched
// exactly.
bool matches_fuzzily(const NameKey& key, std::string_view query);
// A syllable or its beginning as matches_fuzzily() compares it: "zhang" and "zan" are "zan".
std::string fuzzy_spelling(std::string_view text);

// Space-separated keys for an SQL column: every full spelling and its initials; at most `limit` spellings.
std::string search_keys(const NameKey& key, std::size_t limit = 16);
// The spelling a list is sorted by: the first reading of each character.
std::string sort_spelling(const NameKey& key);

// Characters of a UTF-8 text, malformed bytes one by one.
std::vector<std::string> code_points(std::string_view text);
// Bytes of the first character of a text that is not empty.
std::size_t code_point_length(std::string_view text);
std::size_t code_point_count(std::string_view text);
// Two-character surnames (欧阳, 司马, …).
bool starts_with_double_surname(std::string_view name);

}  // namespace doudi::domain
