// SPDX-License-Identifier: Apache-2.0
// Time has come: every wait is ended by a deadline that stands in the state. One deadline is one batch.
#include <base/assert.hpp>
#include <board/decision.hpp>

namespace cordboard {
namespace {

void leg_due(decision& d, leg_id id) {
  const leg_state& leg = *d.leg(id);
  if (leg.fsm.phase == leg_phase::releasing) {
    event e = decision::of(event_kind::leg_released);
    e.leg = id;
    e.device = leg.device;
    e.cause = cause::timeout;
    d.emit(e);
    return;
  }
  // Who has answered has a limit only in a code call: until the key is pressed.
  const cause why = leg.fsm.phase == leg_phase::up        ? cause::timeout
                    : leg.fsm.phase == leg_phase::ringing ? cause::call_not_answered
                                                          : cause::dest_out_of_order;
  leg_over(d, id, why, layer::board, 0);
  line_over(d, id, why, 0);
}

void hold_due(decision& d, call_id id) {
  const call_state& call = *d.call(id);
  const connection* op = d.operator_of(call);
  event e = decision::of(event_kind::hold_overdue);
  e.call = id;
  e.party = call.caller;
  e.value = d.now + d.s.policy.hold_limit.count();
  if (op == nullptr) {
    e.value = 0;
    d.emit(e);
    return;
  }
  e.leg = op->leg;
  e.operator_ = op->operator_;
  const connection c = *op;
  // The operator who talks to somebody else is reminded; one who talks to nobody hears the caller again.
  bool free = d.leg(c.leg) != nullptr && d.leg(c.leg)->fsm.phase == leg_phase::up && !call.transfer.fsm.open();
  if (free) {
    for (const call_id other : d.leg(c.leg)->calls) {
      const call_state* o = d.call(other);
      free = free && (other == id || o == nullptr || o->fsm.find(c.leg) == nullptr ||
                      o->fsm.find(c.leg)->state == connection_state::hold);
    }
  }
  d.emit(e);
  if (!free) return;
  event r = decision::of(event_kind::retrieved);
  r.call = id;
  r.leg = c.leg;
  r.party = c.party;
  r.device = c.device;
  r.operator_ = c.operator_;
  r.cause = cause::recall;
  r.state = static_cast<std::uint8_t>(connection_state::connected);
  d.emit(r);
}

void custody_due(decision& d, party_id id) {
  const party_state party = *d.party(id);
  const call_state* call = d.call(party.call);
  if (party.why == cause::phone_feature) return end_call(d, party.call, cause::phone_feature, layer::board);
  if (party.why == cause::closing || call == nullptr) {
    end_call(d, party.call, cause::closing, layer::board);
    return;
  }
  if (call->transfer.fsm.state == transfer_state::ringing) {
    const leg_id leg = call->transfer.target_leg;
    if (d.leg(leg) != nullptr) leg_over(d, leg, cause::call_not_answered, layer::board, 0);
  } else if (call->transfer.fsm.state == transfer_state::moving) {
    advance_transfer(d, party.call, transfer_fsm::input::voices_failed, cause::timeout, layer::board);
  } else if (call->offer || call->offered_to) {
    offer_failed(d, party.call, cause::call_not_answered, layer::board);
  } else if (call->operator_ && d.op(call->operator_) != nullptr) {
    recall_operator(d, party.call, call->operator_, cause::timeout, layer::board);
  } else {
    end_call(d, party.call, cause::timeout, layer::board);
  }
}

void command_due(decision& d, command_id id) {
  const command_record& c = *d.s.commands.find(id);
  event e = decision::of(event_kind::command_timed_out);
  e.command = id;
  e.actor = c.actor;
  e.detail = static_cast<std::uint16_t>(c.kind);
  e.call = c.call;
  e.cause = cause::timeout;
  d.emit(e);
}

void stop_further(decision& d) {
  for (const auto& [id, call] : d.base.call_table.own()) {
    if (!call) continue;
    end_call(d, call->parent && d.call(call->parent) != nullptr ? call->parent : id, cause::maintenance, layer::board);
    return;
  }
  event e = decision::of(event_kind::board_stopped);
  e.cause = cause::maintenance;
  d.emit(e);
  d.act(act::stop{});
}

}  // namespace

void decide_tick(decision& d) {
  const board_state& s = d.base;
  if (s.stopping && !s.stopped && (s.calls > 0 || s.legs.own().empty())) return stop_further(d);
  // A lane of its own: whatever else is due, it waits for the next tick.
  if (!s.stopping && serve_code_calls(d)) return;
  const auto& all = s.deadlines.own();
  if (!all.empty() && all.begin()->first.at <= d.now) {
    const deadline_key due = all.begin()->first;
    switch (due.kind) {
      case deadline_kind::leg: return leg_due(d, leg_id{due.low});
      case deadline_kind::offer: return offer_failed(d, call_id{due.low}, cause::call_not_answered, layer::board);
      case deadline_kind::queue: return offer_to_supervisor(d, call_id{due.low});
      case deadline_kind::hold: return hold_due(d, call_id{due.low});
      case deadline_kind::custody: return custody_due(d, party_id{due.low});
      case deadline_kind::transfer:
        return advance_transfer(d, call_id{due.low}, transfer_fsm::input::voices_failed, cause::timeout, layer::board);
      case deadline_kind::wrap_up: return go_on_after_work(d, operator_id{static_cast<std::uint32_t>(due.low)});
      case deadline_kind::reason: return overdue(d, operator_id{static_cast<std::uint32_t>(due.low)});
      case deadline_kind::leave: return leave_lapsed(d, operator_id{static_cast<std::uint32_t>(due.low)});
      case deadline_kind::overflow: return overflow(d, call_id{due.low});
      case deadline_kind::rings: return rings_due(d, call_id{due.low});
      case deadline_kind::tell: return tell_wait(d, call_id{due.low}, true);
      case deadline_kind::command: return command_due(d, command_id{due.high, due.low});
      case deadline_kind::dialogue: return dialogue_due(d, call_id{due.low});
      case deadline_kind::call_back: return end_call_back(d, due.low, cause::timeout);
      case deadline_kind::code_call: return code_wait_over(d, call_id{due.low});
      case deadline_kind::request: return request_due_now(d, request_id{due.low});
      case deadline_kind::entry: return entry_due(d, call_id{due.low});
      case deadline_kind::line: return begin_line(d, operator_id{static_cast<std::uint32_t>(due.low)});
      case deadline_kind::activity: return activity_over(d, device_id{static_cast<std::uint32_t>(due.low)});
      case deadline_kind::fault: return device_away(d, device_id{static_cast<std::uint32_t>(due.low)});
      case deadline_kind::self_test: return self_test_due(d, call_id{due.low});
      case deadline_kind::check: return remind_of_check(d, due.low);
    }
  }
  if (!s.stopping && !serve_busy(d) && !offer_next(d)) serve_self_tests(d);
}

}  // namespace cordboard
