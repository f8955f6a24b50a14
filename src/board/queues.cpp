// SPDX-License-Identifier: Apache-2.0
// Waiting callers and who is asked to take them.
#include <board/decision.hpp>

#include <algorithm>

namespace cordboard {
bool waits_to_be_taken(const party_state& caller) {
  return caller.custodian == custodian::wait && (caller.why == cause::park || caller.why == cause::camp_on);
}

namespace {
void say_backup(decision& d, call_id call, operator_id away, operator_id acts, cause why) {
  event e = decision::of(event_kind::backup_acting);
  e.call = call;
  e.queue = d.call(call)->queue;
  e.operator_ = away;
  e.device = d.op(away)->phone;
  e.other = acts.value;
  e.cause = why;
  d.emit(e);
}
/// Says for which operator of the queue this one stands in.
void say_backup(decision& d, call_id call, const queue_state& queue, operator_id acts) {
  for (const operator_id id : queue.operators) {
    const operator_record* op = d.op(id);
    if (op == nullptr || op->backup != acts || !is_away(d.s, id)) continue;
    const bool there = op->state != operator_state::null && op->state != operator_state::not_ready;
    return say_backup(d, call, id, acts, there ? cause::dest_out_of_order : cause::no_available_agents);
  }
}
}  // namespace

void be_busy(decision& d, operator_id who, call_id call, cause why) {
  event busy = decision::of(event_kind::operator_busy);
  busy.operator_ = who;
  busy.call = call;
  busy.cause = why;
  busy.state = static_cast<std::uint8_t>(operator_state::busy);
  d.emit(busy);
}

void offer_to(decision& d, call_id id, operator_id to, cause why, bool auto_answer, std::int64_t ring_ns, command_id by) {
  const operator_record& op = *d.op(to);
  const call_state& call = *d.call(id);
  const queue_state* queue = d.s.queues.find(call.queue);
  const bool all = why == cause::distributed && queue != nullptr && queue->distribution == distribution::ring_all;
  // On a kept line nothing rings: the screen shows the caller, and `answer` joins them.
  const leg_state* line = free_line(d, to);
  const bool joins = line != nullptr && auto_answer;
  const bool rings = (!op.screen && line == nullptr) || auto_answer || all;
  const party_state* caller = d.party(call.caller);
  event e = decision::of(event_kind::offered);
  e.call = id;
  e.queue = call.queue;
  e.operator_ = to;
  e.device = op.phone;
  e.cause = why;
  e.state = static_cast<std::uint8_t>(connection_state::alerting);
  e.detail = static_cast<std::uint16_t>(party_role::operator_);
  e.value = d.now + ring_ns;
  e.command = by;
  if (rings) {
    e.leg = joins ? op.line : leg_id{d.fresh()};
    e.party = joins ? line->party : party_id{d.fresh()};
  }
  const bool free = op.state != operator_state::busy;
  const std::uint64_t identity = caller != nullptr ? caller->identity : 0;
  if (free) be_busy(d, to, id, why);
  d.emit(e);
  if (joins) return leg_answered(d, e.leg);
  if (rings) d.act(act::ring{e.leg, id, e.device, {}, 0, identity, auto_answer});
}

void offer_to_phone(decision& d, call_id id, device_id to, cause why) {
  const call_state& call = *d.call(id);
  const device_state& phone = *d.device(to);
  const party_state* caller = d.party(call.caller);
  event e = decision::of(event_kind::offered);
  e.call = id;
  e.queue = call.queue;
  e.device = to;
  e.leg = leg_id{d.fresh()};
  e.party = party_id{d.fresh()};
  e.cause = why;
  e.state = static_cast<std::uint8_t>(connection_state::alerting);
  e.detail = static_cast<std::uint16_t>(party_role::target);
  e.value = d.now + phone.ring_ns;
  const std::uint64_t identity = caller != nullptr ? caller->identity : 0;
  d.emit(e);
  d.act(act::ring{e.leg, id, e.device, {}, 0, identity, false});
}

void offer_to_supervisor(decision& d, call_id id) {
  const call_state& call = *d.call(id);
  const queue_state* queue = d.s.queues.find(call.queue);
  if (queue != nullptr && in_service(d.s, queue->supervisor))
    offer_to_phone(d, id, queue->supervisor, cause::queue_time_overflow);
  else  // Nobody above can be rung: the caller keeps the place, and the limit begins anew.
    enter_queue(d, id, call.queue, cause::queue_time_overflow, true);
}

bool offer_next(decision& d) {
  next_offer best;
  const queue_state* from = nullptr;
  // The higher class first, then whoever called first: an operator of several queues goes where it has waited longest.
  const auto before = [&](const queue_state& a, call_id first, const queue_state& b, call_id second) {
    if (a.rank != b.rank) return a.rank < b.rank;
    return d.call(first)->place < d.call(second)->place;
  };
  for (const auto& [id, queue] : d.base.queues.own()) {
    const next_offer here = queue ? next_in(d.base, *queue) : next_offer{};
    if (!here.operator_ || (from != nullptr && !before(*queue, here.call, *from, best.call))) continue;
    from = &*queue;
    best = here;
  }
  if (from == nullptr) return false;
  const auto& members = from->operators;
  if (std::find(members.begin(), members.end(), best.operator_) == members.end())
    say_backup(d, best.call, *from, best.operator_);
  offer_to(d, best.call, best.operator_, cause::distributed, false, d.s.policy.offer_ring.count());
  return true;
}

bool is_asked(const call_state& call, leg_id leg) {
  return call.offer == leg ||
         std::any_of(call.also.begin(), call.also.end(), [&](const further_offer& x) { return x.leg == leg; });
}

namespace {
/// This operator, or a phone, is rung for the caller no more. @returns  the sequence of what says so
std::uint64_t divert(decision& d, call_id id, leg_id leg, operator_id asked, cause why, layer where) {
  const call_state& call = *d.call(id);
  event e = decision::of(event_kind::diverted);
  e.call = id;
  e.leg = leg;
  e.queue = call.queue;
  e.operator_ = asked;
  e.cause = why;
  e.layer = where;
  e.state = static_cast<std::uint8_t>(connection_state::null);
  if (const connection* c = call.fsm.find(leg)) {
    e.party = c->party;
    e.device = c->device;
    d.reasons[leg] = why;
  }
  return d.emit(e);
}

/// Who leaves calls unanswered is not ready after some of them: else the same phone is rung for ever.
void pause_absent(decision& d, operator_id asked, cause why) {
  const operator_record* op = d.op(asked);
  if (op == nullptr || op->state != operator_state::busy || !op->calls.empty() || !left_unanswered(why) ||
      op->unanswered < d.s.policy.unanswered_max)
    return;
  event pause = decision::of(event_kind::operator_not_ready);
  pause.operator_ = asked;
  pause.cause = why;
  pause.value = op->unanswered;
  pause.state = static_cast<std::uint8_t>(operator_state::not_ready);
  d.emit(pause);
}
}  // namespace

bool further_offer_failed(decision& d, call_id id, leg_id leg, cause why, layer where) {
  const call_state& call = *d.call(id);
  if (call.also.empty()) return false;
  const auto it = std::find_if(call.also.begin(), call.also.end(), [&](const further_offer& x) { return x.leg == leg; });
  const operator_id asked = it != call.also.end() ? it->operator_ : call.offered_to;
  divert(d, id, leg, asked, why, where);
  pause_absent(d, asked, why);
  return true;
}

void stop_asking_others(decision& d, call_id id, leg_id who_answered) {
  const call_state call = *d.call(id);
  if (call.also.empty()) return;
  if (call.offer != who_answered) divert(d, id, call.offer, call.offered_to, cause::call_pickup, layer::board);
  for (const further_offer& other : call.also)
    if (other.leg != who_answered) divert(d, id, other.leg, other.operator_, cause::call_pickup, layer::board);
}

void stop_asking(decision& d, call_id id, cause why, layer where) {
  const call_state call = *d.call(id);
  if (!call.offer && !call.offered_to) return;
  for (const further_offer& other : call.also) divert(d, id, other.leg, other.operator_, why, where);
  const std::uint64_t proof = divert(d, id, call.offer, call.offered_to, why, where);
  d.failed(call.command, proof, why);
}

void offer_failed(decision& d, call_id id, cause why, layer where) {
  const call_state call = *d.call(id);
  const operator_id asked = call.offered_to;
  stop_asking(d, id, why, where);
  pause_absent(d, asked, why);
  const operator_record* op = d.op(asked);
  if (call.transfer.fsm.state == transfer_state::recalling) {
    advance_transfer(d, id, transfer_fsm::input::recall_failed, why, where);
    return;
  }
  // Nobody took the parked caller: the caller is parked, or waits for the busy phone, as before.
  if (const party_state* caller = d.party(call.caller); caller != nullptr && waits_to_be_taken(*caller)) {
    d.custody(call.caller, custodian::wait, 0, caller->why, where, d.now + d.s.policy.park_limit.count());
    return;
  }
  queue_id queue = call.queue;
  if (!queue) {
    // A call that came by no queue and lost its operator: the first queue takes it in.
    for (const auto& [first, state] : d.base.queues.own()) {
      if (state) {
        queue = first;
        break;
      }
    }
  }
  // Who stands in for whoever did not answer is asked next, before the caller waits again.
  const bool of_queue = queue && call.queue_since != 0 && op != nullptr && left_unanswered(why);
  if (of_queue && op->backup && can_be_asked(d.base, op->backup) && can_be_asked(d.s, op->backup)) {
    const operator_id backup = op->backup;
    say_backup(d, id, asked, backup, why);
    offer_to(d, id, backup, cause::backup, false, d.s.policy.offer_ring.count());
  } else if (queue) {
    enter_queue(d, id, queue, why, true);
  } else if (op != nullptr) {
    d.custody(call.caller, custodian::wait, 0, why, layer::board, d.now + d.s.policy.recall_ring.count());
  } else {
    end_call(d, id, cause::no_available_agents, layer::board);
  }
}

}  // namespace cordboard
