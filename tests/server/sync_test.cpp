// What tablets push arrives once, in its scope, with a verdict; what they pull is complete.
#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <thread>

#include "shared/sync/digest.hpp"
#include "tests/server/tablet.hpp"

namespace doudi::test {
namespace {

sync::Operation answer_row(const Uuid& grid, const Uuid& visit) {
  sync::Operation answer{"visit_answer", fresh_id(), sync::OperationKind::insert, {}};
  answer.columns = {{"grid", {}, to_bytes(grid.view())},
                    {"visit", {}, to_bytes(visit.view())},
                    {"question", {}, std::string("V02")},
                    {"answer", {}, std::string("[\"none\"]")}};
  return answer;
}

}  // namespace

TEST_CASE("a group pushed twice is stored once and gets the same verdict") {
  DistrictFixture fixture;
  Tablet tablet(fixture);
  const Place place(fixture);
  const sync::Group group = tablet.group({visit_row(tablet, place.grid, place.household)});
  const auto first = tablet.push({group});
  const auto second = tablet.push({group});
  CHECK(first.verdicts.front().verdict == sync::Verdict::applied);
  CHECK(first.verdicts == second.verdicts);
  CHECK(second.known_seq == 1);
  CHECK(fixture.count("SELECT count(*) FROM visit") == 1);
  CHECK(fixture.count("SELECT count(*) FROM visit WHERE received_at IS NOT NULL") == 1);
}

TEST_CASE("the same number with other content is held as a fork and overwrites nothing") {
  DistrictFixture fixture;
  Tablet tablet(fixture);
  const Place place(fixture);
  const sync::Group group = tablet.group({visit_row(tablet, place.grid, place.household)});
  tablet.push({group});
  sync::Group other = group;
  other.operations = {visit_row(tablet, place.grid, place.household)};
  const auto reply = tablet.push({other});
  CHECK(reply.verdicts.front().verdict == sync::Verdict::held);
  CHECK(reply.verdicts.front().reason == "sync.chain_forked");
  CHECK(fixture.count("SELECT count(*) FROM visit") == 1);
  CHECK(fixture.count("SELECT count(*) FROM forked_group") == 1);
  CHECK(tablet.hello(1, sync::Hash{1}).chain == "tablet_cloned");
}

TEST_CASE("one poison group among a hundred is kept aside and ninety-nine arrive") {
  DistrictFixture fixture;
  Tablet tablet(fixture);
  const Place place(fixture);
  std::vector<sync::Group> groups;
  for (int number = 0; number < 100; ++number) {
    sync::Operation row = visit_row(tablet, place.grid, place.household);
    if (number == 40) row.table = "unknown_table";
    groups.push_back(tablet.group({row}));
  }
  const auto reply = tablet.push(groups);
  REQUIRE(reply.verdicts.size() == 100);
  CHECK(reply.known_seq == 100);
  CHECK(reply.verdicts[40].verdict == sync::Verdict::rejected);
  CHECK(reply.verdicts[40].reason == "sync.unknown_table");
  CHECK(fixture.count("SELECT count(*) FROM visit") == 99);
  CHECK(fixture.count("SELECT count(*) FROM quarantine WHERE length(frame) > 0") == 1);
}

TEST_CASE("two workers who change one phone number leave both values in the register") {
  DistrictFixture fixture;
  Tablet first(fixture);
  Tablet second(fixture);
  const Place place(fixture);
  const Value before = std::string("14000000001");
  first.push(
      {first.group({change("person", place.person, "name", std::string("张桂兰"), std::string("张桂蘭"))})});
  const auto reply = second.push(
      {second.group({change("person", place.person, "name", std::string("张桂兰"), std::string("张贵兰"))})});
  CHECK(reply.verdicts.front().verdict == sync::Verdict::held);
  CHECK(fixture.count("SELECT count(*) FROM conflict WHERE base_value='张桂兰' AND current_value='张桂蘭' "
                      "AND next_value='张贵兰'") == 1);
  first.push({first.group({change("person", place.person, "phone", before, std::string("14000000011"))})});
  const auto merged = second.push(
      {second.group({change("person", place.person, "phone", before, std::string("14000000022"))})});
  CHECK(merged.verdicts.front().verdict == sync::Verdict::merged);
  CHECK(fixture.count("SELECT count(*) FROM person WHERE phone='14000000022'") == 1);
  Console reviewer(fixture, "sun");
  CHECK(nlohmann::json::parse(reviewer.get("/v1/conflicts").body).size() == 2);
}

TEST_CASE("a row of another grid is refused whatever grid the tablet writes into it") {
  DistrictFixture fixture;
  Tablet tablet(fixture);
  const Place place(fixture);
  const Uuid foreign_household = fixture.id_of("household", "door", "1号楼 1门 101");
  const Uuid foreign_person = fixture.id_of("person", "name", "赵福");
  const auto reply =
      tablet.push({tablet.group({visit_row(tablet, place.grid, foreign_household)}),
                   tablet.group({change("person", foreign_person, "phone", Value{}, std::string("1"))})});
  for (const sync::GroupVerdict& verdict : reply.verdicts) {
    CHECK(verdict.verdict == sync::Verdict::rejected);
    CHECK(verdict.reason == "sync.scope");
  }
  CHECK(fixture.count("SELECT count(*) FROM visit") == 0);
  const wire::Page page = tablet.pull();
  CHECK(std::none_of(page.rows.begin(), page.rows.end(),
                     [&](const sync::RowState& row) { return row.row == foreign_household; }));
}

TEST_CASE("an emergency group that overtakes the chain is stored and the gap is told") {
  DistrictFixture fixture;
  Tablet tablet(fixture);
  const Place place(fixture);
  const sync::Group first = tablet.group({visit_row(tablet, place.grid, place.household)});
  const sync::Group second = tablet.group({visit_row(tablet, place.grid, place.household)});
  const sync::Group emergency =
      tablet.group({lead_row(tablet, place.grid, place.household, place.person, fixture.district().now())});
  CHECK(tablet.push({emergency}).known_seq == 0);
  const auto greeting = tablet.hello(3, tablet.last_hash());
  CHECK(greeting.known_seq == 0);
  CHECK(greeting.known_beyond == std::vector<std::uint64_t>{3});
  CHECK(tablet.push({first, second}).known_seq == 3);
  CHECK(tablet.hello(3, tablet.last_hash()).chain == "in_step");
  CHECK(tablet.hello(2, second.previous).next_incarnation == 2);
}

TEST_CASE("a group whose parent is not here yet is held and fits as soon as the parent comes") {
  DistrictFixture fixture;
  Tablet tablet(fixture);
  const Place place(fixture);
  const Uuid visit = fresh_id();
  const sync::Group parent = tablet.group({visit_row(tablet, place.grid, place.household, visit)});
  const sync::Operation lead =
      lead_row(tablet, place.grid, place.household, place.person, fixture.district().now(), 2);
  const sync::Group child = tablet.group({answer_row(place.grid, visit), lead});
  const auto waits = tablet.push({child});
  CHECK(waits.verdicts.front().verdict == sync::Verdict::held);
  CHECK(waits.verdicts.front().reason == "sync.reference_missing");
  fixture.advance(std::chrono::hours(5));
  tablet.push({parent});
  CHECK(fixture.count("SELECT count(*) FROM lead_receipt r JOIN quarantine q ON q.received_at=r.received_at "
                      "WHERE q.closed_at>q.received_at") == 1);
  CHECK(fixture.count("SELECT count(*) FROM visit_answer") == 1);
  CHECK(tablet.push({child}).verdicts.front().verdict == sync::Verdict::applied);
}

TEST_CASE("a group whose parts stand in any order is taken whole, parents first") {
  DistrictFixture fixture;
  Tablet tablet(fixture);
  const Place place(fixture);
  const Uuid visit = fresh_id();
  const sync::Operation parent = visit_row(tablet, place.grid, place.household, visit);
  const auto reply = tablet.push({tablet.group({answer_row(place.grid, visit), parent})});
  CHECK(reply.verdicts.front().verdict == sync::Verdict::applied);
  CHECK(fixture.count("SELECT count(*) FROM visit_answer a JOIN visit v ON v.id=a.visit") == 1);
}

TEST_CASE("a lead from a tablet whose clock is ten years wrong has its time from the last greeting") {
  DistrictFixture fixture;
  Tablet tablet(fixture);
  const Place place(fixture);
  for (const int years : {-10, 10}) {
    const Instant now = fixture.district().now();
    const Instant found = now - std::chrono::hours(1);
    tablet.hello(tablet.seq(), tablet.last_hash());
    const Uuid id = fresh_id();
    sync::Operation lead = lead_row(tablet, place.grid, place.household, place.person, found, 1, id);
    for (auto& change : lead.columns)
      if (change.column == "found_at") change.next = (found + std::chrono::hours(24 * 365 * years)).ms;
    tablet.push({tablet.group({lead})});
    const std::int64_t corrected =
        fixture.count("SELECT found_corrected_at FROM lead WHERE id=x'" + to_hex(id.view()) + "'");
    INFO(years << " years wrong");
    CHECK(corrected >= (found - std::chrono::minutes(5)).ms);
    CHECK(corrected <= (found + std::chrono::minutes(5)).ms);
  }
}

TEST_CASE("a tablet whose position is beyond the district's gets everything again") {
  DistrictFixture fixture;
  Tablet tablet(fixture);
  const Place place(fixture);
  tablet.push({tablet.group({visit_row(tablet, place.grid, place.household)})});
  const wire::Page whole = tablet.pull();
  REQUIRE(whole.rows.size() > 1);
  wire::Cursors ahead = whole.cursors;
  for (auto& [scope, position] : ahead) position += 1000;
  const wire::Page again = tablet.pull(ahead);
  CHECK(again.rows == whole.rows);
  CHECK(again.cursors == whole.cursors);
}

TEST_CASE("pages bring every row of the scope once and end with its digest") {
  DistrictFixture fixture;
  Tablet tablet(fixture);
  const Place place(fixture);
  std::vector<sync::Group> groups;
  for (int number = 0; number < 25; ++number)
    groups.push_back(tablet.group({visit_row(tablet, place.grid, place.household)}));
  tablet.push(groups);
  wire::Cursors cursors;
  std::map<Uuid, sync::RowState> rows;
  wire::Page page;
  do {
    page = tablet.pull(cursors, 10);
    for (const sync::RowState& row : page.rows) rows[row.row] = row;
    for (const auto& [scope, position] : page.cursors) cursors[scope] = position;
  } while (page.more);
  sync::Digest digest;
  for (const auto& [id, row] : rows) digest = digest + sync::row_digest(row, &crypto::sha256);
  CHECK(page.digests.at(to_string(place.grid)) == digest);
  CHECK(rows.size() == 25 + 5);  // grid, household, person, two tags
  CHECK(tablet.pull(cursors).rows.empty());
}

TEST_CASE("a long poll ends when another tablet of the grid has pushed") {
  DistrictFixture fixture;
  Tablet waiting(fixture);
  Tablet pushing(fixture);
  const Place place(fixture);
  const wire::Page page = waiting.pull();
  bool news = false;
  std::jthread poll([&] {
    const RawAnswer answer =
        waiting.call("/v1/sync/wait", wire::encode(wire::Wait{page.cursors, 50}, &crypto::sha256));
    const auto reply = wire::decode_wait_reply(as_bytes(answer.body), &crypto::sha256);
    news = reply.ok() && reply->news;
  });
  pushing.push({pushing.group({visit_row(pushing, place.grid, place.household)})});
  poll.join();
  CHECK(news);
}

TEST_CASE("a long poll at exactly the district's positions ends at once when its epoch is another one") {
  DistrictFixture fixture;
  Tablet tablet(fixture);
  const wire::Page page = tablet.pull();
  const auto has_news = [&](const wire::Wait& wait) {
    const RawAnswer answer = tablet.call("/v1/sync/wait", wire::encode(wait, &crypto::sha256));
    const auto reply = wire::decode_wait_reply(as_bytes(answer.body), &crypto::sha256);
    REQUIRE(reply.ok());
    return reply->news;
  };
  CHECK(has_news({page.cursors, 50, 0, "before-the-restore"}));
  CHECK_FALSE(has_news({page.cursors, 1, 0, page.epoch}));
  CHECK_FALSE(has_news({page.cursors, 1, 0, ""}));  // an older tablet names none
}

TEST_CASE("a draining server answers who waits, keeps what it acknowledged and refuses nothing silently") {
  DistrictFixture fixture;
  Tablet tablet(fixture);
  const Place place(fixture);
  CHECK(tablet.push({tablet.group({visit_row(tablet, place.grid, place.household)})}).known_seq == 1);
  const wire::Page page = tablet.pull();
  const std::string nonce = tablet.fetch_nonce();
  const Bytes wait = wire::encode(wire::Wait{page.cursors, 50}, &crypto::sha256);
  REQUIRE(tablet.client.send(tablet.signed_request("/v1/sync/wait", as_text(wait), nonce)));
  fixture.stop();
  const auto answer = tablet.client.read_answer();
  CHECK((!answer.has_value() || answer->status == 200 || answer->status == 503));
  CHECK(fixture.count("SELECT count(*) FROM visit") == 1);
  const auto [exit, output] = fixture.command({"verify"});
  INFO(output);
  CHECK(exit == 0);
}

}  // namespace doudi::test
