// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

namespace cordboard::runtime {

/// Ids that nobody can guess: the kernel's random numbers, fetched many at a time. Never 0.
///
/// @threads  one thread at a time
class random_source {
public:
  std::uint64_t next();

private:
  std::array<std::uint64_t, 64> numbers_{};
  std::size_t used_ = 64;
};

}  // namespace cordboard::runtime
