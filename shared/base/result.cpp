#include "shared/base/result.hpp"

#include <cstdio>

namespace doudi {

void fail_assertion(const char* what, const char* file, int line) {
  std::fprintf(stderr, "doudi: assertion failed: %s (%s:%d)\n", what, file, line);
  std::abort();
}

}  // namespace doudi
