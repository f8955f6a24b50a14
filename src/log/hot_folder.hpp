// SPDX-License-Identifier: Apache-2.0
// Keeping the hot folder below its bound, and its reserve whole.
#pragma once
#include <array>
#include <cstdint>
#include <log/place.hpp>
#include <map>

namespace cordboard::log {

/// Nobody said from where on dialog tails are kept: dialog tails go with their segments.
inline constexpr std::uint64_t dialogs_go_with_segments = UINT64_MAX;

/// What may go now.
struct room_rules {
  std::uint64_t keep_dialogs_from = dialogs_go_with_segments;
  std::uint64_t keep_events_from = UINT64_MAX;  ///< events from here on are read back by a restart: they never give way
  std::uint64_t archived_below = 0;             ///< segments below it are in the archive whole
};

/// Never waits for the disk.
/// @threads  one thread, the room keeper's
class hot_folder {
public:
  /// Makes room, when there is too little: dialog tails that no restart needs any more; the oldest segments that are archived
  /// whole, or, without an archive, the oldest; then old events give way by weight, the oldest first. Never the newest segment.
  /// @returns  what the folder holds, in bytes
  std::uint64_t make_room(place& in, const room_rules& rules);

  /// Events that gave way before they were archived.
  std::uint64_t gave_way() const { return gave_way_; }

private:
  bool take_one_step(place& in, const room_rules& rules);
  bool thin_one(place& in, const room_rules& rules);

  std::uint64_t gave_way_ = 0;
  std::map<std::uint64_t, std::uint32_t> tried_;  // by segment: the thinning that led to nothing the last time
};

}  // namespace cordboard::log
