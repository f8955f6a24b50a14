// SPDX-License-Identifier: Apache-2.0
// A board in this process, whole: log, switchboard, wire, socket, follower and archiver, from the start to the end in order.
#pragma once
#include <cordboard/config.hpp>
#include <cordboard/errc.hpp>
#include <functional>
#include <log/archiver.hpp>
#include <log/retention.hpp>
#include <log/writer.hpp>
#include <map>
#include <memory>
#include <runtime/follower.hpp>
#include <runtime/intake.hpp>
#include <runtime/loopback_wire.hpp>
#include <runtime/recovery.hpp>
#include <runtime/sip_wire.hpp>
#include <runtime/socket.hpp>
#include <runtime/switchboard.hpp>
#include <sip/loop.hpp>
#include <runtime/start_error.hpp>
#include <string>
#include <system_error>
#include <vector>

namespace cordboard::runtime {

/// What a start found and opened, for whoever started it.
struct started {
  bool found = false;                       ///< there was a log before
  bool unclean = false;                     ///< it ended without an orderly stop
  std::uint64_t replayed = 0;               ///< events read back since the checkpoint
  std::size_t legs = 0;                     ///< lines that go on
  std::size_t lost = 0;                     ///< lines that could not be made again
  std::uint16_t udp = 0, tcp = 0, tls = 0;  ///< SIP ports
};

/// @threads   construct, `run` and destroy on one thread, which becomes the loop's; `stop` and `reload` from any
class service {
public:
  struct options {
    std::chrono::nanoseconds stop_limit = std::chrono::seconds(5);  ///< an orderly stop waits so long for phones
    follower::options follow;
    log::archiver_options archive;
    std::chrono::nanoseconds watch_archive = std::chrono::seconds(5);  ///< how often its status is looked at
    log::retention_options retention;                                  ///< folders and bounds are the configuration's
    trace_line trace;
    bool socket = true;  ///< let other processes in
  };

  /// Reads the log back, binds everything, makes all lines again. Nothing is served before `run`.
  ///
  /// @errors  throws start_error, whose text is for people: log_busy (the pid is named), a port that is taken, a folder
  ///          that cannot be made, a log that cannot be read back
  service(config with, intake& commands, options how);
  ~service();
  service(const service&) = delete;
  service& operator=(const service&) = delete;

  const struct started& found() const { return found_; }
  /// Serves until `stop`, a command that stops the board, or a log that takes nothing any more.
  /// @returns  no error after a stop in order
  std::error_code run();
  /// Ends all calls, then `run`; a second time: ends `run` at once, and the calls are left for a restart.
  void stop() noexcept;
  /// New scripts of dialogues are followed from now on, and new requests are of the kinds as they are there; who is in a dialogue stays
  /// in it. No request calls who is on the stop list as it is there. Nothing else of the house is looked at. What cannot be followed is traced, and nothing changes.
  ///
  /// @threads  any
  void reload(const house_config& from);

  const board_state& state() const { return board_->state(); }
  switchboard& board() { return *board_; }
  sip::loop& loop() { return loop_; }
  /// Null on a board with SIP.
  loopback_wire* loopback() { return loopback_; }
  const config& configuration() const { return config_; }

private:
  void open_log();
  void begin(recovered& known);
  void compare(const house_config& house);
  void open_wire(std::map<leg_id, std::string> dialogs);
  void follow(board_state from);
  void restore(std::map<leg_id, std::string> dialogs);
  void open_socket();
  void look_at_archive();
  void open_retention(const board_state& from);
  void alarm(log_trouble what, std::int64_t value);
  void close();

  const config config_;
  options options_;
  intake& commands_;
  struct started found_;
  sip::loop loop_;
  sip::timer watch_archive_{loop_, [this] { look_at_archive(); }};
  bool archive_behind_ = false;
  std::uint64_t gave_way_ = 0;
  std::unique_ptr<log::writer> writer_;
  std::unique_ptr<log::archiver> archiver_;
  std::unique_ptr<switchboard> board_;
  std::unique_ptr<wire> wire_;
  loopback_wire* loopback_ = nullptr;
  std::unique_ptr<log::retention> retention_;  // outlives the follower, which tells it
  std::unique_ptr<follower> follower_;
  std::unique_ptr<socket_server> socket_;
  std::unique_ptr<sip::timer> stop_limit_;
  bool stopping_ = false;
};

}  // namespace cordboard::runtime
