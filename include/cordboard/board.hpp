// SPDX-License-Identifier: Apache-2.0
// The front door for programs that run a board themselves. The only header that mentions Asio.
//
//   boost::asio::io_context io;
//   cordboard::board board(io.get_executor());
//   board.async_run(config, [](auto error) { … });                       // lives as long as the board
//   board.async_exec(command(cmd::hold{call}), [](auto error, auto outcome) { … });
//   io.run();
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/error_code.hpp>
#include <cordboard/command.hpp>
#include <cordboard/config.hpp>
#include <cordboard/errc.hpp>
#include <cordboard/event.hpp>
#include <cordboard/loopback.hpp>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace cordboard {

/// How a command ended.
struct outcome {
  command_id id;               ///< the command's
  std::uint64_t accepted = 0;  ///< sequence of its `command_accepted`
  event end;                   ///< `command_done`, `command_failed` with its cause, or `command_timed_out`
  /// Whether it did what was asked.
  bool done() const { return end.kind == event_kind::command_done; }
};

/// What a board that serves has opened.
struct board_ready {
  std::uint16_t sip_udp = 0;  ///< port; 0: not in use
  std::uint16_t sip_tcp = 0;  ///< as above
  bool recovered = false;     ///< it goes on where a board before it ended
};

/// A switchboard in this process, on threads of its own.
///
/// @threads   every function from any thread
/// @lifetime  the destructor cancels and waits for the end; its handlers are posted before
class board {
public:
  using executor_type = boost::asio::any_io_executor;  ///< where handlers are posted
  using error_code = boost::system::error_code;        ///< holds ours, and the system's

  /// @param on  handlers without an executor of their own are posted there
  explicit board(executor_type on);
  ~board();
  board(const board&) = delete;
  board& operator=(const board&) = delete;
  /// The executor that it was made with.
  executor_type get_executor() const { return executor_; }

  /// Runs a board: reads its log back, goes on with the calls in it, and serves until it is stopped.
  ///
  /// @param with    copied; `read_config` and `load_config` make one from a file
  /// @errors        log_busy (another process has the log), the system's (a port that is taken): `why` says it in words;
  ///                log_full while it ran. No error: it was stopped
  /// @threads       completes `void(error_code)`, posted
  /// @cancellation  `cancel`: calls are ended, then it completes
  template <class Token>
  auto async_run(config with, Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code)>(
        [this](auto handler, const config& what) { run(what, posted<>(std::move(handler))); }, token, std::move(with));
  }

  /// Completes when the board that `async_run` began serves.
  ///
  /// @errors   board_closed: it ended before
  /// @threads  completes `void(error_code, board_ready)`, posted
  template <class Token>
  auto async_ready(Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code, board_ready)>(
        [this](auto handler) { ready(posted<board_ready>(std::move(handler))); }, token);
  }

  /// Gives a command and waits for its outcome. May be called before the board serves: then the command waits.
  ///
  /// A command without an id gets a random one, one without a deadline five seconds. Giving it again under the same id carries
  /// it out once, and gives the same outcome.
  ///
  /// @errors        what it was refused for, then nothing has happened; queue_full: try again; board_closed: it may have been
  ///                accepted. A command that was tried and failed is no error: see `outcome::end`
  /// @threads       completes `void(error_code, outcome)`, posted
  /// @cancellation  none: what was given is carried out or refused
  template <class Token>
  auto async_exec(const command& what, Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code, outcome)>(
        [this](auto handler, const command& given) { exec(given, posted<outcome>(std::move(handler))); }, token, what);
  }

  /// Ends the board in order: every call is ended, the log is closed. Before `async_run`: that one ends at once. After its end:
  /// nothing. A second time: without waiting for phones; what they did not confirm is settled at the next start.
  void cancel();

  /// Why `async_run` failed, in words; empty when it did not.
  diagnostics why() const;

  /// On a loopback board (on another one these four do nothing): what a phone does from now on.
  void loopback_behave(std::string number, loopback_phone how);
  /// A call comes from outside.
  void loopback_call_in(loopback_call call);
  /// A phone that rings is answered.
  void loopback_answer(std::string number);
  /// A phone, or a caller from outside, hangs up.
  void loopback_hang_up(std::string number);

private:
  template <class... Value>
  using completion = std::function<void(error_code, Value...)>;

  /// A handler that is posted to its executor, which is kept alive until then.
  template <class... Value, class Handler>
  completion<Value...> posted(Handler handler) {
    const auto executor = boost::asio::get_associated_executor(handler, executor_);
    auto held = std::make_shared<std::pair<std::decay_t<Handler>, decltype(boost::asio::make_work_guard(executor))>>(
        std::move(handler), boost::asio::make_work_guard(executor));
    return [held](error_code error, Value... value) mutable {
      const auto to = held->second.get_executor();
      boost::asio::post(to, [held = std::move(held), error, ... value = std::move(value)]() mutable {
        auto then = std::move(held->first);
        held.reset();
        std::move(then)(error, std::move(value)...);
      });
    };
  }
  void run(config with, completion<> then);
  void ready(completion<board_ready> then);
  void exec(command what, completion<outcome> then);

  struct impl;
  executor_type executor_;
  std::shared_ptr<impl> impl_;
};

}  // namespace cordboard
