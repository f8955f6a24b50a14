// SPDX-License-Identifier: Apache-2.0
// Where commands wait for the loop: bounded, from any thread, with a lane of its own for what cannot wait.
#pragma once
#include <board/board.hpp>
#include <cordboard/command.hpp>
#include <cordboard/errc.hpp>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>

namespace cordboard::runtime {

/// A command on its way in. Both are called on the loop's thread.
struct submission {
  command what;
  std::function<void(answer_to_submit)> answered;  ///< once, when it was decided; may be empty
  std::function<void(const event&)> ended;         ///< once, with its outcome, when it was accepted; may be empty
};

/// @threads   `try_push`, `open` and `close` from any; `pop` from the loop's
class intake {
public:
  explicit intake(std::size_t max) : max_(max) {}

  /// Takes a command, or says why not. An answer to a waiting caller has a lane of its own, as large again, so that a backlog of
  /// other commands never keeps anybody from being answered.
  ///
  /// @errors  queue_full: nothing was logged, try again; board_closed
  errc try_push(submission one);
  /// The next one, answers first.
  std::optional<submission> pop();

  /// `poke` is called, on the pusher's thread, when there is something after there was nothing.
  void open(std::function<void()> poke);
  /// Another bound. What waits already stays.
  void resize(std::size_t max);
  /// From now on `board_closed`. @returns what was waiting
  std::deque<submission> close();

private:
  std::mutex mutex_;
  std::size_t max_;
  std::deque<submission> urgent_, others_;
  std::function<void()> poke_;
  bool closed_ = false;
};

}  // namespace cordboard::runtime
