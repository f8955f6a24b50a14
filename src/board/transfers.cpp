// SPDX-License-Identifier: Apache-2.0
// What a transfer's steps do: nothing is torn down before the new custodian holds the caller.
#include <board/decision.hpp>

namespace cordboard {
namespace {

cause as_recall(cause why) {
  switch (why) {
    case cause::busy: return cause::recall_busy;
    case cause::call_not_answered: return cause::recall_no_answer;
    default: return cause::recall;
  }
}

void transfer_event(decision& d, event_kind kind, call_id id, transfer_state to, cause why, std::int64_t until) {
  const transfer_record& t = d.call(id)->transfer;
  event e = decision::of(kind);
  e.call = id;
  e.party = d.call(id)->caller;
  e.leg = t.target_leg;
  e.device = t.device;
  e.operator_ = t.operator_;
  e.other = t.consultation.value;
  e.state = static_cast<std::uint8_t>(to);
  e.cause = why;
  e.value = until;
  if (kind == event_kind::transfer_advanced && (to == transfer_state::moving || to == transfer_state::ringing))
    e.command = d.command;
  d.emit(e);
}

/// The phone that asked hears how it ended, as long as it is there.
void tell_phone(decision& d, call_id id, std::uint16_t status) {
  const call_state& call = *d.call(id);
  const connection* op = call.transfer.by_phone ? d.operator_of(call) : nullptr;
  if (op != nullptr && op->leg != d.over) d.act(act::tell_refer{op->leg, status});
}

std::uint64_t end_transfer(decision& d, call_id id, transfer_result result, cause why, layer where) {
  const transfer_record t = d.call(id)->transfer;
  event e = decision::of(event_kind::transfer_ended);
  e.call = id;
  e.party = d.call(id)->caller;
  e.device = t.device;
  e.operator_ = t.operator_;
  e.other = t.consultation.value;
  e.detail = static_cast<std::uint16_t>(result);
  e.cause = t.fsm.cause != cause::none ? t.fsm.cause : why;
  e.layer = where;
  const std::uint64_t proof = d.emit(e);
  if (result == transfer_result::connected)
    d.done(t.command, proof);
  else
    d.failed(t.command, proof, e.cause);
  return proof;
}

/// Ends the consultation; the operator's line stays if it is also in the caller's call. Without one, whoever was about to take
/// over is let go.
void drop_target(decision& d, call_id id, const transfer_record& t, cause why, layer where) {
  if (t.consultation) {
    if (d.call(t.consultation) != nullptr) end_call(d, t.consultation, why, where);
  } else if (const connection* target = d.call(id)->fsm.find(t.target_leg)) {
    d.cleared(id, connection(*target), why, where);
  }
}

/// Who took over at a phone is an operator: the caller stays with the switchboard.
operator_id new_keeper(decision& d, call_id id, const transfer_record& t) {
  const leg_state* target = d.leg(t.target_leg);
  const bool took_over = target != nullptr && !target->fsm.outgoing && !t.consultation;
  const operator_id who = took_over ? operator_at(d, t.device) : operator_id{};
  if (!who) return {};
  // Offered somebody else in the meantime: that caller waits on.
  for (const call_id other : std::vector<call_id>(d.op(who)->calls)) {
    if (d.call(other)->offered_to != who) return {};
    offer_failed(d, other, cause::call_pickup, layer::board);
  }
  be_busy(d, who, id, cause::call_pickup);
  return who;
}

void retrieve(decision& d, call_id id, cause why) {
  const connection* op = d.operator_of(*d.call(id));
  if (op == nullptr || op->state != connection_state::hold) return;
  event e = decision::of(event_kind::retrieved);
  e.call = id;
  e.leg = op->leg;
  e.party = op->party;
  e.device = op->device;
  e.operator_ = op->operator_;
  e.cause = why;
  e.state = static_cast<std::uint8_t>(connection_state::connected);
  d.emit(e);
}

/// The called party's line goes over into the caller's call while it still rings: nobody is released before it is there.
void ring_on(decision& d, call_id id, layer where) {
  const transfer_record t = d.call(id)->transfer;
  const leg_state& target = *d.leg(t.target_leg);
  // From here on the house has the caller: the phone need not wait for the end.
  tell_phone(d, id, 200);
  d.custody(d.call(id)->caller, custodian::wait, 0, cause::transfer, where, target.deadline + 1'000'000'000);
  event e = decision::of(event_kind::offered);
  e.call = id;
  e.leg = t.target_leg;
  e.party = t.target;
  e.device = t.device;
  e.cause = cause::transfer;
  e.state = static_cast<std::uint8_t>(connection_state::alerting);
  e.detail = static_cast<std::uint16_t>(party_role::target);
  e.value = target.deadline;
  const std::uint64_t proof = d.emit(e);
  transfer_event(d, event_kind::transfer_advanced, id, transfer_state::ringing, cause::none, 0);
  if (const connection* op = d.operator_of(*d.call(id))) d.cleared(id, connection(*op), cause::transfer, layer::board);
  d.done(d.call(t.consultation)->command, proof);
  end_call(d, t.consultation, cause::transfer, layer::board, id);
}

void connect(decision& d, call_id id, cause why, layer where) {
  const transfer_record t = d.call(id)->transfer;
  const party_id caller = d.call(id)->caller;
  tell_phone(d, id, 200);
  const connection* op = d.operator_of(*d.call(id));
  const leg_id leaves = op != nullptr ? op->leg : leg_id{};
  const operator_id keeper = new_keeper(d, id, t);
  event e = decision::of(event_kind::transferred);
  e.call = id;
  e.leg = t.target_leg;
  e.party = t.target;
  e.device = t.device;
  e.operator_ = t.operator_;
  e.other = t.consultation.value;
  e.cause = keeper ? cause::call_pickup : t.consultation ? cause::transfer : cause::single_step_transfer;
  e.state = static_cast<std::uint8_t>(connection_state::connected);
  d.emit(e);
  // Who waited for a busy phone is in talk from here on.
  if (const connection* waits = d.caller_of(*d.call(id)); waits != nullptr && waits->state == connection_state::queued) {
    event talks = decision::of(event_kind::established);
    talks.call = id;
    talks.leg = waits->leg;
    talks.party = waits->party;
    talks.device = waits->device;
    talks.cause = cause::normal;
    talks.state = static_cast<std::uint8_t>(connection_state::connected);
    d.emit(talks);
  }
  d.custody(caller, keeper ? custodian::operator_ : custodian::target, keeper ? keeper.value : t.device.value, e.cause, where);
  // Only now does the operator's line go: somebody else holds the caller.
  if (const connection* own = d.call(id)->fsm.find(leaves); leaves && own != nullptr)
    d.cleared(id, connection(*own), e.cause, layer::board);
  if (t.consultation && d.call(t.consultation) != nullptr) end_call(d, t.consultation, cause::transfer, layer::board, id);
  end_transfer(d, id, transfer_result::connected, why == cause::none ? cause::normal : why, where);
}

/// The operator takes the caller back and brings the called party in: nobody's line is released.
void confer(decision& d, call_id id, layer where) {
  const transfer_record t = d.call(id)->transfer;
  retrieve(d, id, cause::conference);
  const connection target = *d.call(t.consultation)->fsm.find(t.target_leg);
  d.done(d.command, conferenced(d, id, target, participation::active, cause::conference, t.consultation));
  end_transfer(d, id, transfer_result::conferenced, cause::conference, where);
  end_call(d, t.consultation, cause::conference, where, id);
}

}  // namespace

void begin_transfer(decision& d, call_id id, transfer_state first, leg_id leg, device_id to, operator_id by,
                    call_id consultation, cause why, command_id command, bool by_phone) {
  event t = decision::of(event_kind::transfer_started);
  t.call = id;
  t.party = d.call(id)->caller;
  t.leg = leg;
  t.device = to;
  t.operator_ = by;
  t.other = consultation.value;
  t.state = static_cast<std::uint8_t>(first);
  t.cause = why;
  t.command = command;
  t.flags = by_phone ? 1 : 0;
  d.emit(t);
}

void send_on(decision& d, call_id id, leg_id leg, party_id party, device_id to, const std::string& number, command_id command,
             layer where, bool by_phone, const std::string& referred_by) {
  const connection own = *d.operator_of(*d.call(id));
  d.custody(d.call(id)->caller, custodian::wait, 0, cause::single_step_transfer, where,
            d.now + d.device(to)->ring_ns + 1'000'000'000);
  ring_party(d, id, leg, party, party_role::target, to, number, cause::single_step_transfer, participation::none, referred_by);
  begin_transfer(d, id, transfer_state::ringing, leg, to, own.operator_, {}, cause::single_step_transfer, command, by_phone);
  d.cleared(id, own, cause::single_step_transfer, where);
}

consent_policy unasked(const device_state& device) { return device.supervisor ? consent_policy::blind : device.policy; }

void recall_operator(decision& d, call_id id, operator_id to, cause why, layer where) {
  const call_state& call = *d.call(id);
  const operator_record* op = d.op(to);
  const device_state* phone = op != nullptr ? d.device(op->phone) : nullptr;
  bool free = phone != nullptr && phone->in_service && op->state != operator_state::null;
  if (free) {
    for (const call_id other : op->calls) free = free && other == id;
  }
  const party_id caller = call.caller;
  if (!free) {
    if (call.transfer.fsm.open()) {
      advance_transfer(d, id, transfer_fsm::input::recall_failed, why, where);
    } else if (call.queue) {
      enter_queue(d, id, call.queue, as_recall(why), true);
    } else {
      offer_failed(d, id, why, where);
    }
    return;
  }
  const std::int64_t ring = d.s.policy.recall_ring.count();
  // The wait outlasts the ringing by a second: it is the net below it.
  d.custody(caller, custodian::wait, 0, as_recall(why), where, d.now + ring + 1'000'000'000);
  offer_to(d, id, to, as_recall(why), false, ring);
}

void advance_transfer(decision& d, call_id id, transfer_fsm::input in, cause why, layer where) {
  const call_state& call = *d.call(id);
  const transfer_record t = call.transfer;
  const connection* op = d.operator_of(call);
  const bool operator_up =
      op != nullptr && d.leg(op->leg) != nullptr && d.leg(op->leg)->fsm.phase == leg_phase::up && op->leg != d.over;
  const device_state* device = d.device(t.device);
  const bool answered = t.fsm.state == transfer_state::consents || t.fsm.state == transfer_state::moving;
  const bool agreed = device != nullptr && consents_satisfy(answered ? device->policy : unasked(*device), call.caller_consent,
                                                            call.target_consent, answered);
  // Who hangs up passes on no more than who transfers.
  const operator_record* who = d.op(t.operator_);
  const bool barred = agreed && !may_join(d, id, t.operator_, who != nullptr ? who->phone : device_id{}, t.device);
  const transfer_step step = t.fsm.decide(in, operator_up, agreed && !barred);
  if (barred && step != t.fsm.decide(in, operator_up, true)) bar(d, id, t.target_leg, t.device, t.operator_, 0, {});
  switch (step) {
    case transfer_step::stay: return;
    case transfer_step::collect_consents:
      transfer_event(d, event_kind::transfer_advanced, id, transfer_state::consents, cause::none, 0);
      return;
    case transfer_step::move:
      transfer_event(d, event_kind::transfer_advanced, id, transfer_state::moving, cause::none,
                     d.now + d.s.policy.move_limit.count());
      if (!operator_up) {
        // Nobody of the house is on the line until the voices are joined: the caller waits, with a limit.
        d.custody(d.call(id)->caller, custodian::wait, 0, cause::transfer, where,
                  d.now + d.s.policy.move_limit.count() + 1'000'000'000);
      }
      // Who takes over by a call of its own is there once it has acknowledged the answer.
      if (const leg_state* target = d.leg(t.target_leg); target == nullptr || target->fsm.outgoing || t.consultation)
        d.act(act::confirm_voices{id});
      return;
    case transfer_step::ring_on: ring_on(d, id, where); return;
    case transfer_step::confer: confer(d, id, where); return;
    case transfer_step::connect: connect(d, id, why, where); return;
    case transfer_step::give_back:
      tell_phone(d, id, status_of(why));
      drop_target(d, id, t, why, where);
      retrieve(d, id, as_recall(why));
      end_transfer(d, id, transfer_result::returned, why, where);
      return;
    case transfer_step::recall: {
      drop_target(d, id, t, why, where);
      if (const connection* left = d.operator_of(*d.call(id))) d.cleared(id, connection(*left), why, where);
      transfer_event(d, event_kind::transfer_advanced, id, transfer_state::recalling, why, 0);
      recall_operator(d, id, t.operator_, why, where);
      return;
    }
    case transfer_step::escalate: {
      queue_id queue = d.call(id)->queue;
      for (const auto& [first, state] : d.base.queues.own()) {
        if (!queue && state) queue = first;
      }
      if (queue) enter_queue(d, id, queue, as_recall(why), true);
      end_transfer(d, id, transfer_result::escalated, why, where);
      if (!queue) end_call(d, id, cause::no_available_agents, layer::board);
      return;
    }
    case transfer_step::recalled: end_transfer(d, id, transfer_result::recalled, why, where); return;
    case transfer_step::caller_left: end_transfer(d, id, transfer_result::caller_left, why, where); return;
    case transfer_step::cancel:
      tell_phone(d, id, status_of(why));
      drop_target(d, id, t, why, where);
      retrieve(d, id, why);
      end_transfer(d, id, transfer_result::cancelled, why, where);
      return;
  }
}

}  // namespace cordboard
