// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/asio/steady_timer.hpp>
#include <gateway/gateway.hpp>

namespace cordboard::gateway {

inline bool is_outcome(event_kind kind) {
  return kind == event_kind::command_done || kind == event_kind::command_failed || kind == event_kind::command_timed_out;
}

/// Somebody who waits for the outcome of a command. Stands in the list before the command is given, so that none is missed.
struct gateway::outcome_wait {
  outcome_wait(gateway& at, command_id id) : timer(at.io_), list(at.waiting_), place(list.emplace(id, this)) {}
  ~outcome_wait() { list.erase(place); }
  outcome_wait(const outcome_wait&) = delete;
  outcome_wait& operator=(const outcome_wait&) = delete;
  void came(const feed_event& e) {
    kind = e.record.kind;
    json = e.json[static_cast<std::size_t>(sight::full)];
    timer.cancel();
  }
  event_kind kind{};  ///< none yet
  std::string json;
  boost::asio::steady_timer timer;
  outcome_waits& list;
  outcome_waits::iterator place;
};

}  // namespace cordboard::gateway
