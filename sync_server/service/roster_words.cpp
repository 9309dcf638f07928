// Several words in one cell are parted by 、 ， , ; or / as people write them.
#include "sync_server/service/roster_words.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "sync_server/service/csv.hpp"

namespace doudi::district {
namespace {

using nlohmann::json;

std::string fold_word(std::string_view word) {
  std::string text = normalize_cell(word);
  std::erase(text, ' ');
  return text;
}

void fill(const json& source, std::map<std::string, std::string, std::less<>>& words) {
  for (const auto& [code, aliases] : source.items()) {
    for (const json& alias : aliases) words[fold_word(alias.get<std::string>())] = code;
  }
}

std::optional<std::string> lookup(const std::map<std::string, std::string, std::less<>>& words,
                                  std::string_view cell) {
  const auto found = words.find(fold_word(cell));
  return found == words.end() ? std::nullopt : std::optional(found->second);
}

std::vector<std::string> split_words(std::string text) {
  for (const std::string_view separator : std::array<std::string_view, 3>{"、", "；", "，"}) {
    for (auto at = text.find(separator); at != std::string::npos; at = text.find(separator, at))
      text.replace(at, separator.size(), ",");
  }
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == ';' || c == '/' || c == '|'; }, ',');
  std::vector<std::string> words;
  std::size_t start = 0;
  while (start <= text.size()) {
    const std::size_t end = std::min(text.find(',', start), text.size());
    if (end > start) words.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return words;
}

}  // namespace

Result<RosterWords> RosterWords::read(std::string_view jsonc) {
  try {
    const json source = json::parse(jsonc, nullptr, true, true);
    RosterWords words;
    fill(source.at("categories"), words.categories_);
    for (const auto& [code, aliases] : source.at("categories").items())
      words.category_words_[code] = aliases.at(0).get<std::string>();
    fill(source.at("relations"), words.relations_);
    fill(source.at("self_care"), words.self_care_);
    for (const json& word : source.at("none")) words.none_.insert(fold_word(word.get<std::string>()));
    return words;
  } catch (const json::exception& fault) {
    return Error{"import.aliases", fault.what()};
  }
}

std::vector<std::string> RosterWords::categories(std::string_view cell,
                                                 std::vector<std::string>& unknown) const {
  std::vector<std::string> codes;
  for (const std::string& word : split_words(std::string(cell))) {
    const std::string folded = fold_word(word);
    if (folded.empty() || none_.contains(folded)) continue;
    const auto code = lookup(categories_, folded);
    if (!code) unknown.push_back(folded);
    if (code && std::find(codes.begin(), codes.end(), *code) == codes.end()) codes.push_back(*code);
  }
  return codes;
}

std::string RosterWords::category_word(const std::string& code) const {
  const auto found = category_words_.find(code);
  return found == category_words_.end() ? code : found->second;
}

std::optional<std::string> RosterWords::relation(std::string_view cell) const {
  return lookup(relations_, cell);
}
std::optional<std::string> RosterWords::self_care(std::string_view cell) const {
  return lookup(self_care_, cell);
}

}  // namespace doudi::district
