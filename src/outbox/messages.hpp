// SPDX-License-Identifier: Apache-2.0
// Messages of one way: what the log asks for is written, sent, tried again, and told. The log is the only memory: what was asked and not
// answered is sent when this begins, under the same id as before.
//
//   an event ──template's `on`──► send_message ──► message_asked ──► tried ──► message_reported (sent ──► delivered │ undelivered)
//                                                       └── again, later each time ──► refused │ given up
#pragma once
#include <atomic>
#include <cordboard/client.hpp>
#include <deque>
#include <functional>
#include <hours/schedule.hpp>
#include <map>
#include <outbox/carrier.hpp>
#include <set>

namespace cordboard::outbox {

class messages {
public:
  /// @param by  the carrier of `way`
  messages(const settings& how, message_way way, std::unique_ptr<carrier> by, hours::schedule clock);

  /// An event of the log, in order, with its text.
  void fold(const event& e, std::string_view text);
  /// Asks for what is due by itself, tries what is to be tried, and asks what became of what was taken. `give`: carries a command to the
  /// board; false: nobody is there.
  /// @returns  when there is something to do again; the log may give more to do before
  std::int64_t work(std::int64_t now, const std::function<bool(const command&)>& give);

  std::size_t waiting() const { return open_.size(); }

private:
  /// What is known of a request.
  struct matter {
    fields what;
    std::string kind;
    std::size_t messages = 0;  ///< that are open
    bool over = false;         ///< it goes with its last message
  };
  struct message {
    request_id request;
    std::string of;  ///< its template
    std::int64_t asked = 0;
    std::int64_t next = 0, pause = 0;
    bool taken = false;  ///< by the carrier, who called it:
    std::string called;
    bool owes = false;  ///< the board is to be told:
    message_result how{};
    std::string said;
  };
  /// A message that is due by itself, until the log asks for it.
  struct wish {
    std::uint64_t about = 0;
    std::string of;
    friend auto operator<=>(const wish&, const wish&) = default;
  };

  void notice(const event& e, occasion on);
  void learn(const event& e, std::string_view text);
  void finish(std::uint64_t asked);
  void forget(std::int64_t now);
  const template_config* known(const std::string& of) const;
  letter write(std::uint64_t asked, const message& one) const;
  void tell(std::uint64_t asked, message& one, const std::function<bool(const command&)>& give);
  void try_one(std::uint64_t asked, message& one, std::int64_t now);
  void ask_one(message& one, std::int64_t now);

  const settings& how_;
  const message_way way_;
  std::unique_ptr<carrier> by_;
  hours::schedule clock_;
  std::map<std::uint16_t, std::string> kinds_;
  std::map<std::uint64_t, std::string> slots_;
  std::map<request_id, matter> matters_;
  std::deque<std::pair<std::int64_t, request_id>> closed_;  ///< with the time of that
  std::map<std::uint64_t, message> open_;
  std::map<wish, std::pair<request_id, std::int64_t>> wishes_;  ///< with the time of the event
};

/// Follows the log until `stop`, over restarts of the board. `tell`: what somebody should know.
void run_messages(const settings& how, message_way way, const std::atomic<bool>& stop,
                  const std::function<void(const std::string&)>& tell, const std::function<void()>& at_end = {});

/// Nanoseconds since 1970.
std::int64_t now_ns();
/// Sleeps in pieces, so that a stop is heard.
void pause(std::chrono::nanoseconds how_long, const std::atomic<bool>& stop);

}  // namespace cordboard::outbox
