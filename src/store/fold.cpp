// SPDX-License-Identifier: Apache-2.0
// Which events the store takes, the house's names, and where texts go.
#include <base/fields.hpp>
#include <store/fold.hpp>
#include <store/terms.hpp>

namespace cordboard::store {
namespace {

/// So many calls are remembered; then all are let go and read again as they are needed.
constexpr std::size_t calls_kept = 50'000;

/// Everything that is said of requests and their kinds.
bool is_of_requests(event_kind kind) {
  switch (kind) {
    case event_kind::request_person_known:
    case event_kind::request_arrived:
    case event_kind::request_no_show:
    case event_kind::booking_barred:
    case event_kind::booking_released:
    case event_kind::appointment_near:
    case event_kind::request_owner_excused:
    case event_kind::request_linked:
    case event_kind::request_announced: return true;
    default: return kind >= event_kind::request_kind_configured && kind <= event_kind::request_confirmed;
  }
}

}  // namespace

std::string_view field(std::string_view text, int n) {
  for (; n > 0; --n) {
    const auto tab = text.find('\t');
    if (tab == std::string_view::npos) return {};
    text.remove_prefix(tab + 1);
  }
  return text.substr(0, text.find('\t'));
}

std::string searchable(passage_kind kind, std::string_view text) {
  const auto said = kind == passage_kind::request ? read_fields(text) : std::nullopt;
  if (!said) return std::string(text);
  std::string out;
  for (const auto& [field_name, content] : said->all) out += content + '\n';
  return out;
}

bool fold::reads_text(event_kind kind) {
  switch (kind) {
    case event_kind::device_configured:
    case event_kind::operator_configured:
    case event_kind::queue_configured:
    case event_kind::principal_configured:
    case event_kind::command_accepted:
    case event_kind::service_initiated:
    case event_kind::originated:
    case event_kind::party_identified:
    case event_kind::digits_dialed:
    case event_kind::data_associated:
    case event_kind::dialogue_ended:
    case event_kind::recording_started:
    case event_kind::shift_handed_over:
    case event_kind::call_noted: return true;
    default: return is_of_requests(kind);
  }
}

void fold::apply(const event& e, std::string_view text) {
  apply_house(e, text);
  apply_command(e, text);
  if (is_of_requests(e.kind)) return apply_request(e, text);
  if (!e.call) return;
  apply_entry(e, text);
  apply_call(e, text);
  apply_party(e, text);
}

void fold::name(named_kind kind, std::uint32_t id, const event& e, std::string_view number, std::string_view name) {
  in_->run(
      "INSERT INTO named (kind, id, sequence, number, name, removed) VALUES ($1, $2, $3, $4, $5, 0) ON CONFLICT (kind, id) DO "
      "UPDATE SET "
      "sequence = excluded.sequence, number = excluded.number, name = excluded.name, removed = 0",
      {static_cast<std::int64_t>(kind), std::int64_t{id}, known(e.sequence), number.empty() ? value{} : value{readable(number)},
       readable(name)});
}

void fold::unname(named_kind kind, std::uint32_t id) {
  in_->run("UPDATE named SET removed = 1 WHERE kind = $1 AND id = $2", {static_cast<std::int64_t>(kind), std::int64_t{id}});
}

void fold::apply_house(const event& e, std::string_view text) {
  switch (e.kind) {
    case event_kind::device_configured: return name(named_kind::device, e.device.value, e, field(text, 0), field(text, 1));
    case event_kind::queue_configured: return name(named_kind::queue, e.queue.value, e, field(text, 0), field(text, 1));
    case event_kind::operator_configured:
      return name(named_kind::operator_, e.operator_.value, e, field(text, 1), field(text, 0));
    case event_kind::principal_configured: return name(named_kind::user, e.actor.value, e, {}, text);
    case event_kind::device_removed: return unname(named_kind::device, e.device.value);
    case event_kind::queue_removed: return unname(named_kind::queue, e.queue.value);
    case event_kind::operator_removed: return unname(named_kind::operator_, e.operator_.value);
    case event_kind::principal_removed: return unname(named_kind::user, e.actor.value);
    case event_kind::log_held:
      return in_->run(
          "INSERT INTO hold (sequence, at, span, first, last) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (sequence) DO NOTHING",
          {known(e.sequence), e.time_ns, std::int64_t{e.detail}, e.value, known(e.other)});
    case event_kind::log_hold_released:
      return in_->run("UPDATE hold SET released_at = $2 WHERE sequence = $1", {e.value, e.time_ns});
    case event_kind::gap:
      return in_->run("INSERT INTO missing (sequence, first, after) VALUES ($1, $2, $3) ON CONFLICT (sequence) DO NOTHING",
                      {known(e.sequence), number(e.value), known(e.other)});
    case event_kind::shift_handed_over: {
      const std::uint32_t who = e.operator_.value;
      return write(e, passage_kind::handed_over, text,
                   keys_->token("operator", {reinterpret_cast<const char*>(&who), sizeof who}));
    }
    default: return;
  }
}

fold::call_owner* fold::find(std::uint64_t id) {
  if (const auto it = calls_.find(id); it != calls_.end()) return &it->second;
  if (calls_.size() >= calls_kept) calls_.clear();
  call_owner* found = nullptr;
  in_->each("SELECT caller, token FROM call WHERE id = $1", {known(id)}, [&](row r) {
    found =
        &calls_.insert_or_assign(id, call_owner{static_cast<std::uint64_t>(number_of(r[0])), number_of(r[1])}).first->second;
    return false;
  });
  return found;
}

fold::call_owner& fold::call(const event& e) {
  if (call_owner* there = find(e.call.value); there != nullptr) return *there;
  const bool begins = e.kind == event_kind::originated || e.kind == event_kind::service_initiated;
  // A call whose beginning the log has no more begins with what is left of it.
  in_->run(
      "INSERT INTO call (id, sequence, began_at, device, operator, consults_for, marks) VALUES ($1, $2, $3, $4, $5, $6, $7) ON "
      "CONFLICT (id) DO "
      "NOTHING",
      {known(e.call.value), known(e.sequence), e.time_ns, known(e.device.value), known(e.operator_.value),
       begins ? known(e.other) : value{}, std::int64_t{e.marks}});
  return calls_[e.call.value];
}

std::int64_t fold::owner_of_call(const event& e) {
  const call_owner* owner = e.call ? find(e.call.value) : nullptr;
  if (owner != nullptr && owner->token != 0) return owner->token;
  const std::uint64_t id = e.call ? e.call.value : e.sequence;
  return keys_->token(e.call ? "call" : "event", {reinterpret_cast<const char*>(&id), sizeof id});
}

void fold::write(const event& e, passage_kind kind, std::string_view text, std::int64_t owner, std::string_view number) {
  const passage one{static_cast<std::int64_t>(e.sequence), e.time_ns, kind, e.call.value, e.party.value, e.request.value};
  write_passage(*in_, *keys_, one, text, owner, number);
}

void write_passage(database& in, vault& keys, const passage& what, std::string_view text, std::int64_t owner,
                   std::string_view number) {
  if (text.empty()) return;
  const auto sealed = keys.seal_for(in, owner, what.sequence < 0 ? 0 : static_cast<std::uint64_t>(what.sequence), text);
  if (!sealed && what.sequence < 0) throw database_error("this person was erased", false);
  if (!sealed) return;  // of somebody who was erased since
  in.run(
      "INSERT INTO passage (sequence, at, kind, call, party, request, person, seal, sealed) VALUES ($1, $2, $3, $4, $5, $6, "
      "$7, $8, $9) ON CONFLICT "
      "(sequence) DO NOTHING",
      {what.sequence, what.at, static_cast<std::int64_t>(what.kind), known(what.call), known(what.party), known(what.request),
       known(what.person), sealed->seal, blob{sealed->bytes}});
  const auto found_by = [&](std::int64_t term) {
    in.run("INSERT INTO term (term, sequence) VALUES ($1, $2) ON CONFLICT (term, sequence) DO NOTHING", {term, what.sequence});
  };
  for (const std::int64_t term : terms_of(keys, searchable(what.kind, text))) found_by(term);
  if (const std::int64_t term = number.empty() ? 0 : term_of_number(keys, number); term != 0) found_by(term);
}

std::uint64_t remove_passages(database& in, vault& keys, std::uint64_t request) {
  const auto said =
      in.all("SELECT sequence, kind, seal, sealed FROM passage WHERE request = $1 ORDER BY sequence", {known(request)});
  for (const auto& r : said) {
    // By what it says: to look for its sequence among all terms would be to read them all.
    const auto text = keys.open_text(in, number_of(r[2]), text_of(r[3]));
    if (!text) continue;  // of somebody who was erased: nothing finds it any more
    const auto kind = static_cast<passage_kind>(number_of(r[1]));
    std::vector<std::int64_t> terms = terms_of(keys, searchable(kind, *text));
    if (const auto what = kind == passage_kind::request ? read_fields(*text) : std::nullopt; what)
      if (const std::int64_t term = term_of_number(keys, (*what)["number"]); term != 0) terms.push_back(term);
    for (const std::int64_t term : terms) in.run("DELETE FROM term WHERE term = $1 AND sequence = $2", {term, number_of(r[0])});
  }
  in.change("DELETE FROM passage WHERE request = $1", {known(request)});
  return said.size();
}

}  // namespace cordboard::store
