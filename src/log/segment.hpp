// SPDX-License-Identifier: Apache-2.0
// A segment as readers see it: its files checked, then mapped, hot or archived, or copied.
#pragma once
#include <array>
#include <cordboard/errc.hpp>
#include <cstdint>
#include <log/commit.hpp>
#include <log/files.hpp>
#include <log/layout.hpp>
#include <log/text_keys.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace cordboard::log {

/// The fixed part of a segment's head, ready to be written; `end` 0, `committed` at the first sequence.
segment_head make_head(std::uint64_t segment, std::uint64_t previous_end, std::int64_t started_ns);
tail_head make_tail_head(std::uint64_t segment, bool dialog);

/// Whether a head can be trusted. @errors log_incompatible: another layout version; log_damaged
result<void> check_head(const segment_head& head, std::uint64_t segment);
/// A head's bytes, checked.
result<segment_head> read_head(const folder& in, std::uint64_t segment);

/// One segment, mapped for reading.
class mapped_segment {
public:
  /// From the hot folder, else from the archive; either may be null. An archived one is copied if that is asked for: it is as it
  /// was then, and a disk that fails is an error and no signal.
  /// @errors  log_gone: it is in neither; log_damaged; log_incompatible; the system's
  static result<std::shared_ptr<mapped_segment>> open(const folder* hot, const folder* archive, std::uint64_t segment,
                                                      bool copy_archive = false);

  std::uint64_t number() const { return number_; }
  std::uint64_t base() const { return base_of(number_); }
  std::uint64_t first() const { return first_of(number_); }
  std::uint64_t previous_end() const { return head().previous_end; }
  /// First sequence that will never come; 0: the segment is open. What lies out of bounds counts as open.
  std::uint64_t end() const;
  /// First sequence that cannot be looked at yet: its slot has no memory.
  std::uint64_t allocated_end() const;
  /// A batch's start or the segment's end, with all before it committed.
  std::uint64_t committed() const;
  /// Behind the last whole batch now.
  scanned committed_end() const;
  /// Behind the last whole batch whose checksums hold, all of them looked at.
  std::uint64_t checked_end() const;
  /// Where the next batch begins that is at or behind `at`: later than `at` only where events gave way.
  std::uint64_t skip_hole(std::uint64_t at) const;
  bool thinned() const { return head().thinned != 0; }

  const event* slots() const { return reinterpret_cast<const event*>(slots_.data()); }
  const event& slot(std::uint64_t sequence) const { return slots()[sequence - base()]; }
  const segment_head& head() const { return *reinterpret_cast<const segment_head*>(head_.data()); }

  /// The whole batches from `from` on.
  scanned batches(std::uint64_t from, std::uint64_t at_most, bool verify) const;
  /// One event of a whole batch; null: there is none, not yet or never. No search: what is known to be whole is remembered.
  /// @errors  log_gone: it gave way to a gap; log_damaged
  result<const event*> at(std::uint64_t sequence, bool verify);
  /// Where the first event at or after `time_ns` is, or the hole that its gap ends, by halving; behind the last whole batch when
  /// there is none.
  std::uint64_t first_since(std::int64_t time_ns) const;

  /// The text of an event. Tails are mapped when first asked for, each from where it is then.
  /// @param keys  that open what is sealed; null: none. What was opened stays in memory as long as the segment
  /// @errors      log_gone: the tail is kept no more, or the text gave way or was erased; access_refused: sealed, and not for us
  result<std::string_view> text(const folder* hot, const folder* archive, const event& of, const house_keys* keys);
  /// Its entry as it lies in the tail, sealed or not: head, bytes, zeros up to a multiple of 8.
  result<std::string_view> entry(const folder* hot, const folder* archive, const event& of);

private:
  struct tail {
    unique_fd file;  // empty: what there is was copied, and is all
    mapping bytes;
    std::uint64_t size = 0;
    bool thinned = false;  // put together from what was left; `size` is final
  };
  result<const std::byte*> find_entry(const folder* hot, const folder* archive, const event& of);
  static result<std::shared_ptr<mapped_segment>> open_in(const folder& in, std::uint64_t segment, bool copy);
  result<void> open_tail(tail& which, const folder* hot, const folder* archive, bool dialog) const;

  std::uint64_t number_ = 0;
  bool copy_archive_ = false;
  std::uint64_t whole_to_ = 0;  // batches before it are known to be whole
  mapping head_;
  mapping slots_;
  std::array<tail, 2> tails_;
  key_ring ring_;
  std::unordered_map<std::uint32_t, std::string> opened_;  // by place in the tail
};

}  // namespace cordboard::log
