// SPDX-License-Identifier: Apache-2.0
// From memory to disk: a reader of the log on its own thread, which copies, syncs and tells how far it is. And one who keeps room
// in memory, on a thread that no disk can hold up.
#pragma once
#include <atomic>
#include <chrono>
#include <cordboard/errc.hpp>
#include <cstdint>
#include <log/chain.hpp>
#include <log/hot_folder.hpp>
#include <log/writer.hpp>
#include <memory>
#include <string>
#include <thread>

namespace cordboard::log {

struct archiver_options {
  std::chrono::nanoseconds sync_every = std::chrono::milliseconds(50);  ///< between two fdatasync; 1 ms to 10 s
  std::chrono::nanoseconds lag_max = std::chrono::seconds(5);           ///< above this, `archive_status::behind`
  std::shared_ptr<const chain_key> key = nullptr;                       ///< of the keyed hash chain; null: none is made
  std::uint64_t keep_events_from = UINT64_MAX;  ///< those a restart needs, which never give way, until `keep_checkpoint`
  /// As `archiver::keep_dialogs_from`, before the room keeper looks for the first time.
  std::uint64_t keep_dialogs_from = dialogs_go_with_segments;
};

/// How the archive is.
struct archive_status {
  std::uint64_t durable_sequence = 0;  ///< all up to here is on disk; 0: nothing is, or there is no archive
  std::uint64_t lag_events = 0;        ///< committed and not yet on disk; an upper bound across a segment's end
  std::chrono::nanoseconds lag{0};     ///< how long the oldest of them has waited
  bool behind = false;                 ///< `lag` is above its bound: the alarm
  std::uint64_t gave_way = 0;          ///< old events that gave way to new ones before they were archived, since start
  std::uint64_t hot_bytes = 0;         ///< what the hot folder holds
  std::uint64_t hot_bytes_bound = 0;   ///< hot_bytes_max, or three quarters of the file system when that is less
  std::uint64_t retries = 0;           ///< failed attempts since start
  std::error_code last_error;          ///< of the newest attempt; none: it went well
};

/// @threads   `start` and `stop` from the writer's thread; the rest from any
/// @lifetime  ends before its writer
class archiver {
public:
  /// Starts the threads. Without an archive folder there is only the one that keeps the hot folder below its bound.
  static result<std::unique_ptr<archiver>> start(writer& of, archiver_options options = {});
  archiver(const archiver&) = delete;
  archiver& operator=(const archiver&) = delete;
  /// As `stop` without patience.
  ~archiver();

  archive_status status() const;

  /// The dialog tails from this sequence's segment on are needed by a restart; older ones are deleted, also when their
  /// segment is kept, and these are kept, also when their segment is not. Until somebody says so, they go with their segment.
  /// Without an archive an old segment's events go all the same, and with them the way to their texts.
  void keep_dialogs_from(std::uint64_t sequence);

  /// A checkpoint is in memory: a restart reads back only what is behind `sequence`. Events that it needs never give way, and
  /// the same bytes go to `folder`, in the archive, once all up to `sequence` is there. An empty `folder`: they are there.
  void keep_checkpoint(std::uint64_t sequence, std::string folder, std::string bytes);

  /// Copies what is committed, then ends the threads. A disk that fails is given up after `patience`.
  void stop(std::chrono::nanoseconds patience = std::chrono::seconds(5));

private:
  struct state;
  explicit archiver(std::shared_ptr<state> with);
  std::shared_ptr<state> state_;  // shared with the thread, which a dead disk may hold for longer than we wait
  std::thread thread_;
  std::thread room_thread_;
};

}  // namespace cordboard::log
