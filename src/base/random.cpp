// SPDX-License-Identifier: Apache-2.0
#include <base/random.hpp>
#include <cerrno>
#include <sys/random.h>
#include <system_error>

namespace cordboard {

void fill_random(void* bytes, std::size_t size) {
  auto* to = static_cast<unsigned char*>(bytes);
  while (size > 0) {
    // More than 256 bytes may come in parts, and a signal may come first.
    const auto got = ::getrandom(to, size, 0);
    if (got < 0 && errno != EINTR) throw std::system_error(errno, std::system_category(), "getrandom");
    if (got > 0) to += got, size -= static_cast<std::size_t>(got);
  }
}

}  // namespace cordboard
