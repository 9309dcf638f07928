// What must hold whenever a tablet and the district have spoken, whatever versions they are of.
#pragma once

#include "tests/server/repair/field_tablet.hpp"

namespace doudi::test {

// One session without fault or repair, after which the digests agree.
void require_synced(FieldTablet& tablet);
// `verify` finds nothing, and no incident was noted.
void require_clean(DistrictFixture& fixture);

}  // namespace doudi::test
