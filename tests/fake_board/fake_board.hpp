// SPDX-License-Identifier: Apache-2.0
// A board with a real log and a real socket, and set answers: what a client sees, without what a board decides.
#pragma once
#include <atomic>
#include <base/logged.hpp>
#include <base/socket_protocol.hpp>
#include <cordboard/command.hpp>
#include <log/writer.hpp>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace cordboard::test {

/// What it does with a command:
///   any              accepted, then done
///   hold             accepted, `held`, then done
///   retrieve         accepted, then failed with cause busy
///   alternate        accepted, then timed out
///   reconnect        accepted, no outcome
///   clear_call       refused: call_unknown
///   log_off          queue_full, nothing logged
///   ready            no answer at all
///   not_ready        the connection is refused: access_refused
///   make_call        accepted with the dialled text, `party_identified` "number TAB name", then done
///   answer           answered only after the next command
class fake_board {
public:
  /// Starts in `run`, with the log in `run`/hot. Throws std::system_error.
  explicit fake_board(std::string run);
  fake_board(const fake_board&) = delete;
  fake_board& operator=(const fake_board&) = delete;
  ~fake_board();

  /// Waits until a `stop` command has come.
  void wait_for_stop();
  /// Ends every connection, as a restart does; new ones are taken.
  void drop_connections();

  static constexpr std::uint64_t event_count_at_start = 3;  ///< board_started, device_configured with text, operator_configured

private:
  void serve();
  bool take(int peer);
  void give(int peer, const command& c);
  void reply(int peer, const socket_answer& answer);
  std::uint64_t append(std::vector<logged> batch);
  logged about(event_kind kind, const command& c) const;

  std::string run_;
  std::unique_ptr<log::writer> writer_;
  int listener_ = -1;
  int bell_ = -1;  // an eventfd that wakes the thread
  std::atomic<bool> ending_{false};
  std::atomic<bool> dropping_{false};
  std::atomic<bool> stopped_{false};
  std::vector<int> peers_;
  std::map<command_id, socket_answer> answered_;
  std::vector<std::pair<int, socket_answer>> late_;
  std::thread thread_;
};

}  // namespace cordboard::test
