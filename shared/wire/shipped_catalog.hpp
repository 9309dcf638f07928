// The text of schema/catalog.json, put into the program at build time: a program never meets another catalog.
#pragma once

#include <string_view>

namespace doudi::wire {

extern const std::string_view kShippedCatalogText;

}  // namespace doudi::wire
