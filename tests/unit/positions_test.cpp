// SPDX-License-Identifier: Apache-2.0
// Operators at their positions: reasons, allowances, approvals, work after a call, shifts, hand-overs.
#include "house.hpp"

namespace cordboard {
namespace {

constexpr std::int64_t minute = 60 * sim::second;
constexpr std::uint16_t short_break = 1, lunch = 2, errand = 3;

house_config with_reasons() {
  house_config c = sim::small_house();
  c.reasons = {{short_break, "break", std::chrono::minutes(15), 2, false},
               {lunch, "lunch", std::chrono::minutes(30), 1, false},
               {errand, "errand", std::chrono::minutes(10), 0, true}};
  c.policy.reasons_required = true;
  c.operators[0].shift = "day";
  c.users.push_back({"chief", 1001, ~std::uint32_t{0}});
  return c;
}

struct position_house : watched_house {
  explicit position_house(std::initializer_list<const char*> on_duty = {"zhang"}) : watched_house(with_reasons(), on_duty) {}
  operator_id zhang = operator_named("zhang");

  const operator_record& me() const { return *state.operators.find(zhang); }
  const event* newest(event_kind kind) const {
    for (auto it = seen.rbegin(); it != seen.rend(); ++it)
      if (it->kind == kind) return &*it;
    return nullptr;
  }
  std::int64_t count(event_kind kind) const {
    return std::count_if(seen.begin(), seen.end(), [&](const event& e) { return e.kind == kind; });
  }
  errc leave(std::uint16_t reason) { return give(command(cmd::not_ready{zhang, reason})); }
  errc back() { return give(command(cmd::ready{zhang})); }
  void go_on(std::int64_t by) {
    for (const std::int64_t until = now + by; now < until;) wait(until - now);
  }
  void shift(bool on) { apply(any_fact{fact::hours_changed{"zhang", on, now + 8 * 60 * minute, true}}); }
};

TEST_CASE("M6: leaving the position needs a reason, and a break has its time, after which it shows") {
  position_house h;
  CHECK(h.leave(0) == errc::reason_missing);
  CHECK(h.leave(9) == errc::reason_unknown);
  REQUIRE(h.leave(short_break) == errc{});
  CHECK(h.me().state == operator_state::not_ready);
  CHECK(h.newest(event_kind::operator_not_ready)->value == h.now + 15 * minute);
  CHECK(h.leave(short_break) == errc::operator_wrong_state);  // asking again makes no break longer
  h.go_on(15 * minute - sim::second);
  CHECK(h.count(event_kind::operator_overdue) == 0);
  h.go_on(2 * sim::second);
  REQUIRE(h.count(event_kind::operator_overdue) == 1);
  CHECK(h.newest(event_kind::operator_overdue)->detail == short_break);
  CHECK(h.newest(event_kind::operator_overdue)->value == 15 * minute);
  h.go_on(60 * minute);
  CHECK(h.count(event_kind::operator_overdue) == 1);  // once
  // Who comes back in time is not overdue.
  REQUIRE(h.back() == errc{});
  REQUIRE(h.leave(lunch) == errc{});
  h.go_on(29 * minute);
  REQUIRE(h.back() == errc{});
  h.go_on(60 * minute);
  CHECK(h.count(event_kind::operator_overdue) == 1);
}

TEST_CASE("M6: two breaks in a shift; the third takes an approval, and the next shift has its own") {
  position_house h;
  h.shift(false);
  h.shift(true);
  for (int i = 0; i < 2; ++i) {
    REQUIRE(h.leave(short_break) == errc{});
    REQUIRE(h.back() == errc{});
  }
  CHECK(h.leave(short_break) == errc::approval_needed);
  CHECK(h.me().state == operator_state::ready);
  // Logging off and on again does not give them back.
  REQUIRE(h.give(command(cmd::log_off{h.zhang})) == errc{});
  REQUIRE(h.give(command(cmd::log_on{h.zhang})) == errc{});
  REQUIRE(h.back() == errc{});
  CHECK(h.leave(short_break) == errc::approval_needed);
  h.crash();
  CHECK(h.leave(short_break) == errc::approval_needed);
  h.shift(false);
  h.shift(true);
  CHECK(h.leave(short_break) == errc{});
}

TEST_CASE("M6: a leave that takes an approval begins when a supervisor grants it") {
  position_house h;
  CHECK(h.leave(errand) == errc::approval_needed);
  const auto answer = [&](consent what, const char* who = "chief") {
    command c(cmd::answer_leave{h.zhang, what});
    for (const auto& [id, p] : h.state.principals.own())
      if (p && p->name == who) c.actor = id;
    return h.give(c);
  };
  CHECK(answer(consent::yes) == errc::leave_unknown);
  REQUIRE(h.give(command(cmd::ask_leave{h.zhang, errand})) == errc{});
  CHECK(h.me().state == operator_state::ready);
  CHECK(answer(consent::yes, "console") == errc::access_refused);
  CHECK(answer(consent::none) == errc::command_invalid);
  REQUIRE(answer(consent::no) == errc{});
  CHECK(h.me().state == operator_state::ready);
  CHECK(answer(consent::yes) == errc::leave_unknown);

  REQUIRE(h.give(command(cmd::ask_leave{h.zhang, errand})) == errc{});
  h.crash();  // the wish is in the log
  REQUIRE(answer(consent::yes) == errc{});
  CHECK(h.me().state == operator_state::not_ready);
  CHECK(h.me().reason == errand);
  h.go_on(10 * minute + sim::second);
  CHECK(h.count(event_kind::operator_overdue) == 1);

  // Nobody answers: the wish lapses, and says so.
  REQUIRE(h.back() == errc{});
  REQUIRE(h.give(command(cmd::ask_leave{h.zhang, errand})) == errc{});
  h.go_on(6 * minute);
  CHECK(h.newest(event_kind::leave_answered)->cause == cause::timeout);
  CHECK(answer(consent::yes) == errc::leave_unknown);
}

TEST_CASE("M6: with a call in hand a leave is pending, and its time runs from the end of the call") {
  position_house h;
  h.talking();
  REQUIRE(h.leave(lunch) == errc{});
  CHECK(h.me().state == operator_state::busy);
  CHECK(h.me().after == operator_state::not_ready);
  CHECK(h.newest(event_kind::operator_not_ready)->value == 0);
  h.go_on(20 * minute);
  h.hangs_up(h.caller);
  CHECK(h.me().state == operator_state::not_ready);
  CHECK(h.me().reason == lunch);
  CHECK(h.newest(event_kind::operator_not_ready)->value == h.now + 30 * minute);
  CHECK(h.leave(lunch) == errc::operator_wrong_state);
  // A call in the break, made by the operator, makes it no longer.
  const std::int64_t ends = h.me().reason_deadline;
  REQUIRE(h.give(command(cmd::make_call{h.zhang, h.device("8001"), "", call_id{h.fresh()}, leg_id{h.fresh()},
                                        party_id{h.fresh()}})) == errc{});
  const leg_id own = h.rung("own line");
  h.refuses(own, 603);
  CHECK(h.me().state == operator_state::not_ready);
  CHECK(h.me().reason_deadline == ends);
}

TEST_CASE("M6: work after a call ends by itself, and can be asked for up to a limit") {
  position_house h({"li"});  // li has no such time by configuration
  const operator_id li = h.operator_named("li");
  h.talking();
  REQUIRE(h.give(command(cmd::work_after_call{li})) == errc{});
  h.hangs_up(h.caller);
  const operator_record& op = *h.state.operators.find(li);
  CHECK(op.state == operator_state::working_after_call);
  const std::int64_t began = h.now;
  CHECK(h.newest(event_kind::operator_working_after_call)->value == began + 5 * minute);
  h.go_on(2 * minute);
  REQUIRE(h.give(command(cmd::work_after_call{li})) == errc{});
  CHECK(h.newest(event_kind::operator_working_after_call)->value == began + 5 * minute);
  h.go_on(3 * minute + sim::second);
  CHECK(h.state.operators.find(li)->state == operator_state::ready);
}

TEST_CASE("M6: log-ins ahead of the shift are counted") {
  position_house h({});
  const auto log_on_before = [&](std::int64_t ahead) {
    h.apply(any_fact{fact::hours_changed{"zhang", false, h.now + ahead, true}});
    REQUIRE(h.give(command(cmd::log_on{h.zhang})) == errc{});
    const event on = *h.newest(event_kind::operator_logged_on);
    REQUIRE(h.give(command(cmd::log_off{h.zhang})) == errc{});
    return on;
  };
  CHECK(log_on_before(6 * minute).detail == 1);
  CHECK(log_on_before(6 * minute).value == 6 * minute);
  CHECK(log_on_before(5 * minute).detail == 1);
  CHECK(log_on_before(4 * minute).detail == 0);
  h.apply(any_fact{fact::hours_changed{"zhang", false, h.now + minute, true}});
  h.go_on(minute);
  h.shift(true);
  h.now += 3 * minute;
  REQUIRE(h.give(command(cmd::log_on{h.zhang})) == errc{});
  CHECK(h.newest(event_kind::operator_logged_on)->value == -3 * minute);
  CHECK(h.newest(event_kind::operator_logged_on)->detail == 0);
}

TEST_CASE("M6: an operator who leaves so many offers unanswered is not ready, and the log says why") {
  house_config c = sim::small_house();
  c.policy.unanswered_max = 3;
  house h({"zhang"}, c);
  std::vector<event> seen;
  h.watch = [&](const event& e) {
    if (e.kind == event_kind::operator_not_ready || e.kind == event_kind::offered) seen.push_back(e);
  };
  const operator_id zhang = h.operator_named("zhang");
  h.call_in("9000");
  h.apply(any_fact{fact::ringing{h.rung("first"), 180}});
  for (int i = 0; i < 60 && h.state.operators.find(zhang)->state != operator_state::not_ready; ++i) {
    h.wait();
    std::vector<leg_id> gone, ring;
    for (const auto& [leg, p] : h.peers) {
      if (p.releasing) gone.push_back(leg);
      if (p.outgoing && !p.releasing) ring.push_back(leg);
    }
    for (const leg_id leg : gone) h.confirms_release(leg);
    for (const leg_id leg : ring) h.apply(any_fact{fact::ringing{leg, 180}});
  }
  REQUIRE(seen.size() == 4);
  CHECK(seen.back().kind == event_kind::operator_not_ready);
  CHECK(seen.back().cause == cause::call_not_answered);
  CHECK(seen.back().value == 3);
}

TEST_CASE("M7: a shift is handed over with a note, and the next one says that it was taken") {
  position_house h({"zhang", "li"});
  h.call = h.call_in("9000");
  const operator_id has = h.state.call_table.find(h.call)->offered_to;
  const operator_id other = has == h.zhang ? h.operator_named("li") : h.zhang;
  h.op = h.rung("operator");
  h.answers(h.op);
  REQUIRE(h.give(command(cmd::hold{h.call})) == errc{});
  REQUIRE(h.give(command(cmd::hand_over{has, "床位科的电话还没有回"})) == errc{});
  const event given = *h.newest(event_kind::shift_handed_over);
  const auto given_over = static_cast<std::int64_t>(given.sequence);
  CHECK(given.value == 1);  // the held caller
  h.crash();
  CHECK(h.give(command(cmd::accept_hand_over{other, given_over + 1000})) == errc::hand_over_unknown);
  REQUIRE(h.give(command(cmd::accept_hand_over{other, given_over})) == errc{});
  CHECK(h.newest(event_kind::hand_over_accepted)->other == given.sequence);
  CHECK(h.give(command(cmd::accept_hand_over{other, given_over})) == errc::hand_over_unknown);
}

}  // namespace
}  // namespace cordboard
