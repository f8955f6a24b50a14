// SPDX-License-Identifier: Apache-2.0
// The one reader of the log that serves all clients: it evolves the board's state, turns each event into JSON once, and says what
// of the house each batch has changed.
#pragma once
#include <atomic>
#include <chrono>
#include <cordboard/log_reader.hpp>
#include <functional>
#include <gateway/house_json.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace cordboard::gateway {

struct feed_event {
  event record;
  json_for json;
};

/// Some whole batches of the log. Never changed once it is given out, so that every client shares it.
struct feed_batch {
  std::uint64_t first = 0;  ///< sequences
  std::uint64_t last = 0;
  std::vector<feed_event> events;
  json_for state;  ///< what has changed, `{"type":"state",…}`; empty: nothing that is shown
  // Laid out once as server-sent events, for all who follow everything.
  json_for events_sent, state_sent;
};

/// The whole house at a sequence. `json` lacks the last brace.
struct whole_house {
  std::uint64_t sequence = 0;
  json_for json;
};

/// A user of the house, as the board's configuration has it.
struct house_user {
  std::string name;
  actor_id actor;
  std::uint32_t rights = 0;
  operator_id operator_;  ///< whom alone the user acts for; none: anybody
  std::string operator_name;
  std::vector<std::string> commands;     ///< none: all that the rights allow
  std::vector<std::string> departments;  ///< numbers of those that the user acts for; none: of none in particular
  bool may(right one) const { return (rights & static_cast<std::uint32_t>(one)) != 0; }
  sight sees() const { return may(right::read_text) ? sight::full : sight::masked; }
};
using house_users = std::map<std::string, house_user, std::less<>>;

/// Called on the feed's thread, in the order of the log.
struct feed_ears {
  std::function<void(std::shared_ptr<const feed_batch>)> came;
  std::function<void(std::shared_ptr<const whole_house>)> house;
  std::function<void(std::shared_ptr<const house_users>)> users;
  /// The log is followed from this sequence on: at the start, and when a part of it was lost.
  std::function<void(std::uint64_t sequence)> begun;
};

/// @threads   `want_house`, `link` and `link_age` from any
/// @lifetime  the ears outlive it
class feed {
public:
  feed(std::string run, feed_ears ears, std::function<void(const std::string&)> trace);
  ~feed();
  feed(const feed&) = delete;
  feed& operator=(const feed&) = delete;

  /// `house` is called soon, once for all who have asked by then.
  void want_house();
  link_state link() const { return link_.load(std::memory_order_relaxed); }
  std::chrono::nanoseconds link_age() const { return std::chrono::nanoseconds(link_age_.load(std::memory_order_relaxed)); }

private:
  void follow();
  bool begin();
  void take(std::span<const event> batches);
  void tell_users();
  void tell_house();
  void look_at_link();

  const std::string run_;
  const feed_ears ears_;
  const std::function<void(const std::string&)> trace_;
  board_state state_;
  house_words words_;
  std::mutex mutex_;  // guards `reader_` as others see it: they interrupt it
  std::unique_ptr<log_reader> reader_;
  std::atomic<bool> over_{false}, house_wanted_{false};
  std::atomic<link_state> link_{link_state::none};
  std::atomic<std::int64_t> link_age_{0};
  std::string told_;  // the last trouble, so that it is told once
  std::thread thread_;
};

}  // namespace cordboard::gateway
