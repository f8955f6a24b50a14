// SPDX-License-Identifier: Apache-2.0
// A switchboard at work, with a set clock and peers that do what they are told. Whole batches are compared.
#include "house.hpp"

namespace cordboard {
namespace {

TEST_CASE("S1: a caller is queued, answered and talks to an operator") {
  house h;
  const call_id call = h.call_in("9000");
  const leg_id caller = h.state.parties.find(h.state.call_table.find(call)->caller)->leg;
  h.names[caller.value] = "caller";
  const leg_id op = h.rung("operator");
  CHECK(text(h.told()) == text(lines{"operator_busy (distributed)", "offered operator (distributed)", "-> ring operator"}));
  h.peers[op].up = true;
  h.apply(any_fact{fact::answered{op}});
  const lines answered = h.told();
  CHECK(text(lines(answered.begin(), answered.begin() + 3)) ==
        text(lines{"established operator (distributed)", "established caller (normal)",
                   "custody_moved caller operator (distributed)"}));
  CHECK(std::count(answered.begin(), answered.end(), "-> caller hears operator") == 1);
  CHECK(std::count(answered.begin(), answered.end(), "-> operator hears caller") == 1);
}

TEST_CASE("S4: who was to be rung when the house crashed is rung, since no INVITE left before its dialog was written down") {
  house h;
  h.call_in("9000");
  const leg_id op = h.rung("operator");
  h.apply(any_fact{fact::restarted{true, 0}});
  h.peers.erase(op);
  h.apply(any_fact{fact::leg_lost{op}});
  CHECK(text(h.told()) == text(lines{"-> ring operator"}));
  CHECK(h.state.legs.find(op)->fsm.phase == leg_phase::inviting);
  // One that rang may have been lost with its dialog: then the caller waits for another.
  h.apply(any_fact{fact::ringing{op}});
  h.peers.erase(op);
  h.apply(any_fact{fact::leg_lost{op}});
  CHECK(h.state.legs.find(op) == nullptr);
}

TEST_CASE("S4: a consented transfer moves the voices first and lets the operator go last") {
  house h;
  h.talking();
  REQUIRE(h.consult("8003") == errc{});
  CHECK(text(h.told()) ==
        text(lines{"command_accepted target", "held operator (consultation)", "originated operator (consultation)",
                   "digits_dialed", "offered target (consultation)", "transfer_started target (consultation)", "-> ring target",
                   "-> caller hears holding tone", "-> operator hears ringback tone"}));
  h.answers(h.target);
  REQUIRE(h.transfer() == errc::consent_missing);
  REQUIRE(h.consents(consent_of::caller) == errc{});
  REQUIRE(h.transfer() == errc::consent_missing);  // this department's policy asks for the called party's too
  REQUIRE(h.consents(consent_of::target) == errc{});
  REQUIRE(h.transfer() == errc{});
  CHECK(h.holder() == custodian::operator_);
  CHECK(h.state.legs.find(h.op)->fsm.phase == leg_phase::up);
  h.apply(any_fact{fact::voices_joined{h.call}});
  CHECK(text(h.told()) ==
        text(lines{"transferred target (transfer)", "custody_moved caller target (transfer)",
                   "connection_cleared operator (transfer)", "connection_cleared operator (transfer)",
                   "connection_cleared target (transfer)", "call_cleared (transfer)", "transfer_ended connected (normal)",
                   "command_done", "operator_working_after_call (normal)", "-> release operator"}));
  CHECK(h.holder() == custodian::target);
}

TEST_CASE("S4: a consultation that fails gives the caller back, and nobody was torn down") {
  for (const auto& [status, why] :
       {std::pair<std::uint16_t, cause>{486, cause::busy}, {603, cause::call_rejected}, {408, cause::dest_out_of_order}}) {
    house h;
    h.talking();
    REQUIRE(h.consult("8003") == errc{});
    h.refuses(h.target, status);
    const std::string said = fmt::format("({})", name(why));
    CHECK(text(h.told()) == text(lines{"failed target " + said, "command_failed " + said, "connection_cleared target " + said,
                                       "connection_cleared operator " + said, "call_cleared " + said,
                                       status == 486 ? "retrieved operator (recall_busy)" : "retrieved operator (recall)",
                                       "transfer_ended returned " + said, "leg_released target", "-> caller hears operator",
                                       "-> operator hears caller"}));
    CHECK(h.holder() == custodian::operator_);
  }
}

TEST_CASE("S4: a caller sent on blind comes back when nobody answers") {
  house h;
  h.talking();
  REQUIRE(h.send_on("8003") == errc::consent_missing);
  REQUIRE(h.consents(consent_of::caller) == errc{});
  REQUIRE(h.send_on("8003") == errc::consent_missing);  // not allowed by that department's policy
  REQUIRE(h.send_on("8002") == errc{});
  CHECK(h.holder() == custodian::wait);
  h.confirms_release(h.op);
  h.apply(any_fact{fact::ringing{h.target}});
  while (h.state.legs.find(h.target)->fsm.live()) h.wait();  // to the ring limit of the department
  CHECK(h.peers[h.target].releasing);
  const leg_id again = h.rung("operator again");
  REQUIRE(again);
  CHECK(h.holder() == custodian::wait);
  h.answers(again);
  CHECK(h.holder() == custodian::operator_);
  const lines t = h.told();
  CHECK(std::count(t.begin(), t.end(), "transfer_ended recalled (call_not_answered)") == 1);
}

TEST_CASE("S4: put through while it rings, refused: the caller comes back to the operator who has left") {
  house h;
  h.talking();
  REQUIRE(h.consult("8002") == errc{});
  h.apply(any_fact{fact::ringing{h.target}});
  const auto put_through = command(cmd::transfer_ringing{h.call, h.consultation.value});
  REQUIRE(h.give(put_through) == errc::consent_missing);  // the caller is asked, always
  REQUIRE(h.consents(consent_of::caller) == errc{});
  REQUIRE(h.give(put_through) == errc{});
  CHECK(text(h.told()) ==
        text(lines{"command_accepted", "custody_moved caller wait (transfer)", "offered target (transfer)",
                   "transfer_advanced target ringing", "connection_cleared operator (transfer)", "command_done",
                   "connection_cleared operator (transfer)", "connection_cleared target (transfer)", "call_cleared (transfer)",
                   "operator_working_after_call (normal)", "-> caller hears ringback tone", "-> release operator"}));
  h.confirms_release(h.op);
  h.refuses(h.target, 603);
  const leg_id again = h.rung("operator again");
  REQUIRE(again);
  CHECK(h.holder() == custodian::wait);
  h.answers(again);
  CHECK(h.holder() == custodian::operator_);
  const lines t = h.told();
  CHECK(std::count(t.begin(), t.end(), "transfer_ended recalled (call_rejected)") == 1);
}

TEST_CASE("put through while it rings, answered: the caller talks to the called party") {
  house h;
  h.talking();
  REQUIRE(h.consult("8002") == errc{});
  h.apply(any_fact{fact::ringing{h.target}});
  h.consents(consent_of::caller);
  REQUIRE(h.give(command(cmd::transfer_ringing{h.call, h.consultation.value})) == errc{});
  h.answers(h.target);
  CHECK(h.holder() == custodian::target);
  CHECK(h.peers[h.caller].hears.leg == h.target);
  const lines t = h.told();
  CHECK(std::count(t.begin(), t.end(), "command_done") == 1);
}

TEST_CASE("S4: a department that must agree first is not put through to while it rings") {
  house h;
  h.talking();
  REQUIRE(h.consult("8003") == errc{});
  h.apply(any_fact{fact::ringing{h.target}});
  h.consents(consent_of::caller);
  CHECK(h.give(command(cmd::transfer_ringing{h.call, h.consultation.value})) == errc::consent_missing);
  CHECK(h.holder() == custodian::operator_);
}

TEST_CASE("RFC 5589: the operator's phone sends the caller on, and the caller comes back when nobody answers") {
  house h;
  h.talking();
  h.apply(any_fact{fact::refer_asked{h.op, "8002", {}}});
  h.target = h.rung("target");
  REQUIRE(h.target);
  CHECK(text(h.told()) ==
        text(lines{"consent_declared", "custody_moved caller wait (single_step_transfer)", "digits_dialed",
                   "offered target (single_step_transfer)", "transfer_started target (single_step_transfer)",
                   "connection_cleared operator (single_step_transfer)", "operator_working_after_call (normal)",
                   "-> answer REFER of operator with 202", "-> tell operator 200", "-> ring target",
                   "-> caller hears ringback tone", "-> release operator"}));
  h.confirms_release(h.op);
  h.refuses(h.target, 486);
  const leg_id again = h.rung("operator again");
  REQUIRE(again);
  h.answers(again);
  CHECK(h.holder() == custodian::operator_);
}

TEST_CASE("RFC 5589: the operator's phone joins the caller with its other line, and is told when they are joined") {
  house h;
  h.talking();
  const leg_id other = h.own_call("8001");  // announced: an answer is enough
  h.target = h.rung("target");
  REQUIRE(h.target);
  h.answers(h.target);
  h.apply(any_fact{fact::refer_asked{h.op, "8001", other}});
  CHECK(text(h.told()) ==
        text(lines{"consent_declared", "transfer_started target (consultation)", "transfer_advanced target moving",
                   "-> answer REFER of operator with 202", "-> caller hears target", "-> operator hears silence",
                   "-> other hears silence", "-> target hears caller", "-> confirm voices"}));
  h.hangs_up(other);  // as many phones do at once; it changes nothing
  h.apply(any_fact{fact::voices_joined{h.call}});
  CHECK(h.holder() == custodian::target);
  const lines t = h.told();
  CHECK(std::count(t.begin(), t.end(), "-> tell operator 200") == 1);
  CHECK(std::count(t.begin(), t.end(), "-> release operator") == 1);
  CHECK(h.peers[h.caller].hears.leg == h.target);
}

TEST_CASE("S4: who called the operator's phone is himself a caller: the phone's keys make nobody's target of him") {
  house h;
  h.talking();
  const call_id second = h.call_in("1001", "8001");
  const leg_id line = h.rung("other");
  REQUIRE(line);
  h.answers(line);
  h.apply(any_fact{fact::refer_asked{h.op, "", line}});
  CHECK(text(h.told()) == text(lines{"-> answer REFER of operator with 403"}));
  CHECK(h.holder() == custodian::operator_);
  CHECK(h.state.parties.find(h.state.call_table.find(second)->caller)->custodian == custodian::target);
}

TEST_CASE("M3: the phone puts the caller through to the superior while it rings, whatever is asked for elsewhere") {
  house h;
  h.talking();
  const leg_id other = h.own_call("1000");
  h.target = h.rung("target");
  REQUIRE(h.target);
  h.apply(any_fact{fact::ringing{h.target}});
  h.apply(any_fact{fact::refer_asked{h.op, "1000", other}});
  CHECK(h.state.call_table.find(h.call)->transfer.fsm.state == transfer_state::ringing);
  h.answers(h.target);
  CHECK(h.holder() == custodian::target);
}

TEST_CASE("S4: a phone's own transfer does not go round what a department asks for") {
  house h;
  h.talking();
  h.apply(any_fact{fact::refer_asked{h.op, "8003", {}}});
  CHECK(text(h.told()) == text(lines{"-> answer REFER of operator with 403"}));
  h.apply(any_fact{fact::refer_asked{h.op, "4711x", {}}});
  h.apply(any_fact{fact::refer_asked{h.caller, "8002", {}}});  // a caller cannot
  CHECK(text(h.told()) == text(lines{"-> answer REFER of caller with 603"}));
  h.consents(consent_of::caller, consent::no);
  h.apply(any_fact{fact::refer_asked{h.op, "8002", {}}});
  CHECK(text(h.told()) == text(lines{"-> answer REFER of operator with 403"}));
  CHECK(h.holder() == custodian::operator_);
}

TEST_CASE("a parked caller is taken by another operator, and comes back to the first when nobody does") {
  for (const bool taken : {true, false}) {
    house h({"zhang", "li"});
    h.talking();
    const operator_id first = h.state.legs.find(h.op)->operator_;
    const operator_id other = h.operator_named(first == h.operator_named("zhang") ? "li" : "zhang");
    REQUIRE(h.give(command(cmd::park{h.call})) == errc{});
    CHECK(text(h.told()) ==
          text(lines{"command_accepted", "custody_moved caller wait (park)", "queued caller (park)", "command_done",
                     "connection_cleared operator (park)", "operator_working_after_call (normal)",
                     "-> caller hears waiting tone", "-> release operator"}));
    h.confirms_release(h.op);
    if (taken) {
      REQUIRE(h.give(command(cmd::unpark{h.call, other})) == errc{});
    } else {
      while (!h.state.call_table.find(h.call)->offered_to) h.wait();
    }
    CHECK(h.holder() == custodian::wait);
    const leg_id again = h.rung("again");
    REQUIRE(again);
    CHECK(h.state.legs.find(again)->operator_ == (taken ? other : first));
    h.answers(again);
    CHECK(h.holder() == custodian::operator_);
  }
}

TEST_CASE("a parked caller whom nobody answers stays parked, and is never lost") {
  house h({"zhang", "li"});
  h.talking();
  const operator_id other = h.operator_named(h.state.legs.find(h.op)->operator_ == h.operator_named("zhang") ? "li" : "zhang");
  REQUIRE(h.give(command(cmd::park{h.call})) == errc{});
  REQUIRE(h.give(command(cmd::unpark{h.call, other})) == errc{});
  h.refuses(h.rung("other"), 486);
  CHECK(h.holder() == custodian::wait);
  CHECK(h.peers[h.caller].hears == source{source_kind::waiting_tone, {}, {}, queue_by_number(h.state, "9000")});
  CHECK(h.state.parties.find(h.state.call_table.find(h.call)->caller)->why == cause::park);
}

TEST_CASE("a caller who is offered to one operator is picked up by another, or deflected to one") {
  for (const bool picked : {true, false}) {
    house h({"zhang", "li"});
    h.call = h.call_in("9000");
    h.caller = h.state.parties.find(h.state.call_table.find(h.call)->caller)->leg;
    const leg_id first = h.rung("first");
    const operator_id asked = h.state.legs.find(first)->operator_;
    const operator_id other = h.operator_named(asked == h.operator_named("zhang") ? "li" : "zhang");
    REQUIRE(h.give(picked ? command(cmd::pickup{h.call, asked}) : command(cmd::deflect{h.call, asked})) ==
            errc::operator_wrong_state);
    REQUIRE(h.give(picked ? command(cmd::pickup{h.call, other}) : command(cmd::deflect{h.call, other})) == errc{});
    CHECK(h.peers[first].releasing);
    CHECK(h.state.operators.find(asked)->state == operator_state::ready);
    CHECK(h.holder() == custodian::queue);
    const leg_id second = h.rung("second");
    REQUIRE(second);
    h.answers(second);
    CHECK(h.holder() == custodian::operator_);
    CHECK(h.state.call_table.find(h.call)->operator_ == other);
  }
}

TEST_CASE("M3: a caller can be handed to the supervisor in one act") {
  house h;
  h.talking();
  REQUIRE(h.consents(consent_of::caller) == errc{});
  REQUIRE(h.send_on("1000") == errc{});
  h.answers(h.target);
  CHECK(h.holder() == custodian::target);
}

TEST_CASE("an operator who hangs up half way gets the caller back, and the queue when he does not answer") {
  house h;
  h.talking();
  REQUIRE(h.consult("8003") == errc{});
  h.hangs_up(h.op);
  CHECK(h.holder() == custodian::wait);
  const leg_id again = h.rung("operator again");
  REQUIRE(again);
  h.refuses(again, 480);
  CHECK(h.holder() == custodian::queue);
  const lines t = h.told();
  CHECK(std::count(t.begin(), t.end(), "transfer_ended escalated (normal_clearing)") == 1);
}

TEST_CASE("an operator who hangs up after both have agreed has put the call through") {
  house h;
  h.talking();
  REQUIRE(h.consult("8003") == errc{});
  h.answers(h.target);
  h.consents(consent_of::caller);
  h.consents(consent_of::target);
  h.hangs_up(h.op);
  h.apply(any_fact{fact::voices_joined{h.call}});
  CHECK(h.holder() == custodian::target);
}

TEST_CASE("M2: an operator's hang-up does not cut the caller off") {
  house h;
  h.talking();
  h.hangs_up(h.op);
  CHECK(h.holder() == custodian::wait);
  CHECK(h.peers[h.caller].hears.kind == source_kind::closing_tone);
  h.wait();
  CHECK(h.state.call_table.find(h.call) == nullptr);
}

TEST_CASE("a held caller is heard again when the hold lasts too long") {
  house h;
  h.talking();
  REQUIRE(h.give(command(cmd::hold{h.call})) == errc{});
  CHECK(h.peers[h.caller].hears == source{source_kind::holding_tone, {}, {}, queue_by_number(h.state, "9000")});
  h.wait();
  CHECK(h.peers[h.caller].hears.kind == source_kind::leg);
}

TEST_CASE("an operator who does not answer is not asked again before saying so") {
  house h({"zhang", "li"});
  const call_id call = h.call_in("9000");
  const leg_id first = h.rung("first");
  const operator_id asked = h.state.legs.find(first)->operator_;
  while (h.state.call_table.find(call)->offered_to == asked) h.wait();
  CHECK(h.state.operators.find(asked)->state == operator_state::not_ready);
  const leg_id second = h.rung("second");
  REQUIRE(second);
  CHECK(h.state.legs.find(second)->operator_ != asked);
  CHECK(h.state.call_table.find(call) != nullptr);
}

TEST_CASE("a caller who waits too long reaches the supervisor") {
  house h({});
  const call_id call = h.call_in("9000");
  while (!h.state.call_table.find(call)->offer) h.wait();
  const leg_id chief = h.rung("supervisor");
  REQUIRE(chief);
  CHECK(h.state.legs.find(chief)->device == h.device("1000"));
  h.answers(chief);
  h.call = call;
  CHECK(h.holder() == custodian::target);
}

TEST_CASE("a call on the operator's screen rings the phone when it is answered there") {
  house h({"wang"});
  const call_id call = h.call_in("9000");
  CHECK_FALSE(h.rung("early"));
  auto c = command(cmd::answer{call, h.operator_named("wang")});
  c.id = command_id{1, 1};
  REQUIRE(h.give(c) == errc{});
  const leg_id phone = h.rung("phone");
  REQUIRE(phone);
  h.answers(phone);
  const lines t = h.told();
  CHECK(std::count(t.begin(), t.end(), "command_done") == 1);
}

TEST_CASE("a command repeated under its id is carried out once") {
  house h;
  h.talking();
  auto c = command(cmd::hold{h.call});
  c.id = command_id{5, 6};
  REQUIRE(h.give(c) == errc{});
  const std::uint64_t first = h.last.answer.sequence == 0 ? 0 : h.last.answer.sequence;
  c.deadline_ns = h.now + 10 * sim::second;
  h.apply(c);
  CHECK(h.last.events.empty());
  CHECK(h.last.answer.code == errc{});
  CHECK((first == 0 || h.last.answer.sequence == first));
}

TEST_CASE("what a restart needs of a leg is in the batch that answers it, and in the one that knows it answered") {
  house h;
  const auto saved = [&h] {
    return std::count_if(h.last.events.begin(), h.last.events.end(), [](const logged& l) {
      return l.record.kind == event_kind::dialog_saved && l.text == "dialog" && l.tail == tail::dialog;
    });
  };
  const leg_id leg{h.fresh()};
  h.apply(any_fact{fact::incoming{leg, call_id{h.fresh()}, party_id{h.fresh()}, h.device("trunk"), "9000", "", "", "dialog"}});
  CHECK(saved() == 1);
  CHECK(std::any_of(h.last.actions.begin(), h.last.actions.end(),
                    [](const any_action& a) { return std::holds_alternative<act::answer>(a); }));
  h.settle();
  const leg_id operators = h.rung("operator");
  REQUIRE(operators);
  h.apply(any_fact{fact::answered{operators, "dialog"}});
  CHECK(saved() == 1);
  CHECK(h.state.legs.find(operators)->saved != 0);
}

TEST_CASE("a refusal says why and does nothing") {
  house h;
  h.talking();
  CHECK(h.give(command(cmd::hold{call_id{99}})) == errc::call_unknown);
  CHECK(h.give(command(cmd::retrieve{h.call})) == errc::call_wrong_state);
  auto stale = command(cmd::hold{h.call});
  stale.revision = 1;
  CHECK(h.give(stale) == errc::revision_stale);
  CHECK(h.give(command(cmd::hold{h.call}), -1) == errc::deadline_passed);
  auto stranger = command(cmd::hold{h.call});
  stranger.actor = actor_id{77};
  CHECK(h.give(stranger) == errc::access_refused);
  CHECK(text(h.told()) == text(lines{"command_refused"}));
  CHECK(h.consult("trunk") == errc::command_invalid);
  h.apply(any_fact{fact::registered{h.device("8001"), 0, false}});
  CHECK(h.consult("8001") == errc::device_out_of_service);
  CHECK(h.last.events.front().record.device == h.device("8001"));
}

TEST_CASE("a line to the outside is out of service for a reason that may change, and said once for each") {
  house h;
  const auto line = h.device("trunk");
  const auto told = [&](bool in, cause why) {
    h.apply(any_fact{fact::registered{line, 0, in, why}});
    return h.last.events.empty() ? cause::unknown : h.last.events.front().record.cause;
  };
  CHECK(told(true, cause::normal) == cause::unknown);
  CHECK(told(false, cause::none) == cause::none);
  CHECK(text(h.told()) == text(lines{"device_out_of_service", "equipment_state_changed (dest_out_of_order)"}));
  CHECK_FALSE(h.state.devices.find(line)->in_service);
  CHECK(told(false, cause::none) == cause::unknown);
  CHECK(told(false, cause::call_rejected) == cause::call_rejected);
  CHECK_FALSE(h.state.devices.find(line)->in_service);
  CHECK(told(true, cause::normal) == cause::normal);
  CHECK(h.state.devices.find(line)->in_service);
}

TEST_CASE("a part of the log that is held stays, with all behind it, until it is released") {
  house h;
  const auto day = [](std::uint64_t n) { return static_cast<std::int64_t>(n) * 86400 * sim::second; };
  fact::log_due due{{}, log_removal::age};
  for (std::uint64_t n = 1; n <= 6; ++n)
    due.parts.push_back({n * 1000, n * 1000 + 500, (n + 1) * 1000, day(n), day(n + 1) - 1});
  const auto removed_to = [&] {
    h.apply(any_fact{due});
    return h.last.events.empty() ? 0 : h.last.events.at(0).record.other;
  };
  const auto hold = [&](log_span by, std::int64_t first, std::uint64_t last) {
    REQUIRE(h.give(command(cmd::hold_log{by, "case 17", first, last})) == errc{});
    REQUIRE(h.last.events.at(1).record.kind == event_kind::log_held);
    CHECK(h.last.events.at(1).text == "case 17");
    return static_cast<std::int64_t>(h.last.events.at(1).record.sequence);
  };
  CHECK(h.give(command(cmd::hold_log{log_span::sequences, "", 1, 2})) == errc::command_invalid);
  CHECK(h.give(command(cmd::hold_log{log_span::sequences, "why", 5, 4})) == errc::command_invalid);
  CHECK(h.give(command(cmd::release_log_hold{1})) == errc::hold_unknown);
  const auto one = hold(log_span::sequences, 3400, 3450);
  const auto two = hold(log_span::times, day(5) - 1, static_cast<std::uint64_t>(day(5)));
  CHECK(removed_to() == 3000);
  CHECK(text(h.told()) == text(lines{"log_removed"}));
  CHECK(h.last.events.at(0).record.value == 1000);
  CHECK(h.state.log_from == 3000);
  CHECK(h.state.log_removed_at == h.last.events.at(0).record.sequence);
  CHECK(removed_to() == 0);  // nothing new: nothing is said
  CHECK(h.give(command(cmd::hold_log{log_span::sequences, "too late", 1, 2999})) == errc::log_gone);

  // Held over a crash, and for as long as one hold is left.
  h.crash();
  CHECK(load(save(h.state)).value().log_holds.own().size() == 2);
  CHECK(removed_to() == 0);
  REQUIRE(h.give(command(cmd::release_log_hold{one})) == errc{});
  CHECK(h.give(command(cmd::release_log_hold{one})) == errc::hold_unknown);
  CHECK(removed_to() == 4000);
  REQUIRE(h.give(command(cmd::release_log_hold{two})) == errc{});
  const auto open_end = hold(log_span::times, day(6), 0);
  CHECK(removed_to() == 6000);
  REQUIRE(h.give(command(cmd::release_log_hold{open_end})) == errc{});
  CHECK(removed_to() == 7000);
  // The event that says why stays as long as its hold.
  const auto why = static_cast<std::uint64_t>(hold(log_span::sequences, 1'000'000, 0));
  due.parts = {{why - 1, why, why + 10, day(7), day(8)}, {why, why + 5, why + 10, day(8), day(9)}};
  due.parts[0].next = why;
  h.state.log_from = 0;
  CHECK(removed_to() == why);
}

TEST_CASE("whoever controls calls may not hold the log, and whoever keeps the log may not control calls") {
  house h;
  const auto as = [&](right may, command c) {
    h.state.principals.edit(actor_id{50}).rights = static_cast<std::uint32_t>(may);
    c.actor = actor_id{50};
    return h.give(c);
  };
  const auto hold = command(cmd::hold_log{log_span::sequences, "why", 1, 0});
  CHECK(as(right::control, hold) == errc::access_refused);
  CHECK(as(right::administer, hold) == errc::access_refused);
  CHECK(as(right::keep_log, hold) == errc{});
  CHECK(as(right::keep_log, command(cmd::not_ready{h.operator_named("zhang")})) == errc::access_refused);
}

TEST_CASE("a stop ends every call, then the board") {
  house h({"zhang", "li"});
  h.talking();
  h.call_in("9000");
  h.apply(any_fact{fact::stopping{}});
  h.settle();
  for (int i = 0; i < 10; ++i) {
    std::vector<leg_id> releasing;
    for (const auto& [id, p] : h.peers) {
      if (p.releasing) releasing.push_back(id);
    }
    for (const leg_id id : releasing) {
      h.peers.erase(id);
      h.apply(any_fact{fact::released{id, 200}});
      h.settle();
    }
  }
  CHECK(h.stopped);
  CHECK(h.state.calls == 0);
}

TEST_CASE("a large house takes several batches, and the same house again none") {
  house_config big = sim::small_house();
  for (int i = 0; i < 5000; ++i) {
    device_config d;
    d.number = fmt::format("5{:04}", i);
    d.name = "病房";
    big.devices.push_back(d);
  }
  sim::world w(1, big);
  CHECK(w.failure == "");
  CHECK(w.device("54999"));
  w.apply(big);
  CHECK(w.last.events.empty());
}

TEST_CASE("a checkpoint that is damaged or of another layout is refused") {
  house h;
  h.talking();
  const std::string bytes = save(h.state);
  CHECK(hash(*load(bytes)) == hash(h.state));
  CHECK_FALSE(load(std::string_view(bytes).substr(0, bytes.size() - 1)));
  CHECK_FALSE(load(bytes + "x"));
  CHECK_FALSE(load(""));
}

/// A phone takes the place of the operator's line.
leg_id takes_over(house& h, leg_id line, const char* from) {
  h.call_in("9000", from, line);
  for (const auto& [id, p] : h.peers) {
    if (p.device == h.device(from) && !p.outgoing && h.names.count(id.value) == 0) {
      h.names[id.value] = "taker";
      return id;
    }
  }
  return {};
}

TEST_CASE("RFC 3891: another operator's phone takes the call that rings: directed pickup") {
  house h({"zhang", "li"});
  h.call = h.call_in("9000");
  h.caller = h.state.parties.find(h.state.call_table.find(h.call)->caller)->leg;
  h.names[h.caller.value] = "caller";
  h.op = h.rung("operator");
  const bool zhang = h.peers[h.op].device == h.device("1001");
  takes_over(h, h.op, zhang ? "1002" : "1001");
  CHECK(text(h.told()) ==
        text(lines{"diverted operator (call_pickup)", "operator_busy (call_pickup)", "originated taker (call_pickup)",
                   "established taker (call_pickup)", "established caller (normal)",
                   "custody_moved caller operator (call_pickup)", "queue_left caller (call_pickup)", "operator_ready (normal)",
                   "-> answer taker", "-> caller hears taker", "-> taker hears caller", "-> release operator"}));
  CHECK(h.holder() == custodian::operator_);
}

TEST_CASE(
    "RFC 3891: an operator's phone takes a call from another one's line; the first goes when the second has acknowledged") {
  for (const char* from : {"1002", "1003"}) {
    const bool acknowledged = std::string_view(from) == "1002";
    house h({"zhang"});
    h.give(command(cmd::log_on{h.operator_named(acknowledged ? "li" : "wang")}));
    h.talking();
    const leg_id taker = takes_over(h, h.op, from);
    REQUIRE(taker);
    CHECK(text(h.told()) ==
          text(lines{"originated taker (call_pickup)", "established taker (call_pickup)",
                     "transfer_started taker (call_pickup)", "transfer_advanced taker moving", "-> answer taker",
                     "-> caller hears taker", "-> operator hears silence", "-> taker hears caller"}));
    CHECK(h.holder() == custodian::operator_);
    if (acknowledged) {
      h.apply(any_fact{fact::acknowledged{taker}});
      CHECK(text(h.told()) == text(lines{"-> confirm voices"}));
      h.apply(any_fact{fact::voices_joined{h.call}});
      CHECK(text(h.told()) ==
            text(lines{"operator_busy (call_pickup)", "transferred taker (call_pickup)",
                       "custody_moved caller operator (call_pickup)", "connection_cleared operator (call_pickup)",
                       "transfer_ended connected (normal)", "operator_working_after_call (normal)", "-> release operator"}));
      CHECK(h.state.operators.find(h.operator_named("li"))->state == operator_state::busy);
      CHECK(h.state.operators.find(h.operator_named("li"))->leg == taker);
      h.hangs_up(taker);  // as an operator does: the caller hears the closing tone
      CHECK(h.holder() == custodian::wait);
    } else {
      while (h.state.call_table.find(h.call)->transfer.fsm.open()) h.wait();
      CHECK(h.holder() == custodian::operator_);
      CHECK(h.peers[taker].releasing);
      CHECK(h.peers[h.caller].hears.leg == h.op);
    }
  }
}

TEST_CASE("S4: a department takes a caller over only with what its policy asks for, and the caller's consent") {
  house h;
  h.talking();
  takes_over(h, h.op, "8003");
  CHECK(h.refused == 403);
  h.consents(consent_of::caller);
  const leg_id taker = takes_over(h, h.op, "8003");
  h.apply(any_fact{fact::acknowledged{taker}});
  h.apply(any_fact{fact::voices_joined{h.call}});
  CHECK(h.holder() == custodian::target);
}

TEST_CASE("RFC 3891: who may not, or not now, is told so, and nothing happens to the caller") {
  house h({"zhang", "li"});
  h.talking();
  const bool zhang = h.peers[h.op].device == h.device("1001");
  takes_over(h, h.op, "trunk");
  CHECK(h.refused == 403);
  takes_over(h, h.caller, zhang ? "1002" : "1001");  // the caller's own line
  CHECK(h.refused == 403);
  takes_over(h, h.op, zhang ? "1001" : "1002");  // the same phone
  CHECK(h.refused == 403);
  h.consents(consent_of::caller, consent::no);
  takes_over(h, h.op, zhang ? "1002" : "1001");
  CHECK(h.refused == 403);
  REQUIRE(h.consult("8003") == errc{});
  takes_over(h, h.op, zhang ? "1002" : "1001");
  CHECK(h.refused == 491);
  CHECK(h.holder() == custodian::operator_);
  const call_id second = h.call_in("9000");
  const leg_id rings = h.rung("second operator");
  REQUIRE(rings);
  takes_over(h, rings, "8003");  // only operators take callers out of a queue
  CHECK(h.refused == 403);
  CHECK(h.state.parties.find(h.state.call_table.find(second)->caller)->custodian == custodian::queue);
}

TEST_CASE("custody: a phone that died is no operator who hung up: the caller waits and the operator is rung again") {
  for (const auto& fact : {any_fact{fact::ended{{}, 408}}, any_fact{fact::media_lost{}}}) {
    house h;
    h.talking();
    any_fact died = fact;
    if (auto* e = std::get_if<fact::ended>(&died)) e->leg = h.op, h.peers.erase(h.op);
    if (auto* m = std::get_if<fact::media_lost>(&died)) m->leg = h.op;
    h.apply(died);
    CHECK(h.holder() == custodian::wait);
    const leg_id again = h.rung("operator again");
    REQUIRE(again);
    h.answers(again);
    CHECK(h.holder() == custodian::operator_);
  }
}

TEST_CASE("custody: a department whose phone died gives the caller back to the operator who put them through") {
  house h;
  h.talking();
  h.consents(consent_of::caller);
  REQUIRE(h.send_on("8002") == errc{});
  h.confirms_release(h.op);
  h.answers(h.target);
  REQUIRE(h.holder() == custodian::target);
  while (h.state.operators.find(h.operator_named("zhang"))->state != operator_state::ready) h.wait();
  h.peers.erase(h.target);
  h.apply(any_fact{fact::ended{h.target, 408}});
  CHECK(h.holder() == custodian::wait);
  const leg_id again = h.rung("operator again");
  REQUIRE(again);
  h.answers(again);
  CHECK(h.holder() == custodian::operator_);
}

TEST_CASE("RFC 3326: a Reason that the far end gave is the cause") {
  house h;
  h.talking();
  REQUIRE(h.consult("8003") == errc{});
  h.peers.erase(h.target);
  h.apply(any_fact{fact::refused{h.target, 503, cause::busy}});
  const lines t = h.told();
  CHECK(std::count(t.begin(), t.end(), "failed target (busy)") == 1);
}

TEST_CASE("packets that are not the far end's are told, with the call that they were meant for") {
  house h;
  h.talking();
  h.apply(any_fact{fact::packets_refused{h.caller, packet_fault::replayed, 12, 34}});
  REQUIRE(h.last.events.size() == 1);
  const event& e = h.last.events.front().record;
  CHECK(e.kind == event_kind::packets_refused);
  CHECK(e.call == h.call);
  CHECK(e.leg == h.caller);
  CHECK(static_cast<packet_fault>(e.detail) == packet_fault::replayed);
  CHECK(e.value == 12);
  CHECK(e.other == 34);
  CHECK(h.last.actions.empty());
}

}  // namespace
}  // namespace cordboard
