// doudi-server backup …: making, proving and putting back.
#pragma once

#include <optional>

#include "sync_server/app/commands.hpp"

namespace doudi::district {

// verify and restore work on files, beside or without a running server; nothing for other commands.
std::optional<Result<int>> run_backup_on_files(const Arguments& arguments, const Terminal& terminal);
// create, list, limit.
Result<int> backup_command(District& district, const Arguments& arguments, const Terminal& terminal);

}  // namespace doudi::district
