// SPDX-License-Identifier: Apache-2.0
// Operators at their positions: who logs on and off, leaves for a while and why, and hands over to the next shift.
#include <board/decision.hpp>

#include <algorithm>

namespace cordboard {
namespace {

constexpr errc fine{};

/// Begins the event of a command about an operator; null: there is no such operator.
const operator_record* about(const decision& d, const command& c, event& e, event_kind kind) {
  e = decision::of(kind);
  e.operator_ = c.operator_;
  return d.op(c.operator_);
}

void in_state(event& e, operator_state to) { e.state = static_cast<std::uint8_t>(to); }

/// Whether callers wait where nobody else is logged on: they are served to the end first (M10).
bool waited_for(const decision& d, operator_id who) {
  const auto& all = d.base.queues.own();
  return std::any_of(all.begin(), all.end(), [&](const auto& entry) {
    if (!entry.second || entry.second->waiting.empty()) return false;
    const std::vector<operator_id> members = serving(d.base, *entry.second);
    const auto there = [&](operator_id id) { return d.op(id) != nullptr && d.op(id)->state != operator_state::null; };
    return std::find(members.begin(), members.end(), who) != members.end() &&
           std::count_if(members.begin(), members.end(), there) == 1;
  });
}

std::uint32_t times_used(const operator_record& op, std::uint16_t reason) {
  const auto it = std::find_if(op.used.begin(), op.used.end(), [&](const reason_use& u) { return u.reason == reason; });
  return it != op.used.end() ? it->times : 0;
}

}  // namespace

errc log_on(decision& d, const command& c, event& e) {
  const operator_record* op = about(d, c, e, event_kind::operator_logged_on);
  if (op == nullptr) return errc::operator_unknown;
  if (op->state != operator_state::null) return errc::operator_wrong_state;
  e.device = op->phone;
  in_state(e, operator_state::not_ready);
  if (!op->has_shift) return fine;
  // Ahead of the shift, or after its beginning; that began before the board saw it begin: at least 1 ns.
  if (op->shift.closed())
    e.value = op->shift.until != 0 ? op->shift.until - d.now : 0;
  else
    e.value = op->shift_began != 0 ? op->shift_began - d.now : -1;
  e.detail = e.value > 0 && e.value >= d.s.policy.login_ahead.count() ? 1 : 0;
  return fine;
}

errc log_off(decision& d, const command& c, event& e) {
  const operator_record* op = about(d, c, e, event_kind::operator_logged_off);
  if (op == nullptr) return errc::operator_unknown;
  if (op->state == operator_state::null || op->state == operator_state::busy) return errc::operator_wrong_state;
  if (waited_for(d, c.operator_)) return errc::operator_needed;
  e.device = op->phone;
  e.detail = op->reason;
  in_state(e, operator_state::null);
  return fine;
}

errc be_ready(decision& d, const command& c, event& e) {
  const operator_record* op = about(d, c, e, event_kind::operator_ready);
  if (op == nullptr) return errc::operator_unknown;
  if (op->state == operator_state::null) return errc::operator_wrong_state;
  in_state(e, op->state == operator_state::busy ? operator_state::busy : operator_state::ready);
  return fine;
}

event away_event(const decision& d, operator_id who, std::uint16_t reason) {
  const operator_record& op = *d.op(who);
  const reason_state* allows = d.s.reasons.find(reason);
  // With a call in hand this is CSTA's pending state, and the time that the reason allows runs from the end of the call.
  const bool pending = op.state == operator_state::busy && !op.calls.empty();
  event e = decision::of(event_kind::operator_not_ready);
  e.operator_ = who;
  e.detail = reason;
  in_state(e, pending ? operator_state::busy : operator_state::not_ready);
  if (!pending && allows != nullptr && allows->limit_ns > 0) e.value = d.now + allows->limit_ns;
  // Who took a call meanwhile goes on with the same leave, whose time ran on.
  if (!pending && reason != 0 && reason == op.reason) e.value = op.reason_deadline;
  return e;
}

errc not_ready(decision& d, const command& c, event& e) {
  const operator_record* op = d.op(c.operator_);
  if (op == nullptr) return errc::operator_unknown;
  if (op->state == operator_state::null) return errc::operator_wrong_state;
  if (c.detail != 0 && c.detail == op->reason) return errc::operator_wrong_state;  // asking again makes no leave longer
  const reason_state* why = d.s.reasons.find(c.detail);
  if (c.detail == 0 && d.s.policy.reasons_required) return errc::reason_missing;
  if (c.detail != 0 && why == nullptr && !d.base.reasons.own().empty()) return errc::reason_unknown;
  if (why != nullptr && (why->approval || (why->times != 0 && times_used(*op, c.detail) >= why->times)))
    return errc::approval_needed;
  e = away_event(d, c.operator_, c.detail);
  return fine;
}

errc work_after_call(decision& d, const command& c, event& e) {
  const operator_record* op = about(d, c, e, event_kind::operator_working_after_call);
  if (op == nullptr) return errc::operator_unknown;
  if (op->state == operator_state::null) return errc::operator_wrong_state;
  const bool busy = op->state == operator_state::busy;
  in_state(e, busy ? operator_state::busy : operator_state::working_after_call);
  // Asked for again, it still ends at the limit.
  const std::int64_t begin = op->state == operator_state::working_after_call ? op->since : d.now;
  if (!busy) e.value = std::max(begin + d.s.policy.wrap_up_limit.count(), d.now + 1);
  return fine;
}

errc ask_leave(decision& d, const command& c, event& e) {
  const operator_record* op = about(d, c, e, event_kind::leave_asked);
  if (op == nullptr) return errc::operator_unknown;
  if (op->state == operator_state::null) return errc::operator_wrong_state;
  if (d.s.reasons.find(c.detail) == nullptr) return errc::reason_unknown;
  e.detail = c.detail;
  e.value = d.now + d.s.policy.leave_limit.count();
  return fine;
}

errc answer_leave(decision& d, const command& c, event& e) {
  const operator_record* op = about(d, c, e, event_kind::leave_answered);
  if (op == nullptr) return errc::operator_unknown;
  if (c.consent != consent::yes && c.consent != consent::no) return errc::command_invalid;
  if (op->leave == 0) return errc::leave_unknown;
  e.detail = op->leave;
  e.consent = c.consent;
  return fine;
}

errc hand_over_shift(decision& d, const command& c, event& e) {
  const operator_record* op = about(d, c, e, event_kind::shift_handed_over);
  if (op == nullptr) return errc::operator_unknown;
  if (op->state == operator_state::null) return errc::operator_wrong_state;
  if (d.base.hand_overs.own().size() >= hand_overs_max) return errc::limit_reached;
  // Held, parked, or waiting with this operator to come back to.
  for (const auto& [id, call] : d.base.call_table.own()) {
    if (!call || call->operator_ != c.operator_ || call->parent) continue;
    const party_state* caller = d.party(call->caller);
    if (call->hold_deadline != 0 || (caller != nullptr && caller->custodian == custodian::wait)) e.value += 1;
  }
  return fine;
}

errc accept_hand_over(decision& d, const command& c, event& e) {
  const operator_record* op = about(d, c, e, event_kind::hand_over_accepted);
  if (op == nullptr) return errc::operator_unknown;
  if (op->state == operator_state::null) return errc::operator_wrong_state;
  e.other = static_cast<std::uint64_t>(c.value);
  if (d.s.hand_overs.find(e.other) == nullptr) return errc::hand_over_unknown;
  return fine;
}

void go_on_after_work(decision& d, operator_id who) {
  const operator_record& op = *d.op(who);
  event e =
      op.after == operator_state::not_ready ? away_event(d, who, op.after_reason) : decision::of(event_kind::operator_ready);
  e.operator_ = who;
  if (e.kind == event_kind::operator_ready) in_state(e, operator_state::ready);
  e.cause = cause::timeout;
  d.emit(e);
}

void overdue(decision& d, operator_id who) {
  const operator_record& op = *d.op(who);
  const reason_state* why = d.s.reasons.find(op.reason);
  event e = decision::of(event_kind::operator_overdue);
  e.operator_ = who;
  e.detail = op.reason;
  e.value = why != nullptr ? why->limit_ns : 0;
  e.cause = cause::overrun;
  d.emit(e);
}

void leave_lapsed(decision& d, operator_id who) {
  event e = decision::of(event_kind::leave_answered);
  e.operator_ = who;
  e.detail = d.op(who)->leave;
  e.cause = cause::timeout;
  d.emit(e);
}

void settle_backups(decision& d) {
  // Few batches change who is there; the others cost a look at what they have changed.
  const auto& operators = d.s.operators.own();
  const auto& devices = d.s.devices.own();
  const bool moved =
      std::any_of(operators.begin(), operators.end(),
                  [&](const auto& one) {
                    const operator_record* was = d.base.operators.find(one.first);
                    return was != nullptr && one.second &&
                           (is_away(d.base, one.first) != is_away(d.s, one.first) ||
                            was->shift.closed() != one.second->shift.closed() || was->backup != one.second->backup);
                  }) ||
      std::any_of(devices.begin(), devices.end(), [&](const auto& one) {
        const device_state* was = d.base.devices.find(one.first);
        return was != nullptr && one.second &&
               (was->in_service != one.second->in_service || was->hours.closed() != one.second->hours.closed());
      });
  if (!moved) return;
  std::vector<event> said;
  for (const auto& [id, unused] : d.base.operators.own()) {
    const operator_record* was = d.base.operators.find(id);
    const operator_record* is = d.op(id);
    if (is == nullptr || !is->backup || is_unmanned(d.base, *was) == is_unmanned(d.s, *is)) continue;
    event& e = said.emplace_back(decision::of(event_kind::position_unmanned));
    e.operator_ = id;
    e.device = is->phone;
    e.other = is->backup.value;
    e.state = is_unmanned(d.s, *is) ? 1 : 0;
  }
  // Of a hundred thousand phones few have a backup, and all of them may register within a minute.
  for (const auto& [id, unused] : d.base.backed_devices.own()) {
    const device_state* was = d.base.devices.find(id);
    const device_state* is = d.device(id);
    if (was == nullptr || is == nullptr || is->backup.empty()) continue;
    const device_id backup = device_by_number(d.base, is->backup);
    if (is_unmanned(d.base, *was, backup) == is_unmanned(d.s, *is, backup)) continue;
    event& e = said.emplace_back(decision::of(event_kind::position_unmanned));
    e.device = id;
    e.other = backup.value;
    e.state = is_unmanned(d.s, *is, backup) ? 1 : 0;
  }
  for (const event& e : said) d.emit(e);
}

}  // namespace cordboard
