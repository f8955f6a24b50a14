// SPDX-License-Identifier: Apache-2.0
// Requests, the calls that were made for them, and the entries that calls owe.
#include <base/fields.hpp>
#include <store/fold.hpp>
#include <store/terms.hpp>

namespace cordboard::store {
namespace {

constexpr std::size_t requests_kept = 50'000;

/// The column of a time that a request has.
std::string_view column_of(std::uint16_t which) {
  switch (static_cast<request_time>(which)) {
    case request_time::first_contact: return "UPDATE request SET first_contact_at = $2 WHERE id = $1";
    case request_time::completion: return "UPDATE request SET due_at = $2 WHERE id = $1";
    case request_time::promised: return "UPDATE request SET promised_at = $2 WHERE id = $1";
    case request_time::call: return "UPDATE request SET call_at = $2 WHERE id = $1";
    case request_time::appointment:
    case request_time::notice: break;
  }
  return {};
}

value time_or_nothing(std::int64_t at) { return at == 0 ? value{} : value{at}; }

/// Whether `other` names a person: that stands in the request's row, from where it can be taken away.
bool names_person(event_kind kind) {
  return kind == event_kind::request_no_show || kind == event_kind::booking_barred || kind == event_kind::booking_released ||
         kind == event_kind::request_person_known;
}

}  // namespace

std::int64_t fold::owner_of_request(const event& e) {
  const auto it = requests_.find(e.request.value);
  const std::int64_t token = it != requests_.end()
                                 ? it->second.token
                                 : number_of(in_->one("SELECT token FROM request WHERE id = $1", {known(e.request.value)}));
  return token != 0 ? token
                    : keys_->token("request", {reinterpret_cast<const char*>(&e.request.value), sizeof e.request.value});
}

bool fold::is_expired(std::uint64_t request) {
  if (!any_expired_) any_expired_ = !in_->all("SELECT request FROM expired LIMIT 1").empty();
  return *any_expired_ && number_of(in_->one("SELECT request FROM expired WHERE request = $1", {known(request)})) != 0;
}

/// What barred a person bars no more, in whichever requests that was.
void fold::release_booking(const event& e) {
  if (e.other != 0) in_->run("UPDATE request SET barred_until = NULL WHERE person = $1", {static_cast<std::int64_t>(e.other)});
}

void fold::apply_request(const event& e, std::string_view text) {
  switch (e.kind) {
    case event_kind::booking_released: release_booking(e); break;
    case event_kind::request_kind_configured:
      return in_->run(
          "INSERT INTO request_kind (number, sequence, name, zh, en, fields, results, removed) VALUES ($1, $2, $3, $4, $5, $6, "
          "$7, 0) ON CONFLICT (number) DO "
          "UPDATE SET sequence = excluded.sequence, name = excluded.name, zh = excluded.zh, en = excluded.en, fields = "
          "excluded.fields, results = "
          "excluded.results, removed = 0",
          {std::int64_t{e.detail}, known(e.sequence), readable(field(text, 0)), readable(field(text, 1)),
           readable(field(text, 2)), readable(field(text, 4)), readable(field(text, 5))});
    case event_kind::request_kind_removed:
      return in_->run("UPDATE request_kind SET removed = 1 WHERE number = $1", {std::int64_t{e.detail}});
    case event_kind::request_calendar_changed: return;
    case event_kind::request_not_opened:
      in_->run(
          "INSERT INTO request_lost (sequence, at, call, party, kind, cause) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT "
          "(sequence) DO NOTHING",
          {known(e.sequence), e.time_ns, known(e.call.value), known(e.party.value), std::int64_t{e.detail},
           static_cast<std::int64_t>(e.cause)});
      if (!text.empty()) write(e, passage_kind::request, text, owner_of_call(e));
      return;
    default: break;
  }
  if (!e.request) return;
  const value id = known(e.request.value);
  const bool opens = e.kind == event_kind::request_opened;
  const bool has_fields = opens || e.kind == event_kind::request_changed;
  const auto said = has_fields ? read_fields(text) : std::nullopt;
  const std::string person(said ? std::string((*said)["number"]) : std::string());
  std::int64_t token = term_of_number(*keys_, person);
  if (requests_.size() >= requests_kept) requests_.clear();
  if (requests_.find(e.request.value) == requests_.end()) {
    const bool expired = is_expired(e.request.value);
    if (expired) token = 0;
    const std::string shown(said && opens ? std::string((*said)["no"]) : std::string());
    // One whose opening the log has no more begins with what is left of it.
    in_->run(
        "INSERT INTO request (id, sequence, kind, year, number, shown, source, status, stage, call, party, token, actor, "
        "owner_operator, owner_device, opened_at, "
        "due_at, consent, level, attempts) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, $10, $11, $12, $13, $14, $15, $16, "
        "$17, 0, 0) ON CONFLICT (id) DO NOTHING",
        {id, known(e.sequence), opens ? number(e.detail) : value{},
         opens ? number(static_cast<std::int64_t>(e.other >> 32)) : value{},
         opens ? number(static_cast<std::int64_t>(e.other & 0xFFFF'FFFF)) : value{},
         shown.empty() ? value{} : value{readable(shown)}, opens ? number(e.state) : value{},
         static_cast<std::int64_t>(request_status::open), known(opens ? e.call.value : 0), known(opens ? e.party.value : 0),
         known(static_cast<std::uint64_t>(token)), known(e.actor.value), known(opens ? e.operator_.value : 0),
         known(opens ? e.device.value : 0), e.time_ns, opens ? time_or_nothing(e.value) : value{},
         static_cast<std::int64_t>(opens ? e.consent : consent::none)});
    const std::int64_t there = opens ? token : number_of(in_->one("SELECT token FROM request WHERE id = $1", {id}));
    requests_[e.request.value] = {there, expired};
  }
  request_owner& owner = requests_[e.request.value];
  if (token != 0 && !opens && !owner.expired) {
    owner.token = token;
    in_->run("UPDATE request SET token = $2 WHERE id = $1", {id, token});
  }
  // Whose bar was released cannot be found any more: then it is not known either that there was one.
  if (!owner.expired || e.kind != event_kind::booking_barred) change_request(e);
  if (names_person(e.kind) && e.other != 0 && !owner.expired)
    in_->run("UPDATE request SET person = $2 WHERE id = $1", {id, static_cast<std::int64_t>(e.other)});
  in_->run(
      "INSERT INTO request_event (sequence, request, at, kind, call, operator, device, actor, detail, state, consent, value, "
      "other, cause) VALUES ($1, $2, $3, $4, $5, "
      "$6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT (sequence) DO NOTHING",
      {known(e.sequence), id, e.time_ns, static_cast<std::int64_t>(e.kind), known(e.call.value), known(e.operator_.value),
       known(e.device.value), known(e.actor.value), std::int64_t{e.detail}, std::int64_t{e.state},
       static_cast<std::int64_t>(e.consent), e.value, names_person(e.kind) ? 0 : static_cast<std::int64_t>(e.other),
       static_cast<std::int64_t>(e.cause)});
  if (!text.empty() && e.kind != event_kind::request_advanced && !owner.expired)
    write(e, has_fields ? passage_kind::request : passage_kind::request_text, text, owner_of_request(e), person);
}

/// What the event says stands in the row from now on.
void fold::change_request(const event& e) {
  const value id = known(e.request.value), who = known(e.operator_.value), device = known(e.device.value),
              now = number(e.time_ns);
  switch (e.kind) {
    case event_kind::request_time_set:
      if (static_cast<request_time>(e.detail) == request_time::appointment)
        return in_->run(
            "UPDATE request SET appointment_at = $2, slot = $3, confirmed_at = NULL, arrived_at = NULL WHERE id = $1",
            {id, time_or_nothing(e.value), known(e.other)});
      if (const std::string_view sql = column_of(e.detail); !sql.empty()) in_->run(sql, {id, time_or_nothing(e.value)});
      return;
    case event_kind::request_taken:
      return in_->run(
          "UPDATE request SET owner_operator = $2, owner_device = $3, asked_operator = NULL, asked_device = NULL, status = "
          "CASE WHEN closed_at IS NULL THEN $4 ELSE "
          "status END WHERE id = $1",
          {id, who, device, static_cast<std::int64_t>(request_status::taken)});
    case event_kind::request_passed:
      return in_->run("UPDATE request SET asked_operator = $2, asked_device = $3 WHERE id = $1", {id, who, device});
    case event_kind::request_changed:
      if (e.consent != consent::none)
        in_->run("UPDATE request SET consent = $2 WHERE id = $1", {id, static_cast<std::int64_t>(e.consent)});
      return;
    case event_kind::request_advanced:
      return in_->run("UPDATE request SET stage = $2 WHERE id = $1", {id, std::int64_t{e.state}});
    case event_kind::request_confirmed: return in_->run("UPDATE request SET confirmed_at = $2 WHERE id = $1", {id, now});
    case event_kind::request_arrived: return in_->run("UPDATE request SET arrived_at = $2 WHERE id = $1", {id, now});
    case event_kind::request_no_show:
      return in_->run("UPDATE request SET no_show_at = $2, no_show_cause = $3, no_shows = $4 WHERE id = $1",
                      {id, time_or_nothing(e.value), static_cast<std::int64_t>(e.cause), std::int64_t{e.state}});
    case event_kind::booking_barred:
      return in_->run("UPDATE request SET barred_until = $2 WHERE id = $1", {id, time_or_nothing(e.value)});
    case event_kind::request_linked: return in_->run("UPDATE request SET part_of = $2 WHERE id = $1", {id, known(e.other)});
    case event_kind::request_escalated:
      if (e.cause == cause::overrun) in_->run("UPDATE request SET level = $2 WHERE id = $1", {id, std::int64_t{e.detail}});
      return;
    case event_kind::request_attempted:
      return in_->run(
          "INSERT INTO attempt (sequence, request, call, party, operator, device, nth, began_at) VALUES ($1, $2, $3, $4, $5, "
          "$6, $7, $8) ON CONFLICT (sequence) DO NOTHING",
          {known(e.sequence), id, known(e.call.value), known(e.party.value), who, device, std::int64_t{e.detail}, now});
    case event_kind::request_attempt_ended:
      in_->run("UPDATE attempt SET ended_at = $1, outcome = $2, cause = $3 WHERE sequence = $4",
               {now, std::int64_t{e.detail}, static_cast<std::int64_t>(e.cause), known(e.other)});
      return in_->run("UPDATE request SET attempts = $2, call_at = $3 WHERE id = $1",
                      {id, std::int64_t{e.state}, time_or_nothing(e.value)});
    case event_kind::request_closed:
      return in_->run("UPDATE request SET status = $2, closed_at = $3, result = $4 WHERE id = $1",
                      {id, std::int64_t{e.state}, now, e.detail == 0 ? value{} : number(e.detail)});
    default: return;
  }
}

void fold::apply_entry(const event& e, std::string_view text) {
  switch (e.kind) {
    case event_kind::call_noted: return write(e, passage_kind::call_note, text, owner_of_call(e));
    case event_kind::entry_owed:
      call(e);
      return in_->run(
          "INSERT INTO entry (sequence, call, operator, owed_at, until_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (sequence) "
          "DO NOTHING",
          {known(e.sequence), known(e.call.value), known(e.operator_.value), e.time_ns, e.value});
    case event_kind::entry_settled:
      return in_->run("UPDATE entry SET settled_at = $1, cause = $2 WHERE sequence = $3",
                      {e.time_ns, static_cast<std::int64_t>(e.cause), known(e.other)});
    default: return;
  }
}

}  // namespace cordboard::store
