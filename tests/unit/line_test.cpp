// SPDX-License-Identifier: Apache-2.0
// An operator's line that is kept: calls come and go on it, and the phone hears of none of them.
#include "house.hpp"

namespace cordboard {
namespace {

house_config with_line() {
  house_config config = sim::small_house();
  config.operators[0].keep_line = true;
  return config;
}

struct desk : house {
  operator_id zhang;
  leg_id line;
  desk() : house({"zhang"}, with_line()) {
    zhang = operator_named("zhang");
    line = line_of();
  }
  leg_id line_of() const { return state.operators.find(zhang)->line; }
  /// The phone takes the line.
  void up() {
    REQUIRE(line);
    names[line.value] = "line";
    answers(line);
  }
  /// A caller whom the screen shows, and the operator takes.
  leg_id takes() {
    call = call_in("9000");
    caller = state.parties.find(state.call_table.find(call)->caller)->leg;
    names[caller.value] = "caller";
    REQUIRE(state.call_table.find(call)->offered_to == zhang);
    CHECK_FALSE(state.call_table.find(call)->offer);  // nothing rings
    REQUIRE(give(command(cmd::answer{call, zhang})) == errc{});
    op = line;
    return caller;
  }
  operator_state does() const { return state.operators.find(zhang)->state; }
  bool rings_now() const {
    for (const auto& [id, p] : peers)
      if (!p.up && !p.releasing && p.device == state.operators.find(zhang)->phone) return true;
    return false;
  }
};

TEST_CASE("a line is asked for at the log-on, and from its answer on something is always heard there") {
  desk d;
  REQUIRE(d.line);
  CHECK(d.peers[d.line].device == d.device("1001"));
  d.up();
  CHECK(text(d.told()) == text(lines{"line_up line", "-> line hears silence"}));
  CHECK(d.state.devices.find(d.device("1001"))->lines == 0);  // it takes no line from anybody
}

TEST_CASE("a caller is joined to the line by the command, in its batch, and leaves it as it was") {
  desk d;
  d.up();
  for (int i = 0; i < 3; ++i) {
    const leg_id caller = d.takes();
    const lines t = d.told();
    CHECK(std::count(t.begin(), t.end(), "command_done") == 1);
    CHECK(std::count(t.begin(), t.end(), "-> ring line") == 0);
    CHECK(d.peers[caller].hears == source{source_kind::leg, d.line});
    CHECK(d.peers[d.line].hears == source{source_kind::leg, caller});
    CHECK(d.holder() == custodian::operator_);
    CHECK(d.does() == operator_state::busy);
    CHECK(d.state.devices.find(d.device("1001"))->lines == 1);
    d.hangs_up(caller);
    CHECK_FALSE(d.peers[d.line].releasing);
    CHECK(d.peers[d.line].hears == source{});
    CHECK(d.does() != operator_state::busy);
    CHECK(d.line_of() == d.line);
    for (int n = 0; n < 5 && d.does() != operator_state::ready; ++n) d.wait();  // the work after the call
  }
  CHECK(d.state.parties.own().size() == 1);  // of earlier calls nothing is left
}

TEST_CASE("hold, consultation and transfer are switches on the line") {
  desk d;
  d.up();
  const leg_id caller = d.takes();
  REQUIRE(d.give(command(cmd::hold{d.call})) == errc{});
  REQUIRE(d.give(command(cmd::retrieve{d.call})) == errc{});
  REQUIRE(d.consult("8001") == errc{});
  d.answers(d.target);
  CHECK(d.peers[d.line].hears == source{source_kind::leg, d.target});
  REQUIRE(d.consents(consent_of::caller) == errc{});
  REQUIRE(d.transfer() == errc{});
  d.apply(any_fact{fact::voices_joined{d.call}});
  CHECK(d.holder() == custodian::target);
  CHECK(d.peers[caller].hears == source{source_kind::leg, d.target});
  CHECK_FALSE(d.peers[d.line].releasing);
  CHECK(d.peers[d.line].hears == source{});
}

TEST_CASE("an operator's own call begins on the line: the called phone rings at once") {
  desk d;
  d.up();
  const call_id made{d.fresh()};
  REQUIRE(d.give(command(cmd::make_call{d.zhang, {}, "8001", made, leg_id{d.fresh()}, party_id{d.fresh()}})) == errc{});
  REQUIRE(d.state.call_table.find(made) != nullptr);
  CHECK(d.state.call_table.find(made)->fsm.find(d.line)->state == connection_state::connected);
  leg_id rung;
  for (const auto& [id, p] : d.peers)
    if (p.device == d.device("8001")) rung = id;
  REQUIRE(rung);
  d.answers(rung);
  CHECK(d.peers[rung].hears == source{source_kind::leg, d.line});
  d.hangs_up(rung);
  CHECK_FALSE(d.peers[d.line].releasing);
}

TEST_CASE("an operator who hangs up the phone has closed the call, and the line comes back") {
  desk d;
  d.up();
  const leg_id caller = d.takes();
  d.hangs_up(d.line);
  const lines t = d.told();
  CHECK(std::count(t.begin(), t.end(), "line_ended line (normal_clearing)") == 1);
  CHECK(d.peers[caller].hears.kind == source_kind::closing_tone);
  CHECK_FALSE(d.line_of());
  CHECK_FALSE(d.rings_now());
  for (int i = 0; i < 20 && !d.line_of(); ++i) d.wait();
  REQUIRE(d.line_of());
  CHECK(d.line_of() != d.line);
  d.line = d.line_of();
  d.up();
}

TEST_CASE("a phone that refuses the line is rung for callers as any, and asked again") {
  desk d;
  d.names[d.line.value] = "line";
  d.refuses(d.line, 486);
  CHECK_FALSE(d.line_of());
  d.call = d.call_in("9000");
  CHECK(d.rings_now());
  const leg_id rung = d.state.call_table.find(d.call)->offer;
  REQUIRE(rung);
  d.answers(rung);
  d.caller = d.state.parties.find(d.state.call_table.find(d.call)->caller)->leg;
  d.hangs_up(d.caller);
  CHECK(d.peers[rung].releasing);  // that line was the call's
  d.confirms_release(rung);
  for (int i = 0; i < 20 && !d.line_of(); ++i) d.wait();
  CHECK(d.line_of());
}

TEST_CASE("who logs off has no line; nor has the phone of a house that stops") {
  for (const bool stops : {false, true}) {
    desk d;
    d.up();
    if (stops)
      d.apply(any_fact{fact::stopping{}});
    else
      REQUIRE(d.give(command(cmd::log_off{d.zhang})) == errc{});
    CHECK(d.peers[d.line].releasing);
    CHECK_FALSE(d.line_of());
    d.confirms_release(d.line);
    CHECK(d.state.legs.find(d.line) == nullptr);
    CHECK(d.state.operators.find(d.zhang)->line_at == 0);
  }
}

TEST_CASE("a line is gone on with in another process") {
  desk d;
  d.up();
  const leg_id caller = d.takes();
  auto again = load(save(d.state));
  REQUIRE(again);
  CHECK(is_kept(*again, d.line));
  CHECK(hears(*again, caller) == source{source_kind::leg, d.line});
  d.hangs_up(caller);
  again = load(save(d.state));
  REQUIRE(again);
  CHECK(again->legs.find(d.line)->fsm.phase == leg_phase::up);
  CHECK(hears(*again, d.line) == source{});
}

}  // namespace
}  // namespace cordboard
