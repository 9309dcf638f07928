// Answers with the right status for every stable error code, in one table.
#pragma once

#include <string>

#include "shared/base/result.hpp"
#include "shared/http/server.hpp"

namespace doudi::district {

int status_of(const Error& error);
http::Response refuse(const Error& error);
http::Response busy();

}  // namespace doudi::district
