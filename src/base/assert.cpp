// SPDX-License-Identifier: Apache-2.0
#include <base/assert.hpp>

#include <cstdio>
#include <cstdlib>

namespace cordboard {
void assertion_failed(const char* what, const char* file, int line) {
  std::fprintf(stderr, "cordboard: %s:%d: assertion failed: %s\n", file, line, what);
  std::abort();
}
}  // namespace cordboard
