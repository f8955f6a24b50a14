// SPDX-License-Identifier: Apache-2.0
// More than two parties in a call. Whoever talks to the caller there can hold the caller; whoever only listens cannot.
#include <board/decision.hpp>

#include <algorithm>

namespace cordboard {

void added_answered(decision& d, call_id id, const connection& own) {
  const command_id by = d.leg(own.leg)->command;
  const command_record* asked = d.s.commands.find(by);
  const bool intrudes = asked != nullptr && asked->kind == command_kind::intrude;
  const cause why = own.part == participation::silent ? cause::silent_participation
                    : intrudes                        ? cause::intrude
                                                      : cause::conference;
  event e = decision::of(event_kind::established);
  e.call = id;
  e.leg = own.leg;
  e.party = own.party;
  e.device = own.device;
  e.cause = why;
  e.state = static_cast<std::uint8_t>(connection_state::connected);
  d.emit(e);
  d.done(by, conferenced(d, id, own, own.part, why));
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
    return x.part != participation::silent && (x.state == connection_state::connected || x.state == connection_state::hold);
  });
  if (talk < 2) end_call(d, id, why, where);
}

}  // namespace cordboard
