// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>
#include <runtime/loopback_wire.hpp>

namespace cordboard::runtime {

/// Facts come later, as from a real wire: never from inside an action.
void loopback_wire::tell_later(any_fact fact) {
  loop_.post([this, what = std::move(fact)]() mutable { board_.take(std::move(what)); });
}

void loopback_wire::carry_out(const any_action& what) {
  if (const auto* a = std::get_if<act::ring>(&what)) return ring(*a);
  if (const auto* a = std::get_if<act::answer>(&what)) {
    const auto hit = lines_.find(a->leg);
    if (hit == lines_.end()) return;
    hit->second.up = true;
    return tell_later(fact::acknowledged{a->leg});
  }
  if (const auto* a = std::get_if<act::release>(&what)) {
    lines_.erase(a->leg);
    tell_later(fact::released{a->leg, a->status});
    return tell_later(fact::media_ended{a->leg});
  }
  // What is said takes no time here.
  if (const auto* a = std::get_if<act::hear>(&what); a != nullptr && a->from.kind == source_kind::announcement)
    return tell_later(fact::announced{a->leg, a->from.number, true});
  if (const auto* a = std::get_if<act::send_digits>(&what)) return tell_later(fact::digits_sent{a->leg, true});
  if (const auto* a = std::get_if<act::confirm_voices>(&what)) board_.take(fact::voices_joined{a->call, true});
}

void loopback_wire::ring(const act::ring& what) {
  const auto* device = board_.state().devices.find(what.device);
  const auto number = device == nullptr ? std::string() : device->kind == device_kind::trunk ? what.number : device->number;
  const auto hit = phones_.find(number);
  const auto how = hit == phones_.end() ? loopback_phone::answers : hit->second;
  switch (how) {
    case loopback_phone::dead: lines_[what.leg] = {number, true, false}; return;
    case loopback_phone::busy: return tell_later(fact::refused{what.leg, 486});
    case loopback_phone::refuses: return tell_later(fact::refused{what.leg, 603});
    case loopback_phone::rings: lines_[what.leg] = {number, true, false}; return tell_later(fact::ringing{what.leg, 180});
    case loopback_phone::answers:
      lines_[what.leg] = {number, true, true};
      tell_later(fact::ringing{what.leg, 180});
      return tell_later(fact::answered{what.leg});
  }
}

bool loopback_wire::restore(leg_id leg, const leg_state& known, std::string_view) {
  const auto* device = board_.state().devices.find(known.device);
  lines_[leg] = {device != nullptr ? device->number : std::string(), known.fsm.outgoing, known.fsm.phase == leg_phase::up};
  return true;
}

void loopback_wire::restored(const board_state& state) {
  for (const auto& [id, device] : state.devices.own())
    if (device && device->kind == device_kind::phone && !device->in_service)
      board_.take(fact::registered{id, std::numeric_limits<std::int64_t>::max(), true, cause::normal});
}

void loopback_wire::call_in(const loopback_call& call) {
  lines_[call.leg] = {call.number, false, false};
  board_.take(fact::incoming{call.leg, call.call, call.party, device_by_number(board_.state(), call.trunk), call.called,
                             call.number, call.name});
}

bool loopback_wire::answer(const std::string& number) {
  const auto hit = std::find_if(lines_.begin(), lines_.end(), [&](const auto& one) {
    return one.second.number == number && one.second.outgoing && !one.second.up;
  });
  if (hit == lines_.end()) return false;
  hit->second.up = true;
  board_.take(fact::answered{hit->first});
  return true;
}

bool loopback_wire::hang_up(const std::string& number) {
  const auto hit = std::find_if(lines_.begin(), lines_.end(), [&](const auto& one) { return one.second.number == number; });
  if (hit == lines_.end()) return false;
  const auto [leg, what] = *hit;
  lines_.erase(hit);
  // A phone that rings is refused by its user; a caller who was not answered gives up.
  if (what.outgoing && !what.up)
    board_.take(fact::refused{leg, 603});
  else
    board_.take(fact::ended{leg, static_cast<std::uint16_t>(what.up ? 0 : 487)});
  tell_later(fact::media_ended{leg});
  return true;
}

}  // namespace cordboard::runtime
