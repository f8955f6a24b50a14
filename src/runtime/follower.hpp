// SPDX-License-Identifier: Apache-2.0
// A reader of the log on its own thread: it keeps a state of its own and writes the checkpoints, so that the loop never does.
#pragma once
#include <atomic>
#include <board/board_state.hpp>
#include <condition_variable>
#include <cordboard/config.hpp>
#include <cordboard/log_reader.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <runtime/switchboard.hpp>
#include <thread>

namespace cordboard::runtime {

/// @threads   construct and destroy on one thread; `find` from any
class follower {
public:
  struct options {
    std::uint64_t events_between = 50'000;  ///< a checkpoint after so many events, and at a segment's end
    std::uint64_t events_before = 0;        ///< so many were read back since the last one: a restart need not do it again
    /// Told at each segment's beginning: the state with which a fold of it begins. On the follower's thread, as all of these.
    std::function<void(std::uint64_t segment, std::uint64_t sequence, std::string bytes)> edge = nullptr;
    /// Told with each checkpoint: the oldest event that a restart from it would ask for.
    std::function<void(std::uint64_t sequence)> needed = nullptr;
  };
  /// What the follower tells, on its own thread: a checkpoint at `sequence` is in memory, with these bytes; dialog texts before
  /// `oldest_dialog` are needed by nobody. The disk is the archiver's: a checkpoint must not wait for it.
  using saved = std::function<void(std::uint64_t sequence, std::uint64_t oldest_dialog, std::string bytes)>;

  /// @param from  the recovered state: following goes on behind it
  /// @errors      those of `log_reader::open`
  static result<std::unique_ptr<follower>> start(const log_config& where, board_state from, const options& how, saved told,
                                                 trace_line trace);
  follower(const follower&) = delete;
  follower& operator=(const follower&) = delete;
  /// Goes on to the log's end, writes a last checkpoint there, and ends the thread.
  ~follower();

  /// Looks for the outcome of a command in what the log has from `sequence` on, and gives it to `found` on this thread. Not
  /// found: `found` is destroyed unused.
  void find(command_id id, std::uint64_t sequence, std::function<void(const event&)> found);

  std::uint64_t checkpoints() const { return checkpoints_; }

private:
  struct search {
    command_id id;
    std::uint64_t sequence;
    std::function<void(const event&)> found;
  };
  follower(const log_config& where, log_reader reader, board_state from, const options& how, saved told, trace_line trace);
  void run();
  bool read();
  void save();
  void answer_searches();

  const log_config where_;
  const options options_;
  log_reader reader_;
  board_state state_;
  saved told_;
  trace_line trace_;
  std::uint64_t saved_ = 0;
  std::uint64_t since_;
  bool at_batch_start_ = true;
  /// Counts what was written; read by tests, publishes nothing.
  std::atomic<std::uint64_t> checkpoints_{0};
  std::mutex mutex_;
  std::condition_variable asked_;
  bool over_ = false;
  std::deque<search> searches_;
  std::thread thread_;
};

/// The oldest event that a restart from this state would ask for, beside those that follow: dialogs, and who is on the line.
std::uint64_t oldest_needed(const board_state& state);

}  // namespace cordboard::runtime
