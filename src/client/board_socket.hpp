// SPDX-License-Identifier: Apache-2.0
// One connection to the local socket, shared by threads: each waits for the answer to its own command.
#pragma once
#include <base/socket_protocol.hpp>
#include <chrono>
#include <condition_variable>
#include <cordboard/command.hpp>
#include <cordboard/errc.hpp>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace cordboard {

/// There is no thread of its own: of the threads that wait, one reads the socket for all, and hands on when it has its own.
class board_socket {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// @errors  not_connected, access_refused, limit_reached (path too long), the system's
  static result<std::shared_ptr<board_socket>> open(const std::string& path);
  explicit board_socket(int descriptor) : descriptor_(descriptor) {}
  board_socket(const board_socket&) = delete;
  board_socket& operator=(const board_socket&) = delete;
  ~board_socket();

  /// Sends a command and waits for the answer with its id.
  /// @errors  timed_out, board_closed, and the code of an answer to the connection itself
  result<socket_answer> exchange(const command& c, time_point until);

  /// Whether the other side has ended it.
  bool ended();
  /// Ends every exchange with board_closed.
  void shut_down();

private:
  struct waiting {
    command_id id;
    bool answered = false;
    socket_answer answer;
  };
  result<void> send(const command& c, time_point until);
  /// Takes what the socket has, within `until`. Called without the lock, by one thread at a time.
  void receive(time_point until);
  void end(std::error_code why);

  const int descriptor_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<waiting*> waiting_;
  bool receiving_ = false;
  bool ended_ = false;
  std::error_code why_;
};

}  // namespace cordboard
