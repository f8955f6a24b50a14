// SPDX-License-Identifier: Apache-2.0
// What happens to a caller: waits, operators, transfers, and how it ended.
#include <figures/fold.hpp>

#include <algorithm>
#include <utility>

namespace cordboard::figures {
namespace {

/// `queued`, bit 2: the wait begins here; bit 1: at the place of an earlier call.
constexpr std::uint8_t begins_bit = 4;
constexpr std::uint8_t again_bit = 2;

bool is_recall(cause why) { return why == cause::recall || why == cause::recall_busy || why == cause::recall_no_answer; }

wait_result result_of(const event& e) {
  switch (static_cast<queue_result>(e.detail)) {
    case queue_result::answered: return wait_result::answered;
    case queue_result::abandoned: return wait_result::abandoned;
    case queue_result::overflowed:
      return e.cause == cause::no_available_agents ? wait_result::unstaffed : wait_result::overflowed;
    case queue_result::ended: return wait_result::ended;
  }
  return wait_result::unknown;
}

/// What the called party did, where the transfer came to nothing.
transfer_outcome outcome_of(cause why) {
  switch (why) {
    case cause::busy:
    case cause::recall_busy: return transfer_outcome::busy;
    case cause::call_not_answered:
    case cause::timeout:
    case cause::recall_no_answer: return transfer_outcome::no_answer;
    // Who talked to the operator and hung up has not taken the caller.
    case cause::call_rejected:
    case cause::normal_clearing:
    case cause::normal:
    case cause::redirected: return transfer_outcome::refused;
    case cause::call_cancelled: return transfer_outcome::cancelled;
    default: return transfer_outcome::unreachable;
  }
}

}  // namespace

void fold::emit_flow(std::uint32_t queue, const event& e, flow_act what) {
  record one;
  one.kind = record_kind::flow;
  one.result = static_cast<std::uint8_t>(what);
  one.queue = queue;
  one.at = e.time_ns;
  one.call = e.call.value;
  one.sequence = e.sequence;
  one.value = 1;
  emit(one);
}

void fold::queued(open_call& call, const event& e) {
  if (!e.queue) return;  // parked, or waits for a busy phone
  call.queue = e.queue.value;
  if ((e.flags & begins_bit) == 0) return;
  record one = fresh(call, e, record_kind::wait);
  one.operator_ = one.device = 0;
  one.flag = (e.flags & again_bit) != 0;
  one.other_flag = is_recall(e.cause);
  if (record& own = call.records.front(); own.queue == 0) revise(own, [&](record& r) { r.queue = e.queue.value; });
  call.wait = add(call, one);
  emit_flow(one.queue, e, flow_act::entered);
}

void fold::queue_left(open_call& call, const event& e) {
  emit_flow(e.queue.value, e, flow_act::left);
  if (call.wait < 0) return emit_log(e, log_act::unmatched);
  revise(call.records[static_cast<std::size_t>(call.wait)], [&](record& r) {
    r.result = static_cast<std::uint8_t>(result_of(e));
    r.length = e.time_ns - r.began;
    r.second = e.state;
    r.cause = e.cause;
    if (result_of(e) == wait_result::answered) r.operator_ = e.operator_.value, r.device = e.device.value;
  });
  call.wait = -1;
}

void fold::end_handling(open_call& call, std::int64_t now) {
  hold(call, now);
  for (std::int32_t* open : {&call.handling, &call.put_through}) {
    if (*open < 0) continue;
    record& one = call.records[static_cast<std::size_t>(*open)];
    revise(one, [&](record& r) {
      r.length = now - r.began;
      r.result = 1;
    });
    *open = -1;
  }
  call.held_since = 0;
}

/// The time on hold until now; from here on as the line is.
void fold::hold(open_call& call, std::int64_t now) {
  if (call.handling < 0) return;
  if (call.held_since != 0)
    revise(call.records[static_cast<std::size_t>(call.handling)], [&](record& r) { r.hold += now - call.held_since; });
  call.held_since = call.held || call.held_by_phone ? now : 0;
}

void fold::custody(open_call& call, const event& e) {
  const custodian was = std::exchange(call.kept_by, e.custodian);
  const std::uint32_t before = call.keeper;
  call.keeper = e.custodian == custodian::operator_ ? e.operator_.value
                : e.custodian == custodian::target  ? e.device.value
                                                    : e.queue.value;
  // Who will be called back has left the line, too.
  const bool over = e.custodian == custodian::ended || e.custodian == custodian::request;
  if (over || e.cause == cause::closing) ended_by_whom(call, e);
  const bool stays = was == e.custodian && before == call.keeper;
  if (over) {
    const bool lost = e.layer != layer::party && e.layer != layer::command && was == custodian::wait;
    if (lost && (call.transfer >= 0 || call.late_transfer)) {
      const auto it = std::find_if(call.records.rbegin(), call.records.rend(),
                                   [](const record& r) { return r.kind == record_kind::transfer; });
      revise(*it, [](record& r) { r.flag = true; });
    }
  }
  if (stays && e.custodian != custodian::wait) return;
  end_handling(call, e.time_ns);
  if (e.custodian != custodian::wait) call.late_transfer = false;
  call.keeper_hung_up = false;
  if (e.custodian != custodian::operator_ && e.custodian != custodian::target) return;
  const bool by_operator = e.custodian == custodian::operator_;
  record one = fresh(call, e, by_operator ? record_kind::handling : record_kind::put_through);
  // Whoever comes out of a queue is counted in the interval of entering it, with the wait.
  if (call.wait >= 0) one.at = call.records[static_cast<std::size_t>(call.wait)].at;
  if (!by_operator) {
    call.put_through = add(call, one);
    return;
  }
  one.device = 0;
  call.held = call.held_by_phone = false;
  call.handling = add(call, one);
  positions_[one.operator_].last = one;
  revise(call.records.front(), [&](record& r) {
    r.flag = true;
    r.operator_ = one.operator_;
  });
}

/// Who let go first. A closing is heard when somebody of the house did.
void fold::ended_by_whom(open_call& call, const event& e) {
  if (call.records.front().result != 0) return;
  ended_by by = ended_by::house;
  const bool with_operator = call.handling >= 0;
  if (call.keeper_hung_up)
    by = with_operator ? ended_by::operator_ : ended_by::department;
  else if (e.layer == layer::party)
    by = ended_by::caller;
  if (e.layer == layer::command && e.cause != cause::closing) by = ended_by::command;
  if (e.cause == cause::closing && !call.keeper_hung_up) by = with_operator ? ended_by::operator_ : ended_by::department;
  revise(call.records.front(), [&](record& r) { r.result = static_cast<std::uint8_t>(by); });
}

void fold::offered(open_call& call, const event& e) {
  if (call.caller == 0 && static_cast<party_role>(e.detail) == party_role::caller) call.caller = e.party.value;
  if (!e.operator_) return;
  // Taken on the screen, the phone rings: that is the same offer.
  for (const std::int32_t open : call.offers)
    if (call.records[static_cast<std::size_t>(open)].operator_ == e.operator_.value) return;
  record one = fresh(call, e, record_kind::offer);
  one.device = 0;
  if (call.wait >= 0) one.at = call.records[static_cast<std::size_t>(call.wait)].at;
  call.offers.push_back(add(call, one));
}

void fold::end_offer(open_call& call, std::uint32_t who, offer_result how, std::int64_t now) {
  for (auto it = call.offers.begin(); it != call.offers.end(); ++it) {
    record& one = call.records[static_cast<std::size_t>(*it)];
    if (one.operator_ != who) continue;
    revise(one, [&](record& r) {
      r.result = static_cast<std::uint8_t>(how);
      r.length = now - r.began;
    });
    call.offers.erase(it);
    return;
  }
}

void fold::transfer_started(open_call& call, const event& e) {
  record one = fresh(call, e, record_kind::transfer);
  one.other_flag = e.cause == cause::single_step_transfer;
  call.transfer = add(call, one);
  call.late_transfer = false;
  // A call that the operator made at the phone turns out to be a consultation.
  open_call* other = e.other != 0 ? find(e.other) : nullptr;
  if (other != nullptr && other != &call) make_consultation(*other, call.id, e.operator_.value, other->records.front().began);
}

void fold::transfer_ended(open_call& call, const event& e) {
  if (call.transfer < 0) return emit_log(e, log_act::unmatched);
  const auto how = static_cast<transfer_result>(e.detail);
  transfer_outcome outcome = outcome_of(e.cause);
  came_back back = came_back::no;
  switch (how) {
    case transfer_result::connected: outcome = transfer_outcome::connected; break;
    case transfer_result::conferenced: outcome = transfer_outcome::conferenced; break;
    case transfer_result::cancelled: outcome = transfer_outcome::cancelled; break;
    case transfer_result::caller_left: outcome = transfer_outcome::caller_left; break;
    case transfer_result::returned: back = came_back::returned; break;
    case transfer_result::recalled: back = came_back::recalled; break;
    case transfer_result::escalated: back = came_back::escalated; break;
  }
  revise(call.records[static_cast<std::size_t>(call.transfer)], [&](record& r) {
    r.result = static_cast<std::uint8_t>(outcome);
    r.second = static_cast<std::uint8_t>(back);
    // That the caller's own line failed is not the house's doing; it is counted apart.
    r.value = r.flag && how == transfer_result::caller_left ? 1 : 0;
    r.flag = r.flag && r.value == 0;
    r.length = e.time_ns - r.began;
  });
  call.transfer = -1;
  call.late_transfer = call.kept_by == custodian::wait && outcome != transfer_outcome::connected;
}

void fold::recorded(open_call& call, const event& e) {
  if (e.kind == event_kind::recording_started) {
    add(call, fresh(call, e, record_kind::recording));
    revise(call.records.front(), [](record& r) { r.other_flag = true; });
    return;
  }
  const auto its = [&](const record& r) { return r.kind == record_kind::recording && r.sequence == e.other; };
  const auto it = std::find_if(call.records.begin(), call.records.end(), its);
  if (e.kind == event_kind::recording_ended) {
    if (it == call.records.end()) return;
    revise(*it, [&](record& r) {
      r.length = e.value;
      r.cause = e.cause;
    });
    return;
  }
  record one = fresh(call, e, record_kind::recording_gap);
  if (it != call.records.end()) one.operator_ = it->operator_;
  one.value = e.value;
  add(call, one);
}

}  // namespace cordboard::figures
