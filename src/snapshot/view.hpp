// SPDX-License-Identifier: Apache-2.0
// What of the board's state a program outside is shown.
#pragma once
#include <board/board_state.hpp>
#include <cordboard/log_reader.hpp>
#include <cordboard/snapshot.hpp>

namespace cordboard::history {

/// @param texts  says who outside parties are, as far as its texts can be read; its place stays
snapshot view(const board_state& state, log_reader& texts);

}  // namespace cordboard::history
