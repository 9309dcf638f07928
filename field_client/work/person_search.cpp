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

domain::IndexedPerson entry_of(const Board& board, const packs::NameReader* names, const Uuid& id) {
  const domain::Person& person = board.data().persons.at(id);
  const std::string tail = tail_of(board.data().person_texts.at(id).id_number);
  return {id, person.household,
          names ? names->key(person.name, tail) : domain::make_name_key(person.name, {}, tail)};
}

}  // namespace

void PersonSearch::forget() {
  index_ = {};
  made_of_load_ = 0;
  touched_.clear();
}

void PersonSearch::build(const Board& board, const packs::NameReader* names) {
  std::vector<domain::IndexedPerson> people;
  people.reserve(board.data().persons.size());
  for (const auto& [id, person] : board.data().persons) people.push_back(entry_of(board, names, id));
  index_ = domain::PersonIndex(people);
  for (const auto& [id, text] : board.data().household_texts) index_.put_place(id, {text.door, text.address});
  made_of_load_ = board.loads();
}

void PersonSearch::refresh(const Board& board, const packs::NameReader* names, const Uuid& household) {
  const GridData& data = board.data();
  const auto members = data.members.find(household);
  for (const Uuid& id : index_.people_of(household))
    if (!data.persons.contains(id)) index_.remove(id);
  if (members != data.members.end())
    for (const Uuid& id : members->second) index_.put(entry_of(board, names, id));
  const auto text = data.household_texts.find(household);
  index_.put_place(household, text == data.household_texts.end()
                                  ? std::vector<std::string>{}
                                  : std::vector<std::string>{text->second.door, text->second.address});
}

std::vector<SearchHit> PersonSearch::find(const Board& board, const packs::NameReader* names,
                                          const std::string& query) {
  if (made_of_load_ != board.loads())
    build(board, names);
  else
    for (const Uuid& household : touched_) refresh(board, names, household);
  touched_.clear();
  std::vector<SearchHit> hits;
  for (const Uuid& id : index_.find(query, kSearchHitsMax)) hits.push_back(hit_of(board, id));
  return hits;
}

}  // namespace doudi::field
