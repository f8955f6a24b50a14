// SPDX-License-Identifier: Apache-2.0
// More than two parties in a call. Whoever talks to the caller there can hold the caller; whoever only listens cannot.
#include <board/decision.hpp>

#include <algorithm>

namespace cordboard {

namespace {

cause added_as(participation part, const command_record* asked) {
  if (part == participation::silent) return cause::silent_participation;
  if (part == participation::whispering) return cause::whisper;
  if (asked != nullptr && asked->kind == command_kind::intrude) return cause::intrude;
  if (asked != nullptr && asked->kind == command_kind::take_over) return cause::take_over;
  return cause::conference;
}

}  // namespace

void added_answered(decision& d, call_id id, const connection& own) {
  const command_id by = d.leg(own.leg)->command;
  const cause why = added_as(own.part, d.s.commands.find(by));
  event e = decision::of(event_kind::established);
  e.call = id;
  e.leg = own.leg;
  e.party = own.party;
  e.device = own.device;
  e.cause = why;
  e.state = static_cast<std::uint8_t>(connection_state::connected);
  d.emit(e);
  const connection who = own;
  d.done(by, conferenced(d, id, who, who.part, why));
  if (why == cause::take_over) take_caller(d, id, who.leg);
}

void take_caller(decision& d, call_id id, leg_id taker) {
  const connection* has = keeper_of(d.s, *d.call(id), taker);
  if (has == nullptr) return;
  const connection before = *has;
  const call_state& call = *d.call(id);
  if (d.party(call.caller) != nullptr && d.caller_of(call) != nullptr)
    d.custody(call.caller, custodian::target, call.fsm.find(taker)->device.value, cause::take_over, layer::command);
  d.cleared(id, before, cause::take_over, layer::command);
}

std::uint64_t conferenced(decision& d, call_id id, const connection& who, participation part, cause why, call_id from) {
  event e = decision::of(event_kind::conferenced);
  e.call = id;
  e.leg = who.leg;
  e.party = who.party;
  e.device = who.device;
  if (const connection* op = d.operator_of(*d.call(id))) e.operator_ = op->operator_;
  e.other = from.value;
  e.cause = why;
  e.state = static_cast<std::uint8_t>(connection_state::connected);
  e.detail = static_cast<std::uint16_t>(part);
  return d.emit(e);
}

bool hand_over(decision& d, call_id id, leg_id leaving, layer where) {
  const call_state& call = *d.call(id);
  const connection* next = keeper_of(d.s, call, leaving);
  if (next == nullptr) return false;
  const connection* gone = call.fsm.find(leaving);
  const party_state* caller = d.party(call.caller);
  if (gone == nullptr || caller == nullptr || d.caller_of(call) == nullptr) return true;
  const bool held_by_them = (caller->custodian == custodian::operator_ && caller->keeper == gone->operator_.value) ||
                            (caller->custodian == custodian::target && caller->keeper == gone->device.value);
  if (!held_by_them) return true;
  const operator_id op = next->operator_;
  d.custody(call.caller, op ? custodian::operator_ : custodian::target, op ? op.value : next->device.value, cause::conference,
            where);
  return true;
}

void go_on(decision& d, call_id id, cause why, layer where) {
  const call_state* call = d.call(id);
  if (call == nullptr || d.caller_of(*call) != nullptr) return;
  const auto& all = call->fsm.connections;
  const auto talk = std::count_if(all.begin(), all.end(), [](const connection& x) {
    return is_heard(x.part) && (x.state == connection_state::connected || x.state == connection_state::hold);
  });
  if (talk < 2) end_call(d, id, why, where);
}

}  // namespace cordboard
