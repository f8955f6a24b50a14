// SPDX-License-Identifier: Apache-2.0
// Waiting for a busy phone: a caller who camps on, and an operator who is called back.
#include "house.hpp"

namespace cordboard {
namespace {

struct busy_house : house {
  using house::house;
  leg_id talks;  ///< the line that keeps the phone busy
  /// Somebody of the house talks to the phone.
  void occupy(const char* number, const char* from = "8004") {
    call_in(number, from);
    talks = rung("talks");
    REQUIRE(talks);
    answers(talks);
  }
  void hang_up_there() {
    hangs_up(talks);
    settle();
  }
  /// As `talking`, and the caller agrees to be sent on.
  void agreed() {
    talking();
    REQUIRE(consents(consent_of::caller) == errc{});
  }
  errc camp(const char* number) { return give(command(cmd::camp_on{call, device(number), {}})); }
  errc call_back(const char* who, const char* number) {
    return give(command(cmd::call_back_when_free{operator_named(who), device(number), {}}));
  }
  const party_state& served() const { return *state.parties.find(state.call_table.find(call)->caller); }
  operator_state op_state(const char* who) const { return state.operators.find(operator_named(who))->state; }
};

TEST_CASE("CSTA Camp On Call: the caller waits for the busy phone, which rings when it is free; the operator is free at once") {
  busy_house h;
  h.agreed();
  CHECK(h.camp("8002") == errc::device_free);
  h.occupy("8002");
  REQUIRE(h.camp("8002") == errc{});
  CHECK(text(h.told()) ==
        text(lines{"command_accepted", "custody_moved caller wait (camp_on)", "queued caller (camp_on)",
                   "connection_cleared operator (camp_on)", "command_done", "operator_working_after_call (normal)",
                   "-> caller hears waiting tone", "-> release operator"}));
  h.confirms_release(h.op);
  const leg_id before = h.rung("nobody");
  CHECK_FALSE(before);
  h.hang_up_there();
  const leg_id rings = h.rung("freed");
  REQUIRE(rings);
  CHECK(h.peers[rings].device == h.device("8002"));
  CHECK(h.holder() == custodian::wait);
  h.answers(rings);
  h.apply(any_fact{fact::voices_joined{h.call}});
  CHECK(h.holder() == custodian::target);
  CHECK(h.peers[h.caller].hears == source{source_kind::leg, rings});
  CHECK(h.peers[rings].hears == source{source_kind::leg, h.caller});
  h.hangs_up(h.caller);
  CHECK(h.state.call_table.find(h.call) == nullptr);
}

TEST_CASE("custody: a phone that was waited for and does not take the caller gives the caller back to the operator") {
  for (const bool refuses : {true, false}) {
    busy_house h;
    h.agreed();
    h.occupy("8002");
    REQUIRE(h.camp("8002") == errc{});
    h.confirms_release(h.op);
    while (h.op_state("zhang") != operator_state::ready) h.wait();
    if (refuses) {
      h.hang_up_there();
      h.refuses(h.rung("freed"), 486);
    } else {
      while (h.served().why == cause::camp_on) h.wait();  // the limit passes
    }
    const leg_id again = h.rung("operator again");
    REQUIRE(again);
    CHECK(h.peers[again].device == h.device("1001"));
    CHECK(h.holder() == custodian::wait);
    h.answers(again);
    CHECK(h.holder() == custodian::operator_);
    if (!refuses) h.hang_up_there();
    CHECK_FALSE(h.rung("too late"));
  }
}

TEST_CASE("camp on takes what a transfer without consultation takes, and a phone of the house") {
  busy_house h;
  h.talking();
  h.occupy("8003");  // asks for consents
  CHECK(h.camp("8003") == errc::consent_missing);
  CHECK(h.camp("trunk") == errc::command_invalid);
  CHECK(h.give(command(cmd::camp_on{h.call, {}, "1001"})) == errc::command_invalid);  // the operator's own
  CHECK(h.give(command(cmd::camp_on{call_id{77}, h.device("8003"), {}})) == errc::call_unknown);
  h.consents(consent_of::caller, consent::no);
  CHECK(h.camp("8003") == errc::consent_declined);
  CHECK(h.holder() == custodian::operator_);
}

TEST_CASE("who waits for a busy phone may give up, or be taken by an operator") {
  for (const bool gives_up : {true, false}) {
    busy_house h;
    h.agreed();
    h.occupy("8002");
    REQUIRE(h.camp("8002") == errc{});
    h.confirms_release(h.op);
    if (gives_up) {
      h.hangs_up(h.caller);
      CHECK(h.state.call_table.find(h.call) == nullptr);
    } else {
      while (h.op_state("zhang") != operator_state::ready) h.wait();
      REQUIRE(h.give(command(cmd::unpark{h.call, h.operator_named("zhang")})) == errc{});
      const leg_id takes = h.rung("takes");
      REQUIRE(takes);
      h.hang_up_there();  // while the operator is rung nobody else is
      CHECK_FALSE(h.rung("freed"));
      h.refuses(takes, 603);
      CHECK(h.served().why == cause::camp_on);
      h.settle();
      CHECK(h.rung("freed"));
      continue;
    }
    h.hang_up_there();
    CHECK_FALSE(h.rung("freed"));
  }
}

TEST_CASE("CSTA Call Back: the operator's phone rings as soon as the busy phone and the operator are free, then that phone") {
  busy_house h({"zhang"});
  CHECK(h.call_back("zhang", "8002") == errc::device_free);
  CHECK(h.call_back("li", "8002") == errc::operator_wrong_state);
  h.occupy("8002");
  REQUIRE(h.call_back("zhang", "8002") == errc{});
  CHECK(text(h.told()) == text(lines{"command_accepted", "call_back_set", "command_done"}));
  REQUIRE(h.call_back("zhang", "8002") == errc{});  // once is enough
  CHECK(text(h.told()) == text(lines{"command_accepted", "command_done"}));
  h.talking();  // the operator is busy now
  h.hang_up_there();
  CHECK_FALSE(h.rung("early"));
  h.hangs_up(h.op);
  h.settle();
  const leg_id op = h.rung("own");
  REQUIRE(op);
  CHECK(h.peers[op].device == h.device("1001"));
  CHECK(h.op_state("zhang") == operator_state::busy);
  h.answers(op);
  const leg_id far = h.rung("freed");
  REQUIRE(far);
  CHECK(h.peers[far].device == h.device("8002"));
  h.answers(far);
  CHECK(h.peers[op].hears == source{source_kind::leg, far});
  CHECK(h.state.call_backs.own().empty());
}

TEST_CASE("a call back is given up by command or in time, and comes behind a caller who waits for the same phone") {
  busy_house h;
  h.occupy("8002");
  CHECK(h.give(command(cmd::cancel_call_back{h.operator_named("zhang"), h.device("8002")})) == errc::call_back_unknown);
  REQUIRE(h.call_back("zhang", "8002") == errc{});
  REQUIRE(h.give(command(cmd::cancel_call_back{h.operator_named("zhang"), h.device("8002")})) == errc{});
  CHECK(text(h.told()) == text(lines{"command_accepted", "call_back_ended (call_cancelled)", "command_done"}));
  REQUIRE(h.call_back("zhang", "8002") == errc{});
  while (!h.state.call_backs.own().empty()) h.wait();
  CHECK(text(h.told()) == text(lines{"call_back_ended (timeout)"}));
  REQUIRE(h.call_back("zhang", "8002") == errc{});
  h.agreed();
  REQUIRE(h.camp("8002") == errc{});
  h.confirms_release(h.op);
  while (h.op_state("zhang") != operator_state::ready) h.wait();
  h.hang_up_there();
  const leg_id rings = h.rung("freed");
  REQUIRE(rings);
  CHECK(h.peers[rings].device == h.device("8002"));
  CHECK(h.served().call == h.call);
  CHECK_FALSE(h.rung("own"));
}

TEST_CASE("whoever waits for a busy phone is there after a crash") {
  busy_house h;
  h.agreed();
  h.occupy("8002");
  REQUIRE(h.camp("8002") == errc{});
  h.confirms_release(h.op);
  REQUIRE(h.call_back("zhang", "8002") == errc{});
  h.crash();
  CHECK(h.served().why == cause::camp_on);
  CHECK(h.state.call_backs.own().size() == 1);
  h.hang_up_there();
  CHECK(h.rung("freed"));
}

}  // namespace
}  // namespace cordboard
