// A server whose disk is full: uploads are refused with a time to come back, everything else goes on, and
// nobody has to do anything when there is room again.
#include <catch2/catch_test_macros.hpp>

#include "tests/server/tablet.hpp"
#include "tests/sim/storage/sim_storage.hpp"

namespace doudi::test {

TEST_CASE("a full server disk answers uploads with 503 and Retry-After, reads stay, and it resumes alone") {
  sim::SimStorage storage;
  DistrictFixture fixture(storage.files);
  Tablet tablet(fixture);
  Console console(fixture, "sun");
  const Uuid grid = fixture.id_of("grid", "code", kFirstGrid);
  const Uuid household = fixture.id_of("household", "door", "3号楼 2门 501");
  REQUIRE(tablet.push({tablet.group({visit_row(tablet, grid, household)})}).verdicts.size() == 1);

  storage.disk.fail(sim::DiskAct::write, 1, sim::DiskError::full, true);
  const sync::Group late = tablet.group({visit_row(tablet, grid, household)});
  const Bytes upload = wire::encode(wire::Push{{late}}, &crypto::sha256);
  const RawAnswer refused = tablet.call("/v1/sync/push", upload);
  CHECK(refused.status == 503);
  CHECK(refused.header("retry-after").has_value());
  CHECK(refused.body.find("sql.full") != std::string::npos);
  CHECK(ask(fixture, "GET", "/livez").status == 200);
  CHECK(console.get("/v1/duty").status == 200);
  CHECK(fixture.count("SELECT count(*) FROM visit") == 1);

  storage.disk.heal();
  const wire::PushReply reply = tablet.push({late});
  REQUIRE(reply.verdicts.size() == 1);
  CHECK(reply.verdicts.front().verdict == sync::Verdict::applied);
  CHECK(fixture.count("SELECT count(*) FROM visit") == 2);
}

}  // namespace doudi::test
