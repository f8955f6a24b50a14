// SPDX-License-Identifier: Apache-2.0
// The state at a place in the log: the newest checkpoint before it, and the events since through the same `evolve` as the live
// board's. A restart, the board's own follower and whoever takes a snapshot from outside all do this.
#pragma once
#include <board/board_state.hpp>
#include <cordboard/errc.hpp>
#include <cordboard/log_reader.hpp>
#include <cstdint>
#include <log/places.hpp>
#include <string>
#include <vector>

namespace cordboard::history {

/// The event with its text as `evolve` takes it. Dialog texts are left out: the state has no use for them.
logged with_text(log_reader& reader, const event& e);
/// The text of the event at a sequence; empty when there is none, or it may not be read.
std::string text_at(log_reader& reader, std::uint64_t sequence);

/// Where checkpoints of this log stand: in memory beside it, and on disk when there is an archive.
std::vector<std::string> checkpoint_folders(const log::places& where);

struct rebuilt {
  board_state state;
  std::uint64_t checkpoint = 0;  ///< where it was taken from; 0: from the beginning
  std::uint64_t replayed = 0;    ///< events since then
};

/// Rebuilds the state up to and including `last`, which is in the log or 0. The reader's place is behind it then.
///
/// @param why  set on failure: what cannot be read, ASCII
/// @errors     log_gone: no checkpoint that fits, and the log no longer starts at its beginning, or events that would be needed
///             gave way; access_refused: the same, and there are checkpoints that this user may not read; log_damaged;
///             those of `log_reader`
result<rebuilt> rebuild(log_reader& reader, const log::places& where, std::uint64_t last, diagnostics& why);

}  // namespace cordboard::history
