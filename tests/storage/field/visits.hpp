// Visits saved straight into the store, and the question every storage test ends with: which are there,
// whole?
#pragma once

#include <set>

#include "tests/unit/field/tablet.hpp"

namespace doudi::test {

// A visit with one answer: two rows, two operations, one group.
Status save_visit_row(field::Store& store, const Uuid& visit, sync::Lane lane = sync::Lane::ordinary);
// The visit with its answer, its operations and one group that holds both.
bool is_whole(field::Store& store, const Uuid& visit);
// All visits that are whole. A visit, answer, operation or group without the rest is an error.
Result<std::set<Uuid>> whole_visits(field::Store& store);

}  // namespace doudi::test
