// SPDX-License-Identifier: Apache-2.0
// What operators do: at their positions, with a call in hand, away.
#include <board/evolve_parts.hpp>

namespace cordboard {
namespace {

void set_operator(board_state& s, const event& e, operator_state to, std::int64_t until) {
  if (s.operators.find(e.operator_) == nullptr) return;
  operator_record& op = s.operators.edit(e.operator_);
  const bool done = to != operator_state::busy && to != operator_state::working_after_call;
  if (done && op.serving) {
    learn_handling(s, op, e.time_ns);
    op.serving = {};
  }
  op.state = to;
  op.since = e.time_ns;
  if (to != operator_state::busy) {
    op.leg = {};
    op.party = {};
    op.calls.clear();
    op.reason = 0;
    arm(s, deadline_kind::reason, 0, e.operator_.value, op.reason_deadline, 0);
  }
  arm(s, deadline_kind::wrap_up, 0, e.operator_.value, op.deadline, until);
}

/// `value` is when the reason's allowance ends; without a reason it counts what kept the operator from the calls.
void leave_position(board_state& s, const event& e) {
  if (s.operators.find(e.operator_) == nullptr) return;
  operator_record& op = s.operators.edit(e.operator_);
  const bool pending = op.state == operator_state::busy && static_cast<operator_state>(e.state) == operator_state::busy;
  // Asked for is used, also while a call has to end first; what the house says of it later is the same leave.
  if (e.detail != 0 && e.cause == cause::none) {
    auto it = std::find_if(op.used.begin(), op.used.end(), [&](const reason_use& u) { return u.reason == e.detail; });
    if (it == op.used.end()) it = op.used.insert(it, {e.detail, 0});
    it->times += 1;
  }
  if (pending) {
    op.after = operator_state::not_ready;
    op.after_reason = e.detail;
    return;
  }
  set_operator(s, e, operator_state::not_ready, 0);
  op.reason = e.detail;
  if (e.detail != 0) arm(s, deadline_kind::reason, 0, e.operator_.value, op.reason_deadline, e.value);
}

}  // namespace

void join_operator(board_state& s, const event& e) {
  if (!e.operator_ || s.operators.find(e.operator_) == nullptr) return;
  operator_record& op = s.operators.edit(e.operator_);
  if (e.leg) op.leg = e.leg;
  if (e.party) op.party = e.party;
  remember(op.calls, e.call);
}

void want_line(board_state& s, operator_id who, std::int64_t at) {
  const operator_record* known = s.operators.find(who);
  if (known == nullptr) return;
  const bool wanted = known->keep_line && known->state != operator_state::null && !known->line && in_service(s, known->phone);
  if (!wanted && known->line_at == 0) return;
  arm(s, deadline_kind::line, 0, who.value, s.operators.edit(who).line_at, wanted ? at : 0);
}

void evolve_line(board_state& s, const event& e) {
  const operator_record* known = s.operators.find(e.operator_);
  if (known == nullptr) return;
  const bool begins = e.kind == event_kind::line_started;
  if (begins)
    s.operators.edit(e.operator_).line = e.leg;
  else if (known->line == e.leg)
    s.operators.edit(e.operator_).line = {};
  want_line(s, e.operator_, begins ? 0 : e.value);
}

void evolve_operator(board_state& s, const event& e) {
  switch (e.kind) {
    case event_kind::operator_logged_on:
      set_operator(s, e, operator_state::not_ready, 0);
      if (s.operators.find(e.operator_) != nullptr) {
        operator_record& op = s.operators.edit(e.operator_);
        op.taken = op.unanswered = 0;
        if (!op.has_shift) op.used.clear();
      }
      want_line(s, e.operator_, e.time_ns);
      break;
    case event_kind::operator_not_ready: leave_position(s, e); break;
    case event_kind::operator_overdue:
      if (s.operators.find(e.operator_) != nullptr)
        arm(s, deadline_kind::reason, 0, e.operator_.value, s.operators.edit(e.operator_).reason_deadline, 0);
      break;
    case event_kind::leave_asked:
    case event_kind::leave_answered:
      if (s.operators.find(e.operator_) != nullptr) {
        operator_record& op = s.operators.edit(e.operator_);
        const bool asked = e.kind == event_kind::leave_asked;
        op.leave = asked ? e.detail : std::uint16_t{0};
        arm(s, deadline_kind::leave, 0, e.operator_.value, op.leave_deadline, asked ? e.value : 0);
      }
      break;
    case event_kind::shift_handed_over: s.hand_overs.edit(e.sequence) = {e.operator_}; break;
    case event_kind::hand_over_accepted: s.hand_overs.erase(e.other); break;
    case event_kind::operator_ready:
      if (const operator_record* op = s.operators.find(e.operator_);
          op != nullptr && op->state == operator_state::busy && static_cast<operator_state>(e.state) == operator_state::busy) {
        s.operators.edit(e.operator_).after = operator_state::ready;
      } else if (op != nullptr) {
        // Only who says so, or was away, begins anew: not who was rung in vain.
        if (op->state != operator_state::busy) s.operators.edit(e.operator_).unanswered = 0;
        set_operator(s, e, operator_state::ready, 0);
        s.operators.edit(e.operator_).after = operator_state::ready;
      }
      break;
    case event_kind::operator_logged_off:
      set_operator(s, e, operator_state::null, 0);
      if (s.operators.find(e.operator_) != nullptr) {
        operator_record& op = s.operators.edit(e.operator_);
        op.leave = 0;
        arm(s, deadline_kind::leave, 0, e.operator_.value, op.leave_deadline, 0);
      }
      want_line(s, e.operator_, 0);
      break;
    case event_kind::operator_busy:
      if (s.operators.find(e.operator_) != nullptr) {
        operator_record& op = s.operators.edit(e.operator_);
        op.busy_since = e.time_ns;
        if (op.state == operator_state::not_ready) {
          op.after = operator_state::not_ready;
          op.after_reason = op.reason;
        }
      }
      set_operator(s, e, operator_state::busy, 0);
      join_operator(s, e);
      break;
    case event_kind::operator_working_after_call:
      if (s.operators.find(e.operator_) == nullptr) break;
      if (static_cast<operator_state>(e.state) == operator_state::busy) {
        s.operators.edit(e.operator_).after = operator_state::working_after_call;
      } else {
        set_operator(s, e, operator_state::working_after_call, e.value);
        if (operator_record& op = s.operators.edit(e.operator_); op.after == operator_state::working_after_call)
          op.after = operator_state::ready;
      }
      break;
    default: break;
  }
}

}  // namespace cordboard
