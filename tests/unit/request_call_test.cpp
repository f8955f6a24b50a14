// SPDX-License-Identifier: Apache-2.0
// Calls to the people of requests: outcomes by cause, backoff, hours, pacing, consent, and what a crash leaves.
#include "request_house.hpp"

namespace cordboard {
namespace {

constexpr const char* wish = R"({"kind":"callback","number":"013800138000"})";

attempt_outcome outcome(request_house& h) {
  return static_cast<attempt_outcome>(h.last_of(event_kind::request_attempt_ended).detail);
}

/// The operator's phone is answered, and the person's rings.
leg_id rings(request_house& h) {
  h.answers(h.line);
  h.settle();
  const leg_id person = h.person();
  REQUIRE(person);
  return person;
}

TEST_CASE("H5: a person is called back: the operator first, then the number; the answer is the first contact") {
  request_house h;
  REQUIRE(h.open(wish) == errc{});
  h.settle();
  CHECK(h.last_of(event_kind::request_call_due).request == h.id);
  REQUIRE(h.calls("zhang") == errc{});
  const event went = h.last_of(event_kind::request_attempted);
  CHECK(went.call == h.attempt);
  CHECK(went.leg == h.line);
  CHECK(went.detail == 1);
  CHECK(h.calls("zhang") == errc::attempt_running);
  CHECK(h.act(command_kind::close_request, R"({"result":"done"})") == errc::attempt_running);
  h.attempt = went.call;
  h.line = went.leg;
  const leg_id person = rings(h);
  CHECK(h.record()->phase == attempt_phase::person_rung);
  h.answers(person);
  h.settle();
  CHECK(h.all(event_kind::command_done).back().command == went.command);
  h.hangs_up(person);
  h.settle();
  CHECK(outcome(h) == attempt_outcome::answered);
  CHECK(h.last_of(event_kind::request_attempt_ended).value == 0);
  CHECK(h.record()->first_contact == 0);
  REQUIRE(h.act(command_kind::close_request, R"({"result":"done"})") == errc{});
  h.go_on(day);
  CHECK(h.all(event_kind::request_attempted).size() == 1);
}

TEST_CASE("a number on the stop list is not called: its request goes to the owner, who is told once") {
  request_house h;
  REQUIRE(h.open(wish) == errc{});
  h.settle();
  REQUIRE(h.record()->call_told);
  h.stop_list.insert("013800138000");
  CHECK(h.calls("zhang") == errc::number_stopped);
  CHECK(h.last_of(event_kind::command_refused).value == static_cast<std::int64_t>(errc::number_stopped));
  CHECK(h.all(event_kind::request_attempted).empty());
  const event off = h.last_of(event_kind::request_time_set);
  CHECK(off.detail == static_cast<std::uint16_t>(request_time::call));
  CHECK(off.value == 0);
  CHECK(off.cause == cause::stop_list);
  const event told = h.last_of(event_kind::request_escalated);
  CHECK(told.operator_ == h.record()->operator_);
  CHECK(told.cause == cause::stop_list);
  CHECK(h.record()->level == 0);  // it has not gone up
  // Whoever asks again hears it again, and the owner does not; neither does anybody else ask.
  const auto due = h.all(event_kind::request_call_due).size();
  CHECK(h.calls("zhang") == errc::number_stopped);
  CHECK(h.all(event_kind::request_escalated).size() == 1);
  h.go_on(2 * hour);
  CHECK(h.all(event_kind::request_call_due).size() == due);
  // Another number of the person is called, and so is this one when the list has it no more.
  CHECK(h.calls("zhang", "013900139000") == errc{});
  h.refuses(rings(h), 486);
  h.settle();
  h.stop_list.clear();
  h.go_on(hour);
  CHECK(h.calls("zhang") == errc{});
}

TEST_CASE("who may not be called at all, or not yet, is not looked up in the stop list") {
  request_house h;
  REQUIRE(h.open(R"({"kind":"callback","number":"013800138000"})", {}, consent::yes, h.now + hour) == errc{});
  h.settle();
  h.stop_list.insert("013800138000");
  CHECK(h.calls("zhang") == errc::calling_closed);
  CHECK(h.all(event_kind::request_escalated).empty());
}

TEST_CASE(
    "busy, no answer, rejected and unreachable are told apart, each waits twice as long, and at the end somebody is told") {
  request_house h;
  REQUIRE(h.open(wish) == errc{});
  h.settle();
  const struct {
    std::uint16_t status;
    attempt_outcome how;
  } tries[] = {{486, attempt_outcome::busy}, {480, attempt_outcome::no_answer}, {404, attempt_outcome::unreachable}};
  std::int64_t pause = 10 * minute;
  for (const auto& one : tries) {
    REQUIRE(h.calls("zhang") == errc{});
    h.refuses(rings(h), one.status);
    h.settle();
    CHECK(outcome(h) == one.how);
    const event ended = h.last_of(event_kind::request_attempt_ended);
    if (one.status == 404) break;
    CHECK(ended.value == ended.time_ns + pause);
    CHECK(h.calls("zhang") == errc::calling_closed);  // not yet
    const auto due = h.all(event_kind::request_call_due).size();
    h.go_on(pause + second);
    CHECK(h.all(event_kind::request_call_due).size() == due + 1);
    pause *= 2;
  }
  CHECK(h.last_of(event_kind::request_attempt_ended).value == 0);
  CHECK(h.last_of(event_kind::request_attempt_ended).state == 3);
  CHECK(h.last_of(event_kind::request_escalated).cause == cause::no_available_agents);
  CHECK(h.calls("zhang") == errc::attempts_exhausted);
  CHECK(h.record() != nullptr);  // it is still owed
}

TEST_CASE("a call that the person never heard does not count") {
  request_house h;
  REQUIRE(h.open(wish) == errc{});
  h.settle();
  REQUIRE(h.calls("zhang") == errc{});
  h.refuses(h.line, 480);
  h.settle();
  CHECK(outcome(h) == attempt_outcome::operator_missed);
  CHECK(h.record()->attempts == 0);
  CHECK(h.record()->call_at == h.now + minute);
  h.go_on(minute + second);
  command on;
  on.kind = command_kind::ready;
  on.operator_ = h.operator_named("zhang");
  (void)h.give(on);
  REQUIRE(h.calls("zhang") == errc{});
  const leg_id person = rings(h);
  h.hangs_up(h.line);  // the operator gives up
  h.settle();
  CHECK(outcome(h) == attempt_outcome::cancelled);
  CHECK(h.record()->attempts == 0);
  (void)person;
}

TEST_CASE("the next operator who is ready calls, whoever has been so for longest; nobody is called when there is none") {
  request_house h(sim::owing_house(), {"zhang", "li"});
  REQUIRE(h.open(wish) == errc{});
  h.settle();
  h.now += second;
  REQUIRE(h.calls() == errc{});
  const operator_id who = h.last_of(event_kind::request_attempted).operator_;
  CHECK((who == h.operator_named("zhang") || who == h.operator_named("li")));
  const request_id first = h.id;
  REQUIRE(h.open(wish) == errc{});
  REQUIRE(h.calls() == errc{});
  CHECK(h.last_of(event_kind::request_attempted).operator_ != who);
  REQUIRE(h.open(wish) == errc{});
  CHECK(h.calls() == errc::operators_busy);
  CHECK(first != h.id);
}

TEST_CASE("hours, wanted time, pace, consent and the class of service bound who is called") {
  auto config = sim::owing_house();
  for (auto& k : config.request_kinds)
    if (k.name == "callback") k.hours = "day", k.call_every = std::chrono::minutes(1), k.calls_max = 1;
  request_house h(config, {"zhang", "li"});
  h.apply(any_fact{fact::request_calendar{"callback", 2023, false, h.now + hour, 0, 0}});
  REQUIRE(h.open(wish) == errc{});
  h.settle();
  CHECK(h.calls("zhang") == errc::calling_closed);
  CHECK(h.record()->call_at == h.now + hour);  // when people may be called
  CHECK(h.all(event_kind::request_call_due).empty());
  h.go_on(hour);
  CHECK(h.all(event_kind::request_call_due).empty());  // the door opens a moment later
  h.apply(any_fact{fact::request_calendar{"callback", 2023, true, 0, 0, 0}});
  h.go_on(minute + second);
  CHECK(h.all(event_kind::request_call_due).size() == 1);
  const request_id first = h.id;
  // The person wants to be called later.
  REQUIRE(h.act(command_kind::promise_request, "三点", h.now + hour, static_cast<std::uint16_t>(request_time::call)) == errc{});
  CHECK(h.calls("zhang") == errc::calling_closed);
  // Another one does not want to be called at all.
  REQUIRE(h.open(wish, {}, consent::no) == errc{});
  CHECK(h.record()->call_at == 0);
  CHECK(h.calls("zhang") == errc::consent_declined);
  CHECK(h.act(command_kind::promise_request, "", h.now + hour, static_cast<std::uint16_t>(request_time::call)) ==
        errc::consent_declined);
  REQUIRE(h.open(wish) == errc{});
  REQUIRE(h.calls("zhang") == errc{});
  REQUIRE(h.open(wish) == errc{});
  CHECK(h.calls("li") == errc::calling_closed);  // one a minute
  h.go_on(minute);
  CHECK((h.state.request_kinds.find(1)->calling != 1 || h.calls("li") == errc::operators_busy));  // one at a time
  (void)first;
}

TEST_CASE("the stop of the process leaves every attempt resumed or told as interrupted, and it goes again") {
  request_house h;
  REQUIRE(h.open(wish) == errc{});
  h.settle();
  SUBCASE("while the operator's phone rings") {
    REQUIRE(h.calls("zhang") == errc{});
    h.apply(any_fact{fact::ringing{h.line, 180}});
    h.apply(any_fact{fact::dialog_saved{h.line, "dialog"}});
    h.crash();
    CHECK(outcome(h) == attempt_outcome::interrupted);
    CHECK(h.record()->attempts == 0);
    CHECK(h.record()->call_at > h.now);
  }
  SUBCASE("before anything has left: that very call goes out") {
    command c;
    c.kind = command_kind::call_request;
    c.id = command_id{h.fresh(), h.fresh()};
    c.deadline_ns = h.now + 30 * second;
    c.request = h.id;
    c.operator_ = h.operator_named("zhang");
    c.new_call = h.attempt = call_id{h.fresh()};
    c.new_leg = h.line = leg_id{h.fresh()};
    c.new_party = party_id{h.fresh()};
    REQUIRE(set_text(c, "013800138000"));
    h.apply(c, true);
    h.crash();
    REQUIRE(h.record() != nullptr);
    CHECK(h.record()->attempt == h.attempt);
    CHECK(h.peers.count(h.line) == 1);
    CHECK(h.all(event_kind::request_attempted).size() == 1);
  }
  SUBCASE("while they talk: they talk on") {
    REQUIRE(h.calls("zhang") == errc{});
    const leg_id person = rings(h);
    h.answers(person);
    h.settle();
    h.crash();
    CHECK(h.record()->attempt == h.attempt);
    h.hangs_up(person);
    h.settle();
    CHECK(outcome(h) == attempt_outcome::answered);
  }
}

}  // namespace
}  // namespace cordboard
