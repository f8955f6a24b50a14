// SPDX-License-Identifier: Apache-2.0
// What a reader is made of: where the log is, the segments that it has mapped, and its place in them.
#pragma once
#include <cordboard/log_reader.hpp>
#include <log/filter.hpp>
#include <log/places.hpp>
#include <log/segment.hpp>
#include <log/text_keys.hpp>
#include <memory>
#include <string>
#include <vector>

namespace cordboard {

/// ```
///   reader_open.cpp      where the log is, and whether it still is there
///   reader_segments.cpp  which segments there are; mapping them; one event, one text, one segment
///   reader_follow.cpp    the place: moving it, what stands behind it, by sequence, by time, by filter
///   reader.cpp           the public face: waiting, and how the board is
/// ```
struct log_reader::impl {
  using segment_ptr = std::shared_ptr<log::mapped_segment>;

  log_reader_options options;
  log::folder hot;  // either may be missing, not both
  log::folder archive;
  log::opened_control control;
  std::shared_ptr<const log::house_keys> keys;  // null: sealed texts stay so
  segment_ptr here;                             // where `at` is
  segment_ptr kept;                             // the one before: what was handed out of it is still valid
  segment_ptr aside;                            // the last one asked for out of order
  std::vector<segment_ptr> orphans;             // of a log that was replaced under us
  std::error_code lost;                         // the replaced log cannot be followed; until `after`
  log::matcher matches;
  std::uint64_t at = 0;         // the next sequence to look at
  std::uint64_t ready = 0;      // whole batches of `here` reach to here at least, when it is above `at`
  std::uint64_t hidden_to = 0;  // events up to here are not handed out: `after` named one that was not issued yet
  std::uint32_t interrupted = 0;

  const log::folder* hot_or_null() const { return hot ? &hot : nullptr; }
  const log::folder* archive_or_null() const { return archive ? &archive : nullptr; }

  result<void> attach(const std::string& path);
  bool replaced() const;
  void reattach();
  log_link link() const;

  result<std::vector<std::uint64_t>> numbers() const;
  log::mapped_segment* mapped(std::uint64_t number) const;
  result<segment_ptr> map(std::uint64_t number);
  result<segment_ptr> map_next(std::uint64_t number);
  result<segment_ptr> map_newest();
  result<log::mapped_segment*> beside(std::uint64_t number);
  result<const event*> event_at(std::uint64_t sequence);

  void stand(segment_ptr in, std::uint64_t on);
  result<void> seek(std::uint64_t sequence);
  result<void> seek_time(std::int64_t time_ns);
  result<segment_ptr> last_that_begins_before(std::int64_t time_ns);
  result<void> fill();
  result<bool> come_to_match();
};

}  // namespace cordboard
