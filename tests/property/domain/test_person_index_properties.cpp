// Searching through the index finds who a look at every person and every door finds, in the same order,
// however people came, changed and went.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <map>

#include "shared/domain/person_index.hpp"
#include "tests/property/domain/random_grid.hpp"

using namespace doudi;
using namespace doudi::domain;
using namespace doudi::domain::test;

namespace {

struct Everyone {
  std::map<Uuid, IndexedPerson> people;
  std::map<Uuid, std::vector<std::string>> places;
};

const std::string& one_of(const std::vector<std::string>& list) {
  return list[static_cast<std::size_t>(between(0, static_cast<int>(list.size())))];
}

// The search as a look at everyone.
std::vector<Uuid> scan(const Everyone& everyone, const std::string& query, std::size_t limit) {
  std::vector<Uuid> found;
  if (query.empty()) return found;
  for (const bool fuzzy : {false, true}) {
    for (const auto& [id, person] : everyone.people) {
      const bool name = fuzzy ? matches_fuzzily(person.key, query) : matches(person.key, query);
      const auto place = everyone.places.find(person.place);
      const bool door = !fuzzy && place != everyone.places.end() &&
                        std::any_of(place->second.begin(), place->second.end(), [&](const std::string& text) {
                          return text.find(query) != std::string::npos;
                        });
      if ((name || door) && found.size() < limit) found.push_back(id);
    }
    if (!found.empty()) break;
  }
  return found;
}

const std::vector<std::pair<std::string, std::vector<std::string>>>& characters() {
  static const std::vector<std::pair<std::string, std::vector<std::string>>> known{
      {"张", {"zhang"}},
      {"单", {"shan", "dan", "chan"}},
      {"桂", {"gui"}},
      {"兰", {"lan"}},
      {"吕", {"lv"}},
      {"解", {"xie", "jie", "jia"}},
      {"仇", {"qiu", "chou"}},
      {"曾", {"zeng", "ceng"}},
      {"赞", {"zan"}},
      {"岑", {"cen"}},
      {"女", {"nv"}},
      {"福", {"fu"}},
      {"黄", {"huang"}},
      {"庄", {"zhuang"}},
      {"安", {"an"}},
      {"昂", {"ang"}},
      {"𠮷", {"ji"}},
      {"·", {}},
      {"A", {}},
      {"5", {}},
      {"\xE5", {}},
      {"区", {"ou", "qu"}},
      {"艾", {"ai", "yi"}},
      {"乐", {"yue", "le", "yao", "lao"}},
      {"万", {"wan", "mo"}},
      {"俟", {"qi", "si"}},
      {"龘", {"zhuangguang"}},
      {"é", {"é"}}};
  return known;
}

std::pair<std::string, Readings> random_name(int length_max) {
  std::pair<std::string, Readings> made;
  for (int left = between(0, length_max); left > 0; --left) {
    const auto& known = characters();
    const auto& [text, readings] =
        known[static_cast<std::size_t>(between(0, static_cast<int>(known.size())))];
    made.first += text;
    made.second.push_back(readings);
  }
  return made;
}

IndexedPerson random_entry(unsigned number) {
  static const std::vector<std::string> tails{"", "024X", "0047", "1", "5012", "99887"};
  const auto [name, readings] = random_name(between(0, 12) == 0 ? 12 : 5);
  return {id(number), id(500U + static_cast<unsigned>(between(0, 6))),
          make_name_key(name, readings, one_of(tails))};
}

std::vector<std::string> random_place() {
  static const std::vector<std::string> texts{"",       "3号楼", "3-502", "幸福小区3号楼", "幸福里 5 号",
                                              "张家庄", "an"};
  if (between(0, 6) == 0) return {};
  return {one_of(texts), one_of(texts) + one_of(texts)};
}

void happen(Everyone& everyone, PersonIndex& index) {
  const auto number = static_cast<unsigned>(between(0, 20));
  switch (between(0, 4)) {
    case 0: {
      const Uuid place = id(500U + static_cast<unsigned>(between(0, 6)));
      everyone.places[place] = random_place();
      index.put_place(place, everyone.places[place]);
      break;
    }
    case 1:
      everyone.people.erase(id(number));
      index.remove(id(number));
      break;
    default: {
      const IndexedPerson entry = random_entry(number);
      everyone.people[entry.id] = entry;
      index.put(entry);
    }
  }
}

std::string beginning(const std::string& text) {
  return text.substr(0, static_cast<std::size_t>(between(0, static_cast<int>(text.size()) + 1)));
}

// What somebody types who looks for this person: beginnings of readings, with the habits of a dialect.
std::string typed_pinyin(const NameKey& key) {
  static const std::vector<std::string> slips{"", "h", "g", "n", "l"};
  std::string typed;
  for (const std::vector<std::string>& syllable : key.syllables) {
    if (between(0, 5) == 0 && typed.empty()) continue;
    typed += beginning(one_of(syllable));
    if (between(0, 6) == 0) typed += one_of(slips);
  }
  return typed;
}

std::string random_query(const Everyone& everyone) {
  static const std::vector<std::string> fixed{"zgl",  "lu",    "lyu",   "nu", "5", "3-5",    "张",
                                              "号楼", "024x",  "0047",  "·",  ".", " ",      "\xE5",
                                              "a5",   "zhang", "cheng", "hu", "n", "福小区3"};
  const int kind = between(0, 6);
  if (kind == 0 || everyone.people.empty()) return one_of(fixed);
  if (kind == 1) return random_name(4).first;
  const auto at = std::next(everyone.people.begin(), between(0, static_cast<int>(everyone.people.size())));
  const NameKey& key = at->second.key;
  if (kind == 2) return key.id_tail;
  if (kind == 3 && !key.name.empty())
    return key.name.substr(static_cast<std::size_t>(between(0, static_cast<int>(key.name.size()))));
  return typed_pinyin(key);
}

void expect_the_same(const Everyone& everyone, const PersonIndex& index, int queries) {
  RC_ASSERT(index.size() == everyone.people.size());
  for (; queries > 0; --queries) {
    const std::string query = random_query(everyone);
    const auto limit = static_cast<std::size_t>(between(1, 12));
    RC_LOG() << "query " << query << "\n";
    RC_ASSERT(index.find(query, limit) == scan(everyone, query, limit));
  }
}

}  // namespace

TEST_CASE("the index finds who a look at everyone finds, in the same order, after any changes") {
  CHECK(rc::check([] {
    Everyone everyone;
    PersonIndex index;
    for (int left = between(0, 40); left > 0; --left) happen(everyone, index);
    expect_the_same(everyone, index, 12);
  }));
}

TEST_CASE("an index made at once equals one grown person by person, and knows who lives where") {
  CHECK(rc::check([] {
    Everyone everyone;
    std::vector<IndexedPerson> people;
    PersonIndex grown;
    for (unsigned number = static_cast<unsigned>(between(0, 25)); number > 0; --number) {
      people.push_back(random_entry(number));
      everyone.people[people.back().id] = people.back();
      grown.put(people.back());
    }
    const PersonIndex made(people);
    expect_the_same(everyone, made, 8);
    expect_the_same(everyone, grown, 8);
    std::vector<Uuid> there;
    for (const auto& [person, entry] : everyone.people)
      if (entry.place == id(500)) there.push_back(person);
    RC_ASSERT(made.people_of(id(500)) == there);
    RC_ASSERT(grown.people_of(id(500)) == there);
  }));
}
