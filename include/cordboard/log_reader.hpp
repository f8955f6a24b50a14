// SPDX-License-Identifier: Apache-2.0
// Reading the event log, from this process or any other: the slots are used where they lie. Needs neither SIP nor Asio.
#pragma once
#include <chrono>
#include <cordboard/errc.hpp>
#include <cordboard/event.hpp>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cordboard {

/// How to read.
struct log_reader_options {
  bool verify = false;                  ///< compare each slot's checksum before it is handed out
  std::uint32_t events_at_once = 8192;  ///< `next` hands out at most so many, and always a whole batch
  /// Copy what is only in the archive instead of mapping it: then a disk that fails is an error here. Where a file is mapped, the
  /// kernel has no other way to say so than SIGBUS. For whoever must live on; it costs the memory and the time of the copy.
  bool copy_archive = false;
  /// File of the key that opens sealed texts, as for an archive alone. Empty: the one that the board of the log names, when this
  /// process may read it.
  std::string text_key_file{};
};

/// Which events somebody wants to see. What is zero or empty asks for nothing; all that is set must hold. A field is compared
/// as it stands in the slot: `call` finds the events of that call, not those that name it in `other`.
struct event_filter {
  std::vector<event_kind> kinds{};  ///< any of these; also kinds that this version does not know
  call_id call{};                   ///< of this call
  party_id party{};                 ///< of this party
  device_id device{};               ///< of this phone or trunk
  operator_id operator_{};          ///< of this operator
  queue_id queue{};                 ///< of this queue
  command_id command{};             ///< that answer this command
  friend bool operator==(const event_filter&, const event_filter&) = default;
};

/// Whether a board is behind a log, and since when nothing was heard of it.
struct log_link {
  link_state state = link_state::none;  ///< how the board is
  std::chrono::nanoseconds age{0};      ///< since the board's last beat, of which there is one a second; 0 with `none`
};
/// Without a beat for so long, a board counts as silent.
inline constexpr std::chrono::nanoseconds link_silent_after = std::chrono::seconds(3);

/// One segment as it lies in memory, for readers that work on columns: slot `i` holds sequence `number * 2^18 + i`.
struct segment_view {
  std::uint64_t number = 0;             ///< rises by one from segment to segment
  std::uint64_t first = 0;              ///< first sequence of the segment
  std::uint64_t end = 0;                ///< first sequence that was not yet committed when the view was taken
  bool closed = false;                  ///< nothing more will come: the log goes on in a later segment
  std::span<const event> slots;         ///< those up to `end`; zeros: slot 0 of the very first segment, and what gave way
  std::shared_ptr<const void> mapping;  ///< keeps the slots mapped, also when the reader is gone
};

/// Follows an event log. Several readers of one log know nothing of each other, and the writer knows of none.
///
/// Files are checked before they are mapped; only the board's own user could still shorten one under a reader. A reader that
/// stands still keeps the segments that it has mapped in memory, also when retention has removed them: 96 MiB at most.
///
/// @threads   one thread at a time; `interrupt` from any thread
/// @lifetime  spans and texts stay valid until the reader has gone on by two segments, or is destroyed or moved to
class log_reader {
public:
  /// Opens the log of a board, running or not, for reading from its oldest event.
  ///
  /// @param path  the board's run folder, the folder of the hot segments, or an archive folder alone
  /// @errors      not_connected: no log is there; access_refused: `text_key_file` cannot be used; log_incompatible; log_damaged; the
  ///              system's, as for a missing right
  static result<log_reader> open(const std::string& path, log_reader_options options = {});

  /// Takes over the place; `other` may only be assigned to or destroyed.
  log_reader(log_reader&& other) noexcept;
  /// As above.
  log_reader& operator=(log_reader&& other) noexcept;
  ~log_reader();

  /// Goes to the first event after `sequence`; 0: to the oldest that is kept.
  ///
  /// A sequence that was not yet issued is waited for: `next` hands out nothing before it.
  ///
  /// @errors  log_gone: events after `sequence` are kept no more: go on at `oldest`, or from a snapshot (snapshot.hpp)
  result<void> after(std::uint64_t sequence);

  /// Goes to the first event whose time is at or after `time_ns`, by binary search over segments and slots; to the log's end
  /// when there is none yet.
  ///
  /// @param time_ns  event time, ns since 1970; it never decreases along the log
  /// @errors         log_gone: events since then are kept no more: go on at `oldest`; log_damaged
  result<void> since(std::int64_t time_ns);

  /// From now on `next` and `wait` know only the events that match; the place stays. An empty filter ends that.
  ///
  /// A `gap` matches every filter: nobody should miss that something is missing.
  void filter(const event_filter& what);

  /// The events that follow, as whole batches, where they lie. Empty: nothing new; see `wait`.
  ///
  /// Sequences rise but are not dense: a segment may end early, and where old events gave way a `gap` says so. Kinds that this
  /// version does not know are handed out too.
  /// With a filter: the next events in a row that all match, be they a whole batch or not; empty: none matched up to the
  /// log's end, or `interrupt` was called on the way there.
  ///
  /// @errors  log_gone: retention went past this reader, or the next segment is kept no more;
  ///          log_damaged: a slot contradicts its place or its checksum; go on behind it with `after`
  result<std::span<const event>> next();

  /// A bookmark: the last sequence that was handed out or passed over, so that `after(position())` goes on right there, also
  /// in another process, and also when a filter let nothing through for a million events. 0: none yet.
  std::uint64_t position() const;

  /// Sleeps until there may be something new, `timeout` has passed, or `interrupt` is called. With a filter it sleeps on over
  /// events that do not match.
  ///
  /// @returns  whether `next` has something to tell, be it an error
  bool wait(std::chrono::nanoseconds timeout);

  /// Ends a `wait` that runs, or else the next one, at once.
  void interrupt();

  /// One event, in constant time and without moving: no search, and no system call when its segment is mapped.
  ///
  /// @returns   where it lies; null: there is no such event, since it was not issued yet or never will be
  /// @errors    log_gone: it is kept no more; log_damaged; with `verify` also for its checksum
  /// @lifetime  until `at` or `text` is asked for another segment's
  result<const event*> at(std::uint64_t sequence);

  /// The text of an event of this log.
  ///
  /// @returns  UTF-8, or opaque bytes from the dialog tail; empty when the event has none
  /// @errors   log_gone: its tail is kept no more, or it gave way or was erased; access_refused: it is sealed, and the key is not
  ///           for this process; log_damaged; the system's: the dialog tail is for the board's own user alone
  result<std::string_view> text(const event& of);

  /// The oldest sequence that is kept, in memory or in the archive; 0: there is none yet.
  result<std::uint64_t> oldest();
  /// The newest committed sequence; 0: there is none yet.
  result<std::uint64_t> newest();
  /// All up to here is on disk; 0: nothing is, or there is no archive.
  std::uint64_t durable_sequence() const;
  /// Sleeps until `sequence` is on disk. @returns whether it is
  bool wait_durable(std::uint64_t sequence, std::chrono::nanoseconds timeout);

  /// Whether a process has the log open for writing now.
  bool writer_alive() const;
  /// Whether a board is there and lives. A reader whose board is silent, stopped or lost still reads what is in the log, and
  /// goes on by itself when the board is back.
  log_link link() const;

  /// The segments that are kept, rising.
  result<std::vector<std::uint64_t>> segments() const;
  /// A segment as one array. @errors log_gone: it is kept no more; log_damaged
  result<segment_view> segment(std::uint64_t number);

private:
  struct impl;
  explicit log_reader(std::unique_ptr<impl> with);
  std::unique_ptr<impl> impl_;
};

}  // namespace cordboard
