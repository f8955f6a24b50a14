// SPDX-License-Identifier: Apache-2.0
// The segment that is being written: its files, and memory for what comes next.
#pragma once
#include <array>
#include <log/files.hpp>
#include <log/layout.hpp>
#include <log/writer.hpp>
#include <memory>

namespace cordboard::log {

struct writer::open_segment {
  std::uint64_t number = 0;
  mapping head_bytes;
  mapping slots;
  unique_fd slots_file;
  std::array<unique_fd, 2> tails;  // text, dialog: written, not mapped, so that no room is an error code
  std::array<std::uint64_t, 2> tail_used{};
  std::uint64_t allocated_end = 0;  // first sequence whose slot has no memory yet

  /// Makes the files; the head comes last and all at once, and with it the segment exists.
  /// @errors  log_full: nothing is left behind; the system's
  static result<std::unique_ptr<open_segment>> make(const folder& in, std::uint64_t number, std::uint64_t previous_end,
                                                    std::int64_t started_ns);

  /// Sees to it that every slot before sequence `end` has memory. @errors log_full
  result<void> give_memory(std::uint64_t end);
  /// Nothing more will come: lengths, then the end.
  void finish();

  segment_head& head() const { return *reinterpret_cast<segment_head*>(head_bytes.data()); }
  event* slot(std::uint64_t sequence) const { return reinterpret_cast<event*>(slots.data()) + (sequence - base_of(number)); }
};

}  // namespace cordboard::log
