// SPDX-License-Identifier: Apache-2.0
// How calls begin, how their legs are answered and lost, and how they end.
#include <board/decision.hpp>

#include <algorithm>

namespace cordboard {

bool is_fault(cause why) { return why == cause::dest_out_of_order || why == cause::media_lost || why == cause::interrupted; }

namespace {

constexpr std::int64_t closing_max = 60'000'000'000;

/// Somebody of the house hung up first: the caller is not cut off but hears the closing tone for a while (M2). When it was the operator
/// `rated`, who can be rated, the caller is asked to (H4).
void close_call(decision& d, call_id id, layer where, operator_id rated = {}) {
  const call_state& call = *d.call(id);
  const std::int64_t grace = d.s.policy.closing_grace.count();
  const party_state* caller = d.party(call.caller);
  const queue_state* queue = d.s.queues.find(call.queue);
  if (rated && queue != nullptr && start_dialogue(d, id, queue->rating, cause::closing, rated)) return;
  if (caller == nullptr || d.caller_of(call) == nullptr || grace == 0) {
    end_call(d, id, cause::normal_clearing, where);
    return;
  }
  // A closing that is said ends the call when it is over; the time is then the limit of that.
  const bool said = queue != nullptr && !queue->closing.empty();
  d.custody(call.caller, custodian::wait, 0, cause::closing, where, d.now + (said ? std::max(grace, closing_max) : grace));
}

void caller_left(decision& d, call_id id, cause why, layer where) {
  const call_state call = *d.call(id);
  const connection c = *d.caller_of(call);
  const call_state* parent = call.parent ? d.call(call.parent) : nullptr;
  if (parent != nullptr && parent->transfer.by_phone && parent->transfer.fsm.open()) {
    // The operator's other line. Once the voices are being joined it has done its work; before that nobody is there to join.
    const bool done = parent->transfer.fsm.state == transfer_state::moving;
    d.cleared(id, c, why, where);
    d.custody(c.party, custodian::ended, 0, why, where);
    if (!done) advance_transfer(d, call.parent, transfer_fsm::input::target_failed, why, where);
    return;
  }
  const bool waiting = c.state == connection_state::queued || c.state == connection_state::alerting;
  const cause said = waiting && why == cause::normal_clearing ? cause::call_cancelled : why;
  d.cleared(id, c, said, where);
  d.custody(c.party, custodian::ended, 0, said, where);
  const bool talking_to_target = call.consultation && d.call(call.consultation) != nullptr;
  if (call.transfer.fsm.open()) advance_transfer(d, id, transfer_fsm::input::caller_left, said, where);
  // The consultation goes on: the operator can tell the called party. A voice that was being moved has nobody left.
  if (talking_to_target && call.transfer.fsm.state == transfer_state::moving) end_call(d, call.consultation, said, where);
  go_on(d, id, said, where);
}

void operator_left(decision& d, leg_id leg, cause why, layer where) {
  const std::vector<call_id> calls = d.leg(leg)->calls;
  // The caller's call first: what becomes of the consultation follows from it.
  for (const call_id id : calls) {
    const call_state* call = d.call(id);
    if (call == nullptr || (call->parent && d.call(call->parent) != nullptr)) continue;
    const connection c = *call->fsm.find(leg);
    const call_state before = *call;
    const operator_id who = c.operator_;
    if (before.transfer.fsm.open()) {
      const auto was = before.transfer.fsm.state;
      d.cleared(id, c, why, where);
      if (const call_state* consultation = d.call(before.consultation)) {
        if (const connection* other = consultation->fsm.find(leg))
          d.cleared(before.consultation, connection(*other), why, where);
      }
      if (was == transfer_state::asking || was == transfer_state::consents)
        advance_transfer(d, id, transfer_fsm::input::operator_left, why, where);
      else if (was == transfer_state::moving)
        d.custody(before.caller, custodian::wait, 0, cause::transfer, where,
                  d.now + d.s.policy.move_limit.count() + 1'000'000'000);
      continue;
    }
    const bool others = hand_over(d, id, leg, where);
    d.cleared(id, c, why, where);
    if (others) {
      go_on(d, id, why, where);
    } else if (d.caller_of(*d.call(id)) == nullptr || d.party(before.caller)->custodian == custodian::none) {
      end_call(d, id, why, where);  // the far party had not answered yet
    } else if (c.state == connection_state::hold || is_fault(why)) {
      recall_operator(d, id, who, why, where);
    } else {
      close_call(d, id, where, who);
    }
  }
  for (const call_id id : calls) {
    const call_state* call = d.call(id);
    if (call != nullptr && call->fsm.find(leg) != nullptr) end_call(d, id, why, where);
  }
}

/// Whom the caller wants does not answer: the one who stands in is rung, once. False: there is nobody.
bool stand_in(decision& d, call_id id, device_id away, cause why) {
  const call_state& call = *d.call(id);
  const device_state* wanted = d.device(away);
  const device_id to = wanted != nullptr && !wanted->backup.empty() ? device_by_number(d.base, wanted->backup) : device_id{};
  const device_state* backup = d.device(to);
  const connection* caller = d.caller_of(call);
  if (backup == nullptr || !backup->in_service || backup->kind != device_kind::phone || call.stood_in || caller == nullptr ||
      caller->device == to || !left_unanswered(why))
    return false;
  const bool transfer = call.transfer.fsm.open();
  if (transfer && !consents_satisfy(unasked(*backup), call.caller_consent, call.target_consent, false)) return false;
  event e = decision::of(event_kind::backup_acting);
  e.call = id;
  e.leg = leg_id{d.fresh()};
  e.party = party_id{d.fresh()};
  e.device = away;
  e.other = to.value;
  e.cause = why;
  d.emit(e);
  const std::int64_t until = d.now + backup->ring_ns + 1'000'000'000;
  d.custody(call.caller, custodian::wait, 0, transfer ? cause::transfer : cause::new_call, layer::board, until);
  ring_party(d, id, e.leg, e.party, party_role::target, to, {}, cause::backup);
  return true;
}

/// A party that was called, by an operator, a caller or a transfer, is gone or was not reached.
void called_left(decision& d, call_id id, leg_id leg, cause why, layer where, std::uint16_t status) {
  const call_state call = *d.call(id);
  const connection c = *call.fsm.find(leg);
  const bool reached = c.state == connection_state::connected;
  const bool added = c.part != participation::none;
  const bool others = hand_over(d, id, leg, where);
  if (!reached) {
    event e = decision::of(event_kind::failed);
    e.call = id;
    e.leg = leg;
    e.party = c.party;
    e.device = c.device;
    e.cause = why;
    e.layer = where;
    e.detail = status;
    e.state = static_cast<std::uint8_t>(connection_state::failed);
    const std::uint64_t proof = d.emit(e);
    d.failed(added ? d.leg(leg)->command : call.command, proof, why);
  }
  d.cleared(id, c, why, where, status);
  const call_state* parent = call.parent ? d.call(call.parent) : nullptr;
  if (parent != nullptr && parent->transfer.fsm.open() && parent->transfer.consultation == id) {
    const call_id parent_id = call.parent;
    advance_transfer(d, parent_id, transfer_fsm::input::target_failed, why, where);
    return;
  }
  // Rung on for the caller, or about to take over from an operator's line.
  const bool for_caller =
      call.transfer.fsm.state == transfer_state::ringing || call.transfer.fsm.state == transfer_state::moving;
  if (for_caller && call.transfer.target_leg == leg) {
    if (!reached && call.transfer.fsm.state == transfer_state::ringing && stand_in(d, id, c.device, why)) return;
    advance_transfer(d, id, transfer_fsm::input::target_failed, why, where);
    return;
  }
  if (others) {
    go_on(d, id, why, where);
    return;
  }
  const party_state* caller = d.party(call.caller);
  const bool rung_directly =
      !reached && !added && caller != nullptr && caller->custodian == custodian::wait && caller->why == cause::new_call;
  if (rung_directly && stand_in(d, id, c.device, why)) return;
  const bool kept = caller != nullptr && d.caller_of(*d.call(id)) != nullptr && caller->custodian == custodian::target;
  // Who was added was never handed the caller for good, and who is cut off has not let go: the operator is asked again.
  if (!kept)
    end_call(d, id, why, where);
  else if (call.operator_ && (added || is_fault(why)))
    recall_operator(d, id, call.operator_, why, where);
  else
    close_call(d, id, where);
}

}  // namespace

cause cause_of(std::uint16_t status, bool rang) {
  switch (status) {
    case 0: return cause::normal_clearing;
    case 486:
    case 600: return cause::busy;
    case 408: return rang ? cause::call_not_answered : cause::dest_out_of_order;
    case 480: return cause::call_not_answered;
    case 404:
    case 410:
    case 484:
    case 604: return cause::dest_not_obtainable;
    case 415:
    case 488:
    case 606: return cause::incompatible_destination;
    case 487: return cause::call_cancelled;
    case 500:
    case 502:
    case 503:
    case 504: return cause::dest_out_of_order;
    default: break;
  }
  if (status >= 300 && status < 400) return cause::redirected;
  if (status >= 400 && status < 500) return cause::call_rejected;
  return status >= 500 && status < 600 ? cause::dest_out_of_order : cause::call_rejected;
}

std::uint16_t status_of(cause why) {
  switch (why) {
    case cause::queue_full:
    case cause::busy: return 486;
    case cause::dest_not_obtainable: return 404;
    case cause::call_rejected: return 603;
    case cause::incompatible_destination: return 488;
    case cause::resources_not_available:
    case cause::maintenance: return 503;
    default: return 480;
  }
}

leg_id ring_party(decision& d, call_id id, leg_id leg, party_id party, party_role role, device_id to, const std::string& number,
                  cause why, participation part, const std::string& referred_by, leg_id passes) {
  const device_state& device = *d.device(to);
  event dialled = decision::of(event_kind::digits_dialed);
  dialled.call = id;
  dialled.party = party;
  dialled.device = to;
  if (const connection* op = d.operator_of(*d.call(id))) dialled.operator_ = op->operator_;
  const std::uint64_t at = d.emit(dialled, number.empty() ? device.number : number);
  event e = decision::of(event_kind::offered);
  e.call = id;
  e.leg = leg;
  e.party = party;
  e.device = to;
  e.cause = why;
  e.state = static_cast<std::uint8_t>(connection_state::alerting);
  e.detail = static_cast<std::uint16_t>(role);
  e.value = d.now + device.ring_ns;
  e.flags = static_cast<std::uint8_t>(part);
  if (part != participation::none) e.command = d.command;
  const call_state& call = *d.call(id);
  const call_state* shown = call.parent && d.call(call.parent) != nullptr ? d.call(call.parent) : &call;
  const party_state* caller = d.party(shown->caller);
  const std::uint64_t identity = caller != nullptr ? caller->identity : 0;
  d.emit(e);
  d.act(act::ring{leg, id, to, device.kind == device_kind::trunk ? number : std::string{}, at, identity, false, referred_by,
                  passes});
  return leg;
}

void end_call(decision& d, call_id id, cause why, layer where, call_id became) {
  const call_state* found = d.call(id);
  if (found == nullptr) return;
  if (found->recording.number != 0) end_recording(d, id, cause::normal_clearing);
  if (d.s.code_runs.find(id) != nullptr)
    code_call_over(d, id, why == cause::maintenance ? code_result::stopped : code_result::called_off, why, where);
  const call_state call = *d.call(id);
  if (call.transfer.fsm.open()) {
    if (call.transfer.consultation && d.call(call.transfer.consultation) != nullptr)
      end_call(d, call.transfer.consultation, why, where);
    event e = decision::of(event_kind::transfer_ended);
    e.call = id;
    e.party = call.caller;
    e.device = call.transfer.device;
    e.operator_ = call.transfer.operator_;
    e.other = call.transfer.consultation.value;
    e.detail = static_cast<std::uint16_t>(transfer_result::cancelled);
    e.cause = why;
    e.layer = where;
    const std::uint64_t proof = d.emit(e);
    d.failed(call.transfer.command, proof, why);
  }
  for (const connection& c : std::vector<connection>(d.call(id)->fsm.connections)) {
    const party_state* p = d.party(c.party);
    const bool served = c.party == call.caller && p != nullptr && p->custodian != custodian::ended;
    const bool here = p != nullptr && p->call == id;
    if (d.leg(c.leg) != nullptr && d.leg(c.leg)->fsm.phase == leg_phase::offered) d.refusals[c.leg] = status_of(why);
    d.cleared(id, c, why, where);
    if (served && here) d.custody(c.party, custodian::ended, 0, why, where);
  }
  d.failed(call.command, 0, why);
  if (const awaited_act* waits = d.s.awaited.find(id)) d.failed(waits->command, 0, why);
  event e = decision::of(event_kind::call_cleared);
  e.call = id;
  e.cause = why;
  e.layer = where;
  e.value = d.now - call.started;
  e.other = became.value;
  d.emit(e);
}

void leg_over(decision& d, leg_id id, cause why, layer where, std::uint16_t status) {
  const leg_state leg = *d.leg(id);
  for (const call_id c : leg.calls) {
    const call_state* call = d.call(c);
    if (call == nullptr || call->fsm.find(id) == nullptr) continue;
    const connection own = *call->fsm.find(id);
    const connection* caller = d.caller_of(*call);
    if (d.s.code_runs.find(c) != nullptr) {
      code_member_over(d, c, own, why, where, status);
    } else if (d.s.self_tests.find(c) != nullptr) {
      self_test_over(d, c, why, where, status);
    } else if (is_asked(*call, id)) {
      if (!further_offer_failed(d, c, id, why, where)) offer_failed(d, c, why, where);
    } else if (own.operator_) {
      operator_left(d, id, why, where);
      return;
    } else if (caller != nullptr && caller->leg == id && d.party(own.party)->custodian != custodian::none) {
      caller_left(d, c, why, where);
    } else {
      called_left(d, c, id, why, where, status);
    }
  }
}

void leg_answered(decision& d, leg_id id, cause given) {
  const leg_state leg = *d.leg(id);
  if (leg.calls.empty()) return;
  const call_id in = leg.calls.front();
  const call_state call = *d.call(in);
  const connection own = *call.fsm.find(id);
  if (d.s.code_runs.find(in) != nullptr) return code_member_answered(d, in, own);
  if (d.s.self_tests.find(in) != nullptr) return self_test_answered(d, in, own);
  const auto establish = [&](const connection& c, cause why) {
    event e = decision::of(event_kind::established);
    e.call = in;
    e.leg = c.leg;
    e.party = c.party;
    e.device = c.device;
    e.operator_ = c.operator_;
    e.queue = c.operator_ ? call.queue : queue_id{};
    e.cause = why;
    e.state = static_cast<std::uint8_t>(connection_state::connected);
    return d.emit(e);
  };

  if (own.state == connection_state::initiated) {
    // The operator's phone has answered: now the number that the operator wants is called (RFC 3725 flow I).
    event e = decision::of(event_kind::originated);
    e.call = in;
    e.leg = id;
    e.party = own.party;
    e.device = own.device;
    e.operator_ = own.operator_;
    e.cause = cause::make_call;
    e.detail = static_cast<std::uint16_t>(party_role::operator_);
    e.state = static_cast<std::uint8_t>(connection_state::connected);
    d.emit(e);
    const device_state* to = d.device(call.destination);
    if (to == nullptr || !to->in_service) {
      end_call(d, in, cause::dest_out_of_order, layer::board);
      return;
    }
    event o = decision::of(event_kind::offered);
    o.call = in;
    o.leg = leg_id{d.fresh()};
    o.party = call.far;
    o.device = call.destination;
    o.cause = cause::make_call;
    o.state = static_cast<std::uint8_t>(connection_state::alerting);
    o.detail = static_cast<std::uint16_t>(party_role::caller);
    o.value = d.now + to->ring_ns;
    d.emit(o);
    d.act(act::ring{o.leg, in, o.device, {}, call.dialled, 0, false});
    return;
  }

  const connection* caller = d.caller_of(call);
  const bool is_caller = caller != nullptr && caller->leg == id;
  if (own.part != participation::none) {
    added_answered(d, in, own);
    return;
  }
  stop_asking_others(d, in, id);
  const std::uint64_t proof = establish(own, own.operator_ ? given : cause::normal);
  d.done(call.command, proof);

  if (is_caller) {  // the far party of a call that an operator made
    if (const connection* op = d.operator_of(*d.call(in))) {
      const operator_id who = op->operator_;
      d.custody(own.party, custodian::operator_, who.value, cause::make_call, layer::party);
    } else if (call.attempt) {
      attempt_met(d, in);
    }
    return;
  }
  if (call.parent && d.call(call.parent) != nullptr && d.call(call.parent)->transfer.consultation == in) {
    advance_transfer(d, call.parent, transfer_fsm::input::target_answered, cause::none, layer::party);
    return;
  }
  if (call.transfer.fsm.state == transfer_state::ringing && call.transfer.target_leg == id) {
    advance_transfer(d, in, transfer_fsm::input::target_answered, cause::none, layer::party);
    return;
  }
  if (caller == nullptr) return;
  // A caller meets somebody: an operator, a supervisor, or the party that was dialled.
  const connection c = *caller;
  const bool unanswered = d.leg(c.leg)->fsm.phase == leg_phase::offered;
  if (c.state != connection_state::connected) establish(c, cause::normal);
  if (unanswered) d.act(act::answer{c.leg});
  if (own.operator_)
    d.custody(c.party, custodian::operator_, own.operator_.value, given, layer::party);
  else
    d.custody(c.party, custodian::target, own.device.value, cause::normal, layer::party);
  if (call.transfer.fsm.state == transfer_state::recalling)
    advance_transfer(d, in, transfer_fsm::input::recall_answered, cause::none, layer::party);
}

}  // namespace cordboard
