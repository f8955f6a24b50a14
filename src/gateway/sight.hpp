// SPDX-License-Identifier: Apache-2.0
// Who may read numbers, names and notes, and who sees them masked (base/masked.hpp).
#pragma once
#include <array>
#include <cstdint>
#include <string>

namespace cordboard::gateway {

/// An index.
enum class sight : std::uint8_t { masked, full };
inline constexpr std::size_t sights = 2;
/// The same for both.
using json_for = std::array<std::string, sights>;

}  // namespace cordboard::gateway
