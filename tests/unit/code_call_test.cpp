// SPDX-License-Identifier: Apache-2.0
// S5, N2, N5: emergencies. A list is called until enough have acknowledged by key; steps, rounds, the place, drills, and crashes.
#include "house.hpp"

namespace cordboard {
namespace {

using sim::second;

struct code_house : watched_house {
  explicit code_house(house_config c = sim::alarmed_house(), std::initializer_list<const char*> on_duty = {"zhang"})
      : watched_house(std::move(c), on_duty) {}
  errc raise(const char* text, bool drill = false, call_id from = {}) {
    code = call_id{fresh()};
    command c;
    c.kind = command_kind::start_code_call;
    c.new_call = code;
    c.call = from;
    c.detail = drill ? 1 : 0;
    REQUIRE(set_text(c, text));
    return give(c);
  }
  const code_run* run() { return state.code_runs.find(code); }
  /// The line that is rung now at this number; 0: none.
  leg_id at(const char* number) {
    leg_id found;
    for (const auto& [id, leg] : state.legs.own())
      if (leg && leg->device == device(number) && !leg->calls.empty() && leg->calls.front() == code) found = id;
    return found;
  }
  void press(leg_id leg, char key = '1') { apply(any_fact{fact::key_pressed{leg, peers[leg].hears.number, key}}), settle(); }
  void go_on(std::int64_t by) {
    for (const std::int64_t until = now + by; now < until;) wait(until - now);
  }
  event ended() {
    const auto all_ended = all(event_kind::code_call_ended);
    REQUIRE(all_ended.size() == 1);
    return all_ended.front();
  }
  call_id code;
};

TEST_CASE("S5: an emergency calls the whole list at once, and who was reached when is on record") {
  code_house h;
  REQUIRE(h.raise("9911 3 305") == errc{});
  const std::int64_t began = h.now;
  CHECK(h.all(event_kind::code_member_called).size() == 3);
  for (const char* number : {"8001", "8002", "8003"}) CHECK(h.at(number));
  h.go_on(4 * second);
  h.answers(h.at("8002"));
  CHECK(h.peers[h.at("8002")].hears.words == "code_blue 3 305");
  h.press(h.at("8002"), '7');  // another key is no acknowledgement
  CHECK(h.all(event_kind::code_member_acknowledged).empty());
  h.go_on(2 * second);
  h.press(h.at("8002"));
  const leg_id first = h.at("8002");
  CHECK(h.peers[first].hears.kind == source_kind::ringback_tone);  // the others are being called
  h.answers(h.at("8003"));
  h.press(h.at("8003"));
  const auto acknowledged = h.all(event_kind::code_member_acknowledged);
  REQUIRE(acknowledged.size() == 2);
  CHECK(acknowledged[0].value == 6 * second);
  CHECK(acknowledged[0].time_ns == began + 6 * second);
  CHECK(acknowledged[1].state == 2);
  CHECK(static_cast<code_result>(h.ended().detail) == code_result::acknowledged);
  CHECK(h.ended().value == 6 * second);
  // Enough have come: who was not reached yet is rung no more, and those two talk.
  REQUIRE(h.all(event_kind::code_member_missed).size() == 1);
  CHECK(h.all(event_kind::code_member_missed)[0].cause == cause::code_call);
  CHECK(h.peers[first].hears == source{source_kind::leg, h.at("8003")});
  for (const event& e : h.seen) CHECK((e.marks & static_cast<std::uint16_t>(mark::drill)) == 0);
  h.hangs_up(first);
  h.settle();
  CHECK(h.state.call_table.find(h.code) == nullptr);
}

TEST_CASE(
    "N5: a step that was not enough is followed by the next one, and the list is called again until somebody acknowledges") {
  code_house h;
  h.apply(any_fact{fact::registered{h.device("8002"), 0, false, cause::none}});
  REQUIRE(h.raise("9911") == errc{});
  CHECK(h.all(event_kind::code_member_missed).size() == 1);  // its phone is not there
  h.refuses(h.at("8001"), 486);
  h.settle();
  h.go_on(15 * second);
  auto steps = h.all(event_kind::code_step_started);
  REQUIRE(steps.size() == 2);
  CHECK(steps[1].cause == cause::timeout);
  CHECK(steps[1].time_ns - steps[0].time_ns == 15 * second);
  CHECK(h.at("8003"));  // still rung: more are called, nobody is dropped
  CHECK(h.at("1000"));
  CHECK(h.at("trunk"));
  h.go_on(60 * second);  // nobody answers: the next round, and then it is over
  CHECK(h.run() == nullptr);
  steps = h.all(event_kind::code_step_started);
  REQUIRE(steps.size() == 4);
  CHECK(steps[2].state == 2);
  CHECK(static_cast<code_result>(h.ended().detail) == code_result::escalated);
  CHECK(h.state.call_table.find(h.code) == nullptr);
}

TEST_CASE("N5: in order, one after the other, and without a conference the line is let go") {
  code_house h;
  REQUIRE(h.raise("9912") == errc{});
  CHECK(h.at("8004"));
  CHECK(!h.at("8005"));
  h.refuses(h.at("8004"), 603);
  h.settle();
  const leg_id second_one = h.at("8005");
  REQUIRE(second_one);
  h.answers(second_one);
  h.press(second_one, '1');
  CHECK(h.run() != nullptr);  // this plan's key is another
  h.press(second_one, '9');
  CHECK(static_cast<code_result>(h.ended().detail) == code_result::acknowledged);
  CHECK(h.peers[second_one].releasing);
  CHECK(h.state.call_table.find(h.code) == nullptr);
}

TEST_CASE("S5: a drill runs the same, and every event of it is marked") {
  code_house h;
  REQUIRE(h.raise("9911 ward_5", true) == errc{});
  h.answers(h.at("8001"));
  CHECK(h.peers[h.at("8001")].hears.words == "this_is_a_drill code_blue ward_5");
  h.press(h.at("8001"));
  h.refuses(h.at("8002"), 486);
  h.go_on(200 * second);
  CHECK(h.run() == nullptr);
  const leg_id stays = h.at("8001");
  if (stays) h.confirms_release(stays);
  std::size_t marked = 0;
  for (const event& e : h.seen) {
    const bool of_drill = (e.marks & static_cast<std::uint16_t>(mark::drill)) != 0;
    if (e.call == h.code) CHECK(of_drill);
    marked += of_drill ? 1U : 0U;
  }
  CHECK(marked > 20);
  // A caller meanwhile is counted as ever.
  h.call_in("9000");
  CHECK(h.seen.back().marks == 0);
}

TEST_CASE("S5: a place that cannot be said costs no message, and who acknowledges late is still counted") {
  code_house h;
  REQUIRE(h.raise("9911 三号楼 305") == errc{});
  const leg_id leg = h.at("8001");
  h.answers(leg);
  CHECK(h.peers[leg].hears.words == "code_blue");
  h.apply(any_fact{fact::announced{leg, h.peers[leg].hears.number, false}});
  CHECK(h.peers[leg].hears.kind == source_kind::keys);  // nothing can be said: the key counts all the same
  h.press(leg);
  CHECK(h.all(event_kind::code_member_acknowledged).size() == 1);

  code_house other;
  REQUIRE(other.raise("9911 ward_77") == errc{});
  const leg_id told = other.at("8001");
  other.answers(told);
  other.apply(any_fact{fact::announced{told, other.peers[told].hears.number, false}});
  CHECK(other.peers[told].hears.words == "code_blue");  // nobody has recorded this ward
  other.now += second;
  other.apply(any_fact{fact::announced{told, other.peers[told].hears.number, true}});
  CHECK(other.peers[told].hears.words == "code_blue");  // again, until the key is pressed
  other.go_on(14 * second);
  const auto missed = other.all(event_kind::code_member_missed);
  REQUIRE(!missed.empty());
  CHECK(missed[0].cause == cause::timeout);
}

TEST_CASE("S5: whoever dials the emergency talks to the first operator, before everybody who waits") {
  code_house h(sim::alarmed_house(), {});
  h.call_in("9000");
  h.call_in("9000");
  const call_id raised = h.call_in("9911", "8006");
  REQUIRE(h.all(event_kind::code_call_started).size() == 1);
  const event began = h.all(event_kind::code_call_started)[0];
  CHECK(began.other == raised.value);
  CHECK(began.device == h.device("8006"));
  h.give(command(cmd::log_on{h.operator_named("zhang")}));
  h.give(command(cmd::ready{h.operator_named("zhang")}));
  CHECK(h.is_offered(raised));
  // A second one who reports the same is talked to, and the list is not called twice.
  const std::size_t before = h.all(event_kind::code_call_started).size();
  const call_id again = h.call_in("9911", "8005");
  CHECK(h.state.call_table.find(again)->queue == queue_by_number(h.state, "9009"));
  CHECK(h.all(event_kind::code_call_started).size() == before);
  // From outside the house the number is none.
  h.call_in("9911", "trunk");
  CHECK(h.all(event_kind::code_call_started).size() == before);
}

TEST_CASE("S5: no limit of calls and no backlog holds an emergency up") {
  house_config c = sim::alarmed_house();
  c.policy.calls_max = 2;
  code_house h(c, {});
  for (int i = 0; i < 30; ++i) h.call_in("9000");
  REQUIRE(h.state.calls >= 2);
  command code;
  code.kind = command_kind::start_code_call;
  h.code = code.new_call = call_id{h.fresh()};
  code.id = command_id{h.fresh(), h.fresh()};
  code.deadline_ns = h.now + second;
  REQUIRE(set_text(code, "9911"));
  // Everything that waits for time is due as well: the list is called first all the same.
  h.now += 3600 * second;
  code.deadline_ns = h.now + second;
  h.apply(code);
  for (int i = 0; i < 3; ++i) {
    h.apply(tick{});
    CHECK(h.seen.back().kind == event_kind::code_member_called);
  }
}

TEST_CASE("S5: a crash at any step leaves the emergency where it was") {
  for (int crash_at = 0; crash_at < 5; ++crash_at) {
    code_house h;
    const auto maybe = [&](int step) {
      if (step == crash_at) h.crash();
    };
    REQUIRE(h.raise("9911 305", true) == errc{});
    maybe(0);  // the phones were rung and never answered: they are rung again
    REQUIRE(h.at("8001"));
    h.answers(h.at("8001"));
    maybe(1);
    CHECK(h.peers[h.at("8001")].hears.words == "this_is_a_drill code_blue 305");
    h.press(h.at("8001"));
    maybe(2);
    REQUIRE(h.all(event_kind::code_member_acknowledged).size() == 1);
    h.answers(h.at("8002"));
    maybe(3);
    h.press(h.at("8002"));
    maybe(4);
    CHECK(h.all(event_kind::code_member_acknowledged).size() == 2);
    CHECK(static_cast<code_result>(h.ended().detail) == code_result::acknowledged);
    CHECK(h.peers[h.at("8001")].hears == source{source_kind::leg, h.at("8002")});
  }
}

TEST_CASE("S5: somebody calls an emergency off, and plans that are not there are refused") {
  code_house h;
  CHECK(h.raise("4711") == errc::code_call_unknown);
  REQUIRE(h.raise("9911") == errc{});
  command off;
  off.kind = command_kind::clear_call;
  off.call = h.code;
  CHECK(h.give(off) == errc{});
  CHECK(static_cast<code_result>(h.ended().detail) == code_result::called_off);
  CHECK(h.at("8001") == leg_id{});
  CHECK(h.state.call_table.find(h.code) == nullptr);
}

TEST_CASE("a malicious call is marked from there on") {
  code_house h;
  h.talking();
  command bad;
  bad.kind = command_kind::mark_malicious;
  bad.call = h.call;
  const std::size_t before = h.seen.size();
  REQUIRE(h.give(bad) == errc{});
  REQUIRE(h.all(event_kind::malicious_call_marked).size() == 1);
  CHECK(h.all(event_kind::malicious_call_marked)[0].other != 0);
  h.hangs_up(h.caller);
  h.confirms_release(h.op);
  std::size_t marked = 0;
  for (std::size_t i = before; i < h.seen.size(); ++i) marked += h.seen[i].marks == 4 ? 1U : 0U;
  CHECK(marked >= 6);
  CHECK(h.give(bad) == errc::call_unknown);
}

}  // namespace
}  // namespace cordboard
