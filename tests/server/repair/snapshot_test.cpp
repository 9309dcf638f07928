// The first load of a grid, cut and killed wherever it can be: the store is always as before an answer or as
// after it, and goes on from there.
#include <catch2/catch_test_macros.hpp>

#include "tests/server/repair/field_tablet.hpp"

namespace doudi::test {
namespace {

bool agrees(FieldTablet& tablet) {
  return tablet.count(
             "SELECT count(*) FROM server_digest s JOIN local_digest l ON l.scope = s.scope AND "
             "l.digest = s.digest") == 1;
}

// Rows, positions and digests in one text.
std::string state_of(FieldTablet& tablet) {
  std::string text;
  for (const std::string_view statement :
       {"SELECT count(*), coalesce(max(id), x'') FROM household", "SELECT scope, position FROM cursor",
        "SELECT scope, digest FROM local_digest", "SELECT scope, digest, position FROM server_digest",
        "SELECT count(*) FROM person", "SELECT count(*) FROM op_log"}) {
    const Status read = tablet.store().connection().query(statement, [&text](const sql::Row& row) {
      for (int i = 0; i < row.size(); ++i) text += std::string(as_text(row.blob(i))) + "|";
      return true;
    });
    REQUIRE(read.ok());
  }
  return text;
}

}  // namespace

TEST_CASE("a first load that is killed at each page goes on from the last one") {
  DistrictFixture fixture;
  add_households(fixture, 9'000);
  FieldTablet tablet(fixture);
  std::int64_t before = 0;
  int kills = 0;
  bool complete = false;
  while (!complete) {
    REQUIRE(kills < 20);
    // One more page reaches the store, then the program dies.
    int pages = 0;
    tablet.on_answer = [&pages](std::string_view target, Bytes answer) -> Result<Bytes> {
      if (target == "/v1/sync/pull" && ++pages > 1) return Error{"net.cut", ""};
      return answer;
    };
    complete = tablet.sync().ok();
    tablet.reopen();
    const std::int64_t now = tablet.count("SELECT count(*) FROM household");
    if (!complete) CHECK(now > before);
    before = now;
    ++kills;
  }
  CHECK(before == 9'001);
  CHECK(kills == 5);
  CHECK(agrees(tablet));
}

TEST_CASE("a reply cut at any byte leaves the store as it was, and the whole one brings it on") {
  DistrictFixture fixture;
  add_households(fixture, 12);
  FieldTablet tablet(fixture);
  Bytes whole;
  tablet.on_answer = [&whole](std::string_view target, Bytes answer) -> Result<Bytes> {
    if (target != "/v1/sync/pull") return answer;
    whole = std::move(answer);
    return Error{"net.cut", ""};
  };
  REQUIRE_FALSE(tablet.sync().ok());
  REQUIRE(whole.size() > 300);
  const std::string before = state_of(tablet);
  field::SyncRound round(tablet.store(), [] { return std::int64_t{1}; });
  for (std::size_t length = 0; length < whole.size(); ++length) {
    REQUIRE(round.begin(sync::PullPage{}).has_value());
    const auto event =
        round.answered(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)), 0);
    REQUIRE(std::holds_alternative<sync::Failed>(event));
    REQUIRE(state_of(tablet) == before);
  }
  REQUIRE(round.begin(sync::PullPage{}).has_value());
  REQUIRE(std::holds_alternative<sync::PageApplied>(round.answered(whole, 0)));
  CHECK(tablet.count("SELECT count(*) FROM household") == 13);
  CHECK(agrees(tablet));
}

TEST_CASE("a reply to a comparison cut at any byte leaves the store as it was") {
  DistrictFixture fixture;
  const auto ids = add_households(fixture, 60);
  FieldTablet tablet(fixture);
  REQUIRE(tablet.sync().ok());
  tablet.tamper("UPDATE household SET phone = '1' WHERE id = $1", sql::params(ids[5]));
  REQUIRE(tablet.store().set_setting("repair_asked", Value{std::int64_t{1}}).ok());
  Bytes whole;
  tablet.on_answer = [&whole](std::string_view target, Bytes answer) -> Result<Bytes> {
    if (target != "/v1/sync/compare") return answer;
    whole = std::move(answer);
    return Error{"net.cut", ""};
  };
  REQUIRE_FALSE(tablet.sync().ok());
  field::SyncStore steps(tablet.store());
  REQUIRE(tablet.store().set_setting("repair_asked", Value{std::int64_t{1}}).ok());
  REQUIRE(*steps.repair().begin());
  const std::string before = state_of(tablet);
  for (std::size_t length = 0; length < whole.size(); ++length)
    REQUIRE_FALSE(wire::decode_compare_reply(ByteView(whole).first(length), crypto::sha256).ok());
  const auto question = steps.repair().question();
  REQUIRE(question.ok());
  CHECK(state_of(tablet) == before);
  tablet.on_answer = nullptr;
  REQUIRE(tablet.store().set_setting("repair_asked", Value{std::int64_t{1}}).ok());
  REQUIRE(tablet.sync().ok());
  CHECK(tablet.count("SELECT count(*) FROM household WHERE phone = '1'") == 0);
  CHECK(agrees(tablet));
}

TEST_CASE("a district whose history went back without a word is noticed even when positions look right") {
  DistrictFixture fixture;
  add_households(fixture, 40);
  FieldTablet tablet(fixture);
  REQUIRE(tablet.sync().ok());
  const auto rewrite = [&](const std::string& statement) {
    REQUIRE(fixture.district()
                .writer()
                .run([&](sql::Connection& connection) -> Status {
                  const auto changed = connection.run(statement);
                  if (!changed.ok()) return changed.error();
                  return *changed > 0 ? Status{} : Error{"test", "nothing was changed"};
                })
                .ok());
  };
  SECTION("the same position, another content") {
    rewrite("UPDATE scope_history SET digest_low = digest_low + 1");
  }
  SECTION("a position the history never stopped at") {
    rewrite(
        "UPDATE scope_history SET position = position - 1 WHERE position = (SELECT max(position) FROM "
        "scope_history)");
  }
  REQUIRE(tablet.sync().ok());
  CHECK(tablet.count("SELECT count(*) FROM incident WHERE kind = 'new_epoch'") == 1);
  CHECK(fixture.count("SELECT count(*) FROM sync_incident WHERE kind = 'history_lost'") == 1);
  CHECK(agrees(tablet));
}

TEST_CASE("a slow reader is cut before the log of the district grows without bound") {
  DistrictFixture fixture;
  add_households(fixture, 2'000);
  auto& store = fixture.district().store();
  constexpr std::uint64_t kLimit = 512 * 1024;
  store.set_log_limit({kLimit, std::chrono::milliseconds(0)});
  const auto log_bytes = [&] { return std::filesystem::file_size(store.folder() / "district.db-wal"); };
  const auto write = [&fixture] {
    REQUIRE(fixture.district()
                .writer()
                .run([](sql::Connection& connection) -> Status {
                  const auto changed = connection.run("UPDATE household SET door_order = door_order + 1");
                  if (!changed.ok()) return changed.error();
                  return {};
                })
                .ok());
  };
  {
    const auto reader = store.read();
    REQUIRE(reader.ok());
    int rows = 0;
    const Status read = (*reader)->query("SELECT id FROM household", [&](const sql::Row&) {
      // Meanwhile others write, until the log is too long.
      while (rows == 0 && log_bytes() < 2 * kLimit) write();
      ++rows;
      return true;
    });
    REQUIRE_FALSE(read.ok());
    CHECK(read.error().code == "sql.interrupted");
  }
  write();
  write();  // begins after the log was looked at
  CHECK(log_bytes() < kLimit);
  CHECK(store.read().ok());
}

}  // namespace doudi::test
