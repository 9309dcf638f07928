#include "shared/domain/person_index.hpp"

#include <algorithm>
#include <utility>

namespace doudi::domain {
namespace {

std::string lower_case(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return text;
}

std::string joined(const NameKey& key) {
  std::string text;
  for (std::size_t at = 0; at < key.syllables.size(); ++at) {
    if (at != 0) text += ' ';
    const std::vector<std::string>& syllable = key.syllables[at];
    for (std::size_t i = 0; i < syllable.size(); ++i) text += (i == 0 ? "" : ",") + syllable[i];
  }
  return text;
}

bool is_plain_letters(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

}  // namespace

PersonIndex::PersonIndex(const std::vector<IndexedPerson>& people) {
  people_.reserve(people.size());
  exact_.reserve(people.size());
  fuzzy_.reserve(people.size());
  for (const IndexedPerson& person : people) order_.push_back(store(person));
  std::sort(order_.begin(), order_.end(),
            [&](std::uint32_t a, std::uint32_t b) { return people_[a].id < people_[b].id; });
  exact_.settle();
  fuzzy_.settle();
}

void PersonIndex::put(const IndexedPerson& person) {
  const auto known = position(person.id);
  if (known != order_.end() && people_[*known] == kept(person)) return;
  remove(person.id);
  const auto at = position(person.id) - order_.begin();
  const std::uint32_t slot = store(person);
  order_.insert(order_.begin() + at, slot);
  exact_.settle();
  fuzzy_.settle();
}

PersonIndex::Person PersonIndex::kept(const IndexedPerson& person) {
  return {person.id, place_slot(person.place), person.key.name, lower_case(person.key.id_tail),
          joined(person.key)};
}

std::uint32_t PersonIndex::store(const IndexedPerson& person) {
  std::uint32_t slot = static_cast<std::uint32_t>(people_.size());
  if (free_.empty()) {
    people_.push_back(kept(person));
  } else {
    slot = free_.back();
    free_.pop_back();
    people_[slot] = kept(person);
  }
  names_.add(slot, people_[slot].name);
  if (!people_[slot].tail.empty()) tails_[people_[slot].tail].push_back(slot);
  exact_.add(slot, person.key);
  fuzzy_.add(slot, person.key);
  return slot;
}

void PersonIndex::remove(const Uuid& id) {
  const auto at = position(id);
  if (at == order_.end() || people_[*at].id != id) return;
  const std::uint32_t slot = *at;
  names_.remove(slot, people_[slot].name);
  if (const auto tail = tails_.find(people_[slot].tail); tail != tails_.end()) {
    std::erase(tail->second, slot);
    if (tail->second.empty()) tails_.erase(tail);
  }
  exact_.remove(slot);
  fuzzy_.remove(slot);
  people_[slot] = Person{};
  free_.push_back(slot);
  order_.erase(at);
}

std::uint32_t PersonIndex::place_slot(const Uuid& place) {
  const auto [found, added] = place_slots_.try_emplace(place, static_cast<std::uint32_t>(places_.size()));
  if (added) places_.emplace_back();
  return found->second;
}

void PersonIndex::put_place(const Uuid& place, std::vector<std::string> texts) {
  const std::uint32_t slot = place_slot(place);
  if (places_[slot] == texts) return;
  for (const std::string& text : places_[slot]) place_texts_.remove(slot, text);
  for (const std::string& text : texts) place_texts_.add(slot, text);
  places_[slot] = std::move(texts);
}

std::vector<Uuid> PersonIndex::people_of(const Uuid& place) const {
  std::vector<Uuid> people;
  const auto found = place_slots_.find(place);
  if (found == place_slots_.end()) return people;
  for (const std::uint32_t slot : order_)
    if (people_[slot].place == found->second) people.push_back(people_[slot].id);
  return people;
}

PersonIndex::Order::const_iterator PersonIndex::position(const Uuid& id) const {
  return std::lower_bound(order_.begin(), order_.end(), id,
                          [&](std::uint32_t slot, const Uuid& wanted) { return people_[slot].id < wanted; });
}

NameKey PersonIndex::key_of(std::uint32_t slot) const {
  const Person& person = people_[slot];
  NameKey key{person.name, {}, person.tail};
  if (person.syllables.empty()) return key;
  key.syllables.push_back({""});
  for (const char c : person.syllables) {
    if (c == ' ')
      key.syllables.push_back({""});
    else if (c == ',')
      key.syllables.back().emplace_back();
    else
      key.syllables.back().back() += c;
  }
  return key;
}

std::vector<Uuid> PersonIndex::find(std::string_view query, std::size_t limit) const {
  std::vector<Uuid> found;
  if (query.empty()) return found;
  const std::string wanted = fold_name(query);
  std::vector<bool> people = people_with(wanted);
  const std::vector<bool> places = places_with(query);
  const auto collect = [&] {
    for (auto slot = order_.begin(); slot != order_.end() && found.size() < limit; ++slot)
      if (people[*slot] || places[people_[*slot].place]) found.push_back(people_[*slot].id);
  };
  collect();
  if (!found.empty() || wanted.empty() || !is_plain_letters(wanted)) return found;
  fuzzy_.find(
      wanted, [&](std::uint32_t slot) { return key_of(slot); }, people);
  collect();
  return found;
}

std::vector<bool> PersonIndex::places_with(std::string_view query) const {
  std::vector<bool> found(places_.size());
  const auto holds = [&](std::uint32_t slot) {
    return std::any_of(places_[slot].begin(), places_[slot].end(),
                       [&](const std::string& text) { return text.find(query) != std::string::npos; });
  };
  if (const auto candidates = place_texts_.candidates(query)) {
    for (const std::uint32_t slot : *candidates) found[slot] = found[slot] || holds(slot);
  } else {
    for (std::uint32_t slot = 0; slot < places_.size(); ++slot) found[slot] = holds(slot);
  }
  return found;
}

std::vector<bool> PersonIndex::people_with(const std::string& wanted) const {
  std::vector<bool> found(people_.size());
  if (wanted.empty()) return found;
  find_by_name(wanted, found);
  if (const auto tail = tails_.find(wanted); tail != tails_.end())
    for (const std::uint32_t slot : tail->second) found[slot] = true;
  if (is_plain_letters(wanted))
    exact_.find(
        wanted, [&](std::uint32_t slot) { return key_of(slot); }, found);
  return found;
}

void PersonIndex::find_by_name(const std::string& wanted, std::vector<bool>& found) const {
  const auto holds = [&](std::uint32_t slot) { return people_[slot].name.find(wanted) != std::string::npos; };
  if (const auto candidates = names_.candidates(wanted)) {
    for (const std::uint32_t slot : *candidates) found[slot] = found[slot] || holds(slot);
  } else {
    for (const std::uint32_t slot : order_) found[slot] = holds(slot);
  }
}

}  // namespace doudi::domain
