// SPDX-License-Identifier: Apache-2.0
// What the events of dialogues do to the state: a part of evolve().
#pragma once
#include <base/logged.hpp>
#include <cordboard/ids.hpp>

namespace cordboard {

struct board_state;

void evolve_dialogue(board_state& state, const logged& e);
/// The call is in no dialogue any more, and its timer is gone.
void end_run(board_state& state, call_id call);

}  // namespace cordboard
