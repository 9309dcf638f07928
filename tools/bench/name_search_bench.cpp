// Finding one of 50,000 people by initials, pinyin, characters and number tail, beside a plain search for the
// same bytes in every name.
#include <cstdio>
#include <random>

#include "shared/domain/name_index.hpp"
#include "shared/packs/packs.hpp"
#include "tools/bench/timing.hpp"

namespace doudi::bench {
namespace {

using namespace doudi::domain;

constexpr std::size_t kPeople = 50'000;
constexpr int kRounds = 60;

std::vector<NameKey> make_people(const packs::NameReader& reader) {
  static const std::vector<std::string> surnames =
      code_points("王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗单曾解仇");
  static const std::vector<std::string> given =
      code_points("伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀兰霞平刚桂英华文辉力建国玉萍红宝志海乐");
  std::mt19937 chance(50'000);
  const auto one_of = [&](const std::vector<std::string>& list) { return list[chance() % list.size()]; };
  std::vector<NameKey> people;
  for (std::size_t i = 0; i < kPeople; ++i) {
    std::string name = one_of(surnames) + one_of(given);
    if (chance() % 4 != 0) name += one_of(given);
    const std::string number = std::to_string(10'000 + chance() % 10'000).substr(1);
    people.push_back(reader.key(name, number));
  }
  return people;
}

template <class Match>
std::size_t count(const std::vector<NameKey>& people, Match&& match) {
  std::size_t found = 0;
  for (const NameKey& person : people) found += match(person) ? 1U : 0U;
  return found;
}

int run_name_search_bench(const std::string& readings) {
  const auto reader = packs::NameReader::load(readings);
  if (!reader.ok()) {
    std::fprintf(stderr, "bench: %s\n", reader.error().message.c_str());
    return 1;
  }
  const std::vector<NameKey> people = make_people(*reader);
  const std::vector<std::pair<const char*, std::vector<std::string>>> kinds{
      {"initials", {"zgl", "wy", "lxh", "cb"}},
      {"full pinyin", {"zhangguilan", "wangwei", "shanxiuying", "liujianguo"}},
      {"characters", {"桂兰", "王", "秀英", "单玉"}},
      {"number tail", {"0047", "9931", "123", "5"}},
      {"nothing found, then fuzzily", {"zangguilang", "qqq", "chenbau", "hongfa"}}};
  for (const auto& [kind, queries] : kinds) {
    Latencies plain, search;
    std::size_t found = 0;
    for (int round = 0; round < kRounds; ++round) {
      for (const std::string& query : queries) {
        plain.time([&] {
          found += count(people, [&](const NameKey& p) { return p.name.find(query) != std::string::npos; });
        });
        search.time([&] {
          const std::size_t exact = count(people, [&](const NameKey& p) { return matches(p, query); });
          found +=
              exact != 0 ? exact : count(people, [&](const NameKey& p) { return matches_fuzzily(p, query); });
        });
      }
    }
    print_latency(std::string("plain search for the bytes of ") + kind, plain);
    print_latency(std::string("search of 50,000 people by ") + kind + (found == 0 ? " (none)" : ""), search);
  }
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
