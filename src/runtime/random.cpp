// SPDX-License-Identifier: Apache-2.0
#include <base/random.hpp>
#include <runtime/random.hpp>

namespace cordboard::runtime {

std::uint64_t random_source::next() {
  for (;;) {
    if (used_ == numbers_.size()) {
      fill_random(numbers_.data(), sizeof(numbers_));
      used_ = 0;
    }
    if (const auto number = numbers_[used_++]; number != 0) return number;
  }
}

}  // namespace cordboard::runtime
