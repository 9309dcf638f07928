// All people of a grid by name, pinyin, number tail and door: what matches() and a look at every door find,
// in the order of the ids, without looking at everyone. Kept up to date one person or door at a time.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/ids.hpp"
#include "shared/domain/name_index.hpp"
#include "shared/domain/substring_index.hpp"
#include "shared/domain/syllable_index.hpp"

namespace doudi::domain {

struct IndexedPerson {
  Uuid id;
  Uuid place;
  NameKey key;
};

class PersonIndex {
 public:
  PersonIndex() = default;
  explicit PersonIndex(const std::vector<IndexedPerson>& people);

  // Adds the person, or replaces what was known of them.
  void put(const IndexedPerson& person);
  void remove(const Uuid& id);
  // The texts a place is found by (door, address) in place of earlier ones; none takes it out.
  void put_place(const Uuid& place, std::vector<std::string> texts);
  // Who lives there, by id.
  [[nodiscard]] std::vector<Uuid> people_of(const Uuid& place) const;
  [[nodiscard]] std::size_t size() const { return order_.size(); }

  // The first `limit` by id: exact matches and doors, else fuzzy ones.
  [[nodiscard]] std::vector<Uuid> find(std::string_view query, std::size_t limit) const;

 private:
  struct Person {
    Uuid id;
    std::uint32_t place = 0;
    std::string name;
    std::string tail;       // lower case
    std::string syllables;  // "shan,dan yu hua": a NameKey takes three times the memory
    bool operator==(const Person&) const = default;
  };
  using Order = std::vector<std::uint32_t>;

  [[nodiscard]] Person kept(const IndexedPerson& person);
  std::uint32_t store(const IndexedPerson& person);
  std::uint32_t place_slot(const Uuid& place);
  [[nodiscard]] Order::const_iterator position(const Uuid& id) const;
  [[nodiscard]] NameKey key_of(std::uint32_t slot) const;
  [[nodiscard]] std::vector<bool> places_with(std::string_view query) const;
  [[nodiscard]] std::vector<bool> people_with(const std::string& wanted) const;
  void find_by_name(const std::string& wanted, std::vector<bool>& found) const;

  std::vector<Person> people_;
  std::vector<std::uint32_t> free_;
  Order order_;  // slots by id
  std::map<Uuid, std::uint32_t> place_slots_;
  std::vector<std::vector<std::string>> places_;
  SubstringIndex names_, place_texts_;
  std::map<std::string, std::vector<std::uint32_t>> tails_;
  SyllableIndex exact_{SyllableIndex::Reading::exact};
  SyllableIndex fuzzy_{SyllableIndex::Reading::fuzzy};
};

}  // namespace doudi::domain
