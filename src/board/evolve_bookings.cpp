// SPDX-License-Identifier: Apache-2.0
// Appointments: times that may be booked and who has them, who did not come, what belongs together, what people were written.
#include <board/evolve_parts.hpp>
#include <board/request_rules.hpp>

namespace cordboard {
namespace {

constexpr std::int64_t day_ns = 86'400'000'000'000, forget_absence_ns = 366 * day_ns, forget_message_ns = 7 * day_ns;

void count_person(board_state& s, const person_key& key, bool more) {
  if (key.token == 0) return;
  const std::uint32_t* known = s.persons.find(key);
  const std::uint32_t now = (known != nullptr ? *known : 0) + (more ? 1U : -1U);
  if (now != 0)
    s.persons.edit(key) = now;
  else
    s.persons.erase(key);
}

void count_slot(board_state& s, const request_record& r, bool more) {
  if (r.slot == 0 || s.slots.find({r.appointment, r.slot}) == nullptr) return;
  s.slots.edit({r.appointment, r.slot}).taken += more ? 1U : -1U;
}

/// Removes those whom `old` says; where nothing lies below, that is all of them.
template <class Key, class Value, class Old>
void forget_if(table<Key, Value>& all, Old old) {
  std::vector<Key> gone;
  for (const auto& [key, value] : all.own())
    if (value && old(key, *value)) gone.push_back(key);
  for (const Key& key : gone) all.erase(key);
}

void offer(board_state& s, const logged& l) {
  const event& e = l.record;
  slot_state& slot = s.slots.edit({e.value, e.other != 0 ? e.other : e.sequence});
  slot.kind = e.detail;
  slot.places = e.state;
  if (e.other != 0) return;
  slot.whose = l.text;
  // What is over is in the way of nobody; a day is left for who looks at yesterday.
  for (auto it = s.slots.own().begin(); it != s.slots.own().end() && it->first.at < e.time_ns - day_ns;) {
    const slot_key key = it->first;
    const bool free = it->second && it->second->taken == 0;
    ++it;
    if (free) s.slots.erase(key);
  }
}

void did_not_come(board_state& s, const event& e) {
  if (e.other == 0) return;
  absence& a = s.absences.edit(e.other);
  a.times = e.state;
  a.newest = e.time_ns;
  forget_if(s.absences, [&](std::uint64_t, const absence& x) { return x.newest < e.time_ns - forget_absence_ns; });
}

}  // namespace

void set_person(board_state& s, request_record& r, std::uint64_t token) {
  if (r.token == token) return;
  count_person(s, {r.token, r.kind}, false);
  r.token = token;
  count_person(s, {r.token, r.kind}, true);
}

void set_appointment(board_state& s, request_record& r, const event& e) {
  count_slot(s, r, false);
  r.appointment = e.value;
  r.slot = e.other;
  count_slot(s, r, true);
  r.arrived = false;
  r.called_off = e.value == 0 && e.cause == cause::call_cancelled;
  if (e.value != 0) r.excused = 0;
  const request_kind_state* kind = s.request_kinds.find(r.kind);
  const std::int64_t remind = kind != nullptr ? request_rules(kind->text).remind_ns : 0;
  r.reminded_person = e.value == 0 || remind == 0 || e.value - remind <= e.time_ns;
}

void let_go(board_state& s, request_record& r) {
  count_slot(s, r, false);
  r.slot = 0;
  set_person(s, r, 0);
  link_request(s, r, {});
  if (r.announced && s.queues.find(r.announced) != nullptr) s.queues.edit(r.announced).faults -= 1;
  r.announced = {};
}

void link_request(board_state& s, request_record& r, request_id to) {
  const auto count = [&](request_id whole, std::uint32_t by) {
    if (whole && s.requests.find(whole) != nullptr) s.requests.edit(whole).has_parts += by;
  };
  count(r.part_of, -1U);
  r.part_of = to;
  count(to, 1);
}

void announce_fault(board_state& s, request_record& r, const event& e) {
  const bool on = e.state != 0;
  r.announced = on ? e.queue : queue_id{};
  if (s.queues.find(e.queue) != nullptr) s.queues.edit(e.queue).faults += on ? 1U : -1U;
}

void evolve_booking(board_state& s, const logged& logged_event) {
  const event& e = logged_event.record;
  switch (e.kind) {
    case event_kind::slot_offered: offer(s, logged_event); break;
    case event_kind::request_no_show: did_not_come(s, e); break;
    case event_kind::booking_barred: s.absences.edit(e.other).barred_until = e.value; break;
    case event_kind::booking_released: s.absences.erase(e.other); break;
    case event_kind::message_asked:
      s.messages.edit(e.sequence) = {e.request, e.time_ns};
      forget_if(s.messages, [&](std::uint64_t, const message_record& x) { return x.asked < e.time_ns - forget_message_ns; });
      break;
    case event_kind::message_reported:
      if (static_cast<message_result>(e.detail) != message_result::sent) s.messages.erase(e.other);
      break;
    default: break;
  }
}

}  // namespace cordboard
