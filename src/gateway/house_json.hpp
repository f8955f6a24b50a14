// SPDX-License-Identifier: Apache-2.0
// The board's state as JSON: one object for each call, party, operator, queue, device and so on, by id.
#pragma once
#include <array>
#include <board/board_state.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace cordboard::gateway {

/// Who may read numbers, names and notes, and who sees them masked. An index.
enum class sight : std::uint8_t { masked, full };
inline constexpr std::size_t sights = 2;
/// The same for both.
using json_for = std::array<std::string, sights>;

/// "王芳" as "王*".
std::string masked_name(std::string_view name);
/// The text of an event for who may not read texts: names of the house as they are, who somebody is masked, else nothing.
std::string masked_text(const event& e, std::string_view text);

/// The text of the event with this sequence.
using text_lookup = std::function<std::string(std::uint64_t sequence)>;

/// All of a state: `{"type":"state","sequence":…,"time_ns":…,"calls":{ID:{…}},…}` without the last brace, so that more can be added.
std::string house_json(const board_state& state, const text_lookup& text, sight of);

/// What a batch has changed, in the same form, whole objects: null for what is gone. Empty maps are left out.
///
/// @param state    after the batch
/// @param changed  a thin state over the one before it, evolved through the batch: its own entries are what was touched
json_for changes_json(const board_state& state, const board_state& changed, const text_lookup& text);

}  // namespace cordboard::gateway
