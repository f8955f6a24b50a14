// SPDX-License-Identifier: Apache-2.0
// Who may read numbers, names and notes, and what the others see in their place.
#pragma once
#include <array>
#include <cordboard/event.hpp>
#include <cstdint>
#include <string>
#include <string_view>

namespace cordboard::gateway {

/// An index.
enum class sight : std::uint8_t { masked, full };
inline constexpr std::size_t sights = 2;
/// The same for both.
using json_for = std::array<std::string, sights>;

/// "王芳" as "王*".
std::string masked_name(std::string_view name);
/// The text of an event for who may not read texts: names of the house as they are, who somebody is masked, else nothing.
std::string masked_text(const event& e, std::string_view text);

}  // namespace cordboard::gateway
