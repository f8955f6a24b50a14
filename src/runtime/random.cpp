// SPDX-License-Identifier: Apache-2.0
#include <cerrno>
#include <runtime/random.hpp>
#include <sys/random.h>
#include <system_error>

namespace cordboard::runtime {

std::uint64_t random_source::next() {
  for (;;) {
    if (used_ == numbers_.size()) {
      // 512 bytes: more than the kernel promises to give at once, but it gives all or says that a signal came.
      const auto given = getrandom(numbers_.data(), sizeof(numbers_), 0);
      if (given < 0 && errno != EINTR) throw std::system_error(errno, std::generic_category(), "getrandom");
      if (given != static_cast<ssize_t>(sizeof(numbers_))) continue;
      used_ = 0;
    }
    if (const auto number = numbers_[used_++]; number != 0) return number;
  }
}

}  // namespace cordboard::runtime
