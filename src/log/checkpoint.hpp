// SPDX-License-Identifier: Apache-2.0
// The state at a sequence, on disk or in the hot folder: a restart begins at the newest and reads the log's tail.
#pragma once
#include <cordboard/errc.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cordboard::log {

struct checkpoint {
  std::uint64_t sequence = 0;  ///< the last event that is in the state
  std::string bytes;
};

/// Writes a checkpoint whole or not at all (its own file, fsync, rename), then removes all but the newest two.
///
/// @param folder    is made when missing; the files are for the owner alone
/// @errors          log_full: no room; the system's. The older ones are untouched
/// @threads         any, but one at a time per folder
result<void> save_checkpoint(const std::string& folder, std::uint64_t sequence, std::string_view bytes);

class folder;
/// One checkpoint under a name of the caller's; others stay as they are.
result<void> write_checkpoint(const folder& in, const std::string& name, std::uint64_t sequence, std::string_view bytes);
/// Nothing: it is not there, or not whole.
std::optional<checkpoint> read_checkpoint(const folder& in, const std::string& name);

/// The newest whole checkpoint that is at or before `not_after`; damaged ones are passed over. Nothing: there is none.
std::optional<checkpoint> load_checkpoint(const std::string& folder, std::uint64_t not_after = UINT64_MAX);
/// Whether there are checkpoints, or may be, that this user has no right to read.
bool checkpoints_refused(const std::string& folder);

}  // namespace cordboard::log
