// SPDX-License-Identifier: Apache-2.0
// Makes an archive whole again: what can be trusted stays, what cannot is moved aside and a gap says so. Deletes nothing.
#pragma once
#include <cordboard/errc.hpp>
#include <cstdint>
#include <functional>
#include <log/chain.hpp>
#include <string>

namespace cordboard::log {

enum class repair_act : std::uint8_t {
  ended,          ///< an open segment was ended at its last whole batch: `from` is the first sequence that will not come
  sealed,         ///< its sums were written anew
  head_rebuilt,   ///< from its slots
  moved,          ///< a file, into the folder of what was damaged
  gap_stated,     ///< the events `from` up to `to` are lost; a `gap` says so in their place
  text_emptied,   ///< the text of the event `from` is lost
  chained,        ///< the keyed hash chain was made anew for this segment
  chain_refused,  ///< the chain is broken and nothing else is wrong: somebody changed it, and no repair may hide that
  left_alone,     ///< another layout version
  numbers_kept,   ///< log.issued was made anew
};
std::string_view name(repair_act what);

struct repair_step {
  repair_act what{};
  std::string file;
  std::uint64_t from = 0;
  std::uint64_t to = 0;
};

struct repair_options {
  const chain_key* key = nullptr;  ///< with it the chain is made anew where something was repaired
  bool dry_run = false;            ///< only tell
  std::string aside;               ///< name of the folder, within the archive, for what cannot be trusted
  std::function<void(const repair_step&)> told;
  std::function<void(std::uint64_t done, std::uint64_t all)> progress;  ///< segments
};

/// @param path  an archive, or a run or hot folder, or one that names its archive
/// @returns     steps that were told
/// @errors      log_busy: a board runs; not_connected: there is no archive; log_full; the system's. Then what was told is done,
///              and a second run goes on
result<std::uint64_t> repair_archive(const std::string& path, const repair_options& how);

}  // namespace cordboard::log
