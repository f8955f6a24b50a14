// SPDX-License-Identifier: Apache-2.0
// The state after a restart: the newest checkpoint, and the log's tail through the same `evolve` as ever.
#pragma once
#include <board/board_state.hpp>
#include <cordboard/config.hpp>
#include <cordboard/errc.hpp>
#include <cstdint>
#include <log/places.hpp>
#include <map>
#include <string>

namespace cordboard::runtime {

/// What the log says of the house as it was.
struct recovered {
  board_state state;
  std::uint64_t checkpoint = 0;                     ///< where it was taken from; 0: from the beginning
  std::uint64_t replayed = 0;                       ///< events since the checkpoint
  std::map<std::uint64_t, std::string> identities;  ///< by sequence, of the parties that are on the line
  std::map<leg_id, std::string> dialogs;            ///< the newest saved text of every leg that is not gone
};

/// The log's folders as `log` takes them.
log::places places_in(const log_config& where);

/// Rebuilds the state up to and including `last`.
///
/// @param last  the log's last committed event; 0: there is none, and the state is a new one
/// @param why   set on failure: our sentence, with the remedy
/// @errors      log_damaged, log_gone, log_incompatible: no checkpoint that fits, and the log no longer starts at its beginning
result<recovered> recover(const log_config& where, std::uint64_t last, diagnostics& why);

}  // namespace cordboard::runtime
