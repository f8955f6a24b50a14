// SPDX-License-Identifier: Apache-2.0
// One segment on its way to disk.
#pragma once
#include <cordboard/log_reader.hpp>
#include <log/chain.hpp>
#include <log/place.hpp>
#include <log/segment.hpp>
#include <log/text_keys.hpp>
#include <memory>
#include <span>
#include <vector>

namespace cordboard::log {

/// @threads  the archiver's
class archive_target {
public:
  /// Opens the archived form of a hot segment, new or begun.
  /// @param durable  what is behind it will be copied anew
  /// @errors         log_full; the system's
  static result<archive_target> open(const place& in, std::uint64_t segment, std::uint64_t durable);

  std::uint64_t segment() const { return head_.segment; }

  /// Writes these events and their texts. @errors log_full; the system's. After one, nothing of it counts
  result<void> copy(std::span<const event> events);
  /// Behind this, what was copied is on disk.
  result<void> sync();
  /// Behind this, the segment is archived whole: its end and its checksums are on disk too.
  /// @param view  the hot segment, closed, all of it copied
  /// @param key   of the chain; null: none
  result<void> seal(const place& in, const segment_view& view, const chain_key* key);

private:
  result<void> copy_new_keys();
  result<void> copy_text(std::uint64_t to);
  result<void> copy_entries(std::span<const event> events);
  result<void> begin_thinned(const place& in, std::uint64_t durable);

  segment_head head_{};
  unique_fd hot_text_;
  std::shared_ptr<mapped_segment> thinned_;  // a segment of which events gave way: its texts lie apart
  const folder* hot_ = nullptr;              // where they do
  const place* in_ = nullptr;
  unique_fd hot_keys_;  // empty: nothing is sealed yet
  unique_fd keys_;
  std::uint64_t keys_copied_ = 0;  // bytes
  unique_fd slots_;
  unique_fd text_;
  std::uint64_t text_copied_ = 0;  // bytes
  bool text_place_known_ = false;  // a segment that was begun before: known at its next text
  std::vector<char> buffer_;
};

/// Behind the last whole batch of the newest archived segment, checksums compared; 0: nothing is archived.
std::uint64_t archived_end(const folder& archive);

}  // namespace cordboard::log
