// SPDX-License-Identifier: Apache-2.0
// Calls, parties, waits, custody, transfers, recordings, and the commands that were given.
#include <store/fold.hpp>
#include <store/terms.hpp>

namespace cordboard::store {
namespace {

/// `queued`, bit 2: the wait begins here.
constexpr std::uint8_t begins_bit = 4;

}  // namespace

/// Whoever is served in a call: the first who is said to be.
void fold::served(const event& e, std::uint64_t party) {
  call_owner& owner = call(e);
  if (owner.caller != 0) return;
  owner.caller = party;
  in_->run("UPDATE call SET caller = $2 WHERE id = $1 AND caller IS NULL", {known(e.call.value), known(party)});
}

void fold::apply_call(const event& e, std::string_view text) {
  const value id = known(e.call.value), place = known(e.sequence), now = number(e.time_ns);
  const value who = known(e.operator_.value), party = known(e.party.value), device = known(e.device.value),
              queue = known(e.queue.value);
  const auto why = static_cast<std::int64_t>(e.cause);
  switch (e.kind) {
    case event_kind::queued:
      if (!e.queue || (e.flags & begins_bit) == 0) return;
      call(e);
      in_->run("UPDATE call SET queue = $2 WHERE id = $1 AND queue IS NULL", {id, queue});
      in_->run(
          "INSERT INTO wait (sequence, call, party, queue, began_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (sequence) DO "
          "NOTHING",
          {place, id, party, queue, now});
      return;
    case event_kind::queue_left:
      return in_->run(
          "UPDATE wait SET ended_at = $1, result = $2, operator = $3, rings = $4 WHERE call = $5 AND queue = $6 AND ended_at "
          "IS NULL AND sequence < $7",
          {now, std::int64_t{e.detail}, who, std::int64_t{e.state}, id, queue, place});
    case event_kind::custody_moved: {
      call(e);
      const bool over = e.custodian == custodian::ended;
      in_->run("UPDATE custody SET ended_at = $1 WHERE party = $2 AND ended_at IS NULL AND sequence < $3", {now, party, place});
      in_->run(
          "INSERT INTO custody (sequence, call, party, custodian, operator, queue, device, began_at, ended_at, cause, layer) "
          "VALUES ($1, $2, $3, $4, $5, "
          "$6, $7, $8, $9, $10, $11) ON CONFLICT (sequence) DO NOTHING",
          {place, id, party, static_cast<std::int64_t>(e.custodian), who, queue, device, now, over ? now : value{}, why,
           static_cast<std::int64_t>(e.layer)});
      if (e.custodian != custodian::operator_) return;
      in_->run("UPDATE call SET operator = $2, answered_at = COALESCE(answered_at, $3) WHERE id = $1 AND caller = $4",
               {id, who, now, party});
      return;
    }
    case event_kind::transfer_started:
      call(e);
      return in_->run(
          "INSERT INTO transfer (sequence, call, party, operator, device, consultation, single_step, began_at) VALUES ($1, $2, "
          "$3, $4, $5, $6, $7, $8) ON "
          "CONFLICT (sequence) DO NOTHING",
          {place, id, party, who, device, known(e.other), std::int64_t{e.cause == cause::single_step_transfer}, now});
    case event_kind::transfer_ended:
      return in_->run(
          "UPDATE transfer SET ended_at = $1, result = $2, cause = $3 WHERE call = $4 AND ended_at IS NULL AND sequence < $5",
          {now, std::int64_t{e.detail}, why, id, place});
    case event_kind::consent_declared:
      call(e);
      return in_->run(
          "INSERT INTO consent (sequence, call, party, at, consent_of, consent, operator, actor) VALUES ($1, $2, $3, $4, $5, "
          "$6, $7, $8) ON CONFLICT "
          "(sequence) DO NOTHING",
          {place, id, party, now, std::int64_t{e.detail}, static_cast<std::int64_t>(e.consent), who, known(e.actor.value)});
    case event_kind::recording_started:
      call(e);
      return in_->run(
          "INSERT INTO recording (sequence, call, party, operator, queue, file, began_at) VALUES ($1, $2, $3, $4, $5, $6, $7) "
          "ON CONFLICT (sequence) DO "
          "NOTHING",
          {place, id, party, who, queue, readable(text), now});
    case event_kind::recording_ended:
      return in_->run("UPDATE recording SET ended_at = $1, cause = $2 WHERE sequence = $3", {now, why, known(e.other)});
    case event_kind::data_associated: return write(e, passage_kind::note, text, owner_of_call(e));
    case event_kind::dialogue_ended: return write(e, passage_kind::dialogue, text, owner_of_call(e));
    case event_kind::call_cleared:
      call(e);
      return in_->run("UPDATE call SET ended_at = $2, cause = $3, became = $4, marks = marks | $5 WHERE id = $1",
                      {id, now, why, known(e.other), std::int64_t{e.marks}});
    default: return;
  }
}

void fold::apply_party(const event& e, std::string_view text) {
  const value id = known(e.party.value), now = number(e.time_ns);
  const auto joins = [&](std::int64_t role) {
    call(e);
    in_->run(
        "INSERT INTO party (id, sequence, call, role, device, operator) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO "
        "UPDATE SET role = "
        "COALESCE(party.role, excluded.role), device = COALESCE(party.device, excluded.device), operator = "
        "COALESCE(party.operator, excluded.operator)",
        {id, known(e.sequence), known(e.call.value), role == 0 ? value{} : number(role), known(e.device.value),
         known(e.operator_.value)});
    if (static_cast<party_role>(role) == party_role::caller) served(e, e.party.value);
  };
  // A number belongs to whoever has it; what is not said under one belongs to the call.
  const auto owned = [&](passage_kind kind, std::string_view number) {
    const std::int64_t token = term_of_number(*keys_, number);
    write(e, kind, text, token != 0 ? token : owner_of_call(e), number);
    return token;
  };
  if (!e.party) return;
  switch (e.kind) {
    case event_kind::service_initiated:
      joins(static_cast<std::int64_t>(party_role::operator_));
      owned(passage_kind::dialled, text);
      return;
    case event_kind::originated:
      joins(e.detail);
      owned(passage_kind::called, text);
      return;
    case event_kind::offered:
      if (e.leg) joins(e.operator_ ? static_cast<std::int64_t>(party_role::operator_) : e.detail);
      return;
    case event_kind::digits_dialed: {
      joins(0);
      const std::int64_t token = owned(passage_kind::dialled, text);
      call_owner& owner = call(e);
      if (token == 0 || owner.caller != 0 || owner.token != 0) return;
      // Nobody called in: whoever is called is whom the call is about.
      owner.token = token;
      in_->run("UPDATE call SET token = $2 WHERE id = $1 AND token IS NULL AND caller IS NULL", {known(e.call.value), token});
      return;
    }
    case event_kind::party_identified: {
      joins(0);
      const std::int64_t token = term_of_number(*keys_, text.substr(0, text.find('\t')));
      call_owner& owner = call(e);
      if (token != 0 && owner.caller == e.party.value) {
        owner.token = token;
        in_->run("UPDATE call SET token = $2 WHERE id = $1", {known(e.call.value), token});
      }
      owned(passage_kind::identity, text.substr(0, text.find('\t')));
      return in_->run("UPDATE party SET token = $2, identity = $3 WHERE id = $1",
                      {id, token == 0 ? value{} : number(token), known(e.sequence)});
    }
    case event_kind::established:
      return in_->run("UPDATE party SET connected_at = COALESCE(connected_at, $2), left_at = NULL, cause = NULL WHERE id = $1",
                      {id, now});
    case event_kind::connection_cleared:
      return in_->run("UPDATE party SET left_at = $2, cause = $3 WHERE id = $1", {id, now, static_cast<std::int64_t>(e.cause)});
    default: return;
  }
}

void fold::apply_command(const event& e, std::string_view text) {
  const auto outcome = [&](std::int64_t how) {
    in_->run(
        "UPDATE action SET outcome = $1, ended_at = $2, cause = $3 WHERE command_low = $4 AND command_high = $5 AND outcome = "
        "0 AND sequence < $6",
        {how, e.time_ns, static_cast<std::int64_t>(e.cause), static_cast<std::int64_t>(e.command.low),
         static_cast<std::int64_t>(e.command.high), known(e.sequence)});
  };
  switch (e.kind) {
    case event_kind::command_done: return outcome(1);
    case event_kind::command_failed: return outcome(2);
    case event_kind::command_timed_out: return outcome(3);
    case event_kind::command_accepted:
    case event_kind::command_refused: break;
    default: return;
  }
  const bool refused = e.kind == event_kind::command_refused;
  in_->run(
      "INSERT INTO action (sequence, command_high, command_low, kind, actor, at, call, request, party, operator, queue, "
      "device, outcome, ended_at, error) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) ON CONFLICT (sequence) DO NOTHING",
      {known(e.sequence), static_cast<std::int64_t>(e.command.high), static_cast<std::int64_t>(e.command.low),
       std::int64_t{e.detail}, known(e.actor.value), e.time_ns, known(e.call.value), known(e.request.value),
       known(e.party.value), known(e.operator_.value), known(e.queue.value), known(e.device.value),
       std::int64_t{refused ? 4 : 0}, refused ? number(e.time_ns) : value{}, refused ? number(e.value) : value{}});
  if (!text.empty()) write(e, passage_kind::command, text, owner_of_call(e));
}

}  // namespace cordboard::store
