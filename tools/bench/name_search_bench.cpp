// Finding people among 50,000 by every kind of query, beside a look at every person and door; what the index
// costs to build and to change.
#include <cstdio>
#include <random>

#include "shared/domain/person_index.hpp"
#include "shared/packs/packs.hpp"
#include "tools/bench/timing.hpp"

namespace doudi::bench {
namespace {

using namespace doudi::domain;

constexpr unsigned kPeople = 50'000;
constexpr int kRounds = 200, kScanRounds = 5, kBuilds = 5;
constexpr unsigned kChanges = 50;

constexpr unsigned kPersonsEach = 2;
constexpr std::size_t kHitsMax = 50;

Uuid number_id(unsigned number) {
  Uuid id;
  for (unsigned byte = 0; byte < 4; ++byte)
    id.bytes[byte] = static_cast<std::uint8_t>(number * 2'654'435'761U >> (24U - 8U * byte));
  return id;
}

struct Grid {
  std::vector<IndexedPerson> people;
  std::vector<std::pair<Uuid, std::vector<std::string>>> doors;
};

std::string make_name(std::mt19937& chance) {
  static const std::vector<std::string> surnames =
      code_points("王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗单曾解仇吕");
  static const std::vector<std::string> given =
      code_points("伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀兰霞平刚桂英华文辉力建国玉萍红宝志海乐");
  const auto one_of = [&](const std::vector<std::string>& list) { return list[chance() % list.size()]; };
  if (chance() % 50 == 0) return "买买提·" + one_of(given) + one_of(given);
  std::string name = one_of(surnames) + one_of(given);
  return chance() % 4 == 0 ? name : name + one_of(given);
}

Grid make_grid(const packs::NameReader& reader) {
  std::mt19937 chance(50'000);
  Grid grid;
  for (unsigned i = 0; i < kPeople; ++i) {
    const std::string number = std::to_string(10'000 + chance() % 10'000).substr(1);
    const unsigned door = 1'000'000 + i / kPersonsEach;
    grid.people.push_back({number_id(i + 1), number_id(door), reader.key(make_name(chance), number)});
    if (i % kPersonsEach != 0) continue;
    const std::string text = std::to_string(1 + door % 40) + "-" + std::to_string(100 + chance() % 2'900);
    grid.doors.push_back(
        {number_id(door), {text, "张贵庄街道詹庄里" + std::to_string(1 + door % 40) + "号楼" + text}});
  }
  return grid;
}

std::size_t scan(const Grid& grid, const std::string& query) {
  std::size_t found = 0;
  for (const IndexedPerson& p : grid.people) found += matches(p.key, query) ? 1U : 0U;
  for (const auto& [id, texts] : grid.doors)
    for (const std::string& text : texts) found += text.find(query) != std::string::npos ? 1U : 0U;
  if (found != 0) return found;
  for (const IndexedPerson& p : grid.people) found += matches_fuzzily(p.key, query) ? 1U : 0U;
  return found;
}

void measure_queries(const Grid& grid, const PersonIndex& index) {
  const std::vector<std::pair<const char*, std::vector<std::string>>> kinds{
      {"initials", {"zgl", "wy", "lxh", "cb", "l", "mmt"}},
      {"full pinyin", {"zhangguilan", "wangwei", "shanxiuying", "liujianguo", "maimaitijianguo"}},
      {"every reading of the surname", {"danyu", "cengwei", "chouli", "jieguo"}},
      {"u with dots as v, u, yu", {"lvwei", "luwei", "lyuwei"}},
      {"characters and middle dots", {"桂兰", "王", "秀英", "单玉", "买买提•建", "张建国"}},
      {"number tail", {"0047", "9931", "123", "5"}},
      {"door", {"12-2202", "7号楼", "詹庄里3号楼3-1", "庄", "-29"}},
      {"pinyin as a dialect spells it", {"zangguilang", "cengbau", "hongfa", "yanjun", "liluo", "wanlin"}},
      {"what nobody has", {"qqq", "zzzzzz", "龘龘", "99999"}}};
  for (const auto& [kind, queries] : kinds) {
    Latencies plain, search;
    std::size_t found = 0;
    for (int round = 0; round < kRounds; ++round) {
      for (const std::string& query : queries) {
        if (round < kScanRounds) plain.time([&] { found += scan(grid, query); });
        search.time([&] { found += index.find(query, kHitsMax).size(); });
      }
    }
    print_latency(std::string("a look at everyone by ") + kind, plain);
    print_latency(std::string("search of 50,000 by ") + kind + (found == 0 ? " (none)" : ""), search);
  }
}

int run_name_search_bench(const std::string& readings) {
  const auto reader = packs::NameReader::load(readings);
  if (!reader.ok()) {
    std::fprintf(stderr, "bench: %s\n", reader.error().message.c_str());
    return 1;
  }
  Latencies keys, built, changed;
  Grid grid;
  PersonIndex index;
  keys.time([&] { grid = make_grid(*reader); });
  for (int i = 0; i < kBuilds; ++i) {
    built.time([&] {
      index = PersonIndex(grid.people);
      for (const auto& [id, texts] : grid.doors) index.put_place(id, texts);
    });
  }
  for (unsigned i = 0; i < kChanges; ++i) {
    IndexedPerson person = grid.people[i * 7919 % kPeople];
    person.key.id_tail = "024X";
    changed.time([&] { index.put(person); });
    index.put(grid.people[i * 7919 % kPeople]);
  }
  print_latency("50,000 names read (once)", keys);
  print_latency("index built", built);
  print_latency("index after one person changed", changed);
  measure_queries(grid, index);
  return 0;
}

}  // namespace
}  // namespace doudi::bench

int main(int count, char** arguments) {
  if (count != 2) {
    std::fprintf(stderr, "usage: bench_name_search schema/names/surname_readings.jsonc\n");
    return 2;
  }
  return doudi::bench::run_name_search_bench(arguments[1]);
}
