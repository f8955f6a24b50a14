// SPDX-License-Identifier: Apache-2.0
// Kinds of requests as they are configured, how far those that are open are, and the entries that are owed.
#include <board/evolve_parts.hpp>
#include <board/request_rules.hpp>

namespace cordboard {
namespace {

std::uint8_t bit_of(std::uint16_t which) { return static_cast<std::uint8_t>(1U << (which & 7U)); }

void calendar(request_kind_state& kind, const event& e) {
  // A clock that is set back to last year must not give out numbers again.
  if (const auto year = static_cast<std::uint16_t>(e.device.value); year > kind.year) kind.year = year, kind.last_number = 0;
  kind.calls_now = e.state != 0;
  kind.calls_at = static_cast<std::int64_t>(e.party.value);
  kind.completion_at = e.value;
  kind.first_at = static_cast<std::int64_t>(e.other);
}

void open(board_state& s, const event& e) {
  request_record& r = s.requests.edit(e.request);
  r.kind = e.detail;
  r.year = static_cast<std::uint16_t>(e.other >> 32);
  r.number = static_cast<std::uint32_t>(e.other);
  r.may_call = e.consent;
  r.operator_ = e.operator_;
  r.device = e.device;
  r.opened = e.time_ns;
  r.completion = e.value;
  if (const party_state* party = s.parties.find(e.party)) set_person(s, r, party->token);
  request_kind_state& kind = s.request_kinds.edit(e.detail);
  kind.year = r.year;
  kind.last_number = r.number;
  if (s.call_table.find(e.call) == nullptr) return;
  call_state& call = s.call_table.edit(e.call);
  call.entered = true;
  const auto source = static_cast<request_source>(e.state);
  if (source == request_source::dialogue || source == request_source::abandoned) call.left = e.request;
}

void set_time(board_state& s, request_record& r, const event& e) {
  r.overdue = static_cast<std::uint8_t>(r.overdue & ~bit_of(e.detail));
  switch (static_cast<request_time>(e.detail)) {
    case request_time::first_contact: r.first_contact = e.value; break;
    case request_time::completion: r.completion = e.value; break;
    case request_time::promised: r.promised = e.value; break;
    case request_time::appointment: set_appointment(s, r, e); break;
    case request_time::notice: r.notice = e.value; break;
    case request_time::call:
      r.call_at = e.value;
      r.call_told = false;
      break;
  }
}

void begin_attempt(board_state& s, request_record& r, const event& e) {
  r.attempt = e.call;
  r.attempt_said = e.sequence;
  r.attempted = e.detail;
  r.phase = e.state == 1 ? attempt_phase::person_rung : attempt_phase::operator_rung;
  r.call_told = true;
  request_kind_state& kind = s.request_kinds.edit(r.kind);
  kind.called_at = e.time_ns;
  kind.calling += 1;
  const bool led = e.state == 1;
  if (s.call_table.find(e.call) == nullptr && !led) return;
  if (led) s.calls += 1;
  call_state& call = s.call_table.edit(e.call);
  if (led) call.started = e.time_ns, call.command = e.command;
  call.attempt = e.request;
  call.entered = true;
}

void end_attempt(board_state& s, request_record& r, const event& e) {
  r.attempt = {};
  r.phase = attempt_phase::none;
  r.attempts = e.state;
  r.call_at = e.value;
  r.call_told = false;
  if (request_kind_state& kind = s.request_kinds.edit(r.kind); kind.calling > 0) kind.calling -= 1;
}

void change(board_state& s, request_record& r, const event& e) {
  switch (e.kind) {
    case event_kind::request_time_set: set_time(s, r, e); break;
    case event_kind::request_taken:
      r.operator_ = e.operator_;
      r.device = e.device;
      r.status = request_status::taken;
      r.passed = 0;
      r.excused = 0;
      break;
    case event_kind::request_passed: r.passed = e.sequence; break;
    case event_kind::request_changed:
      if (e.consent != consent::none) r.may_call = e.consent;
      break;
    case event_kind::request_advanced: r.stage = e.state; break;
    case event_kind::request_told: r.told = static_cast<std::uint8_t>(r.told | bit_of(e.detail)); break;
    case event_kind::request_reminded: r.reminded += 1; break;
    case event_kind::request_overdue: r.overdue = static_cast<std::uint8_t>(r.overdue | bit_of(e.detail)); break;
    case event_kind::request_escalated: {
      if (e.cause != cause::overrun) break;
      const request_kind_state* kind = s.request_kinds.find(r.kind);
      r.level = e.detail;
      r.escalate_at = e.time_ns + (kind != nullptr ? request_rules(kind->text).escalate_ns : 0);
      break;
    }
    case event_kind::request_call_due: r.call_told = true; break;
    case event_kind::request_person_known: set_person(s, r, e.other); break;
    case event_kind::request_arrived: r.arrived = true; break;
    case event_kind::appointment_near: r.reminded_person = true; break;
    case event_kind::request_owner_excused: r.excused = e.sequence; break;
    case event_kind::request_linked: link_request(s, r, request_id{e.other}); break;
    case event_kind::request_announced: announce_fault(s, r, e); break;
    case event_kind::request_closed: let_go(s, r); break;
    case event_kind::request_attempted: begin_attempt(s, r, e); break;
    case event_kind::request_attempt_ended: end_attempt(s, r, e); break;
    case event_kind::request_approval_asked:
      r.asked = e.sequence;
      r.approved = false;
      break;
    case event_kind::request_approval_answered:
      r.asked = 0;
      r.approved = e.consent == consent::yes;
      break;
    default: break;
  }
}

void settle_entry(board_state& s, call_id id) {
  if (s.entries.find(id) == nullptr) return;
  arm(s, deadline_kind::entry, 0, id.value, s.entries.edit(id).deadline, 0);
  s.entries.erase(id);
}

}  // namespace

request_next next_of(const board_state& s, const request_record& r) {
  request_next next;
  const auto consider = [&](std::int64_t at, request_due what) {
    if (at != 0 && (next.at == 0 || at < next.at)) next = {at, what};
  };
  const auto still = [&](std::int64_t at, request_time which, request_due what) {
    if ((r.overdue & bit_of(static_cast<std::uint16_t>(which))) == 0) consider(at, what);
  };
  if (!r.call_told && !r.attempt) consider(r.call_at, request_due::call);
  if (const request_kind_state* kind = s.request_kinds.find(r.kind)) {
    const request_rules rules(kind->text);
    if (r.reminded < rules.reminders.size())
      consider(r.opened + (r.completion - r.opened) / 100 * rules.reminders[r.reminded], request_due::reminder);
    if (r.appointment != 0 && !r.reminded_person) consider(r.appointment - rules.remind_ns, request_due::near);
    if (r.appointment != 0 && !r.arrived && rules.no_show_ns != 0)
      consider(r.appointment + rules.no_show_ns, request_due::no_show);
  }
  still(r.first_contact, request_time::first_contact, request_due::first_contact);
  still(r.promised, request_time::promised, request_due::promised);
  still(r.completion, request_time::completion, request_due::completion);
  still(r.notice, request_time::notice, request_due::notice);
  consider(r.escalate_at, request_due::escalation);
  return next;
}

void evolve_request(board_state& s, const logged& logged_event) {
  const event& e = logged_event.record;
  switch (e.kind) {
    case event_kind::request_kind_configured: {
      request_kind_state& kind = s.request_kinds.edit(e.detail);
      kind.text = logged_event.text;
      kind.flags = e.flags;
      kind.attempts_max = e.state;
      kind.backoff_ns = e.value;
      kind.change_ns = static_cast<std::int64_t>(e.other);
      kind.removed = false;
      s.next_request_kind = std::max(s.next_request_kind, static_cast<std::uint16_t>(e.detail + 1));
      return;
    }
    case event_kind::request_kind_removed: s.request_kinds.edit(e.detail).removed = true; return;
    case event_kind::request_calendar_changed: calendar(s.request_kinds.edit(e.detail), e); return;
    case event_kind::request_opened: open(s, e); break;
    default: break;
  }
  if (s.requests.find(e.request) == nullptr) return;
  request_record& r = s.requests.edit(e.request);
  change(s, r, e);
  const bool over = e.kind == event_kind::request_closed;
  arm(s, deadline_kind::request, 0, e.request.value, r.deadline, over ? 0 : next_of(s, r).at);
  if (over) s.requests.erase(e.request);
}

void evolve_entry(board_state& s, const event& e) {
  switch (e.kind) {
    case event_kind::call_noted:
      if (s.call_table.find(e.call) != nullptr) s.call_table.edit(e.call).entered = true;
      break;
    case event_kind::entry_owed: {
      owed_entry& entry = s.entries.edit(e.call);
      entry.operator_ = e.operator_;
      entry.said = e.sequence;
      arm(s, deadline_kind::entry, 0, e.call.value, entry.deadline, e.value);
      break;
    }
    default: settle_entry(s, e.call);
  }
}

void follow_attempt(board_state& s, const event& e) {
  const call_state* call = s.call_table.find(e.call);
  if (call == nullptr || !call->attempt || e.operator_ || s.requests.find(call->attempt) == nullptr) return;
  if (s.requests.find(call->attempt)->attempt != e.call || e.party != call->caller) return;
  s.requests.edit(call->attempt).phase =
      e.kind == event_kind::established ? attempt_phase::answered : attempt_phase::person_rung;
}

std::uint16_t request_kind_by_name(const board_state& s, std::string_view name) {
  for (const auto& [id, kind] : s.request_kinds.own())
    if (kind && !kind->removed && request_rules(kind->text).name == name) return id;
  return 0;
}

}  // namespace cordboard
