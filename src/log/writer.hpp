// SPDX-License-Identifier: Apache-2.0
// The one who writes the log: the loop. It waits for no reader and for no disk.
#pragma once
#include <array>
#include <base/logged.hpp>
#include <cordboard/errc.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <log/clock.hpp>
#include <memory>
#include <span>
#include <string>

namespace cordboard::log {

struct writer_options {
  std::string hot;            ///< folder for the hot segments, in tmpfs; made when missing, for us alone to write
  std::string archive;        ///< folder on disk; empty: no archive
  std::string run;            ///< folder that programs attach to; told there where the log is; may be empty
  std::string text_key_file;  ///< key that seals the texts of calls and requests, mode 0600 or 0400; empty: they are plain
  std::uint64_t hot_bytes_max = std::uint64_t{1} << 30;  ///< the archiver keeps the hot folder below this
  std::uint64_t room_min = std::uint64_t{128} << 20;     ///< a smaller file system for `hot` is refused
  std::function<std::int64_t()> wall = wall_time_ns;     ///< ns since 1970
};

/// What was found at the start.
struct recovery {
  bool found = false;               ///< there was a log before
  bool clean = true;                ///< it ended in order, or there was none
  std::uint64_t last_sequence = 0;  ///< its last event; 0: none
  std::int64_t last_time_ns = 0;    ///< of that event: event time must not go back behind it
  std::uint64_t gap_from = 0;       ///< when not clean: log `gap(value = gap_from, other = gap_to)` first;
  std::uint64_t gap_to = 0;         ///< `gap_to` is the sequence that this very event will get
};

class archiver;
class house_keys;
struct place;

/// @threads   one thread, the loop's
/// @lifetime  outlives its archiver; holds the lock until it is destroyed
class writer {
public:
  /// A batch may have so many events.
  static constexpr std::size_t batch_max = 4096;

  /// Opens the log for writing: takes the lock, ends what a crash left open, and begins a new segment above every
  /// sequence that was ever issued.
  ///
  /// @param why  set on failure: our sentence, with the remedy
  /// @errors     log_busy: another process writes it; log_full: the hot folder's file system is too small;
  ///             access_refused: not the key that sealed the texts here, or none that may be used;
  ///             log_incompatible; the system's
  static result<std::unique_ptr<writer>> open(const writer_options& options, diagnostics* why = nullptr);

  writer(const writer&) = delete;
  writer& operator=(const writer&) = delete;
  /// Without `close` before, the log's end is an unclean one.
  ~writer();

  const recovery& recovered() const { return recovered_; }

  /// The sequence that the first event of the next batch will get, when that batch has at most `at_most` events.
  /// When the segment has not so many slots left, this is the first of the next segment.
  std::uint64_t next(std::size_t at_most = batch_max);

  /// Commits a batch: all of it or nothing. Fills in sequence, batch_left, text_at, text_len and crc32c.
  ///
  /// @param batch  kinds and fields set; `time_ns` set and never decreasing; texts of at most 65,535 bytes, 16 fewer where they
  ///               are sealed
  /// @errors       log_full: no room, or the disk has confirmed no new range of sequences for too long; nothing is
  ///               committed and the same batch may be tried again. limit_reached: more than `next` was asked for and
  ///               more than fit, or above `batch_max`. text_invalid: too long. std::errc::invalid_argument: time went back
  result<void> append(std::span<logged> batch);

  /// Wakes the sleeping readers, when something was appended since the last time. Once per turn of the loop.
  void wake();

  /// Tells whoever asks for the link that the board lives. Once a second.
  void beat();

  /// Goes on in a new segment. For tests, and for whoever wants a segment ended.
  result<void> roll();

  /// Marks the end as orderly. Nothing can be appended after it; the lock stays until the writer is destroyed, so that
  /// the archiver can finish: `close`, then `archiver::stop`, then destroy.
  void close();

  /// The last committed sequence, of this run or before; 0: none.
  std::uint64_t last_sequence() const { return last_sequence_; }

private:
  friend class archiver;
  struct open_segment;
  writer(writer_options options, std::shared_ptr<place> where);
  result<void> recover(diagnostics& why);
  result<void> begin_segment(std::uint64_t number);
  result<void> give_memory(std::uint64_t end, const std::array<std::uint64_t, 2>& tail_bytes);
  result<void> read_text_key(diagnostics& why);
  bool seals(const logged& one) const;
  bool fits(std::size_t count, std::uint64_t text_bytes, std::uint64_t dialog_bytes) const;

  writer_options options_;
  std::shared_ptr<place> place_;
  std::unique_ptr<open_segment> segment_;
  std::shared_ptr<const house_keys> keys_;  // null: texts are plain
  recovery recovered_;
  std::uint64_t next_ = 0;  // the sequence of the next event, or where the next segment begins
  std::uint64_t last_sequence_ = 0;
  std::int64_t last_time_ns_ = 0;
  bool dirty_ = false;  // something was appended since the last wake
  bool closed_ = false;
};

}  // namespace cordboard::log
