// SPDX-License-Identifier: Apache-2.0
// Waiting for a busy phone. A caller who camps on is in a wait with recall; an operator who wants to be called back waits for
// nobody's line. The house knows that a phone is free by its own lines: whoever waits longest is served first, callers before
// operators.
//
//   camp_on               caller waits ──phone free──► phone rings, as in a transfer without consultation ──► target, or recall
//   call_back_when_free   set ──phone and operator free──► operator's phone rings ──► the phone rings
#include <board/decision.hpp>

namespace cordboard {

bool is_free(const device_state& phone) { return phone.in_service && phone.lines == 0; }

namespace {

bool is_free(const board_state& state, device_id id) {
  const device_state* phone = state.devices.find(id);
  return phone != nullptr && is_free(*phone);
}

void ring_for_camped(decision& d, std::uint64_t key) {
  const camped_call waits = *d.s.camped.find(key);
  const call_state& call = *d.call(waits.call);
  const operator_id from = call.operator_;
  d.custody(call.caller, custodian::wait, 0, cause::camp_on, layer::board,
            d.now + d.device(waits.device)->ring_ns + 1'000'000'000);
  const leg_id leg{d.fresh()};
  ring_party(d, waits.call, leg, party_id{d.fresh()}, party_role::target, waits.device, {}, cause::camp_on);
  begin_transfer(d, waits.call, transfer_state::ringing, leg, waits.device, from, {}, cause::camp_on, {});
}

}  // namespace

bool next_camped(const board_state& state, std::uint64_t& found) {
  for (const auto& [key, waits] : state.camped.own()) {
    if (!waits || !is_free(state, waits->device)) continue;
    // An operator is rung for the caller at this moment.
    const call_state* call = state.call_table.find(waits->call);
    if (call == nullptr || call->offer || call->offered_to) continue;
    found = key;
    return true;
  }
  return false;
}

bool next_call_back(const board_state& state, std::uint64_t& found) {
  if (!has_room(state, false)) return false;
  for (const auto& [key, one] : state.call_backs.own()) {
    const operator_record* op = one ? state.operators.find(one->operator_) : nullptr;
    if (op == nullptr || op->state == operator_state::null || op->state == operator_state::busy) continue;
    if (!is_free(state, one->device) || !is_free(state, op->phone)) continue;
    found = key;
    return true;
  }
  return false;
}

void camp_on(decision& d, call_id id, device_id busy) {
  const connection own = *d.operator_of(*d.call(id));
  const connection waits = *d.caller_of(*d.call(id));
  const std::int64_t until = d.now + d.s.policy.park_limit.count();
  d.custody(waits.party, custodian::wait, 0, cause::camp_on, layer::command, until);
  event e = decision::of(event_kind::queued);
  e.call = id;
  e.leg = waits.leg;
  e.party = waits.party;
  e.device = busy;
  e.cause = cause::camp_on;
  e.state = static_cast<std::uint8_t>(connection_state::queued);
  e.value = until;
  d.emit(e);
  d.cleared(id, own, cause::camp_on, layer::command);
}

bool serve_busy(decision& d) {
  std::uint64_t key = 0;
  if (next_camped(d.base, key)) {
    ring_for_camped(d, key);
    return true;
  }
  if (!next_call_back(d.base, key)) return false;
  const call_back one = *d.base.call_backs.find(key);
  const call_id made{d.fresh()};
  end_call_back(d, key, cause::call_back, made);
  const leg_id leg{d.fresh()};
  begin_own_call(d, one.operator_, made, leg, party_id{d.fresh()}, one.device, {}, cause::call_back, {});
  return true;
}

void end_call_back(decision& d, std::uint64_t set, cause why, call_id made) {
  const call_back* one = d.s.call_backs.find(set);
  if (one == nullptr) return;
  event e = decision::of(event_kind::call_back_ended);
  e.call = made;
  e.operator_ = one->operator_;
  e.device = one->device;
  e.other = set;
  e.cause = why;
  d.emit(e);
}

void begin_own_call(decision& d, operator_id who, call_id call, leg_id leg, party_id party, device_id to,
                    const std::string& number, cause why, command_id command) {
  const device_id phone = d.op(who)->phone;
  const leg_state* line = free_line(d, who);
  if (line != nullptr) leg = d.op(who)->line;
  be_busy(d, who, call, why);
  event e = decision::of(event_kind::service_initiated);
  e.call = call;
  e.leg = leg;
  e.party = line != nullptr ? line->party : party_id{d.fresh()};
  e.device = phone;
  e.operator_ = who;
  e.cause = why;
  e.state = static_cast<std::uint8_t>(connection_state::initiated);
  e.value = d.now + d.device(phone)->ring_ns;
  e.command = command;
  d.emit(e);
  event dialled = decision::of(event_kind::digits_dialed);
  dialled.call = call;
  dialled.party = party;
  dialled.device = to;
  dialled.operator_ = who;
  const std::uint64_t at = d.emit(dialled, number.empty() ? d.device(to)->number : number);
  if (line != nullptr) return leg_answered(d, leg);
  // Who asks at the screen has the hand at the phone; who is called back may be elsewhere, and hears it ring.
  d.act(act::ring{leg, call, phone, {}, at, 0, why == cause::make_call});
}

}  // namespace cordboard
