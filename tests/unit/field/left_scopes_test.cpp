// What is no longer this worker's leaves the tablet, but never before the last edit on it is with the
// district.
#include "field_client/sync/left_scopes.hpp"

#include <catch2/catch_test_macros.hpp>

#include "field_client/sync/sync_store.hpp"
#include "shared/crypto/crypto.hpp"
#include "tests/support/media_samples.hpp"
#include "tests/unit/field/tablet.hpp"

namespace doudi::test {
namespace {

const std::string kScope = to_string(id_number(1));

wire::HelloReply greeting(std::vector<std::string> scopes, std::int64_t version = 2) {
  wire::HelloReply reply;
  reply.epoch = "epoch-1";
  reply.server_time = *parse_instant("2026-11-18T09:00:00+08:00");
  reply.chain = "in_step";
  reply.scopes = std::move(scopes);
  reply.assignment_version = version;
  return reply;
}

wire::Page empty_page(std::int64_t version = 2) {
  wire::Page page;
  page.epoch = "epoch-1";
  page.assignment_version = version;
  return page;
}

std::int64_t count(field::Store& store, const std::string& what) {
  return *store.connection().integer("SELECT count(*) FROM " + what);
}

Status acknowledge_all(field::Store& store, field::SyncStore& steps) {
  DOUDI_ASSIGN(const auto push, steps.batch(false));
  wire::PushReply reply;
  reply.epoch = "epoch-1";
  for (const auto& group : push.groups)
    reply.verdicts.push_back({group.incarnation, group.seq, sync::Verdict::applied, "sync.late"});
  DOUDI_TRY(steps.pushed(reply));
  return store.groups().unsent()->groups == 0 ? Status{} : Error{"test", "something stayed"};
}

// A visit saved through the library, then the store for the steps of a sync.
std::unique_ptr<field::Store> store_with_visit(const Tablet& tablet, int household = 1) {
  {
    auto field = tablet.unlocked();
    REQUIRE(field->save_visit(quick_visit(household)).ok());
    REQUIRE(field->save_draft(id_number(1002), "{}").ok());
  }
  return tablet.store();
}

std::unique_ptr<field::Store> store_with_photo(const Tablet& tablet) {
  {
    auto field = tablet.unlocked();
    auto visit = quick_visit(1);
    visit.attachments = {field->stage_attachment(jpeg_with_place(20'000))->id};
    REQUIRE(field->save_visit(visit).ok());
  }
  return tablet.store();
}

std::vector<sync::RowState> moved_out(int household) {
  auto row = household_row(household);
  row.columns[0].second = sql::to_value(id_number(99));
  return {row};
}

}  // namespace

TEST_CASE("a grid handed over goes with everything of it, once nothing unsent hangs on it") {
  const Tablet tablet;
  const auto store = store_with_visit(tablet);
  field::SyncStore steps(*store);
  REQUIRE(steps.greeted(greeting({kScope})).ok());
  REQUIRE(steps.greeted(greeting({}, 3)).ok());
  CHECK(count(*store, "household") == 3);  // a visit is unsent
  CHECK(steps.hello()->purged.empty());
  REQUIRE(acknowledge_all(*store, steps).ok());
  for (const char* table : {"grid", "household", "person", "visit", "visit_answer", "draft", "cursor",
                            "local_digest", "server_digest"})
    CHECK(count(*store, table) == 0);
  CHECK(steps.hello()->purged == std::vector<std::string>{kScope});
  CHECK(steps.take_purged());
}

TEST_CASE(
    "a grid handed over stays until the photos taken there are with the district, and takes them along") {
  const Tablet tablet;
  const auto store = store_with_photo(tablet);
  field::SyncStore steps(*store);
  REQUIRE(steps.greeted(greeting({kScope})).ok());
  REQUIRE(acknowledge_all(*store, steps).ok());
  auto page = empty_page();
  page.cursors[kScope] = 7;
  page.digests[kScope] = {1, 2};  // fits nothing: left to itself, the tablet would ask
  REQUIRE(steps.page(page).ok());
  auto without = greeting({}, 3);
  without.known_seq = 9;  // the district has them all
  REQUIRE(steps.greeted(without).ok());
  CHECK(count(*store, "visit") == 1);
  CHECK(count(*store, "attachment_chunk") == 1);
  // The district would refuse a question about the grid, and the photos would wait for ever.
  const auto compares = steps.repair().begin();
  REQUIRE(compares.ok());
  CHECK_FALSE(*compares);
  REQUIRE(store->connection().run("UPDATE attachment_local SET state = 'uploaded'").ok());
  const auto gone = steps.uploads_done();
  REQUIRE(gone.ok());
  CHECK(*gone);
  for (const char* table : {"visit", "attachment", "attachment_local", "attachment_chunk"})
    CHECK(count(*store, table) == 0);
}

TEST_CASE("a receipt is sent until a greeting was answered") {
  const Tablet tablet;
  const auto store = tablet.store();
  field::SyncStore steps(*store);
  REQUIRE(steps.greeted(greeting({kScope})).ok());
  REQUIRE(steps.greeted(greeting({}, 3)).ok());
  CHECK(steps.hello()->purged.size() == 1);
  CHECK(steps.hello()->purged.size() == 1);  // the answer was lost
  REQUIRE(steps.page(empty_page(3)).ok());
  CHECK(steps.must_greet());
  REQUIRE(steps.greeted(greeting({}, 3)).ok());
  CHECK(steps.hello()->purged.empty());
  REQUIRE(steps.page(empty_page(3)).ok());
  CHECK_FALSE(steps.must_greet());
}

TEST_CASE("a grid that a page brought and the next greeting takes away is gone again") {
  const Tablet tablet;
  const auto store = store_with_visit(tablet);
  field::SyncStore steps(*store);
  REQUIRE(steps.greeted(greeting({}, 2)).ok());
  wire::Page page = empty_page(3);
  page.cursors[kScope] = 7;
  REQUIRE(steps.page(page).ok());
  CHECK(steps.hello()->holds == std::vector<std::string>{kScope});
  REQUIRE(steps.greeted(greeting({}, 4)).ok());
  CHECK(steps.hello()->holds == std::vector<std::string>{kScope});  // a visit is unsent
  REQUIRE(acknowledge_all(*store, steps).ok());
  CHECK(count(*store, "household") == 0);
  CHECK(steps.hello()->holds->empty());
  CHECK(steps.hello()->purged == std::vector<std::string>{kScope});
}

TEST_CASE("a page that knows other grids makes the tablet greet again") {
  const Tablet tablet;
  const auto store = tablet.store();
  field::SyncStore steps(*store);
  REQUIRE(steps.greeted(greeting({kScope}, 2)).ok());
  REQUIRE(steps.page(empty_page(2)).ok());
  CHECK_FALSE(steps.must_greet());
  CHECK(steps.wait()->assignment_version == 2);
  REQUIRE(steps.page(empty_page(3)).ok());
  CHECK(steps.must_greet());
}

TEST_CASE("a grid that came back before its rows were gone stays as it is") {
  const Tablet tablet;
  const auto store = store_with_visit(tablet);
  field::SyncStore steps(*store);
  REQUIRE(steps.greeted(greeting({kScope})).ok());
  REQUIRE(steps.greeted(greeting({}, 3)).ok());
  REQUIRE(steps.greeted(greeting({kScope}, 4)).ok());
  REQUIRE(acknowledge_all(*store, steps).ok());
  CHECK(count(*store, "household") == 3);
  CHECK(steps.hello()->purged.empty());
}

TEST_CASE("a handed over household takes no new visit while it waits for its last upload") {
  const Tablet tablet;
  {
    const auto store = store_with_visit(tablet);
    field::SyncStore steps(*store);
    REQUIRE(steps.greeted(greeting({kScope})).ok());
    REQUIRE(steps.greeted(greeting({}, 3)).ok());
  }
  auto field = tablet.unlocked();
  CHECK(field->state().grid->handed_over);
  CHECK(field->save_visit(quick_visit(2)).error().code == "field.grid_handed_over");
  CHECK(field->household(id_number(1002)).ok());  // still shown
}

TEST_CASE("a household that moved away stays until its visit is acknowledged and the digest follows") {
  const Tablet tablet;
  const auto store = store_with_visit(tablet);
  field::SyncStore steps(*store);
  REQUIRE(steps.greeted(greeting({kScope})).ok());
  auto page = empty_page();
  page.departures = {{kScope, "household", id_number(1001)}, {kScope, "household", id_number(1002)}};
  const auto visit = *store->connection().value("SELECT id FROM visit");
  page.departures.push_back({kScope, "visit", *uuid_from_bytes(std::get<Bytes>(*visit))});
  REQUIRE(steps.page(page).ok());
  CHECK(count(*store, "household WHERE id = x'" + to_hex(id_number(1002).view()) + "'") == 0);
  CHECK(count(*store, "visit") == 1);
  REQUIRE(acknowledge_all(*store, steps).ok());
  CHECK(count(*store, "visit") == 0);
  CHECK(count(*store, "departing_row") == 0);
}

TEST_CASE("a row that moved away is no difference to the district while its photo is on the way") {
  const Tablet tablet;
  const auto store = store_with_photo(tablet);
  field::SyncStore steps(*store);
  REQUIRE(steps.greeted(greeting({kScope})).ok());
  REQUIRE(acknowledge_all(*store, steps).ok());
  const auto photo = *store->connection().value("SELECT id FROM attachment");
  auto page = empty_page();
  page.departures = {{kScope, "attachment", *uuid_from_bytes(std::get<Bytes>(*photo))}};
  page.cursors[kScope] = 7;
  page.digests[kScope] = {1, 2};  // without the photo
  REQUIRE(steps.page(page).ok());
  CHECK(count(*store, "departing_row") == 1);
  const auto early = steps.repair().begin();
  REQUIRE(early.ok());
  CHECK_FALSE(*early);
  CHECK(count(*store, "incident WHERE kind = 'digest_mismatch'") == 0);
  REQUIRE(store->connection().run("UPDATE attachment_local SET state = 'uploaded'").ok());
  REQUIRE(*steps.uploads_done());
  const auto then = steps.repair().begin();
  REQUIRE(then.ok());
  CHECK(*then);  // the digest of this test fits nothing
}

TEST_CASE("a row that moved to another grid of the same worker is not dropped") {
  const Tablet tablet;
  const auto store = tablet.store();
  field::SyncStore steps(*store);
  REQUIRE(steps.greeted(greeting({kScope, to_string(id_number(99))})).ok());
  auto page = empty_page();
  page.rows = moved_out(1);
  page.departures = {{kScope, "household", id_number(1001)}};
  REQUIRE(steps.page(page).ok());
  CHECK(count(*store, "household") == 3);
  CHECK(count(*store, "departing_row") == 0);
}

TEST_CASE("after rows left, the digests of the tablet are those of what is there") {
  const Tablet tablet;
  {
    const auto store = tablet.store();
    field::SyncStore steps(*store);
    REQUIRE(steps.greeted(greeting({kScope})).ok());
    auto page = empty_page();
    page.departures = {{kScope, "household", id_number(1003)}, {kScope, "person", id_number(2003)}};
    REQUIRE(steps.page(page).ok());
    CHECK(count(*store, "household") == 2);
  }
  auto field = tablet.unlocked();
  CHECK(field->verify()->empty());
}

}  // namespace doudi::test
