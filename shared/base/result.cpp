#include "shared/base/result.hpp"

#include <cstdio>

namespace doudi {

void fail_assertion(const char* what, std::source_location where) {
  std::fprintf(stderr, "doudi: assertion failed: %s (%s:%u)\n", what, where.file_name(), static_cast<unsigned>(where.line()));
  std::abort();
}

}  // namespace doudi
