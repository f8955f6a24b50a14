// SPDX-License-Identifier: Apache-2.0
// What the parts of the C ABI share: the boards that are open, and how long to wait.
#pragma once
#include <algorithm>
#include <chrono>
#include <cordboard/cordboard.h>
#include <cstdint>
#include <door/door.hpp>
#include "handles.hpp"

namespace cordboard::c {

handles<bindings::door, cordboard_board>& boards();

inline constexpr std::int64_t day_ms = 86'400'000;
inline std::chrono::milliseconds timeout_of(std::int64_t ms) {
  return std::chrono::milliseconds(std::clamp<std::int64_t>(ms, 0, 30 * day_ms));
}

}  // namespace cordboard::c
