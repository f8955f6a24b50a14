// SPDX-License-Identifier: Apache-2.0
// Voices that pass the house by, and come back before anything is done that needs them.
#include "house.hpp"

namespace cordboard {
namespace {

struct direct : house {
  direct() : house({"zhang"}, sim::direct_house()) {}

  const call_state& of_call() const { return *state.call_table.find(call); }
  void moved(bool to_each_other, leg_id refused_by = {}, std::uint16_t status = 0) {
    moves.erase(call);
    apply(any_fact{fact::voices_moved{call, to_each_other, refused_by, status}});
  }
  /// A caller and an operator, past the house.
  void talking_past() {
    talking();
    REQUIRE(of_call().media == media_path::directing);
    moved(true);
    REQUIRE(of_call().media == media_path::direct);
  }
  /// A caller who dials a phone, and is answered there.
  void dialled(bool as_it_is) {
    call = call_in("8001");
    caller = state.parties.find(of_call().caller)->leg;
    names[caller.value] = "caller";
    op = rung("called");
    REQUIRE(peers[op].passes);
    peers[op].up = true;
    apply(any_fact{fact::answered{op, {}, as_it_is}});
  }
  command hold() {
    command c;
    c.kind = command_kind::hold;
    c.call = call;
    c.id = {1, 77};
    return c;
  }
};

TEST_CASE("a caller who dials a phone talks past the house at once, when both devices allow it") {
  direct h;
  h.dialled(true);
  CHECK(text(h.told()) == text(lines{"established called (normal)", "established caller (normal)",
                                     "custody_moved caller target (normal)", "media_moved (normal)", "-> answer caller"}));
  h.hangs_up(h.caller);
  CHECK(h.state.call_table.find(h.call) == nullptr);
}

TEST_CASE("a caller whose description cannot go to the phone as it is, is anchored, and no more is tried when that fails") {
  direct h;
  h.dialled(false);
  CHECK(h.of_call().media == media_path::directing);
  CHECK(h.peers[h.caller].hears == source{source_kind::leg, h.op});
  h.moved(false, h.op, 488);
  CHECK(h.of_call().media == media_path::anchored);
  CHECK(h.peers[h.caller].hears == source{source_kind::leg, h.op});
  h.apply(any_fact{fact::held_by_phone{h.op, true}});
  CHECK(h.moves.empty());
}

TEST_CASE("devices that do not allow it are anchored") {
  direct h;
  h.call = h.call_in("8005");
  const leg_id called = h.rung("called");
  CHECK_FALSE(h.peers[called].passes);
  h.answers(called);
  CHECK(h.of_call().media == media_path::anchored);
  CHECK(h.moves.empty());
}

TEST_CASE("a queued caller is heard in the house first, and goes past it when the operator has answered") {
  direct h;
  h.talking();
  CHECK(h.peers[h.caller].hears == source{source_kind::leg, h.op});  // until both have agreed
  h.moved(true);
  CHECK(text(h.told()) == text(lines{"media_moved (normal)", "-> caller hears silence", "-> operator hears silence"}));
  CHECK(h.holder() == custodian::operator_);
}

TEST_CASE("hold: the voices are called back first, then the command is done") {
  direct h;
  h.talking_past();
  CHECK(h.give(h.hold()) == errc{});
  CHECK(h.of_call().media == media_path::anchoring);
  CHECK(h.of_call().fsm.find(h.op)->state == connection_state::connected);
  h.moved(false);
  CHECK(text(h.told()) == text(lines{"media_moved (normal)", "command_resumed", "held operator (normal)", "command_done",
                                     "-> caller hears holding tone", "-> operator hears silence"}));
  CHECK(h.of_call().fsm.find(h.op)->state == connection_state::hold);
  // What has come back stays.
  h.give(command(cmd::retrieve{h.call}));
  CHECK(h.of_call().media == media_path::anchored);
  CHECK(h.moves.empty());
}

TEST_CASE("custody: a phone that refuses the re-INVITE keeps its talk; the command fails, and the next one is refused") {
  direct h;
  h.talking_past();
  REQUIRE(h.consult("8001") == errc{});
  CHECK(h.of_call().media == media_path::anchoring);
  CHECK(h.state.call_table.find(h.consultation) == nullptr);
  h.moved(true, h.caller, 488);
  CHECK(text(h.told()) ==
        text(lines{"media_moved caller (incompatible_destination)", "command_failed (incompatible_destination)",
                   "-> caller hears silence", "-> operator hears silence"}));
  CHECK(h.holder() == custodian::operator_);
  CHECK(h.of_call().fsm.connections.size() == 2);
  CHECK(h.give(h.hold()) == errc::media_refused);
  h.hangs_up(h.caller);
  CHECK(h.state.call_table.find(h.call) == nullptr);
}

TEST_CASE("a refusal that was of the moment is no reason not to ask again") {
  direct h;
  h.talking_past();
  REQUIRE(h.consult("8001") == errc{});
  h.moved(true, h.op, 491);
  CHECK(h.give(h.hold()) == errc{});
  CHECK(h.of_call().media == media_path::anchoring);
}

TEST_CASE("what would be refused anyhow is refused at once; what waits lets nothing else wait; its time runs out") {
  direct h;
  h.talking_past();
  CHECK(h.consult("nowhere") == errc::device_unknown);
  CHECK(h.of_call().media == media_path::direct);
  REQUIRE(h.consult("8001") == errc{});
  CHECK(h.give(h.hold()) == errc::media_moving);
  h.wait(31 * sim::second);
  h.moved(false);
  CHECK(h.of_call().media == media_path::anchored);
  CHECK(h.state.call_table.find(h.consultation) == nullptr);
}

TEST_CASE("consultation and transfer begin when the voices are here") {
  direct h;
  h.talking_past();
  REQUIRE(h.consult("8001") == errc{});
  CHECK_FALSE(h.peers.contains(h.target));
  h.moved(false);
  CHECK(h.peers.contains(h.target));
  h.answers(h.target);
  h.consents(consent_of::caller);
  REQUIRE(h.transfer() == errc{});
  h.apply(any_fact{fact::voices_joined{h.call}});
  CHECK(h.holder() == custodian::target);
  CHECK(h.of_call().media == media_path::anchored);
}

TEST_CASE("the operator's phone asks by REFER: it is answered when the voices are here, and refused when they cannot be") {
  for (const bool agreed : {true, false}) {
    direct h;
    h.talking_past();
    h.apply(any_fact{fact::refer_asked{h.op, "8002", {}}});
    CHECK(text(h.told()) == text(lines{"media_awaited operator", "media_moving", "-> caller hears operator",
                                       "-> operator hears caller", "-> move voices"}));
    h.moved(!agreed, agreed ? leg_id{} : h.op, agreed ? 0 : 488);
    if (agreed) {
      CHECK(h.rung("target"));
      CHECK(h.holder() == custodian::wait);
    } else {
      CHECK(h.told().at(1) == "-> answer REFER of operator with 488");
      CHECK(h.holder() == custodian::operator_);
    }
  }
}

TEST_CASE("the operator hangs up: the caller is called back to hear the closing; one who refuses is let go") {
  for (const bool agreed : {true, false}) {
    direct h;
    h.talking_past();
    h.hangs_up(h.op);
    CHECK(h.of_call().media == media_path::anchoring);
    CHECK(h.holder() == custodian::wait);
    h.moved(!agreed, agreed ? leg_id{} : h.caller, agreed ? 0 : 488);
    CHECK((h.state.call_table.find(h.call) != nullptr) == agreed);
    if (agreed) CHECK(h.peers[h.caller].hears == source{source_kind::closing_tone});
  }
}

TEST_CASE("the operator's phone dies: the caller is called back and the operator rung again") {
  direct h;
  h.talking_past();
  h.peers.erase(h.op);
  h.apply(any_fact{fact::ended{h.op, 408}});
  CHECK(h.of_call().media == media_path::anchoring);
  const leg_id again = h.rung("again");
  REQUIRE(again);
  h.moved(false);
  h.answers(again);
  CHECK(h.holder() == custodian::operator_);
  CHECK(h.peers[h.caller].hears == source{source_kind::leg, again});
}

TEST_CASE("a hold that comes while the voices are on their way out waits until they are back") {
  direct h;
  h.talking();
  REQUIRE(h.give(h.hold()) == errc{});
  CHECK(h.of_call().media == media_path::directing);
  SUBCASE("they went out, and come back") {
    h.moved(true);
    CHECK(h.of_call().media == media_path::anchoring);
    h.moved(false);
  }
  SUBCASE("they never left") { h.moved(false, h.caller, 488); }
  CHECK(h.of_call().fsm.find(h.op)->state == connection_state::hold);
}

TEST_CASE("a crash while voices are moved: they are asked for again, and what waits for them goes on") {
  direct h;
  h.talking_past();
  h.give(h.hold());
  h.crash();
  CHECK(h.moves.contains(h.call));
  h.moved(false);
  CHECK(h.of_call().fsm.find(h.op)->state == connection_state::hold);

  direct half;
  half.talking();
  half.crash();
  CHECK(half.of_call().media == media_path::anchoring);
  half.moved(false);
  CHECK(half.of_call().media == media_path::anchored);
}

TEST_CASE("keys and words are sent when the voices are here") {
  direct h;
  h.talking_past();
  command c;
  c.kind = command_kind::generate_digits;
  c.call = h.call;
  c.leg = h.caller;
  (void)set_text(c, "12");
  REQUIRE(h.give(c) == errc{});
  CHECK_FALSE(h.peers[h.caller].keys);
  h.moved(false);
  CHECK(h.peers[h.caller].keys);
}

TEST_CASE("INVITE with Replaces: the voices are called back, and who asks again takes the caller") {
  direct h;
  h.talking_past();
  h.call_in("9000", "8002", h.op);
  CHECK(h.refused == 491);
  CHECK(h.of_call().media == media_path::anchoring);
}

}  // namespace
}  // namespace cordboard
