// The first start of an updated program: groups that waited because their tablet's program was newer are
// tried again, and after them the groups that only waited for rows in these.
#pragma once

#include "sync_server/service/district.hpp"

namespace doudi::district {

// As received when it arrived, with the worker's own rights. Each group has a transaction of its own: a cut
// leaves it waiting or taken, the next start goes on, and one that the store cannot take keeps no other
// waiting. Never keeps the district from starting; what went wrong is logged and tried at the next start.
void replay_after_update(District& district);

}  // namespace doudi::district
