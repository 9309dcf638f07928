#include "tests/server/repair/agreement.hpp"

#include <catch2/catch_test_macros.hpp>

#include "sync_server/service/verify_store.hpp"

namespace doudi::test {

void require_synced(FieldTablet& tablet) {
  const Status done = tablet.sync();
  INFO((done.ok() ? std::string() : done.error().code + " " + done.error().message));
  REQUIRE(done.ok());
  // Nothing had to be mended: the digests agreed at once.
  CHECK(tablet.count("SELECT count(*) FROM incident WHERE kind IN ('range_repair', 'rows_changed')") == 0);
  CHECK(tablet.count("SELECT count(*) FROM local_digest l JOIN server_digest s ON s.scope = l.scope WHERE "
                     "s.digest <> l.digest") == 0);
}

void require_clean(DistrictFixture& fixture) {
  const auto report = district::verify_store(fixture.district());
  REQUIRE(report.ok());
  INFO((report->faults.empty() ? std::string() : report->faults.front()));
  CHECK(report->faults.empty());
  CHECK(fixture.count("SELECT count(*) FROM sync_incident") == 0);
}

}  // namespace doudi::test
