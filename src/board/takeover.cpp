// SPDX-License-Identifier: Apache-2.0
// A phone takes the place of an operator's line by INVITE with Replaces (RFC 3891): directed pickup while it rings, a transfer
// that the target completes when it is up. The same transaction as every transfer: the line that is replaced goes when the
// other one has acknowledged, and comes to nothing when it has not.
//
//   rings    diverted, originated, established, custody ─► the other operator has the caller
//   is up    originated, established, transfer_started, moving ──ACK──► connected
//                                                          └── no ACK, CANCEL ──► returned
#include <board/decision.hpp>

#include <algorithm>

namespace cordboard {
namespace {

/// The call that this line of an operator has, or rings for; null: none.
const call_state* replaced_call(const decision& d, leg_id line, call_id& in) {
  const leg_state* leg = d.leg(line);
  if (leg == nullptr || !leg->operator_) return nullptr;
  for (const call_id id : leg->calls) {
    const call_state* call = d.call(id);
    const connection* caller = call != nullptr && !call->parent ? d.caller_of(*call) : nullptr;
    const connection* own = caller != nullptr ? call->fsm.find(line) : nullptr;
    if (own == nullptr || own->state == connection_state::initiated) continue;
    in = id;
    return call;
  }
  return nullptr;
}

std::uint64_t takes_part(decision& d, event_kind kind, call_id in, const fact::incoming& f, operator_id by, party_role role,
                         connection_state to) {
  event e = decision::of(kind);
  e.call = in;
  e.leg = f.leg;
  e.party = f.party;
  e.device = f.device;
  e.operator_ = by;
  e.cause = cause::call_pickup;
  e.detail = kind == event_kind::originated ? static_cast<std::uint16_t>(role) : std::uint16_t{0};
  e.state = static_cast<std::uint8_t>(to);
  return d.emit(e, kind == event_kind::originated ? f.called : std::string{});
}

}  // namespace

operator_id operator_at(const decision& d, device_id phone) {
  for (const auto& [id, unused] : d.base.operators.own()) {
    const operator_record* op = d.op(id);
    if (op != nullptr && op->phone == phone && op->state != operator_state::null) return id;
  }
  return {};
}

void take_at_phone(decision& d, call_id id, const fact::incoming& f, operator_id taker) {
  stop_asking(d, id, cause::call_pickup, layer::party);
  be_busy(d, taker, id, cause::call_pickup);
  takes_part(d, event_kind::originated, id, f, taker, party_role::operator_, connection_state::alerting);
  d.act(act::answer{f.leg});
  leg_answered(d, f.leg, cause::call_pickup);
}

std::uint16_t take_over(decision& d, const fact::incoming& f) {
  call_id id;
  const call_state* call = replaced_call(d, f.replaces, id);
  const device_state* phone = d.device(f.device);
  if (call == nullptr || phone == nullptr || phone->kind != device_kind::phone) return 403;
  if (d.base.stopping) return 503;
  const connection own = *call->fsm.find(f.replaces);
  if (own.device == f.device) return 403;
  const operator_id taker = operator_at(d, f.device);
  if (taker && d.op(taker)->state == operator_state::busy) return 486;

  if (own.state == connection_state::alerting) {
    // Only operators take callers out of a queue.
    if (!taker || !is_asked(*call, f.replaces)) return 403;
    take_at_phone(d, id, f, taker);
    return 0;
  }
  if (is_conference(*call)) return 603;  // as with every transfer: nobody is sent on out of a conference
  if (call->transfer.fsm.open() || call->consultation) return 491;
  if (is_away(*call)) {
    // Who asks again when the voices are back takes the caller.
    if (!call->media_refused) call_back_voices(d, id);
    return 491;
  }
  const connection* caller = d.caller_of(*call);
  if (caller->state != connection_state::connected || call->caller_consent == consent::no) return 403;
  // Whoever takes the caller agrees to it. That the caller does is the operator's to say, but among operators.
  if (!taker && !consents_satisfy(phone->policy, call->caller_consent, consent::yes, true)) return 403;
  takes_part(d, event_kind::originated, id, f, {}, party_role::target, connection_state::alerting);
  takes_part(d, event_kind::established, id, f, {}, party_role::target, connection_state::connected);
  d.act(act::answer{f.leg});
  begin_transfer(d, id, transfer_state::consents, f.leg, f.device, own.operator_, {}, cause::call_pickup, {});
  advance_transfer(d, id, transfer_fsm::input::agreed, cause::none, layer::party);
  return 0;
}

}  // namespace cordboard
