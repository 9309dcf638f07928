// The version the district sees in its list of devices.
#pragma once

#include <string_view>

namespace doudi::field {

inline constexpr std::string_view kProgramVersion = "0.1.0";

}  // namespace doudi::field
