// SPDX-License-Identifier: Apache-2.0
// S8: equipment. What does not work is told at once to who owns it; the house calls its devices; people sign for what they check.
#include "house.hpp"

namespace cordboard {
namespace {

using sim::second;
constexpr std::int64_t minute = 60 * second;

house_config checked_house() {
  house_config c = sim::owing_house();
  request_kind_config fault = c.request_kinds.front();
  fault.name = "fault";
  fault.prefix = "G";
  fault.fields = {"place:text!", "matter:text!"};
  fault.call_back = false;
  fault.first_contact.clear();
  c.request_kinds.push_back(fault);
  c.policy.requests_max = 100;
  c.health.fault_kind = "fault";
  c.health.test_every = std::chrono::hours(1);
  for (auto& d : c.devices) {
    if (d.number == "8001") d.tested = true;
    if (d.number == "trunk") d.tested = true, d.test_number = "12117";
  }
  c.checks = {{"generator", std::chrono::hours(24), "li"}, {"cabinet", std::chrono::hours(48), "8002"}};
  return c;
}

struct health_house : watched_house {
  explicit health_house(house_config c = checked_house()) : watched_house(std::move(c)) {
    watch_texts = [this](const logged& l) {
      if (l.record.kind == event_kind::equipment_state_changed || l.record.kind == event_kind::request_opened)
        told_texts.push_back(l.text);
    };
  }
  std::vector<std::string> told_texts;
  void away(const char* number) { apply(any_fact{fact::registered{device(number), 0, false, cause::timeout}}), settle(); }
  void back(const char* number) { apply(any_fact{fact::registered{device(number), 0, true, cause::none}}), settle(); }
  void go_on(std::int64_t by) {
    for (const std::int64_t until = now + by; now < until;) wait(until - now);
  }
  std::vector<event> states() { return all(event_kind::equipment_state_changed); }
  errc report(const char* text, equipment_state found) {
    command c;
    c.kind = command_kind::report_equipment;
    c.detail = static_cast<std::uint16_t>(found);
    REQUIRE(set_text(c, text));
    return give(c);
  }
  errc test(const char* number) {
    command c;
    c.kind = command_kind::start_self_test;
    c.device = device(number);
    return give(c);
  }
  /// The line of the self-test that runs.
  leg_id tested() {
    for (const auto& [id, run] : state.self_tests.own())
      if (run && !run->hung_up) return run->leg;
    return {};
  }
  /// The house lets go of the line, and media says what passed.
  void voice_was(leg_id leg, std::uint64_t packets) {
    apply(any_fact{fact::media_ended{leg, packets, 100, 0}});
    confirms_release(leg);
    settle();
  }
};

TEST_CASE("S8: a phone that stays away is a fault with an owner at once, and over when it is back") {
  health_house h;
  h.away("8003");
  h.go_on(100 * second);
  CHECK(h.states().empty());  // it may only have been restarted
  h.back("8003");
  h.go_on(5 * minute);
  CHECK(h.states().empty());
  h.away("8003");
  h.go_on(2 * minute);
  auto all = h.states();
  REQUIRE(all.size() == 1);
  CHECK(all[0].device == h.device("8003"));
  CHECK(static_cast<equipment_state>(all[0].state) == equipment_state::out_of_service);
  CHECK(all[0].request);
  CHECK(all[0].operator_ == h.operator_named("zhang"));
  REQUIRE(h.told_texts.size() == 2);
  CHECK(h.told_texts[0].find("\"place\":\"8003\"") != std::string::npos);
  CHECK(h.told_texts[1] == "8003\t");
  h.go_on(minute);
  h.back("8003");
  all = h.states();
  REQUIRE(all.size() == 2);
  CHECK(static_cast<equipment_state>(all[1].state) == equipment_state::in_service);
  CHECK(all[1].value == minute);
  CHECK(all[1].request == all[0].request);
}

TEST_CASE("S8: a trunk is out of service at once, and in part when not all of its targets are there") {
  health_house h;
  h.away("trunk");
  h.apply(any_fact{fact::registered{h.device("trunk"), 0, true, cause::normal, true}});
  h.apply(any_fact{fact::registered{h.device("trunk"), 0, true, cause::normal, false}});
  const auto all = h.states();
  REQUIRE(all.size() == 3);
  CHECK(static_cast<equipment_state>(all[0].state) == equipment_state::out_of_service);
  CHECK(static_cast<equipment_state>(all[1].state) == equipment_state::partly);
  CHECK(static_cast<equipment_state>(all[2].state) == equipment_state::in_service);
  CHECK(all[1].request == all[0].request);
}

TEST_CASE("S8: programs and people report what is no device; the same twice says nothing new") {
  health_house h;
  CHECK(h.report("ups on battery since noon", equipment_state::partly) == errc{});
  CHECK(h.report("ups", equipment_state::partly) == errc{});
  CHECK(h.report("ups", equipment_state::out_of_service) == errc{});
  CHECK(h.report("ups mains are back", equipment_state::in_service) == errc{});
  CHECK(h.report("ups", equipment_state::in_service) == errc{});
  REQUIRE(h.states().size() == 3);
  CHECK(h.told_texts[1] == "ups\ton battery since noon");
  CHECK(h.all(event_kind::request_opened).size() == 1);
  h.apply(any_fact{fact::equipment{"disk", equipment_state::out_of_service, cause::resources_not_available, "read-only"}});
  REQUIRE(h.states().size() == 4);
  CHECK(h.states()[3].request);
  CHECK(h.report("", equipment_state::partly) == errc::command_invalid);
}

TEST_CASE("S8: each device is called in its turn, and what came back is on record") {
  health_house h;
  h.go_on(3600 * second);
  const leg_id first = h.tested();
  REQUIRE(first);
  CHECK(h.all(event_kind::self_test_started).size() == 1);  // one at a time
  h.answers(first);
  h.go_on(2 * second);
  CHECK(h.peers[first].releasing);
  h.voice_was(first, 97);
  auto ended = h.all(event_kind::self_test_ended);
  REQUIRE(ended.size() == 1);
  CHECK(ended[0].cause == cause::normal);
  CHECK(ended[0].value == 97);
  // The next one, at once: it answers, and nothing is heard of it.
  const leg_id second_one = h.tested();
  REQUIRE(second_one);
  h.go_on(second);
  h.answers(second_one);
  h.go_on(2 * second);
  h.voice_was(second_one, 0);
  ended = h.all(event_kind::self_test_ended);
  REQUIRE(ended.size() == 2);
  CHECK(ended[1].cause == cause::media_lost);
  CHECK(ended[1].other == static_cast<std::uint64_t>(second));
  REQUIRE(h.states().size() == 1);
  CHECK(static_cast<equipment_state>(h.states()[0].state) == equipment_state::partly);
  CHECK(h.states()[0].device == ended[1].device);
  CHECK(h.states()[0].cause == cause::self_test);
  for (const event& e : h.seen)
    if (e.call == ended[0].call || e.leg == first) CHECK((e.marks & static_cast<std::uint16_t>(mark::self_test)) != 0);
  // An hour later it is whole again: only another test says so.
  h.go_on(3600 * second);
  for (int i = 0; i < 2; ++i) {
    const leg_id leg = h.tested();
    REQUIRE(leg);
    h.answers(leg);
    h.go_on(2 * second);
    h.voice_was(leg, 50);
  }
  REQUIRE(h.states().size() == 2);
  CHECK(static_cast<equipment_state>(h.states()[1].state) == equipment_state::in_service);
  CHECK(h.state.calls == 0);
}

TEST_CASE("S8: a test by command says why it failed; who is busy is no fault, and a phone in use is not tested") {
  health_house h;
  CHECK(h.test("8002") == errc{});
  CHECK(h.test("8002") == errc::device_busy);
  const leg_id leg = h.tested();
  h.refuses(leg, 486);
  CHECK(h.all(event_kind::self_test_ended)[0].cause == cause::busy);
  CHECK(h.states().empty());
  CHECK(h.test("8002") == errc{});
  h.refuses(h.tested(), 503);
  CHECK(h.all(event_kind::self_test_ended)[1].cause == cause::dest_out_of_order);
  REQUIRE(h.states().size() == 1);
  CHECK(static_cast<equipment_state>(h.states()[0].state) == equipment_state::out_of_service);
  CHECK(h.test("trunk") == errc{});
  const auto* ring = h.tested() ? &h.peers[h.tested()] : nullptr;
  REQUIRE(ring != nullptr);
  CHECK(ring->device == h.device("trunk"));
  h.hangs_up(h.tested());
  CHECK(h.test("8003") == errc{});
  h.apply(any_fact{fact::ringing{h.tested(), 180}});
  h.go_on(21 * second);  // it rings, and nobody is there to answer: that is no defect
  CHECK(h.states().size() == 1);
  CHECK(h.test("8004") == errc{});
  h.go_on(21 * second);  // it says nothing at all
  CHECK(h.states().size() == 2);
  h.call_in("9000");
  CHECK(h.test("1001") == errc::device_busy);  // it rings
  CHECK(h.test("nowhere") == errc::device_unknown);
}

TEST_CASE("S8: a crash within a test leaves nothing behind") {
  for (int at = 0; at < 3; ++at) {
    health_house h;
    REQUIRE(h.test("8001") == errc{});
    const leg_id leg = h.tested();
    if (at == 0) h.crash();
    if (at > 0) h.answers(leg);
    if (at == 1) h.crash();
    if (at > 0) h.go_on(2 * second);
    if (at == 2) h.crash();
    h.go_on(60 * second);
    if (h.peers.count(leg) != 0) h.confirms_release(leg);
    h.go_on(60 * second);
    CHECK(h.all(event_kind::self_test_ended).size() == 1);
    CHECK(h.state.self_tests.own().empty());
    CHECK(h.state.calls == 0);
  }
}

TEST_CASE("S8: a check by people is due, told again every day, and signed with its next date") {
  house_config untested = checked_house();
  untested.health.test_every = std::chrono::nanoseconds(0);
  health_house h(untested);
  h.go_on(25 * 3600 * second);
  auto due = h.all(event_kind::check_due);
  REQUIRE(due.size() == 1);
  CHECK(due[0].operator_ == h.operator_named("li"));
  h.go_on(24 * 3600 * second);
  due = h.all(event_kind::check_due);
  REQUIRE(due.size() == 3);  // the other one too
  CHECK(std::count_if(due.begin(), due.end(), [&](const event& e) { return e.device == h.device("8002"); }) == 1);
  command c;
  c.kind = command_kind::sign_check;
  c.operator_ = h.operator_named("li");
  c.detail = static_cast<std::uint16_t>(equipment_state::partly);
  REQUIRE(set_text(c, "generator starts only by hand"));
  REQUIRE(h.give(c) == errc{});
  const auto sign = h.all(event_kind::check_signed);
  REQUIRE(sign.size() == 1);
  CHECK(sign[0].value == h.now + 24 * 3600 * second);
  CHECK(sign[0].operator_ == c.operator_);
  CHECK(h.states().size() == 1);  // what was found is a fault
  c.detail = static_cast<std::uint16_t>(equipment_state::in_service);
  REQUIRE(h.give(c) == errc{});
  CHECK(h.states().size() == 2);
  REQUIRE(set_text(c, "roof"));
  CHECK(h.give(c) == errc::check_unknown);
  house_config other = checked_house();
  other.checks.clear();
  other.health.test_every = std::chrono::nanoseconds(0);
  h.configure(other);
  CHECK(h.state.checks.own().empty());
  CHECK(h.state.tests_due.own().empty());
}

TEST_CASE("S8 S9: who may ask for a self-test supervises") {
  house_config c = checked_house();
  c.users[0].rights = static_cast<std::uint32_t>(right::control);
  health_house h(c);
  command test;
  test.kind = command_kind::start_self_test;
  test.device = h.device("8001");
  test.actor = actor_id{1};
  CHECK(h.give(test) == errc::access_refused);
}

}  // namespace
}  // namespace cordboard
