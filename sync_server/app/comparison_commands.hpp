// 名单比对 on a terminal: run, list, explain, hand a finding to a grid.
#pragma once

#include "sync_server/app/commands.hpp"
#include "sync_server/service/comparison.hpp"

namespace doudi::district {

Result<int> compare_command(District& district, const Arguments& arguments, const Terminal& terminal);
// Says on the error stream when another tenth is done.
WorkProgress progress_on(const Terminal& terminal);

}  // namespace doudi::district
