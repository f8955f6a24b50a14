// SPDX-License-Identifier: Apache-2.0
// Waiting callers and who is asked to take them.
#include <board/decision.hpp>

#include <algorithm>

namespace cordboard {
namespace {

bool can_be_asked(const board_state& s, operator_id id) {
  const operator_record* op = s.operators.find(id);
  const device_state* phone = op != nullptr ? s.devices.find(op->phone) : nullptr;
  return phone != nullptr && phone->in_service && op->state == operator_state::ready;
}

/// The operator of this queue who has been idle longest; 0 when nobody is ready.
operator_id longest_idle(const board_state& s, const queue_state& queue) {
  operator_id best;
  for (const operator_id id : queue.operators) {
    if (!can_be_asked(s, id)) continue;
    if (!best || s.operators.find(id)->since < s.operators.find(best)->since) best = id;
  }
  return best;
}

}  // namespace

void enter_queue(decision& d, call_id id, queue_id queue, cause why, bool head) {
  const call_state& call = *d.call(id);
  const connection* caller = d.caller_of(call);
  if (caller == nullptr) return;
  const queue_state* q = d.s.queues.find(queue);
  const connection c = *caller;
  d.custody(c.party, custodian::queue, queue.value, why, layer::board);
  event e = decision::of(event_kind::queued);
  e.call = id;
  e.leg = c.leg;
  e.party = c.party;
  e.queue = queue;
  e.cause = why;
  e.state = static_cast<std::uint8_t>(connection_state::queued);
  e.flags = head ? 1 : 0;
  e.value = d.now + (q != nullptr ? q->wait_ns : 0);
  const bool unanswered = d.leg(c.leg) != nullptr && d.leg(c.leg)->fsm.phase == leg_phase::offered;
  d.emit(e);
  if (unanswered) d.act(act::answer{c.leg});
}

bool waits_to_be_taken(const party_state& caller) {
  return caller.custodian == custodian::wait && (caller.why == cause::park || caller.why == cause::camp_on);
}

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
  const bool rings = !op.screen || auto_answer;
  const call_state& call = *d.call(id);
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
    e.leg = leg_id{d.fresh()};
    e.party = party_id{d.fresh()};
  }
  const bool free = op.state != operator_state::busy;
  const std::uint64_t identity = caller != nullptr ? caller->identity : 0;
  if (free) be_busy(d, to, id, why);
  d.emit(e);
  if (rings) d.act(act::ring{e.leg, id, e.device, {}, 0, identity, auto_answer});
}

void offer_to_supervisor(decision& d, call_id id) {
  const call_state& call = *d.call(id);
  const queue_state* queue = d.s.queues.find(call.queue);
  const device_state* phone = queue != nullptr ? d.device(queue->supervisor) : nullptr;
  if (phone == nullptr || !phone->in_service) {
    // Nobody above can be rung: the caller keeps the place, and the limit begins anew.
    enter_queue(d, id, call.queue, cause::queue_time_overflow, true);
    return;
  }
  const party_state* caller = d.party(call.caller);
  event e = decision::of(event_kind::offered);
  e.call = id;
  e.queue = call.queue;
  e.device = queue->supervisor;
  e.leg = leg_id{d.fresh()};
  e.party = party_id{d.fresh()};
  e.cause = cause::queue_time_overflow;
  e.state = static_cast<std::uint8_t>(connection_state::alerting);
  e.detail = static_cast<std::uint16_t>(party_role::target);
  e.value = d.now + phone->ring_ns;
  const std::uint64_t identity = caller != nullptr ? caller->identity : 0;
  d.emit(e);
  d.act(act::ring{e.leg, id, e.device, {}, 0, identity, false});
}

bool offer_next(decision& d) {
  const queue_state* best = nullptr;
  operator_id to;
  // The higher class first, then whoever called first: an operator of several queues goes where it has waited longest.
  const auto before = [&](const queue_state& a, const queue_state& b) {
    if (a.rank != b.rank) return a.rank < b.rank;
    return d.call(a.waiting.front())->started < d.call(b.waiting.front())->started;
  };
  for (const auto& [id, queue] : d.base.queues.own()) {
    if (!queue || queue->waiting.empty()) continue;
    const operator_id idle = longest_idle(d.base, *queue);
    if (!idle || (best != nullptr && !before(*queue, *best))) continue;
    best = &*queue;
    to = idle;
  }
  if (best == nullptr) return false;
  offer_to(d, best->waiting.front(), to, cause::distributed, false, d.s.policy.offer_ring.count());
  return true;
}

void stop_asking(decision& d, call_id id, cause why, layer where) {
  const call_state& call = *d.call(id);
  if (!call.offer && !call.offered_to) return;
  event e = decision::of(event_kind::diverted);
  e.call = id;
  e.leg = call.offer;
  e.queue = call.queue;
  e.operator_ = call.offered_to;
  e.cause = why;
  e.layer = where;
  e.state = static_cast<std::uint8_t>(connection_state::null);
  if (const connection* c = call.fsm.find(call.offer)) {
    e.party = c->party;
    e.device = c->device;
    d.reasons[call.offer] = why;
  }
  const command_id by = call.command;
  const std::uint64_t proof = d.emit(e);
  d.failed(by, proof, why);
}

void offer_failed(decision& d, call_id id, cause why, layer where) {
  const call_state call = *d.call(id);
  const operator_id asked = call.offered_to;
  stop_asking(d, id, why, where);
  // An operator who does not answer is not asked again before saying so: else the same phone is rung for ever.
  const operator_record* op = d.op(asked);
  const bool absent =
      why == cause::call_not_answered || why == cause::dest_out_of_order || why == cause::call_rejected || why == cause::busy;
  if (op != nullptr && op->state == operator_state::busy && op->calls.empty() && absent) {
    event pause = decision::of(event_kind::operator_not_ready);
    pause.operator_ = asked;
    pause.cause = why;
    pause.state = static_cast<std::uint8_t>(operator_state::not_ready);
    d.emit(pause);
  }
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
  if (queue) {
    enter_queue(d, id, queue, why, true);
  } else if (op != nullptr) {
    d.custody(call.caller, custodian::wait, 0, why, layer::board, d.now + d.s.policy.recall_ring.count());
  } else {
    end_call(d, id, cause::no_available_agents, layer::board);
  }
}

}  // namespace cordboard
