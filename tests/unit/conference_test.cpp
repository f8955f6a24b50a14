// SPDX-License-Identifier: Apache-2.0
// More than two parties: who hears whom, who holds the caller when somebody leaves, and what is refused.
#include "house.hpp"

namespace cordboard {
namespace {

struct conference : house {
  errc join() { return give(command(cmd::conference{call, consultation.value})); }
  /// Caller, operator and a department that agreed, in one call.
  void three() {
    talking();
    REQUIRE(consult("8003") == errc{});
    answers(target);
    REQUIRE(consents(consent_of::caller) == errc{});
    REQUIRE(consents(consent_of::target) == errc{});
    REQUIRE(join() == errc{});
  }
  leg_id added;
  errc add(const char* number, participation part = participation::active, const char* as = "added") {
    added = leg_id{fresh()};
    names[added.value] = as;
    return give(command(cmd::single_step_conference{call, device(number), {}, part, added, party_id{fresh()}}));
  }
  errc intrude(const char* number) {
    added = leg_id{fresh()};
    names[added.value] = "intruder";
    return give(command(cmd::intrude{call, device(number), added, party_id{fresh()}}));
  }
  template <class Command>
  errc supervise(const char* number) {
    added = leg_id{fresh()};
    names[added.value] = "supervisor";
    return give(command(Command{call, device(number), added, party_id{fresh()}}));
  }
  source mixed() const { return {source_kind::mix, {}, call}; }
  bool here() const { return state.call_table.find(call) != nullptr; }
  const connection* in_call(leg_id leg) const { return here() ? state.call_table.find(call)->fsm.find(leg) : nullptr; }
  std::uint32_t keeper() const { return state.parties.find(state.call_table.find(call)->caller)->keeper; }
};

TEST_CASE("CSTA Conference Call: the held caller, the consulted party and the operator become one call") {
  conference h;
  h.talking();
  REQUIRE(h.consult("8003") == errc{});
  CHECK(h.join() == errc::call_wrong_state);  // it rings yet
  h.answers(h.target);
  CHECK(h.join() == errc::consent_missing);
  REQUIRE(h.consents(consent_of::caller) == errc{});
  CHECK(h.join() == errc::consent_missing);  // the operator may leave, so it takes what a transfer takes
  REQUIRE(h.consents(consent_of::target) == errc{});
  REQUIRE(h.join() == errc{});
  CHECK(text(h.told()) ==
        text(lines{"command_accepted", "retrieved operator (conference)", "conferenced target (conference)", "command_done",
                   "transfer_ended conferenced (conference)", "connection_cleared operator (conference)",
                   "connection_cleared target (conference)", "call_cleared (conference)", "-> caller hears the others",
                   "-> operator hears the others", "-> target hears the others"}));
  CHECK(h.holder() == custodian::operator_);
  for (const leg_id leg : {h.caller, h.op, h.target}) CHECK(h.peers[leg].hears == h.mixed());
}

TEST_CASE("who declined is not joined with anybody") {
  conference h;
  h.talking();
  REQUIRE(h.consult("8002") == errc{});
  h.answers(h.target);
  REQUIRE(h.consents(consent_of::caller, consent::no) == errc{});
  CHECK(h.join() == errc::consent_declined);
}

TEST_CASE("the operator leaves a conference, and custody goes to who stays before the line is released") {
  for (const bool by_command : {false, true}) {
    conference h;
    h.three();
    if (by_command)
      REQUIRE(h.give(command(cmd::clear_connection{h.call, h.op})) == errc{});
    else
      h.hangs_up(h.op);
    const lines t = h.told();
    const auto at = [&](const char* line) { return std::find(t.begin(), t.end(), line) - t.begin(); };
    CHECK(at("custody_moved caller target (conference)") < at("connection_cleared operator (normal_clearing)"));
    CHECK(h.holder() == custodian::target);
    CHECK(h.keeper() == h.device("8003").value);
    CHECK(h.peers[h.caller].hears == source{source_kind::leg, h.target});
    CHECK(h.peers[h.target].hears == source{source_kind::leg, h.caller});
    // Whoever is left was never given the caller for good: the operator is rung again, and the caller waits with recall.
    if (by_command) h.confirms_release(h.op);
    h.hangs_up(h.target);
    CHECK(h.holder() == custodian::wait);
    CHECK(h.peers[h.caller].hears.kind == source_kind::ringback_tone);
    for (int i = 0; i < 3 && h.holder() == custodian::wait && !h.rung("operator again"); ++i) h.wait();
    const leg_id again = h.leg_named("operator again");
    REQUIRE(again);
    h.answers(again);
    CHECK(h.holder() == custodian::operator_);
  }
}

TEST_CASE("the called party leaves a conference: the operator goes on with the caller as before") {
  conference h;
  h.three();
  h.hangs_up(h.target);
  CHECK(h.holder() == custodian::operator_);
  CHECK(h.peers[h.caller].hears == source{source_kind::leg, h.op});
  REQUIRE(h.give(command(cmd::hold{h.call})) == errc{});
  REQUIRE(h.give(command(cmd::retrieve{h.call})) == errc{});
  REQUIRE(h.consult("8002") == errc{});  // no conference any more
}

TEST_CASE("the caller leaves a conference: two go on, and when one of them hangs up the call ends") {
  conference h;
  h.three();
  h.hangs_up(h.caller);
  CHECK(h.peers[h.op].hears == source{source_kind::leg, h.target});
  REQUIRE(h.here());
  h.hangs_up(h.op);
  CHECK_FALSE(h.here());
  CHECK(h.peers[h.target].releasing);
}

TEST_CASE("a held conference goes on without the operator, whose line nobody hears") {
  conference h;
  h.three();
  REQUIRE(h.give(command(cmd::hold{h.call})) == errc{});
  CHECK(h.peers[h.caller].hears == source{source_kind::leg, h.target});
  CHECK(h.peers[h.op].hears.kind == source_kind::silence);
  CHECK(h.holder() == custodian::operator_);
  REQUIRE(h.give(command(cmd::retrieve{h.call})) == errc{});
  CHECK(h.peers[h.caller].hears == h.mixed());
  // A phone that holds by itself plays music, which the others are not to hear.
  h.apply(any_fact{fact::held_by_phone{h.target, true}});
  CHECK(h.peers[h.target].hears == source{source_kind::listening, {}, h.call});
}

TEST_CASE("nobody is transferred, consulted or parked out of a conference") {
  conference h;
  h.three();
  h.consents(consent_of::caller);
  CHECK(h.consult("8002") == errc::call_conferenced);
  CHECK(h.send_on("8002") == errc::call_conferenced);
  CHECK(h.give(command(cmd::park{h.call})) == errc::call_conferenced);
  h.apply(any_fact{fact::refer_asked{h.op, "8002", {}}});
  CHECK(text(h.told()) == text(lines{"-> answer REFER of operator with 603"}));
}

TEST_CASE("RFC 3891: nobody takes an operator's line over out of a conference, also while somebody is rung yet") {
  for (const bool up : {true, false}) {
    conference h;
    if (up) {
      h.three();
    } else {
      h.talking();
      REQUIRE(h.consents(consent_of::caller) == errc{});
      REQUIRE(h.add("8002") == errc{});
    }
    REQUIRE(h.give(command(cmd::log_on{h.operator_named("li")})) == errc{});
    h.call_in("9000", "1002", h.op);
    CHECK(h.refused == 603);
    CHECK(h.holder() == custodian::operator_);
    CHECK(h.in_call(h.op) != nullptr);
  }
}

TEST_CASE("RFC 3891: a listener stays with a caller whose operator's line is taken over, and nobody joins meanwhile") {
  conference h;
  h.talking();
  REQUIRE(h.add("8005", participation::silent) == errc{});
  h.answers(h.added);
  const leg_id listens = h.added;
  const operator_id li = h.operator_named("li");
  REQUIRE(h.give(command(cmd::log_on{li})) == errc{});
  h.call_in("9000", "1002", h.op);
  leg_id taker;
  for (const auto& [id, p] : h.peers) {
    if (p.device == h.device("1002")) taker = id;
  }
  REQUIRE(taker);
  CHECK(h.intrude("8004") == errc::call_wrong_state);
  CHECK(h.add("8004") == errc::call_wrong_state);
  h.apply(any_fact{fact::acknowledged{taker}});
  h.apply(any_fact{fact::voices_joined{h.call}});
  CHECK(h.holder() == custodian::operator_);
  CHECK(h.keeper() == li.value);
  CHECK(h.in_call(h.op) == nullptr);
  REQUIRE(h.in_call(listens) != nullptr);
  CHECK(h.peers[listens].hears == source{source_kind::listening, {}, h.call});
  CHECK(h.peers[taker].hears == h.mixed());
  h.hangs_up(taker);  // the listener holds nobody
  CHECK(h.in_call(listens) == nullptr);
  CHECK(h.holder() == custodian::wait);
}

TEST_CASE("an operator's phone that dies in a conference: who stays has the caller, and nobody is rung") {
  conference h;
  h.three();
  h.peers.erase(h.op);
  h.apply(any_fact{fact::ended{h.op, 408}});
  CHECK(h.holder() == custodian::target);
  CHECK(h.peers[h.caller].hears == source{source_kind::leg, h.target});
  CHECK_FALSE(h.rung("operator again"));
}

TEST_CASE("CSTA Single Step Conference: a device is rung and joins when it answers; a refusal changes nothing") {
  conference h;
  h.talking();
  CHECK(h.add("8002") == errc::consent_missing);
  REQUIRE(h.consents(consent_of::caller) == errc{});
  CHECK(h.add("8003") == errc::consent_missing);  // that department must agree first: consult it
  CHECK(h.add("1001") == errc::consent_missing);
  REQUIRE(h.add("8002") == errc{});
  CHECK(h.peers[h.caller].hears == source{source_kind::leg, h.op});
  CHECK(h.consult("8001") == errc::call_conferenced);
  h.refuses(h.added, 486);
  CHECK(text(h.told()) ==
        text(lines{"failed added (busy)", "command_failed (busy)", "connection_cleared added (busy)", "leg_released added"}));
  REQUIRE(h.add("8002") == errc{});
  h.answers(h.added);
  CHECK(text(h.told()) ==
        text(lines{"established added (conference)", "conferenced added (conference)", "command_done",
                   "-> added hears the others", "-> caller hears the others", "-> operator hears the others"}));
  CHECK(h.add("8002") == errc::call_wrong_state);  // it is there already
  REQUIRE(h.add("1000", participation::active, "fourth") == errc{});
  h.answers(h.added);
  CHECK(h.state.call_table.find(h.call)->fsm.connections.size() == 4);
  h.hangs_up(h.op);
  CHECK(h.holder() == custodian::target);
}

TEST_CASE("a device that is rung for a call stops ringing when nobody is left whom it could talk to") {
  conference h;
  h.talking();
  REQUIRE(h.add("8002", participation::silent) == errc{});
  h.hangs_up(h.op);
  CHECK(h.peers[h.added].releasing);
  CHECK(h.holder() == custodian::wait);  // the caller hears the closing tone
}

TEST_CASE("a supervisor listens: the others hear and are refused nothing, and who listens holds nobody") {
  conference h;
  h.talking();
  REQUIRE(h.add("1000", participation::silent, "listener") == errc{});
  const leg_id listener = h.added;
  h.answers(listener);
  CHECK(h.peers[listener].hears == source{source_kind::listening, {}, h.call});
  CHECK(h.peers[h.caller].hears == h.mixed());
  REQUIRE(h.give(command(cmd::hold{h.call})) == errc{});
  CHECK(h.peers[h.caller].hears.kind == source_kind::holding_tone);
  CHECK(h.peers[listener].hears == source{source_kind::leg, h.caller});
  REQUIRE(h.give(command(cmd::retrieve{h.call})) == errc{});
  REQUIRE(h.consult("8001") == errc{});
  h.answers(h.target);
  REQUIRE(h.consents(consent_of::caller) == errc{});
  REQUIRE(h.transfer() == errc{});
  h.apply(any_fact{fact::voices_joined{h.call}});
  CHECK(h.holder() == custodian::target);
  CHECK(h.in_call(listener) != nullptr);
  CHECK(h.peers[listener].hears == source{source_kind::listening, {}, h.call});
  h.hangs_up(h.target);
  CHECK(h.peers[listener].releasing);
  CHECK(h.holder() == custodian::wait);
}

TEST_CASE("a supervisor breaks in, is heard by all, and may take over") {
  conference h;
  h.talking();
  CHECK(h.intrude("trunk") == errc::command_invalid);  // nobody outside the house does
  REQUIRE(h.intrude("1000") == errc{});
  h.answers(h.added);
  const lines t = h.told();
  CHECK(std::count(t.begin(), t.end(), "conferenced intruder (intrude)") == 1);
  CHECK(h.peers[h.caller].hears == h.mixed());
  h.hangs_up(h.op);
  CHECK(h.holder() == custodian::target);
  CHECK(h.keeper() == h.device("1000").value);
}

TEST_CASE("who listens breaks in: the same line is heard from then on") {
  conference h;
  h.talking();
  REQUIRE(h.add("1000", participation::silent, "listener") == errc{});
  const leg_id listener = h.added;
  h.answers(listener);
  REQUIRE(h.give(command(cmd::generate_digits{h.call, listener, "1"})) == errc{});
  REQUIRE(h.intrude("1000") == errc{});
  CHECK(h.peers[listener].hears == h.mixed());
  h.peers[listener].keys = false;
  h.apply(any_fact{fact::digits_sent{listener, true}});  // which the keys under way outlive
  CHECK(text(h.told()) == text(lines{"digits_generated listener (normal)", "command_done"}));
  CHECK(h.consult("8002") == errc::call_conferenced);
}

TEST_CASE("a supervisor whispers: the operator alone hears it, by whatever way the supervisor came") {
  for (const participation before : {participation::none, participation::silent, participation::active}) {
    CAPTURE(name(before));
    conference h;
    h.talking();
    if (before == participation::silent) REQUIRE(h.add("1000", before, "supervisor") == errc{});
    if (before == participation::active) REQUIRE(h.intrude("1000") == errc{});
    if (before != participation::none) h.answers(h.added);
    const leg_id there = h.added;
    REQUIRE(h.supervise<cmd::whisper>("1000") == errc{});
    if (before == participation::none) h.answers(h.added);
    const leg_id whispers = before == participation::none ? h.added : there;
    const lines t = h.told();
    CHECK(std::count(t.begin(), t.end(), "command_done") == 1);
    CHECK(h.in_call(whispers)->part == participation::whispering);
    CHECK(h.peers[whispers].hears == source{source_kind::whisper, {}, h.call});
    CHECK(h.peers[h.op].hears == source{source_kind::coached, {}, h.call});
    CHECK(h.peers[h.caller].hears == h.mixed());
    CHECK(h.holder() == custodian::operator_);
    CHECK(h.supervise<cmd::whisper>("1000") == errc::call_wrong_state);  // does already
    // Back to listening, and heard by all.
    REQUIRE(h.add("1000", participation::silent) == errc{});
    CHECK(h.peers[whispers].hears == source{source_kind::listening, {}, h.call});
    CHECK(h.peers[h.op].hears == h.mixed());
    REQUIRE(h.intrude("1000") == errc{});
    CHECK(h.peers[whispers].hears == h.mixed());
    REQUIRE(h.supervise<cmd::whisper>("1000") == errc{});
    // Who whispers holds nobody.
    h.hangs_up(h.op);
    CHECK(h.peers[whispers].releasing);
    CHECK(h.holder() == custodian::wait);
  }
}

TEST_CASE("whoever has the caller does not begin to whisper") {
  conference h;
  h.talking();
  REQUIRE(h.intrude("1000") == errc{});
  h.answers(h.added);
  h.hangs_up(h.op);
  REQUIRE(h.holder() == custodian::target);
  CHECK(h.supervise<cmd::whisper>("1000") == errc::call_wrong_state);
  CHECK(h.supervise<cmd::take_over>("1000") == errc::call_wrong_state);  // there is nobody to take the caller from
}

TEST_CASE("M3: a supervisor takes a call over in one act, with its notes; the operator is out and free") {
  for (const participation before :
       {participation::none, participation::silent, participation::whispering, participation::active}) {
    CAPTURE(name(before));
    conference h;
    h.talking();
    REQUIRE(h.give(command(cmd::associate_data{h.call, "angry about the bill"})) == errc{});
    const std::uint64_t note = h.state.call_table.find(h.call)->data;
    if (before == participation::silent) REQUIRE(h.add("1000", before, "supervisor") == errc{});
    if (before == participation::whispering) REQUIRE(h.supervise<cmd::whisper>("1000") == errc{});
    if (before == participation::active) REQUIRE(h.intrude("1000") == errc{});
    if (before != participation::none) h.answers(h.added);
    const leg_id there = h.added;
    REQUIRE(h.supervise<cmd::take_over>("1000") == errc{});
    if (before == participation::none) {
      CHECK(h.peers[h.caller].hears == source{source_kind::leg, h.op});  // as long as the supervisor's phone rings
      h.answers(h.added);
    }
    const leg_id taker = before == participation::none ? h.added : there;
    const lines t = h.told();
    const auto at = [&](const char* line) { return std::find(t.begin(), t.end(), line) - t.begin(); };
    CHECK(at("custody_moved caller target (take_over)") < at("connection_cleared operator (take_over)"));
    CHECK(h.holder() == custodian::target);
    CHECK(h.keeper() == h.device("1000").value);
    CHECK(h.peers[h.caller].hears == source{source_kind::leg, taker});
    CHECK(h.peers[taker].hears == source{source_kind::leg, h.caller});
    CHECK(h.peers[h.op].releasing);
    CHECK(h.state.operators.find(h.operator_named("zhang"))->state != operator_state::busy);
    CHECK(note != 0);
    CHECK(h.state.call_table.find(h.call)->data == note);
    // The caller is the supervisor's for good: nobody is rung again, and the closing tone follows.
    h.confirms_release(h.op);
    h.hangs_up(taker);
    CHECK(h.holder() == custodian::wait);
    CHECK(h.peers[h.caller].hears.kind == source_kind::closing_tone);
    CHECK_FALSE(h.rung("operator again"));
  }
}

TEST_CASE("a supervisor's phone that does not answer takes nobody over") {
  conference h;
  h.talking();
  REQUIRE(h.supervise<cmd::take_over>("1000") == errc{});
  h.refuses(h.added, 486);
  const lines t = h.told();
  CHECK(std::count(t.begin(), t.end(), "command_failed (busy)") == 1);
  CHECK(h.holder() == custodian::operator_);
  CHECK(h.peers[h.caller].hears == source{source_kind::leg, h.op});
  CHECK(h.supervise<cmd::take_over>("trunk") == errc::command_invalid);
}

TEST_CASE("to listen and to break in takes a right of its own") {
  conference h;
  h.talking();
  command c(cmd::intrude{h.call, h.device("1000"), leg_id{h.fresh()}, party_id{h.fresh()}});
  c.actor = actor_id{1};  // may observe and control
  CHECK(h.give(c) == errc::access_refused);
  c = command(
      cmd::single_step_conference{h.call, h.device("1000"), {}, participation::silent, leg_id{h.fresh()}, party_id{h.fresh()}});
  c.actor = actor_id{1};
  CHECK(h.give(c) == errc::access_refused);
  c = command(
      cmd::single_step_conference{h.call, h.device("1000"), {}, participation::active, leg_id{h.fresh()}, party_id{h.fresh()}});
  c.actor = actor_id{1};
  CHECK(h.give(c) == errc::consent_missing);
}

TEST_CASE("a conference takes 64 parties") {
  conference h;
  h.talking();
  REQUIRE(h.consents(consent_of::caller) == errc{});
  for (std::size_t parties = 2; parties < conference_parties_max; ++parties) {
    // Many may be reached over the one trunk of this house, were the caller to agree and the trunk not ask for more.
    const_cast<device_state*>(h.state.devices.find(h.device("trunk")))->policy = consent_policy::blind;
    h.added = leg_id{h.fresh()};
    REQUIRE(h.give(command(cmd::single_step_conference{
                h.call, {}, "013912345678", participation::active, h.added, party_id{h.fresh()}})) == errc{});
    h.answers(h.added);
  }
  CHECK(h.give(command(cmd::single_step_conference{
            h.call, {}, "013912345678", participation::active, leg_id{h.fresh()}, party_id{h.fresh()}})) ==
        errc::conference_full);
  CHECK(h.intrude("1000") == errc::conference_full);
}

TEST_CASE("keys go to a party one command after the other, and a restart does not press them again") {
  conference h;
  h.talking();
  const auto press = [&](leg_id leg, std::string_view keys) {
    return h.give(command(cmd::generate_digits{h.call, leg, keys}));
  };
  CHECK(press(h.caller, "12x") == errc::command_invalid);
  CHECK(press(leg_id{h.fresh()}, "1") == errc::call_wrong_state);
  REQUIRE(press(h.caller, "12#") == errc{});
  CHECK(text(h.told()) == text(lines{"command_accepted caller", "-> press 12#"}));
  CHECK(press(h.caller, "4") == errc::call_wrong_state);
  h.peers[h.caller].keys = false;
  h.apply(any_fact{fact::digits_sent{h.caller, true}});
  CHECK(text(h.told()) == text(lines{"digits_generated caller (normal)", "command_done"}));
  REQUIRE(press(h.caller, "4") == errc{});
  h.peers[h.caller].keys = false;
  h.apply(any_fact{fact::digits_sent{h.caller, false}});
  CHECK(text(h.told()) ==
        text(lines{"digits_generated caller (incompatible_destination)", "command_failed (incompatible_destination)"}));
  REQUIRE(press(h.op, "5") == errc{});
  const auto given = std::count_if(h.log.begin(), h.log.end(), [](const logged& l) {
    return l.record.kind == event_kind::command_failed && l.record.cause == cause::interrupted;
  });
  CHECK(given == 0);
  int interrupted = 0;
  h.watch = [&](const event& e) {
    interrupted += e.kind == event_kind::command_failed && e.cause == cause::interrupted ? 1 : 0;
  };
  h.crash();
  h.watch = {};
  CHECK(interrupted == 1);
  CHECK(press(h.op, "5") == errc{});
}

TEST_CASE("what is bound to a call stays with it, and a consultation's goes over into the caller's call") {
  conference h;
  h.talking();
  REQUIRE(h.consult("8001") == errc{});
  h.answers(h.target);
  REQUIRE(h.give(command(cmd::associate_data{h.consultation, "case 4711"})) == errc{});
  const std::uint64_t said = h.state.call_table.find(h.consultation)->data;
  REQUIRE(said != 0);
  CHECK(h.log.at(h.log.size() - 2).text == "case 4711");
  REQUIRE(h.consents(consent_of::caller) == errc{});
  REQUIRE(h.join() == errc{});
  CHECK(h.state.call_table.find(h.call)->data == said);
  REQUIRE(h.give(command(cmd::associate_data{h.call, ""})) == errc{});
  CHECK(h.state.call_table.find(h.call)->data == 0);
  CHECK(h.give(command(cmd::associate_data{call_id{h.fresh()}, "x"})) == errc::call_unknown);
}

}  // namespace
}  // namespace cordboard
