// SPDX-License-Identifier: Apache-2.0
// Callers in line: rings, place and expected wait, limits and where they lead, and a place that is kept for who comes back.
#include "house.hpp"

namespace cordboard {
namespace {

using sim::second;

struct line_house : watched_house {
  using watched_house::watched_house;
  const call_state* of(call_id id) { return state.call_table.find(id); }
  leg_id caller_of(call_id id) { return state.parties.find(of(id)->caller)->leg; }
  std::vector<call_id> waiting(const char* number = "9000") {
    return state.queues.find(queue_by_number(state, number))->waiting;
  }
  void go_on(std::int64_t by) {
    for (const std::int64_t until = now + by; now < until;) wait(until - now);
  }
  void leave(call_id id) {
    const leg_id leg = caller_of(id);
    hangs_up(leg);
  }
};

TEST_CASE("M1: rings are counted by the cadence that is played, and an event tells before the fourth begins") {
  line_house h(sim::small_house(), {});
  const call_id id = h.call_in("9000");
  const std::int64_t began = h.now;
  h.go_on(11 * second - 1);
  CHECK(h.all(event_kind::rings_due).empty());
  h.go_on(1);
  REQUIRE(h.all(event_kind::rings_due).size() == 1);
  CHECK(h.seen.back().detail == 3);
  CHECK(h.seen.back().value == began + 15 * second);
  h.go_on(5 * second);
  h.give(command(cmd::log_on{h.operator_named("zhang")}));
  h.give(command(cmd::ready{h.operator_named("zhang")}));
  h.now = began + 20 * second - 1;
  h.answers(h.rung("operator"));
  REQUIRE(h.all(event_kind::queue_left).size() == 1);
  const event left = h.all(event_kind::queue_left).front();
  CHECK(left.state == 4);  // within four rings, by a nanosecond
  CHECK(left.value == 20 * second - 1);
  CHECK(left.operator_ == h.operator_named("zhang"));
  CHECK(static_cast<queue_result>(left.detail) == queue_result::answered);
  CHECK(!h.of(id)->late);
  CHECK(h.all(event_kind::rings_due).size() == 1);
  CHECK(rings_after(0) == 1);
  CHECK(rings_after(5 * second) == 2);
  CHECK(rings_after(3600 * second) == 255);
}

TEST_CASE("M1: who waited longer is told that the house is sorry, before the greeting") {
  for (const int rings : {4, 5}) {
    house_config c = sim::talking_house();
    c.queues[0].welcome = c.queues[0].notice = {};
    c.queues[0].record = false;
    c.queues[0].apology = {"sorry"};
    c.queues[0].wait_limit = std::chrono::minutes(5);
    line_house h(c, {});
    h.call_in("9000");
    h.go_on((rings * 5 - 1) * second);
    h.give(command(cmd::log_on{h.operator_named("zhang")}));
    h.give(command(cmd::ready{h.operator_named("zhang")}));
    const leg_id op = h.rung("operator");
    h.answers(op);
    const leg_id caller = h.caller_of(h.state.operators.find(h.operator_named("zhang"))->calls.front());
    CHECK(h.state.legs.find(caller)->announcing.words == (rings == 4 ? "this_is 1001" : "sorry this_is 1001"));
  }
}

TEST_CASE("a queue that is full sends callers elsewhere, or says so; an emergency is never sent away") {
  house_config c = sim::small_house();
  c.queues[0].length_max = 2;
  auto& urgent = c.queues.emplace_back(c.queues[0]);
  urgent.number = urgent.name = "9120";
  urgent.rank = queue_class::emergency;
  for (const char* instead : {"", "8001"}) {
    c.queues[0].when_full = instead;
    line_house h(c, {});
    h.call_in("9000");
    h.call_in("9000");
    const call_id third{h.fresh()};
    const leg_id leg{h.fresh()};
    h.peers[leg] = {};
    h.apply(any_fact{fact::incoming{leg, third, party_id{h.fresh()}, h.device("trunk"), "9000", "13800138000", ""}});
    if (*instead == 0) {
      CHECK(h.of(third) == nullptr);
      CHECK(h.refused == 486);
    } else {
      CHECK(h.of(third)->destination == h.device("8001"));
    }
    CHECK(h.all(event_kind::diverted).back().cause == cause::queue_full);
    CHECK(h.waiting().size() == 2);
    for (int i = 0; i < 5; ++i) h.call_in("9120");
    CHECK(h.waiting("9120").size() == 5);
  }
}

TEST_CASE("a queue whose operators are all logged off sends new callers elsewhere, and those who wait stay") {
  house_config c = sim::small_house();
  c.queues[0].when_unstaffed = "8002";
  c.queues[0].skills = {"english"};
  c.operators[0].skills = {"english"};
  line_house h(c, {"zhang", "li"});  // li does not speak it
  h.talking();
  const call_id waits = h.call_in("9000");
  CHECK(h.waiting() == std::vector<call_id>{waits});
  h.hangs_up(h.caller);
  h.confirms_release(h.op);
  h.go_on(6 * second);  // work after the call
  h.leave(waits);
  for (auto it = h.peers.begin(); it != h.peers.end();) it = it->second.releasing ? h.peers.erase(it) : std::next(it);
  h.give(command(cmd::log_off{h.operator_named("zhang")}));
  REQUIRE(h.state.operators.find(h.operator_named("zhang"))->state == operator_state::null);
  const call_id late = h.call_in("9000");
  CHECK(h.of(late)->destination == h.device("8002"));
  CHECK(h.all(event_kind::diverted).back().cause == cause::no_available_agents);
}

TEST_CASE("who waits too long goes to another line with the place that the call has, or to a phone that is rung meanwhile") {
  house_config c = sim::small_house();
  c.queues[0].overflow = std::chrono::seconds(30);
  c.queues[0].wait_limit = std::chrono::minutes(10);
  auto& other = c.queues.emplace_back(c.queues[0]);
  other.number = other.name = "9001";
  other.overflow = std::chrono::seconds(0);
  SUBCASE("another line") {
    c.queues[0].when_late = "9001";
    line_house h(c, {});
    const call_id first = h.call_in("9000");
    h.now += second;
    const call_id second_one = h.call_in("9001");
    h.go_on(30 * second);
    CHECK(h.waiting("9000").empty());
    CHECK(h.waiting("9001") == std::vector<call_id>{first, second_one});  // whoever called first is first there too
    const event left = h.all(event_kind::queue_left).front();
    CHECK(static_cast<queue_result>(left.detail) == queue_result::overflowed);
    CHECK(left.value == 30 * second);
    CHECK(left.queue == queue_by_number(h.state, "9000"));
  }
  SUBCASE("a phone, which does not answer, and then does") {
    c.queues[0].when_late = "8002";
    line_house h(c, {});
    const call_id id = h.call_in("9000");
    h.go_on(30 * second);
    const leg_id phone = h.rung("phone");
    REQUIRE(phone);
    CHECK(h.state.parties.find(h.of(id)->caller)->custodian == custodian::queue);
    h.refuses(phone, 486);
    CHECK(h.waiting() == std::vector<call_id>{id});
    h.go_on(29 * second);
    CHECK(!h.rung("too soon"));
    h.go_on(2 * second);
    const leg_id again = h.rung("again");
    REQUIRE(again);
    h.answers(again);
    CHECK(h.state.parties.find(h.of(id)->caller)->custodian == custodian::target);
    CHECK(static_cast<queue_result>(h.all(event_kind::queue_left).back().detail) == queue_result::overflowed);
  }
  SUBCASE("a phone that is out of order: the caller waits on at the head of the line") {
    c.queues[0].when_late = "8002";
    line_house h(c, {});
    h.apply(any_fact{fact::registered{h.device("8002"), 0, false, cause::timeout}});
    const call_id id = h.call_in("9000");
    h.go_on(100 * second);
    CHECK(h.waiting() == std::vector<call_id>{id});
    CHECK(h.all(event_kind::queue_left).empty());
  }
}

TEST_CASE("a caller who drops and calls again within the time gets the old place; a stranger and a late one do not") {
  line_house h(sim::small_house(), {});
  const call_id first = h.call_in("9000", "trunk", {}, 11);
  h.now += second;
  const call_id other = h.call_in("9000", "trunk", {}, 12);
  h.now += second;
  h.leave(first);
  CHECK(static_cast<queue_result>(h.all(event_kind::queue_left).back().detail) == queue_result::abandoned);
  h.go_on(100 * second);
  h.crash();  // the place is in the log
  const call_id stranger = h.call_in("9000", "trunk", {}, 13);
  const call_id again = h.call_in("9000", "trunk", {}, 11);
  CHECK(h.waiting() == std::vector<call_id>{again, other, stranger});
  const event queued = h.all(event_kind::queued).back();
  CHECK((queued.flags & queued_again) != 0);
  CHECK(queued.other == first.value);
  // Used once; and a place is kept for so long only.
  const call_id twice = h.call_in("9000", "trunk", {}, 11);
  CHECK(h.waiting().back() == twice);
  h.leave(again);
  h.go_on(181 * second);
  h.call_in("9000", "trunk", {}, 11);
  CHECK((h.all(event_kind::queued).back().flags & queued_again) == 0);
}

TEST_CASE("place and expected wait: said when the wait begins, told at intervals, and in the state at any time") {
  house_config c = sim::small_house();
  c.queues[0].handling_time = std::chrono::seconds(100);
  c.queues[0].position = {"you_are", "position", "wait", "minutes"};
  c.queues[0].tell_every = std::chrono::seconds(20);
  auto& vip = c.queues.emplace_back(c.queues[0]);
  vip.number = vip.name = "9001";
  vip.rank = queue_class::vip;
  line_house h(c, {"zhang", "li"});
  h.talking();
  h.call_in("9000");
  h.answers(h.rung("second operator"));
  h.seen.clear();
  const call_id a = h.call_in("9000");
  h.now += second;
  const call_id b = h.call_in("9000");
  auto told = h.all(event_kind::wait_estimated);
  REQUIRE(told.size() == 2);
  CHECK(told[0].detail == 1);
  CHECK(told[0].value == 50 * second);  // one of two operators is free after half of what a caller takes
  CHECK(told[1].detail == 2);
  CHECK(told[1].value == 100 * second);
  // A caller of a higher class is before both, whatever the line.
  h.now += second;
  h.call_in("9001");
  CHECK(h.all(event_kind::wait_estimated).back().detail == 1);
  CHECK(estimate(h.state, h.state, a).position == 2);
  CHECK(estimate(h.state, h.state, b).position == 3);
  CHECK(estimate(h.state, h.state, b).expected_ns == 150 * second);
  h.go_on(20 * second);
  const leg_id leg = h.caller_of(a);
  CHECK(h.state.legs.find(leg)->announcing.what == announcement::position);
  CHECK(h.state.legs.find(leg)->announcing.words == "you_are 2 wait 2");
  CHECK(h.peers[leg].hears.kind == source_kind::announcement);
  h.apply(any_fact{fact::announced{leg, h.state.legs.find(leg)->announcing.number, true}});
  CHECK(h.peers[leg].hears.kind == source_kind::waiting_tone);
  h.go_on(20 * second);
  CHECK(h.state.legs.find(leg)->announcing.what == announcement::position);
}

TEST_CASE("without an operator nothing is promised") {
  line_house h(sim::small_house(), {});
  h.call_in("9000");
  const call_id b = h.call_in("9000");
  CHECK(estimate(h.state, h.state, b).position == 2);
  CHECK(estimate(h.state, h.state, b).expected_ns == 0);
}

}  // namespace
}  // namespace cordboard
