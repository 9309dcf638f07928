// Whose work is done next when many wait.
#include "sync_server/service/fair_queue.hpp"

#include <catch2/catch_test_macros.hpp>

namespace doudi::test {
using district::FairQueue;

TEST_CASE("a tablet with much to say does not keep a tablet with little from its answer") {
  FairQueue queue(100, 100);
  std::string served;
  const auto say = [&served](char letter) { return [&served, letter] { served += letter; }; };
  for (int i = 0; i < 5; ++i) REQUIRE(queue.push("large", say('L')));
  REQUIRE(queue.push("small", say('s')));
  REQUIRE(queue.push("other", say('o')));
  while (const auto work = queue.pop()) work();
  CHECK(served == "LsoLLLL");
  CHECK(queue.empty());
}

TEST_CASE("nobody fills the queue alone, and a full queue refuses everybody") {
  FairQueue queue(5, 3);
  const auto nothing = [] {};
  for (int i = 0; i < 3; ++i) REQUIRE(queue.push("greedy", nothing));
  CHECK_FALSE(queue.push("greedy", nothing));
  REQUIRE(queue.push("second", nothing));
  REQUIRE(queue.push("third", nothing));
  CHECK_FALSE(queue.push("fourth", nothing));
  queue.pop();
  CHECK(queue.push("greedy", nothing));
}

TEST_CASE("a line that was served to its end starts anew behind the others") {
  FairQueue queue(10, 10);
  std::string served;
  const auto say = [&served](char letter) { return [&served, letter] { served += letter; }; };
  REQUIRE(queue.push("a", say('1')));
  queue.pop()();
  REQUIRE(queue.push("b", say('2')));
  REQUIRE(queue.push("a", say('3')));
  while (const auto work = queue.pop()) work();
  CHECK(served == "123");
}

}  // namespace doudi::test
