// SPDX-License-Identifier: Apache-2.0
// Appointments: who may book when, who did not come, and what becomes of what belongs together.
#include <board/requests.hpp>

namespace cordboard {
namespace {

constexpr errc fine{};

/// Those who cannot be closed with the whole go on alone.
void go_on_alone(decision& d, request_id id) { d.emit(asked_of_request(d, event_kind::request_linked, id)); }

}  // namespace

errc may_open(const decision& d, std::uint16_t kind, std::uint64_t token) {
  if (token == 0) return fine;
  const request_rules rules(d.s.request_kinds.find(kind)->text);
  const absence* missed = d.s.absences.find(token);
  if (rules.no_shows_max != 0 && missed != nullptr && missed->barred_until > d.now) return errc::booking_barred;
  const std::uint32_t* open = d.s.persons.find({token, kind});
  return rules.per_person_max != 0 && open != nullptr && *open >= rules.per_person_max ? errc::person_limit : fine;
}

errc may_book(const decision& d, const request_record& r, std::int64_t at, std::uint64_t slot) {
  const request_kind_state& kind = *d.s.request_kinds.find(r.kind);
  const request_rules rules(kind.text);
  if (at == 0) return slot == 0 ? fine : errc::command_invalid;
  const absence* missed = r.token != 0 ? d.s.absences.find(r.token) : nullptr;
  if (rules.no_shows_max != 0 && missed != nullptr && missed->barred_until > d.now) return errc::booking_barred;
  const bool early = rules.book_ahead_ns != 0 && at - rules.book_ahead_ns > d.now;
  // A time that the house has to change is booked whenever that is.
  if (early || (r.excused == 0 && d.now > at - rules.book_until_ns)) return errc::booking_closed;
  if (slot == 0) return (kind.flags & kind_slots) == 0 ? fine : errc::slot_unknown;
  const slot_state* wanted = d.s.slots.find({at, slot});
  if (wanted == nullptr || wanted->kind != r.kind || wanted->places == 0) return errc::slot_unknown;
  const bool own = r.slot == slot && r.appointment == at;
  return own || wanted->taken < wanted->places ? fine : errc::slot_taken;
}

bool is_too_late(const decision& d, const request_record& r) {
  return r.appointment != 0 && d.now > r.appointment - d.s.request_kinds.find(r.kind)->change_ns;
}

void count_absence(decision& d, request_id id, cause why) {
  const request_record r = *d.s.requests.find(id);
  const request_rules rules(d.s.request_kinds.find(r.kind)->text);
  const absence* before = r.token != 0 ? d.s.absences.find(r.token) : nullptr;
  const bool again = before != nullptr && before->newest + rules.barred_ns > d.now;
  const auto times = static_cast<std::uint8_t>(again ? std::min(before->times + 1, 255) : 1);
  event e = about_request(event_kind::request_no_show, id);
  put(e, {r.operator_, r.device});
  e.value = r.appointment;
  e.other = r.token;
  e.state = times;
  e.cause = why;
  d.emit(e);
  if (rules.no_shows_max == 0 || r.token == 0 || times < rules.no_shows_max) return;
  event bar = about_request(event_kind::booking_barred, id);
  bar.detail = r.kind;
  bar.other = r.token;
  bar.value = d.now + rules.barred_ns;
  bar.state = times;
  d.emit(bar);
}

void give_up_appointment(decision& d, request_id id) {
  const request_record& r = *d.s.requests.find(id);
  count_absence(d, id, cause::timeout);
  set_request_time(d, id, request_time::appointment, 0, cause::timeout);
  const bool can_be_called = r.may_call != consent::no && r.attempts < d.s.request_kinds.find(r.kind)->attempts_max;
  if (can_be_called && !r.attempt)
    set_request_time(d, id, request_time::call, d.now, cause::call_back);
  else
    escalate(d, id, cause::no_available_agents);
}

void close_parts(decision& d, request_id whole, const event& closed, const std::string& text) {
  if (d.s.requests.find(whole)->has_parts == 0) return;
  const bool done = static_cast<request_status>(closed.state) == request_status::closed;
  for (const auto& [id, part] : d.base.requests.own()) {
    if (!part || part->part_of != whole) continue;
    const auto result_told = static_cast<std::uint8_t>(1U << static_cast<unsigned>(told_of::result));
    const bool owed = (d.s.request_kinds.find(part->kind)->flags & kind_tells_result) != 0 && (part->told & result_told) == 0;
    if (!done || owed || part->attempt) {
      go_on_alone(d, id);
      continue;
    }
    event e = closed;
    e.request = id;
    put(e, {part->operator_, part->device});
    e.cause = cause::redirected;
    d.emit(e, text);
  }
}

}  // namespace cordboard
