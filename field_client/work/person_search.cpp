#include "field_client/work/person_search.hpp"

#include <algorithm>

namespace doudi::field {
namespace {

std::string tail_of(const std::string& number) {
  return number.size() < 4 ? number : number.substr(number.size() - 4);
}

SearchHit hit_of(const Board& board, const Uuid& id) {
  const auto& person = board.data().persons.at(id);
  return {person.household, id, person.name, board.door_of(person.household), board.age_of(id),
          board.tags_of(id)};
}

}  // namespace

void PersonSearch::build(const Board& board, const packs::NameReader* names) {
  keys_.clear();
  for (const auto& [id, person] : board.data().persons) {
    const std::string tail = tail_of(board.data().person_texts.at(id).id_number);
    keys_.push_back(
        {id, names ? names->key(person.name, tail) : domain::make_name_key(person.name, {}, tail)});
  }
}

std::vector<SearchHit> PersonSearch::find(const Board& board, const std::string& query) const {
  std::vector<SearchHit> hits;
  if (query.empty()) return hits;
  for (const bool fuzzy : {false, true}) {
    for (const auto& entry : keys_) {
      if (hits.size() >= kSearchHitsMax || !board.data().persons.contains(entry.person)) continue;
      const auto& household = board.data().persons.at(entry.person).household;
      const bool name = fuzzy ? domain::matches_fuzzily(entry.key, query) : domain::matches(entry.key, query);
      const auto text = board.data().household_texts.find(household);
      const bool place = !fuzzy && text != board.data().household_texts.end() &&
                         (text->second.door.find(query) != std::string::npos ||
                          text->second.address.find(query) != std::string::npos);
      if (name || place) hits.push_back(hit_of(board, entry.person));
    }
    if (!hits.empty()) break;
  }
  return hits;
}

}  // namespace doudi::field
