// SPDX-License-Identifier: Apache-2.0
// How requests come into being, by command, by dialogue or by a caller who gave up, and what falls due of them with time.
#include <board/requests.hpp>

#include <chrono>

namespace cordboard {
namespace {

constexpr std::int64_t minute_ns = 60'000'000'000, day_ns = 1440 * minute_ns;

/// Of a moment, in UTC: for who was told of no calendar.
std::uint16_t year_of(std::int64_t now) {
  const std::chrono::sys_days day{std::chrono::days{now / day_ns}};
  return static_cast<std::uint16_t>(static_cast<int>(std::chrono::year_month_day{day}.year()));
}

/// When a limit ends; `told`: what the calendar says. Without one, days are days.
std::int64_t due_by(const request_limit& limit, std::int64_t told, std::int64_t now) {
  if (limit.none()) return 0;
  if (!limit.counted()) return now + limit.ns;
  return told > now ? told : now + limit.working_days * day_ns + limit.half_days * (day_ns / 2);
}

/// Whoever is told in turn when a request is overdue.
std::vector<std::string_view> ways_up(const request_rules& rules) {
  std::vector<std::string_view> all;
  if (!rules.backup.empty()) all.push_back(rules.backup);
  all.insert(all.end(), rules.chain.begin(), rules.chain.end());
  return all;
}

/// A number that people can be called at, as the line told it.
std::string number_of(const decision& d, const party_state& party) {
  const std::string who = party.identity != 0 ? d.text_of(party.identity) : std::string();
  return who.substr(0, who.find('\t'));
}

void overdue(decision& d, request_id id, request_time which, std::int64_t at) {
  const request_record& r = *d.s.requests.find(id);
  event e = about_request(event_kind::request_overdue, id);
  put(e, {r.operator_, r.device});
  e.detail = static_cast<std::uint16_t>(which);
  e.value = at;
  d.emit(e);
  escalate(d, id, cause::overrun);
}

void not_opened(decision& d, call_id call, party_id party, std::uint16_t kind, cause why, const fields& what) {
  event e = decision::of(event_kind::request_not_opened);
  e.call = call;
  e.party = party;
  e.detail = kind;
  e.cause = why;
  d.emit(e, write_fields(what));
}

/// What a caller left becomes a request; when it cannot, it stands in an event all the same.
void open_left(decision& d, call_id id, const std::string& kind_name, request_source source, fields what) {
  if (d.base.request_kinds.own().empty()) return;  // this house keeps no requests: the dialogue's own event has it all
  const call_state& call = *d.call(id);
  request_opening from;
  from.kind = request_kind_by_name(d.base, kind_name);
  from.source = source;
  from.call = id;
  from.party = call.caller;
  from.what = std::move(what);
  if (from.kind == 0 || !has_owner(d, from)) return not_opened(d, id, call.caller, from.kind, cause::unknown, from.what);
  if (d.base.requests.own().size() >= d.s.policy.requests_max)
    return not_opened(d, id, call.caller, from.kind, cause::resources_not_available, from.what);
  from.id = request_id{d.fresh()};
  open_request(d, std::move(from));
}

}  // namespace

keeper keeper_by(const board_state& state, std::string_view who) {
  keeper out;
  out.operator_ = operator_by_name(state, who);
  if (!out.operator_) out.device = device_by_number(state, who);
  return out;
}

void put(event& e, const keeper& who) {
  e.operator_ = who.operator_;
  e.device = who.device;
}

event about_request(event_kind kind, request_id id) {
  event e = decision::of(kind);
  e.request = id;
  return e;
}

event asked_of_request(const decision& d, event_kind kind, request_id id) {
  event e = about_request(kind, id);
  e.actor = d.actor;
  e.command = d.command;
  return e;
}

std::uint64_t set_request_time(decision& d, request_id id, request_time which, std::int64_t at, cause why) {
  event e = about_request(event_kind::request_time_set, id);
  e.detail = static_cast<std::uint16_t>(which);
  e.value = at;
  e.cause = why;
  return d.emit(e);
}

bool has_owner(const decision& d, const request_opening& from) {
  return from.owner || keeper_by(d.base, request_rules(d.s.request_kinds.find(from.kind)->text).owner);
}

std::uint64_t open_request(decision& d, request_opening from) {
  const request_kind_state kind = *d.s.request_kinds.find(from.kind);
  const request_rules rules(kind.text);
  const std::uint16_t year = kind.year != 0 ? kind.year : year_of(d.now);
  const std::uint32_t number = kind.last_number + 1;
  if (const party_state* party = d.party(from.party); party != nullptr && from.what["number"].empty())
    if (const std::string known = number_of(d, *party); !known.empty()) from.what.set("number", known);
  fields what;
  what.set("no", request_number(rules.prefix, year, number));
  for (const auto& [name, value] : from.what.all)
    if (name != "no") what.set(name, value);

  event e = asked_of_request(d, event_kind::request_opened, from.id);
  e.call = from.call;
  e.party = from.party;
  put(e, from.owner ? from.owner : keeper_by(d.base, rules.owner));
  e.detail = from.kind;
  e.state = static_cast<std::uint8_t>(from.source);
  e.consent = from.may_call;
  e.other = std::uint64_t{year} << 32 | number;
  e.value = due_by(rules.completion, kind.completion_at, d.now);
  const std::uint64_t proof = d.emit(e, write_fields(what));
  if (d.token != 0 && d.token != d.s.requests.find(from.id)->token) {
    event known = about_request(event_kind::request_person_known, from.id);
    known.other = d.token;
    d.emit(known);
  }
  const std::int64_t first = due_by(rules.first_contact, kind.first_at, d.now);
  if (first != 0 && !from.spoken) set_request_time(d, from.id, request_time::first_contact, first, cause::normal);
  const bool calls = from.call_at != 0 || ((kind.flags & kind_calls_back) != 0 && !what["number"].empty());
  if (calls && from.may_call != consent::no)
    set_request_time(d, from.id, request_time::call, from.call_at != 0 ? from.call_at : d.now, cause::call_back);
  if (const owed_entry* owed = d.s.entries.find(from.call)) settle_entry(d, from.call, *owed, cause::normal);
  return proof;
}

void escalate(decision& d, request_id id, cause why) {
  const request_record& r = *d.s.requests.find(id);
  const request_rules rules(d.s.request_kinds.find(r.kind)->text);
  const auto all = ways_up(rules);
  constexpr std::uint16_t level_max = 65535;
  const std::uint16_t level = why != cause::overrun  ? r.level
                              : r.level == level_max ? level_max
                                                     : static_cast<std::uint16_t>(r.level + 1);
  const std::size_t place = std::max<std::size_t>(level, 1) - 1;
  keeper who = all.empty() ? keeper{} : keeper_by(d.base, all[std::min(place, all.size() - 1)]);
  if (!who) who = {r.operator_, r.device};  // nobody is above: the owner hears it again
  event e = about_request(event_kind::request_escalated, id);
  put(e, who);
  e.detail = std::max<std::uint16_t>(level, 1);
  e.cause = why;
  d.emit(e);
}

void request_due_now(decision& d, request_id id) {
  const request_record r = *d.s.requests.find(id);
  const request_kind_state& kind = *d.s.request_kinds.find(r.kind);
  const request_rules rules(kind.text);
  switch (next_of(d.s, r).what) {
    case request_due::call: {
      if (rules.has_hours && !kind.calls_now) {
        // The door may open in this very second, and we have not been told yet.
        const std::int64_t at = kind.calls_at > d.now ? kind.calls_at : d.now + (kind.calls_at != 0 ? minute_ns : day_ns);
        set_request_time(d, id, request_time::call, at, cause::calendar_overflow);
        return;
      }
      event e = about_request(event_kind::request_call_due, id);
      put(e, {r.operator_, r.device});
      e.other = r.attempts;
      d.emit(e);
      return;
    }
    case request_due::reminder: {
      event e = about_request(event_kind::request_reminded, id);
      put(e, {r.operator_, r.device});
      e.detail = rules.reminders[r.reminded];
      e.value = r.completion;
      d.emit(e);
      return;
    }
    case request_due::first_contact: return overdue(d, id, request_time::first_contact, r.first_contact);
    case request_due::promised: return overdue(d, id, request_time::promised, r.promised);
    case request_due::completion: return overdue(d, id, request_time::completion, r.completion);
    case request_due::notice: return overdue(d, id, request_time::notice, r.notice);
    case request_due::near: {
      event e = about_request(event_kind::appointment_near, id);
      put(e, {r.operator_, r.device});
      e.value = r.appointment;
      d.emit(e);
      return;
    }
    case request_due::no_show: return give_up_appointment(d, id);
    case request_due::escalation: return escalate(d, id, cause::overrun);
  }
}

void open_from_dialogue(decision& d, call_id id, const std::string& kind, fields what) {
  open_left(d, id, kind, request_source::dialogue, std::move(what));
}

void open_abandoned(decision& d, call_id id) {
  const call_state& call = *d.call(id);
  const queue_state* queue = d.s.queues.find(call.queue);
  const party_state* caller = d.party(call.caller);
  if (queue == nullptr || queue->abandoned.empty() || caller == nullptr || call.left) return;
  if (number_of(d, *caller).empty()) return;  // nobody could call back
  const std::uint16_t kind = request_kind_by_name(d.base, queue->abandoned);
  for (const auto& [known, r] : d.base.requests.own()) {
    if (caller->token == 0) break;
    // Who tries again and again is called back once.
    if (!r || r->token != caller->token || r->kind != kind) continue;
    event e = about_request(event_kind::request_noted, known);
    e.call = id;
    d.emit(e);
    return;
  }
  open_left(d, id, queue->abandoned, request_source::abandoned, {});
}

void calendar_changed(decision& d, const fact::request_calendar& f) {
  const std::uint16_t id = request_kind_by_name(d.base, f.kind);
  const request_kind_state* kind = id != 0 ? d.base.request_kinds.find(id) : nullptr;
  if (kind == nullptr || (kind->year == f.year && kind->calls_now == f.calls_now && kind->calls_at == f.calls_at &&
                          kind->completion_at == f.completion && kind->first_at == f.first_contact))
    return;
  event e = decision::of(event_kind::request_calendar_changed);
  e.detail = id;
  e.device = device_id{f.year};
  e.state = f.calls_now ? 1 : 0;
  e.party = party_id{static_cast<std::uint64_t>(f.calls_at)};
  e.value = f.completion;
  e.other = static_cast<std::uint64_t>(f.first_contact);
  d.emit(e);
}

}  // namespace cordboard
