// The running district: TLS listener, device and console routes, admin socket, and an orderly end.
#pragma once

#include "sync_server/app/arguments.hpp"
#include "sync_server/app/commands.hpp"

namespace doudi::district {

// Returns after SIGTERM or SIGINT and the drain. Signals must be blocked in every thread before.
Result<int> serve(District& district, const Arguments& arguments, const std::filesystem::path& share, const Terminal& terminal);

}  // namespace doudi::district
