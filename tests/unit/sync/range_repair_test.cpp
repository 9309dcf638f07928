// The search between two lists of marks, without stores or frames.
#include "shared/sync/range_repair.hpp"

#include <catch2/catch_test_macros.hpp>
#include <set>

namespace doudi::sync {
namespace {

// Ids as they are in the field: nearly all share their first bytes.
RowMark mark(std::uint32_t number, std::uint64_t content = 1) {
  RowMark made;
  made.row.bytes = {0x01, 0x93, 0x4a, 0x00, 0x00, 0x00, 0x70};
  for (std::size_t i = 0; i < 4; ++i)
    made.row.bytes[12 + i] = static_cast<std::uint8_t>(number >> (24U - 8U * i));
  made.digest = {content, number + 1U};
  return made;
}

std::vector<RowMark> marks(std::uint32_t count) {
  std::vector<RowMark> list;
  for (std::uint32_t i = 0; i < count; ++i) list.push_back(mark(i));
  return list;
}

struct Found {
  std::set<Uuid> sent;
  std::set<Uuid> absent;
  std::size_t questions = 0;
  std::size_t marks_named = 0;
};

Found search(std::vector<RowMark> tablet, std::vector<RowMark> district, std::size_t rows_max = 100) {
  sort_marks(district);
  RangeSearch asking(std::move(tablet));
  Found found;
  while (true) {
    const RangeQuestion question = asking.question();
    if (question.empty()) return found;
    REQUIRE(question.ranges.size() <= kQuestionRangesMax);
    REQUIRE(question.leaves.size() <= kQuestionRangesMax);
    for (const auto& leaf : question.leaves) found.marks_named += leaf.marks.size();
    const RangeAnswer answer = answer_question(district, question, rows_max);
    REQUIRE(answer.send.size() <= rows_max);
    for (const auto& sent : answer.send) found.sent.insert(sent.row);
    found.absent.insert(answer.absent.begin(), answer.absent.end());
    REQUIRE(asking.answered(question, answer.open).ok());
    ++found.questions;
  }
}

}  // namespace

TEST_CASE("one changed row of 50,000 is found in few questions that name few rows") {
  auto tablet = marks(50'000);
  tablet[31'337].digest.high = 9;
  const Found found = search(tablet, marks(50'000));
  CHECK(found.sent == std::set<Uuid>{mark(31'337).row});
  CHECK(found.absent.empty());
  CHECK(found.questions <= 5);
  CHECK(found.marks_named <= kLeafRowsMax);
}

TEST_CASE("a row one side lacks is found from either side") {
  auto fewer = marks(5'000);
  fewer.erase(fewer.begin() + 4'321);
  CHECK(search(fewer, marks(5'000)).sent == std::set<Uuid>{mark(4'321).row});
  CHECK(search(marks(5'000), fewer).absent == std::set<Uuid>{mark(4'321).row});
}

TEST_CASE("equal lists end after one question, empty ones too") {
  CHECK(search(marks(3'000), marks(3'000)).questions == 1);
  CHECK(search({}, {}).questions == 1);
}

TEST_CASE("a tablet that holds nothing gets everything, a page at a time") {
  const Found found = search({}, marks(1'050), 100);
  CHECK(found.sent.size() == 1'050);
  CHECK(found.questions >= 11);
}

TEST_CASE("a row deleted in the district is sent only to a tablet that still has it") {
  auto district = marks(200);
  district[7].digest = {};
  CHECK(search(marks(200), district).sent == std::set<Uuid>{mark(7).row});
  auto without = marks(200);
  without.erase(without.begin() + 7);
  const Found found = search(without, district);
  CHECK(found.sent.empty());
  CHECK(found.absent.empty());
}

TEST_CASE("all rows different are all sent, whatever the order of the ids") {
  std::vector<RowMark> tablet;
  std::vector<RowMark> district;
  for (std::uint32_t i = 0; i < 3'000; ++i) {
    const std::uint32_t number = i * 2'654'435'761U;
    tablet.push_back(mark(number, 1));
    district.push_back(mark(number, 2));
  }
  CHECK(search(tablet, district).sent.size() == 3'000);
}

TEST_CASE("an answer about rows nobody asked for is refused") {
  RangeSearch asking(marks(1'000));
  const RangeQuestion first = asking.question();
  REQUIRE(asking.answered(first, {first.ranges[3].range}).ok());
  const RangeQuestion second = asking.question();
  const Status outside = asking.answered(second, {first.ranges[4].range});
  REQUIRE_FALSE(outside.ok());
  CHECK(outside.error().code == "sync.range");
}

TEST_CASE("an answer that names a range twice is refused") {
  RangeSearch asking(marks(1'000));
  const RangeQuestion first = asking.question();
  CHECK_FALSE(asking.answered(first, {first.ranges[3].range, first.ranges[3].range}).ok());
}

TEST_CASE("a district that never agrees is given up") {
  RangeSearch asking(marks(10));
  std::size_t rounds = 0;
  while (true) {
    const RangeQuestion question = asking.question();
    REQUIRE_FALSE(question.empty());
    if (!asking.answered(question, {question.leaves[0].range}).ok()) break;
    ++rounds;
  }
  CHECK(rounds == kSearchRoundsMax);
}

}  // namespace doudi::sync
