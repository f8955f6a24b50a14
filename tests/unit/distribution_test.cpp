// SPDX-License-Identifier: Apache-2.0
// Which operator is asked: each way of giving out callers, skills, who stands in, and callers chosen by hand.
#include "house.hpp"

namespace cordboard {
namespace {

/// Four operators who answer at once and are free a second later; who was asked is noted.
struct sharing : house {
  explicit sharing(distribution by, std::initializer_list<const char*> on_duty = {"zhang", "li", "wang", "zhao"},
                   house_config c = sim::small_house())
      : house(on_duty, with(by, std::move(c))) {}
  static house_config with(distribution by, house_config c) {
    c.queues[0].distribution = by;
    for (auto& o : c.operators) o.wrap_up = std::chrono::seconds(0), o.screen = false;
    c.operators[1].weight = 3;
    return c;
  }
  const operator_record& op(const char* name) { return *state.operators.find(operator_named(name)); }
  leg_id caller_of(call_id id) { return state.parties.find(state.call_table.find(id)->caller)->leg; }
  std::string asked(call_id id) {
    const call_state* c = state.call_table.find(id);
    const operator_record* o = c != nullptr ? state.operators.find(c->offered_to) : nullptr;
    return o != nullptr ? o->name : "";
  }
  /// A caller is served and leaves; @returns  by whom.
  std::string serve() {
    const call_id id = call_in("9000");
    const std::string who = asked(id);
    const leg_id line = state.call_table.find(id)->offer;
    answers(line);
    now += sim::second;
    hangs_up(caller_of(id));
    confirms_release(line);
    now += sim::second;
    settle();
    return who;
  }
  lines serve(int times) {
    lines all;
    for (int i = 0; i < times; ++i) all.push_back(serve());
    return all;
  }
};

TEST_CASE("longest idle: who has been ready longest is asked") {
  sharing h(distribution::longest_idle);
  CHECK(h.serve(5) == lines{"zhang", "li", "wang", "zhao", "zhang"});
  h.give(command(cmd::not_ready{h.operator_named("li")}));
  h.give(command(cmd::ready{h.operator_named("li")}));
  CHECK(h.serve(4) == lines{"wang", "zhao", "zhang", "li"});
}

TEST_CASE("round robin: the next one in the list, also past who is away") {
  sharing h(distribution::round_robin);
  CHECK(h.serve(5) == lines{"zhang", "li", "wang", "zhao", "zhang"});
  h.give(command(cmd::not_ready{h.operator_named("li")}));
  CHECK(h.serve(2) == lines{"wang", "zhao"});
  h.give(command(cmd::ready{h.operator_named("li")}));
  CHECK(h.serve(2) == lines{"zhang", "li"});
}

TEST_CASE("top down: the first one in the list who is free") {
  sharing h(distribution::top_down);
  CHECK(h.serve(3) == lines{"zhang", "zhang", "zhang"});
  h.talking();
  CHECK(h.serve(2) == lines{"li", "li"});
}

TEST_CASE("fewest calls: who has taken fewer since logging on") {
  sharing h(distribution::fewest_calls, {"zhang", "li"});
  CHECK(h.serve(4) == lines{"zhang", "li", "zhang", "li"});
  h.give(command(cmd::log_on{h.operator_named("wang")}));
  h.give(command(cmd::ready{h.operator_named("wang")}));
  CHECK(h.serve(3) == lines{"wang", "wang", "zhang"});
}

TEST_CASE("weighted: each operator's share of the calls") {
  sharing h(distribution::weighted);
  std::map<std::string, int> taken;
  for (const std::string& who : h.serve(60)) ++taken[who];
  CHECK(taken == std::map<std::string, int>{{"zhang", 10}, {"li", 30}, {"wang", 10}, {"zhao", 10}});
}

TEST_CASE("ring all: every phone rings, the first who answers has the caller, and the others stop") {
  sharing h(distribution::ring_all, {"zhang", "li", "wang"});
  const call_id id = h.call_in("9000");
  const call_id next = h.call_in("9000");
  const call_state& call = *h.state.call_table.find(id);
  REQUIRE(call.also.size() == 2);
  CHECK(h.asked(next) == "");  // they ring for one caller at a time
  for (const char* name : {"zhang", "li", "wang"}) CHECK(h.op(name).state == operator_state::busy);
  const leg_id li = h.op("li").leg, zhang = h.op("zhang").leg, wang = h.op("wang").leg;
  // One refuses: the others ring on.
  h.refuses(wang, 603);
  CHECK(h.op("wang").state == operator_state::not_ready);
  REQUIRE(h.state.call_table.find(id)->also.size() == 1);
  h.answers(li);
  CHECK(h.state.call_table.find(id)->operator_ == h.operator_named("li"));
  CHECK(h.peers[zhang].releasing);
  CHECK(h.peers[h.caller_of(id)].hears.leg == li);
  // Both answered at once: the second one is released all the same, and has the next caller.
  h.apply(any_fact{fact::answered{zhang}});
  h.confirms_release(zhang);
  h.settle();
  CHECK(h.asked(next) == "zhang");
  CHECK(h.op("li").calls == std::vector<call_id>{id});
}

TEST_CASE("ring all: nobody answers, the caller gives up, the process dies: nothing rings on") {
  for (const int how : {0, 1, 2}) {
    sharing h(distribution::ring_all, {"zhang", "li"});
    const call_id id = h.call_in("9000");
    REQUIRE(h.state.call_table.find(id)->also.size() == 1);
    if (how == 0) {
      while (!h.state.call_table.find(id)->offered_to || h.op("zhang").state != operator_state::not_ready) {
        h.wait();
        if (h.op("li").state == operator_state::not_ready && h.op("zhang").state == operator_state::not_ready) break;
      }
      CHECK(h.state.queues.find(h.state.call_table.find(id)->queue)->waiting == std::vector<call_id>{id});
    } else if (how == 1) {
      h.hangs_up(h.caller_of(id));
      for (const char* name : {"zhang", "li"}) CHECK(h.op(name).state == operator_state::ready);
      for (const auto& [leg, p] : h.peers) CHECK(p.releasing);
    } else {
      h.crash();
      // What only rang is rung anew, for both.
      CHECK(h.state.call_table.find(id)->also.size() == 1);
    }
  }
}

TEST_CASE("skills: who cannot do what a queue asks for is not asked") {
  house_config c = sim::small_house();
  c.queues[0].skills = {"english", "sign"};
  c.operators[0].skills = {"english"};
  c.operators[2].skills = {"sign", "cantonese", "english"};
  sharing h(distribution::longest_idle, {"zhang", "li", "wang"}, c);
  CHECK(h.serve(2) == lines{"wang", "wang"});
  h.give(command(cmd::log_off{h.operator_named("wang")}));
  const call_id id = h.call_in("9000");
  CHECK(h.asked(id) == "");
  CHECK(h.state.operators.find(h.operator_named("zhang"))->state == operator_state::ready);
}

TEST_CASE("an operator takes a chosen caller out of the line by hand") {
  sharing h(distribution::longest_idle, {"zhang", "li"});
  h.talking();
  const call_id second = h.call_in("9000");
  REQUIRE(h.asked(second) == "li");
  const call_id third = h.call_in("9000"), fourth = h.call_in("9000");
  // A third operator, who is not ready for calls by the queue, takes the last one who waits.
  h.give(command(cmd::log_on{h.operator_named("wang")}));
  REQUIRE(h.give(command(cmd::pickup{fourth, h.operator_named("wang")})) == errc{});
  CHECK(h.asked(fourth) == "wang");
  CHECK(h.asked(third) == "");
  const leg_id line = h.state.call_table.find(fourth)->offer;
  h.answers(line);
  CHECK(h.state.parties.find(h.state.call_table.find(fourth)->caller)->custodian == custodian::operator_);
}

}  // namespace
}  // namespace cordboard
