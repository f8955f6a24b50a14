// SPDX-License-Identifier: Apache-2.0
// What the tests of the runtime share: a small house in folders of its own, and a board on a thread that tests talk to.
#pragma once
#include <chrono>
#include <cordboard/config.hpp>
#include <cordboard/log_reader.hpp>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <runtime/service.hpp>
#include <string>
#include <thread>
#include <vector>

namespace cordboard::runtime_test {

/// Folders that are gone when the test is: the log in memory, as in a house.
class folders {
public:
  folders();
  ~folders();
  folders(const folders&) = delete;
  folders& operator=(const folders&) = delete;
  std::string run, hot;
};

/// Two operators (1001, 1002), a supervisor (1000), departments 8001 (consent required) and 8002 (blind), a queue 9000 and a
/// trunk "city". Whoever runs the test is a user who may do everything.
config small_house(const std::string& run, const std::string& hot);

/// Asks every millisecond until it is so, for twenty seconds at most.
bool eventually(const std::function<bool()>& so);

struct answered {
  answer_to_submit answer;
  std::optional<event> end;
};

/// A loopback board on a thread of its own. Fails the test when it cannot start.
class board_on_thread {
public:
  explicit board_on_thread(config with, runtime::service::options how = {});
  /// Stops in order, when it was not stopped before.
  ~board_on_thread();
  board_on_thread(const board_on_thread&) = delete;
  board_on_thread& operator=(const board_on_thread&) = delete;

  /// Gives a command as the board itself and waits for its outcome, or its refusal.
  answered exec(command what);
  /// Runs on the loop's thread, and waits for the end of it.
  void on_loop(const std::function<void(runtime::service&)>& work);
  /// A call from outside; the call's id.
  call_id call_in(const std::string& called, const std::string& number = "13800000000");
  void behave(const std::string& number, loopback_phone how);
  void answer(const std::string& number);
  void hang_up(const std::string& number);
  /// Asks about the state until it is so.
  bool sees(const std::function<bool(const board_state&)>& so);

  std::error_code stop();
  std::error_code wait();
  runtime::service& service() { return *service_; }
  runtime::intake& commands() { return commands_; }

private:
  runtime::intake commands_;
  std::unique_ptr<runtime::service> service_;
  std::promise<void> stopped_;
  std::error_code error_;
  std::thread thread_;
};

/// Everything that the log at this place has now.
std::vector<logged> read_all(const std::string& place);
/// The state of the whole log from its first event on, without a checkpoint.
board_state fold(const std::vector<logged>& events);
std::vector<event_kind> kinds_of(const std::vector<logged>& events, call_id call);

}  // namespace cordboard::runtime_test
