// The steps of a sync on a real store, without a network between them.
#include "field_client/sync/sync_store.hpp"

#include <catch2/catch_test_macros.hpp>

#include "field_client/client/parts.hpp"
#include "field_client/store/catalog_file.hpp"
#include "shared/crypto/crypto.hpp"
#include "tests/unit/field/tablet.hpp"

namespace doudi::test {
namespace {

const std::string kScope = to_string(id_number(1));

wire::HelloReply greeting(const std::string& epoch = "epoch-1") {
  wire::HelloReply reply;
  reply.epoch = epoch;
  reply.server_time = *parse_instant("2026-11-18T09:00:00+08:00");
  reply.chain = "in_step";
  reply.scopes = {kScope};
  return reply;
}

wire::Page page_of(std::vector<sync::RowState> rows, std::int64_t position) {
  wire::Page page;
  page.epoch = "epoch-1";
  page.rows = std::move(rows);
  page.cursors[kScope] = position;
  return page;
}

Status save_phone(field::Store& store, const std::string& phone) {
  const auto saved = store.save(
      {"edit", id_number(1001)}, [] { return sync::Lane::ordinary; },
      [&](field::RowWriter& writer) {
        return writer.update("household", id_number(1001), {{"phone", Value{phone}}});
      });
  if (!saved.ok()) return saved.error();
  return {};
}

std::string phone_of(field::Store& store) {
  return std::get<std::string>(**store.connection().value(
      "SELECT coalesce(phone, '') FROM household WHERE id = $1", sql::params(id_number(1001))));
}

wire::PushReply verdicts_for(const wire::Push& push, sync::Verdict verdict = sync::Verdict::applied) {
  wire::PushReply reply;
  reply.epoch = "epoch-1";
  for (const auto& group : push.groups) reply.verdicts.push_back({group.incarnation, group.seq, verdict, ""});
  return reply;
}

}  // namespace

TEST_CASE("a pulled page is not captured and its position comes with it") {
  const Tablet tablet;
  const auto store = tablet.store();
  field::SyncStore steps(*store);
  REQUIRE(*steps.greeted(greeting()) == false);
  auto row = household_row(9);
  REQUIRE(*steps.page(page_of({row}, 42)) == false);
  CHECK(*store->connection().integer("SELECT count(*) FROM op_log") == 0);
  CHECK(steps.pull()->cursors.at(kScope) == 42);
}

TEST_CASE("a page that cannot be applied whole changes nothing, its position neither") {
  const Tablet tablet;
  const auto store = tablet.store();
  field::SyncStore steps(*store);
  REQUIRE(steps.greeted(greeting()).ok());
  REQUIRE(steps.page(page_of({household_row(8)}, 41)).ok());
  const auto before = steps.pull();
  // The second of its rows lacks what no household may lack.
  sync::RowState empty = household_row(10);
  empty.columns = {{"grid", sql::to_value(id_number(1))}};
  CHECK_FALSE(steps.page(page_of({household_row(9), empty}, 42)).ok());
  CHECK(steps.pull()->cursors == before->cursors);
  CHECK(*store->connection().integer("SELECT count(*) FROM household WHERE id = $1",
                                     sql::params(id_number(1009))) == 0);
  CHECK(steps.page(page_of({household_row(9)}, 42)).ok());
  CHECK(steps.pull()->cursors.at(kScope) == 42);
}

TEST_CASE("a pull under unsent work brings the district's change and keeps the worker's edit") {
  const Tablet tablet;
  const auto store = tablet.store();
  field::SyncStore steps(*store);
  REQUIRE(steps.greeted(greeting()).ok());
  REQUIRE(save_phone(*store, "13900000001").ok());
  auto row = household_row(1);
  row.columns.emplace_back("note", std::string("区里加的备注"));
  row.columns.emplace_back("phone", std::string("022-11111111"));
  REQUIRE(steps.page(page_of({row}, 7)).ok());
  CHECK(phone_of(*store) == "13900000001");
  CHECK(*store->connection().integer("SELECT count(*) FROM household WHERE note = '区里加的备注'") == 1);
  CHECK(store->groups().unsent()->groups == 1);
}

TEST_CASE("an acknowledged edit gives way to what the district holds") {
  const Tablet tablet;
  const auto store = tablet.store();
  field::SyncStore steps(*store);
  REQUIRE(steps.greeted(greeting()).ok());
  REQUIRE(save_phone(*store, "13900000001").ok());
  const auto push = steps.batch(false);
  REQUIRE(push.ok());
  REQUIRE(push->groups.size() == 1);
  REQUIRE(steps.pushed(verdicts_for(*push)).ok());
  CHECK(store->groups().unsent()->groups == 0);
  auto row = household_row(1);
  row.columns.emplace_back("phone", std::string("022-22222222"));
  REQUIRE(steps.page(page_of({row}, 8)).ok());
  CHECK(phone_of(*store) == "022-22222222");
}

TEST_CASE("an emergency goes first and takes along only what it refers to") {
  const Tablet tablet;
  {
    auto field = tablet.unlocked();
    REQUIRE(field->save_visit(quick_visit(1)).ok());
    auto second = quick_visit(2);
    second.answers["V12"] = {"wants"};
    REQUIRE(field->save_visit(second).ok());
    const auto lead = field->problems()->front();
    auto emergency = quick_visit(3);
    emergency.answers["V02"] = {"none"};
    REQUIRE(field->save_visit(emergency).ok());
  }
  const auto store = tablet.store();
  field::SyncStore steps(*store);
  const auto first = steps.batch(true);
  REQUIRE(first.ok());
  REQUIRE(first->groups.size() == 1);
  CHECK(first->groups[0].seq == 3);
  REQUIRE(steps.pushed(verdicts_for(*first)).ok());
  CHECK(steps.batch(true)->groups.empty());
  CHECK(steps.batch(false)->groups.size() == 2);
}

TEST_CASE("an edit of a lead that was raised to an emergency carries the lead's own group along") {
  const Tablet tablet;
  Uuid lead;
  {
    auto field = tablet.unlocked();
    REQUIRE(field->save_visit(quick_visit(1)).ok());
    const auto first =
        field->save_lead({id_number(1002), std::nullopt, "", "水电", 2, "停水", {}, std::nullopt});
    REQUIRE(first.ok());
    const auto raised =
        field->save_lead({id_number(1002), std::nullopt, "", "水电", 1, "家里有婴儿", {}, std::nullopt});
    REQUIRE(raised.ok());
    CHECK(raised->id == first->id);
    CHECK(raised->grade == 1);
  }
  const auto store = tablet.store();
  field::SyncStore steps(*store);
  const auto batch = steps.batch(true);
  REQUIRE(batch.ok());
  REQUIRE(batch->groups.size() == 2);
  CHECK(batch->groups[0].seq == 2);
  CHECK(batch->groups[1].seq == 3);
}

TEST_CASE("a tablet that was rolled back or cloned seals its unsent groups under a new incarnation") {
  const Tablet tablet;
  {
    auto field = tablet.unlocked();
    for (int i = 1; i <= 3; ++i) REQUIRE(field->save_visit(quick_visit(i)).ok());
  }
  {
    const auto store = tablet.store();
    field::SyncStore steps(*store);
    const auto batch = steps.batch(false);
    REQUIRE(batch.ok());
    wire::Push sent{{batch->groups[0]}};
    REQUIRE(steps.pushed(verdicts_for(sent)).ok());
    auto reply = greeting();
    reply.chain = "tablet_cloned";
    reply.next_incarnation = 2;
    REQUIRE(*steps.greeted(reply) == true);
    const auto again = steps.batch(false);
    REQUIRE(again.ok());
    REQUIRE(again->groups.size() == 2);
    CHECK(again->groups[0].incarnation == 2);
    CHECK(again->groups[0].seq == 1);
    CHECK(again->groups[0].previous == sync::Hash{});
    CHECK(again->groups[1].previous == sync::group_hash(again->groups[0], crypto::sha256));
    CHECK(store->groups().verify_chain()->empty());
  }
  // The seal followed: the store opens again without a word about loss.
  CHECK(tablet.unlocked()->chip().unsent == 2);
}

TEST_CASE("a district restored from an old backup is offered again what it no longer has") {
  const Tablet tablet;
  {
    auto field = tablet.unlocked();
    for (int i = 1; i <= 3; ++i) REQUIRE(field->save_visit(quick_visit(i)).ok());
  }
  const auto store = tablet.store();
  field::SyncStore steps(*store);
  auto reply = greeting();
  REQUIRE(steps.greeted(reply).ok());
  REQUIRE(steps.pushed(verdicts_for(*steps.batch(false))).ok());
  REQUIRE(steps.page(page_of({}, 50)).ok());
  CHECK(store->groups().unsent()->groups == 0);
  reply.epoch = "epoch-2";
  reply.known_seq = 1;
  reply.known_beyond = {3};
  std::size_t offered = 2;
  SECTION("from where both have the same chain") {
    reply.known_hash = store->groups().hash_at(1, 1)->value();
  }
  SECTION("from the beginning when the district has another tablet's groups under these numbers") {
    reply.known_hash.fill(0x11);
    offered = 3;
  }
  SECTION("from the beginning when an older district proves nothing") {
    offered = 3;
  }
  REQUIRE(steps.greeted(reply).ok());
  CHECK(steps.pull()->cursors.at(kScope) == 0);
  const auto again = steps.batch(false);
  REQUIRE(again.ok());
  REQUIRE(again->groups.size() == offered);
  CHECK(again->groups.back().seq == 3);
}

TEST_CASE("after a restore what an earlier incarnation sent and what was refused is offered again") {
  const Tablet tablet;
  {
    auto field = tablet.unlocked();
    for (int i = 1; i <= 3; ++i) REQUIRE(field->save_visit(quick_visit(i)).ok());
  }
  const auto store = tablet.store();
  field::SyncStore steps(*store);
  auto reply = greeting();
  REQUIRE(steps.greeted(reply).ok());
  REQUIRE(steps.pushed(verdicts_for(*steps.batch(false))).ok());
  REQUIRE(store->start_incarnation(2).ok());
  REQUIRE(save_phone(*store, "13900000001").ok());
  REQUIRE(steps.pushed(verdicts_for(*steps.batch(false), sync::Verdict::rejected)).ok());
  CHECK(store->groups().unsent()->groups == 0);
  reply.known_seq = 1;
  SECTION("announced by a new epoch") {
    reply.epoch = "epoch-2";
  }
  SECTION("noticed by the district itself") {
    reply.history_lost = true;
  }
  REQUIRE(steps.greeted(reply).ok());
  CHECK(store->groups().unsent()->groups == 4);
}

TEST_CASE("the greeting asks what became of groups set aside, and a restore has them sent again") {
  const Tablet tablet;
  const auto store = tablet.store();
  field::SyncStore steps(*store);
  auto reply = greeting();
  REQUIRE(steps.greeted(reply).ok());
  REQUIRE(save_phone(*store, "13900000001").ok());
  const auto batch = steps.batch(false);
  REQUIRE(batch.ok());
  auto answer = verdicts_for(*batch, sync::Verdict::held);
  for (auto& verdict : answer.verdicts) verdict.reason = "sync.schema_version";
  const auto one = answer.verdicts.front();
  CHECK(steps.hello()->set_aside.empty());
  reply.settled = {{one.incarnation, one.seq, sync::Verdict::applied, ""}};
  REQUIRE(steps.greeted(reply).ok());
  CHECK(store->groups().unsent()->groups == 1);  // unsent is unsent, whatever a greeting says
  reply.known_seq = 1;
  REQUIRE(steps.pushed(answer).ok());
  const auto asked = steps.hello()->set_aside;
  REQUIRE(asked.size() == 1);
  CHECK(asked.front().hash == sync::group_hash(batch->groups.front(), &crypto::sha256));
  REQUIRE(steps.greeted(reply).ok());
  CHECK(steps.hello()->set_aside.empty());
  CHECK(store->groups().heads("WHERE verdict = 1")->size() == 1);
  CHECK(store->groups().unsent()->groups == 0);
  reply.epoch = "epoch-2";
  REQUIRE(steps.greeted(reply).ok());
  CHECK(store->groups().unsent()->groups == 1);
}

TEST_CASE("the highest number of the ledger a tablet has seen outlives the lead that had it") {
  const Tablet tablet;
  const auto store = tablet.store();
  field::SyncStore steps(*store);
  REQUIRE(steps.greeted(greeting()).ok());
  sync::RowState lead{"lead", id_number(50), false, {}};
  for (const auto& column : field::shipped_schema().catalog.find("lead")->columns)
    lead.columns.emplace_back(column.name, column.nullable ? Value{} : Value{std::int64_t{0}});
  for (auto& [name, value] : lead.columns) {
    if (name == "entry_no") value = std::string("120110-2026-000012");
    if (name == "grid") value = sql::to_value(id_number(1));
  }
  REQUIRE(steps.page(page_of({lead}, 3)).ok());
  for (auto& [name, value] : lead.columns)
    if (name == "entry_no") value = Value{};
  REQUIRE(steps.page(page_of({lead}, 4)).ok());
  CHECK(steps.hello()->numbers == wire::Cursors{{"120110-2026-", 12}});
}

TEST_CASE("a wrong digest is noted, compared at once, and never wiped") {
  const Tablet tablet;
  const auto store = tablet.store();
  field::SyncStore steps(*store);
  REQUIRE(steps.greeted(greeting()).ok());
  auto page = page_of({}, 5);
  page.digests[kScope] = sync::Digest{1, 2};
  CHECK(*steps.page(page) == false);
  CHECK(steps.pull()->cursors.at(kScope) == 5);
  REQUIRE(*steps.repair().begin() == true);
  const auto question = steps.repair().question();
  REQUIRE(question.ok());
  CHECK(question->begins);
  CHECK(question->position == 5);
  CHECK(*store->connection().integer("SELECT count(*) FROM incident WHERE kind = 'digest_mismatch'") == 1);
  CHECK(*store->connection().integer("SELECT count(*) FROM household") == 3);
}

TEST_CASE("a district that sends a row of another grid as a repair is refused and changes nothing") {
  const Tablet tablet;
  const auto store = tablet.store();
  field::SyncStore steps(*store);
  REQUIRE(steps.greeted(greeting()).ok());
  auto page = page_of({}, 5);
  page.digests[kScope] = sync::Digest{1, 2};
  REQUIRE(steps.page(page).ok());
  REQUIRE(*steps.repair().begin() == true);
  const auto question = steps.repair().question();
  REQUIRE(question.ok());
  wire::CompareReply reply{"epoch-1", {}, 5, {1, 2}, {}, {household_row(9)}, {id_number(1001)}};
  reply.rows[0].columns[0].second = sql::to_value(id_number(2));
  const auto taken = steps.repair().answered(*question, reply);
  REQUIRE_FALSE(taken.ok());
  CHECK(taken.error().code == "sync.range");
  CHECK(*store->connection().integer("SELECT count(*) FROM household") == 3);
  CHECK(*store->connection().integer("SELECT count(*) FROM set_aside_row") == 0);
}

TEST_CASE("the digest kept with every write equals the digest of the rows") {
  const Tablet tablet;
  {
    auto field = tablet.unlocked();
    auto visit = quick_visit(1);
    visit.answers["V02"] = {"none"};
    REQUIRE(field->save_visit(visit).ok());
    visit.met = "moved";
    REQUIRE(field->save_visit(visit).ok());
    const auto findings = field->verify();
    REQUIRE(findings.ok());
    CHECK(findings->empty());
  }
  const auto store = tablet.store();
  REQUIRE(field::verify_digests(*store)->empty());
  REQUIRE(store->connection().run("UPDATE household SET phone = '1'").ok());
  CHECK_FALSE(field::verify_digests(*store)->empty());
}

}  // namespace doudi::test
