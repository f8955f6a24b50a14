// SPDX-License-Identifier: Apache-2.0
// The local socket: programs of this machine give commands here. Who they are the kernel says.
#pragma once
#include <atomic>
#include <base/socket_protocol.hpp>
#include <cordboard/errc.hpp>
#include <cordboard/ids.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <runtime/intake.hpp>
#include <runtime/switchboard.hpp>
#include <string>
#include <thread>
#include <vector>

namespace cordboard::runtime {

/// Makes the run folder, with those above it; an existing one is left as it is.
/// @errors  throws start_error: it belongs to somebody else, or another board serves there
void make_run_folder(const std::string& path);

/// Who may come in: the house's users by unix uid.
struct visitor {
  actor_id actor;
  std::uint32_t rights = 0;
};
using visitors = std::map<std::uint32_t, visitor>;

/// One thread serves all connections. Nothing is kept for a peer without a bound: it may have `commands_max` commands without
/// an answer, then it is not read any more until it has taken answers; a peer with nothing to read costs nothing.
///
/// @threads   construct and destroy on one thread
/// @lifetime  the intake must outlive it; answers that come later are dropped
class socket_server {
public:
  struct options {
    std::size_t peers_max = 256;     ///< connections at a time
    std::size_t peers_of_user = 64;  ///< of these, by one uid
    std::size_t commands_max = 64;   ///< of one peer, not yet answered
  };
  /// What was refused, at most once a second for each user: for `fact::access_refused`. Called on the server's thread.
  using refusals = std::function<void(actor_id who, errc why, std::int64_t count)>;

  /// Makes the run folder and the socket in it. A socket that a dead board left is taken away.
  ///
  /// @errors  throws start_error: another board listens there; the path is too long; the system's
  socket_server(const std::string& run, visitors who, intake& commands, options how, refusals refused, trace_line trace);
  ~socket_server();
  socket_server(const socket_server&) = delete;
  socket_server& operator=(const socket_server&) = delete;

  /// Ends all connections and takes the socket away.
  void close();

private:
  struct peer {
    int descriptor = -1;
    std::uint32_t uid = 0;
    visitor who;
    std::size_t unanswered = 0;          ///< commands in the house, and answers not yet taken
    std::vector<socket_answer> answers;  ///< at most commands_max
    bool reading = true;
    bool writing = false;
  };
  struct refusal_count {
    std::int64_t told_at = 0;
    std::int64_t count = 0;
    actor_id who;
    errc why{};
  };
  /// What the loop gives back; outlives the server in the handlers of commands that are still in the house.
  struct mailbox {
    std::mutex mutex;
    std::vector<std::pair<std::uint64_t, socket_answer>> answers;
    int wake = -1;
    void put(std::uint64_t to, const socket_answer& answer);
  };
  void run();
  void accept_all();
  void read(std::uint64_t key);
  void take(std::uint64_t key, peer& from, const command& what);
  void give(std::uint64_t key, const socket_answer& answer);
  void write(std::uint64_t key);
  void watch(std::uint64_t key, peer& one);
  void drop(std::uint64_t key);
  void deliver();
  void refuse(std::uint32_t uid, actor_id who, errc why);
  void tell_refusals(bool all);

  const std::string path_;
  const visitors who_;
  intake& commands_;
  const options options_;
  refusals refused_;
  trace_line trace_;
  int listener_ = -1;
  int epoll_ = -1;
  std::shared_ptr<mailbox> mailbox_ = std::make_shared<mailbox>();
  std::map<std::uint64_t, peer> peers_;
  std::uint64_t next_key_ = 16;
  std::map<std::uint32_t, refusal_count> counts_;
  /// Set before the wake descriptor is written, which is what orders it.
  std::atomic<bool> over_{false};
  std::thread thread_;
};

}  // namespace cordboard::runtime
