// SPDX-License-Identifier: Apache-2.0
// The board's state as JSON: one object for each call, party, operator, queue, device, request and so on, by id.
#pragma once
#include <board/board_state.hpp>
#include <gateway/objects_json.hpp>
#include <string>

namespace cordboard::gateway {

/// All of a state: `{"type":"state","sequence":…,"time_ns":…,"calls":{ID:{…}},…}` without the last brace, so that more can be added.
std::string house_json(const board_state& state, const house_words& words, sight of);

/// What a batch has changed, in the same form, whole objects: null for what is gone. Empty maps are left out.
///
/// @param state    after the batch, as `words` are
/// @param changed  a thin state over the one before it, evolved through the batch: its own entries are what was touched
json_for changes_json(const board_state& state, const board_state& changed, const house_words& words);

}  // namespace cordboard::gateway
