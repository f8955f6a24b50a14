// SPDX-License-Identifier: Apache-2.0
// The loop's work: an input is decided, its events are committed, the state follows, and only then something is done.
#pragma once
#include <board/board_state.hpp>
#include <chrono>
#include <cordboard/errc.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <log/clock.hpp>
#include <log/writer.hpp>
#include <map>
#include <optional>
#include <runtime/caller_tokens.hpp>
#include <runtime/intake.hpp>
#include <runtime/opening_hours.hpp>
#include <runtime/request_calendar.hpp>
#include <runtime/stop_list.hpp>
#include <runtime/random.hpp>
#include <runtime/wire.hpp>
#include <sip/loop.hpp>
#include <string>
#include <vector>

namespace cordboard::runtime {

/// One line for developers: our own words, no number, name or text of a caller in it.
using trace_line = std::function<void(const std::string&)>;

/// ```
///   fact, command, tick ──► decide ──► events ──► log ──► evolve ──► actions ──► wire
///                             ▲ state ◄────────────────────┘
/// ```
///
/// @threads   the loop's only, except `post`
/// @lifetime  loop, writer and intake must outlive it; the wire must be detached first
class switchboard {
public:
  switchboard(sip::loop& on, log::writer& to, board_state from, intake& commands, trace_line trace);
  switchboard(const switchboard&) = delete;
  switchboard& operator=(const switchboard&) = delete;

  /// Until there is a wire, actions are kept for it.
  void attach(wire* to);

  /// Decides about it, after what is being decided now.
  void take(any_fact fact);
  void take(house_config house);
  void take(submission one);
  /// The same from any thread, as media's.
  void post(any_fact fact);
  /// Commits an event that no decision makes.
  result<void> note(event e);
  /// Whose changes it hears from now on.
  void keep(opening_hours hours);
  void keep(request_calendar calendar);
  /// Callers are known again by these from now on.
  void keep(caller_tokens tokens);
  /// Whom no request calls from now on.
  void keep(stop_list numbers);
  /// Carries out what was kept, and begins with deadlines and commands.
  void start();
  /// After each turn of the loop: wakes who waits for the log's next events, unless the turn has done so.
  void end_turn();
  /// No input is taken any more.
  void end();

  const board_state& state() const { return state_; }
  /// Whether inputs wait that the log did not take.
  bool pending() const { return !inbox_.empty(); }
  /// Event time.
  std::int64_t now() { return clock_.now(); }
  std::uint64_t fresh_id();
  /// Text of an event that a live call needs: "number TAB name" of who a party is, the number dialled, what was answered in a
  /// dialogue; empty when it is not known.
  std::string identity(std::uint64_t sequence) const;
  void remember_identity(std::uint64_t sequence, std::string text) { identities_[sequence] = std::move(text); }

  /// Why the board stopped by itself: the log took nothing any more.
  std::error_code failure() const { return failure_; }

  std::function<void()> on_stop;  ///< the board said `act::stop`, or the log failed
  std::function<void(command_id, std::uint64_t from, std::function<void(const event&)>)>
      find_outcome;  ///< of a repeated command

private:
  using asked = std::variant<any_fact, command, tick, house_config>;
  struct waiting {
    asked what;
    std::function<void(answer_to_submit)> answered;
    std::function<void(const event&)> ended;
  };
  void work();
  bool step(waiting& one);
  void turn_away(waiting& one, std::error_code why);
  void wake_readers(const std::vector<logged>& for_them);
  bool tick_once();
  void wait_for_outcome(waiting& one, const answer_to_submit& answer, std::uint64_t first_sequence);
  void commit(const std::vector<logged>& events);
  void carry_out(const any_action& what);
  void forget_identities();
  void arm(bool at_once);
  void drain_commands();
  void stuck(std::error_code why);
  void tell_hours();
  void look_at_clock();
  bool refuse_while_stuck(const any_fact& fact);

  sip::loop& loop_;
  log::writer& writer_;
  board_state state_;
  intake& commands_;
  trace_line trace_;
  wire* wire_ = nullptr;
  log::event_clock clock_;
  std::int64_t last_step_;  ///< when the wall clock was moved, or we began
  opening_hours hours_{house_config{}};
  request_calendar calendar_{house_config{}};
  std::optional<caller_tokens> tokens_;
  stop_list stopped_{house_config{}};
  sip::timer due_;
  sip::timer second_;
  sip::timer retry_;
  std::deque<waiting> inbox_;
  std::vector<any_action> kept_;
  std::map<std::uint64_t, std::string> identities_;  ///< of parties on the line, and some who left
  std::size_t identities_max_ = 1024;
  std::map<command_id, std::vector<std::function<void(const event&)>>> outcomes_;
  random_source random_;
  bool working_ = false;
  bool started_ = false;
  bool ended_ = false;
  bool commands_later_ = false;
  bool woken_ = false;       ///< readers, in this turn
  bool more_since_ = false;  ///< events that they wait for, committed after that
  std::int64_t stuck_since_ = 0;
  std::error_code failure_;
};

}  // namespace cordboard::runtime
