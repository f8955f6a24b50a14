// SPDX-License-Identifier: Apache-2.0
// A and B: who stands in when the one who is wanted does not answer or is away, for operators and departments (M5).
#include "house.hpp"

namespace cordboard {
namespace {

using sim::second;

house_config pairs() {
  house_config c = sim::small_house();
  c.operators[0].backup = "li";  // zhang has li
  for (auto& o : c.operators) o.wrap_up = std::chrono::seconds(0), o.screen = false;
  c.queues[0].operators = {"zhang", "wang"};
  for (auto& d : c.devices) {
    if (d.number == "8002") d.backup = "8005";  // both blind
    if (d.number == "8005") d.backup = "8002";
    if (d.number == "8004") d.backup = "8001", d.hours = "day";
  }
  return c;
}

struct pair_house : house {
  explicit pair_house(std::initializer_list<const char*> on_duty) : house(on_duty, pairs()) {
    watch = [this](const event& e) {
      if (e.kind == event_kind::backup_acting || e.kind == event_kind::position_unmanned) seen.push_back(e);
    };
  }
  std::vector<event> seen;
  operator_id zhang = operator_named("zhang"), li = operator_named("li"), wang = operator_named("wang");
  const call_state* of(call_id id) { return state.call_table.find(id); }
  void phone(const char* number, bool there) {
    apply(any_fact{fact::registered{device(number), 0, there, there ? cause::none : cause::timeout}});
    settle();
  }
};

TEST_CASE("M5: B takes over by itself when A does not answer") {
  pair_house h({"zhang", "li"});
  const call_id id = h.call_in("9000");
  REQUIRE(h.of(id)->offered_to == h.zhang);  // li is no member of the queue
  const leg_id a = h.of(id)->offer;
  h.refuses(a, 480);
  CHECK(h.of(id)->offered_to == h.li);
  REQUIRE(h.seen.size() == 1);
  CHECK(h.seen[0].operator_ == h.zhang);
  CHECK(h.seen[0].other == h.li.value);
  CHECK(h.seen[0].cause == cause::call_not_answered);
  h.answers(h.of(id)->offer);
  h.call = id;
  CHECK(h.holder() == custodian::operator_);
}

TEST_CASE("M5: B serves A's queue while A is away, and an event tells when both are") {
  pair_house h({"li"});  // zhang is not logged on
  const call_id id = h.call_in("9000");
  CHECK(h.of(id)->offered_to == h.li);
  REQUIRE(h.seen.size() == 1);
  CHECK(h.seen[0].kind == event_kind::backup_acting);
  CHECK(h.seen[0].cause == cause::no_available_agents);
  h.answers(h.of(id)->offer);
  CHECK(h.seen.size() == 1);  // B talks: B is there
  h.hangs_up(h.state.parties.find(h.of(id)->caller)->leg);
  h.seen.clear();
  h.give(command(cmd::not_ready{h.li}));
  REQUIRE(h.seen.size() == 1);
  CHECK(h.seen[0].kind == event_kind::position_unmanned);
  CHECK(h.seen[0].operator_ == h.zhang);
  CHECK(h.seen[0].state == 1);
  h.give(command(cmd::log_on{h.zhang}));
  CHECK(h.seen.size() == 1);
  h.give(command(cmd::ready{h.zhang}));
  REQUIRE(h.seen.size() == 2);
  CHECK(h.seen[1].state == 0);
  // A's phone is lost: the position is not manned, whatever A's state.
  h.phone("1001", false);
  REQUIRE(h.seen.size() == 3);
  CHECK(h.seen[2].state == 1);
  h.give(command(cmd::ready{h.li}));
  CHECK(h.seen.size() == 4);
  // A is back: callers are A's again.
  h.phone("1001", true);
  CHECK(h.of(h.call_in("9000"))->offered_to == h.zhang);
}

TEST_CASE("M5: a position is unmanned in its shift only") {
  house_config c = pairs();
  c.operators[0].shift = "day";
  house h({"zhang", "li"}, c);
  std::vector<event> seen;
  h.watch = [&](const event& e) {
    if (e.kind == event_kind::position_unmanned) seen.push_back(e);
  };
  h.apply(any_fact{fact::hours_changed{"zhang", false, 0, true}});
  h.give(command(cmd::log_off{h.operator_named("zhang")}));
  h.give(command(cmd::log_off{h.operator_named("li")}));
  CHECK(seen.empty());
  h.apply(any_fact{fact::hours_changed{"zhang", true, 0, true}});
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].state == 1);
}

TEST_CASE("M5: a department's B is rung when A is busy, does not answer, is out of order or closed") {
  const auto dial = [](pair_house& h, const char* number) {
    h.call = h.call_in(number);
    h.caller = h.state.parties.find(h.of(h.call)->caller)->leg;
  };
  SUBCASE("busy") {
    pair_house h({});
    dial(h, "8002");
    h.refuses(h.rung("A"), 486);
    REQUIRE(h.of(h.call));
    const leg_id b = h.rung("B");
    CHECK(h.state.legs.find(b)->device == h.device("8005"));
    CHECK(h.seen.back().cause == cause::busy);
    h.answers(b);
    CHECK(h.holder() == custodian::target);
  }
  SUBCASE("no answer, neither of them: the caller is told, and nobody is rung in a circle") {
    pair_house h({});
    dial(h, "8002");
    for (int i = 0; i < 50 && h.of(h.call) != nullptr; ++i) {
      h.wait();
      for (auto it = h.peers.begin(); it != h.peers.end();) {
        const leg_id leg = it->first;
        const bool gone = it->second.releasing;
        ++it;
        if (gone && leg != h.caller) h.confirms_release(leg);
      }
    }
    CHECK(h.of(h.call) == nullptr);
    CHECK(std::count_if(h.seen.begin(), h.seen.end(), [](const event& e) { return e.kind == event_kind::backup_acting; }) == 1);
  }
  SUBCASE("out of order") {
    pair_house h({});
    h.phone("8002", false);
    dial(h, "8002");
    CHECK(h.of(h.call)->destination == h.device("8005"));
    CHECK(h.seen.back().kind == event_kind::backup_acting);
    CHECK(h.seen.back().cause == cause::dest_out_of_order);
    h.phone("8005", false);
    CHECK(h.seen.back().kind == event_kind::position_unmanned);
  }
  SUBCASE("closed, by the calendar") {
    pair_house h({});
    h.apply(any_fact{fact::hours_changed{"8004", false, 0}});
    dial(h, "8004");
    CHECK(h.of(h.call)->destination == h.device("8001"));
    CHECK(h.seen.back().cause == cause::calendar_overflow);
  }
}

TEST_CASE("M5: a transfer to a department that does not answer goes to its B before the caller comes back") {
  pair_house h({"zhang"});
  h.talking();
  REQUIRE(h.consents(consent_of::caller) == errc{});
  REQUIRE(h.send_on("8002") == errc{});
  h.confirms_release(h.op);
  h.refuses(h.target, 486);
  const leg_id b = h.rung("B");
  REQUIRE(b);
  CHECK(h.state.legs.find(b)->device == h.device("8005"));
  CHECK(h.holder() == custodian::wait);
  SUBCASE("who answers") {
    h.answers(b);
    const lines t = h.told();
    CHECK(std::count(t.begin(), t.end(), "transfer_ended connected (normal)") == 1);
    CHECK(h.holder() == custodian::target);
  }
  SUBCASE("who does not: the operator is rung again") {
    h.refuses(b, 486);
    const leg_id again = h.rung("again");
    REQUIRE(again);
    h.answers(again);
    CHECK(h.holder() == custodian::operator_);
  }
}

}  // namespace
}  // namespace cordboard
