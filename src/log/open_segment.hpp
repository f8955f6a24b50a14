// SPDX-License-Identifier: Apache-2.0
// The segment that is being written: its files, and memory for what comes next.
#pragma once
#include <array>
#include <log/files.hpp>
#include <log/layout.hpp>
#include <log/text_keys.hpp>
#include <log/writer.hpp>
#include <memory>
#include <optional>

namespace cordboard::log {

struct writer::open_segment {
  std::uint64_t number = 0;
  mapping head_bytes;
  mapping slots;
  unique_fd slots_file;
  std::uint64_t allocated_end = 0;  // first sequence whose slot has no memory yet

  struct tail {
    unique_fd file;
    mapping bytes;
    std::uint64_t used = 0;
    std::uint64_t allocated = 0;  // what has memory
  };
  std::array<tail, 2> tails;      // text, dialog
  std::optional<key_maker> keys;  // nothing: texts are not sealed

  /// Makes the files; the head comes last and all at once, and with it the segment exists.
  /// @errors  log_full: nothing is left behind; the system's
  static result<std::unique_ptr<open_segment>> make(const folder& in, std::uint64_t number, std::uint64_t previous_end,
                                                    std::int64_t started_ns, std::shared_ptr<const house_keys> keys);

  /// Sees to it that every slot before sequence `end` has memory, and so many bytes more of each tail: behind it, storing
  /// there cannot fail. A system call once in a few hundred batches. @errors log_full
  result<void> give_memory(std::uint64_t end, const std::array<std::uint64_t, 2>& tail_bytes);
  /// Stores an entry for `text`, for which there is memory, at `at` of a tail. @returns where the next one may stand
  std::uint64_t put_entry(bool dialog, std::uint64_t at, std::string_view text);
  /// As above, sealed, in the text tail; 0: it could not be.
  std::uint64_t put_sealed(std::uint64_t at, std::string_view text, const key_maker::made_key& with, std::uint64_t sequence);
  /// Nothing more will come: lengths, then the end.
  void finish();

  segment_head& head() const { return *reinterpret_cast<segment_head*>(head_bytes.data()); }
  event* slot(std::uint64_t sequence) const { return reinterpret_cast<event*>(slots.data()) + (sequence - base_of(number)); }
};

}  // namespace cordboard::log
