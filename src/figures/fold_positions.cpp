// SPDX-License-Identifier: Apache-2.0
// What operators and devices do, as pieces of time and as acts.
#include <figures/fold.hpp>

#include <algorithm>
#include <figures/measure.hpp>
#include <utility>

namespace cordboard::figures {

/// A piece of time, cut where intervals end: the only lengths that are shared out.
void fold::span(record one, std::int64_t from, std::int64_t to) {
  while (from < to) {
    const std::int64_t end = (static_cast<std::int64_t>(bin_of(from)) + 1) * bin_ns;
    one.at = one.began = from;
    one.length = std::min(to, end) - from;
    emit(one);
    from += one.length;
  }
}

void fold::settle(std::int64_t until) {
  until = std::max(until, last_time_);
  for (auto& [id, who] : positions_) {
    record one;
    one.kind = record_kind::operator_time;
    one.operator_ = id;
    one.result = static_cast<std::uint8_t>(who.state);
    if (who.state != operator_state::null) span(one, who.since, until);
    who.since = std::max(who.since, until);
  }
  for (auto& [id, device] : devices_) {
    record one;
    one.kind = record_kind::device_time;
    one.device = id;
    one.result = device.there ? 1 : 0;
    if (device.known) span(one, device.since, until);
    device.since = std::max(device.since, until);
  }
}

std::map<operator_state, std::uint32_t> fold::operators() const {
  std::map<operator_state, std::uint32_t> out;
  for (const auto& [id, who] : positions_)
    if (who.state != operator_state::null) ++out[who.state];
  return out;
}

std::map<std::uint32_t, bool> fold::devices() const {
  std::map<std::uint32_t, bool> out;
  for (const auto& [id, device] : devices_)
    if (device.known) out[id] = device.there;
  return out;
}

void fold::set_position(position_state& who, std::uint32_t id, operator_state to, const event& e) {
  record one;
  one.kind = record_kind::operator_time;
  one.operator_ = id;
  one.result = static_cast<std::uint8_t>(who.state);
  if (who.state != operator_state::null) span(one, who.since, e.time_ns);
  who.since = std::max(who.since, e.time_ns);
  if (who.wrap.kind != record_kind{}) {
    revise(who.wrap, [&](record& r) { r.length = e.time_ns - r.began; });
    who.wrap = {};
  }
  if (to == operator_state::busy && who.state != operator_state::busy) who.last = {};
  if (to == operator_state::working_after_call) {
    who.wrap = who.last;
    who.wrap.kind = record_kind::wrap;
    who.wrap.operator_ = id;
    who.wrap.sequence = e.sequence;
    who.wrap.began = e.time_ns;
    if (who.last.kind == record_kind{}) who.wrap.at = e.time_ns;  // after a call that nobody was served in
    emit(who.wrap);
  }
  who.state = to;
}

void fold::evolve_position(const event& e) {
  if (!e.operator_) return;
  position_state& who = positions_[e.operator_.value];
  const auto act = [&](position_act what) {
    record one;
    one.kind = record_kind::position;
    one.result = static_cast<std::uint8_t>(what);
    one.operator_ = e.operator_.value;
    one.sequence = e.sequence;
    one.at = one.began = e.time_ns;
    one.value = e.detail;
    emit(one);
  };
  // Said while a call is in hand, it is for afterwards.
  const bool pending = who.state == operator_state::busy && static_cast<operator_state>(e.state) == operator_state::busy;
  switch (e.kind) {
    case event_kind::operator_logged_on:
      set_position(who, e.operator_.value, operator_state::not_ready, e);
      act(position_act::log_in);
      if (e.value != 0) act(position_act::log_in_for_shift);
      if (e.value != 0 && e.detail == 1) act(position_act::log_in_on_time);
      break;
    case event_kind::operator_logged_off: set_position(who, e.operator_.value, operator_state::null, e); break;
    case event_kind::operator_ready:
      if (!pending) set_position(who, e.operator_.value, operator_state::ready, e);
      break;
    case event_kind::operator_not_ready:
      if (pending) break;
      set_position(who, e.operator_.value, operator_state::not_ready, e);
      if (e.detail != 0) act(position_act::absence);
      break;
    case event_kind::operator_busy: set_position(who, e.operator_.value, operator_state::busy, e); break;
    case event_kind::operator_working_after_call:
      if (!pending) set_position(who, e.operator_.value, operator_state::working_after_call, e);
      break;
    case event_kind::operator_overdue: act(position_act::overrun); break;
    case event_kind::leave_asked: act(position_act::leave_asked); break;
    case event_kind::leave_answered:
      if (e.consent == consent::yes) act(position_act::leave_granted);
      break;
    default: break;
  }
}

void fold::evolve_device(const event& e) {
  device_watch& device = devices_[e.device.value];
  if (e.kind == event_kind::device_configured) {
    device.trunk = static_cast<device_kind>(e.state) == device_kind::trunk;
    return;
  }
  record one;
  one.kind = record_kind::device_time;
  one.device = e.device.value;
  one.result = device.there ? 1 : 0;
  if (device.known) span(one, device.since, e.time_ns);
  device.since = e.time_ns;
  device.known = e.kind != event_kind::device_removed;
  device.there = e.kind == event_kind::device_in_service;
}

}  // namespace cordboard::figures
