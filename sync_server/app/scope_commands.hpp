// Grids and who has them, and what a lost tablet had not sent, from a terminal.
#pragma once

#include "sync_server/app/commands.hpp"

namespace doudi::district {

// grid list | assign --grid CODE --worker LOGIN [--from LOGIN] | move --household ID or --person ID --grid
// CODE
Result<int> grid_command(District& district, const Arguments& arguments, const Terminal& terminal);

// recover FILE: the sealed outbox of a lost tablet.
Result<int> recover_command(District& district, const Arguments& arguments, const Terminal& terminal);

}  // namespace doudi::district
