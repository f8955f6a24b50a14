// SPDX-License-Identifier: Apache-2.0
// One segment, looked at slot by slot.
#pragma once
#include <log/verify.hpp>
#include <optional>

namespace cordboard::log {

/// A segment's files as they stand: copied as far as they go, since a disk that fails must not be a signal.
struct raw_segment {
  std::uint64_t number = 0;
  std::optional<segment_head> head;  ///< nothing: missing or damaged
  std::error_code head_error;
  mapping slots;
  std::uint64_t slots_there = 0;  ///< whole slots in the file
  bool slots_sized = false;       ///< the file has its full size
  mapping text;
  std::uint64_t text_size = 0;
  bool thin_text = false;  ///< put together from what was left of it
  std::uint64_t keys = 0;  ///< of sealed texts, erased ones too

  static raw_segment open(const folder& in, std::uint64_t number, bool texts = true);
  const event& slot(std::uint64_t sequence) const {
    return reinterpret_cast<const event*>(slots.data())[sequence - base_of(number)];
  }
  /// Whether events, and with them texts, may have given way here.
  bool thinned() const { return head && head->thinned != 0; }
  bool there(std::uint64_t sequence) const { return sequence - base_of(number) < slots_there; }
};

enum class text_state : std::uint8_t { none, good, sealed, gone, damaged };
/// How the text of a slot stands. `gone`: its entry is empty, as where memory was short.
text_state look_at_text(const raw_segment& in, const event& of);

/// From `at` on, where slots are empty: the sequence of the `gap` that names the hole; `at`: none does before `end`.
std::uint64_t skip_hole(const raw_segment& in, std::uint64_t at, std::uint64_t end);

/// Behind the whole batch that begins at `at`, its checksums compared; `at`: there is none that is whole before `end`.
std::uint64_t whole_batch(const raw_segment& in, std::uint64_t at, std::uint64_t end);

}  // namespace cordboard::log
