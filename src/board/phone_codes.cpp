// SPDX-License-Identifier: Apache-2.0
// Codes that phones dial, for those who have no screen: what a code asks for is what a command would do, for the operator at that phone
// and the caller whom it holds, and nothing else. What follows a code is a reason, or a number of this house; it is never dialled. Done
// is a short tone; refused is the answer that the phone shows, and both stand in the log.
#include <board/decision.hpp>

#include <algorithm>
#include <charconv>

namespace cordboard {
namespace {

constexpr errc fine{};
constexpr std::int64_t tone_ns = 1'500'000'000;

struct asked_for {
  phone_feature what{};  ///< 0: the number is no code
  std::string rest;
};

asked_for code_in(const decision& d, const fact::incoming& f) {
  const device_state* phone = d.device(f.device);
  if (phone == nullptr || phone->kind != device_kind::phone) return {};
  for (const auto& [what, code] : d.base.phone_codes.own())
    if (code && !code->empty() && f.called.starts_with(*code))
      return {static_cast<phone_feature>(what), f.called.substr(code->size())};
  return {};
}

void say(decision& d, const fact::incoming& f, const asked_for& asked, operator_id who, call_id in, call_id about,
         errc refused) {
  event e = decision::of(event_kind::phone_code_dialled);
  e.call = in;
  e.leg = f.leg;
  e.device = f.device;
  e.operator_ = who;
  e.detail = static_cast<std::uint16_t>(asked.what);
  e.value = static_cast<std::int64_t>(refused);
  e.other = about.value;
  d.emit(e, asked.rest);
}

/// The call whose caller the operator has at the phone; 0: none.
call_id served_at(const decision& d, operator_id who) {
  const operator_record* op = d.op(who);
  if (op == nullptr) return {};
  const auto has = [&](call_id id) {
    const call_state* call = d.call(id);
    const connection* own = call != nullptr && !call->parent ? d.operator_of(*call) : nullptr;
    return own != nullptr && own->operator_ == who && d.caller_of(*call) != nullptr &&
           (own->state == connection_state::connected || own->state == connection_state::hold);
  };
  const auto it = std::find_if(op->calls.begin(), op->calls.end(), has);
  return it != op->calls.end() ? *it : call_id{};
}

/// Who waits longest in the queues that the operator serves, of the highest class; 0: nobody waits.
call_id waits_longest(const decision& d, operator_id who) {
  call_id first;
  queue_class rank{};
  for (const auto& [id, queue] : d.base.queues.own()) {
    if (!queue) continue;
    const std::vector<operator_id> members = serving(d.base, *queue);
    if (std::find(members.begin(), members.end(), who) == members.end()) continue;
    std::vector<call_id> all = queue->waiting;
    for (const operator_id member : members)
      if (const operator_record* op = d.op(member)) all.insert(all.end(), op->calls.begin(), op->calls.end());
    for (const call_id one : all) {
      const call_state* call = d.call(one);
      const party_state* caller = call != nullptr ? d.party(call->caller) : nullptr;
      if (caller == nullptr || caller->custodian != custodian::queue || call->queue != id || d.caller_of(*call) == nullptr)
        continue;
      const bool before = !first || queue->rank < rank || (queue->rank == rank && call->place < d.call(first)->place);
      if (!before) continue;
      first = one;
      rank = queue->rank;
    }
  }
  return first;
}

/// Who was parked first; 0: nobody is.
call_id parked_longest(const decision& d) {
  call_id first;
  std::int64_t recall = 0;
  for (const auto& [id, call] : d.base.call_table.own()) {
    const party_state* caller = call ? d.party(call->caller) : nullptr;
    const bool parked = caller != nullptr && caller->custodian == custodian::wait && caller->why == cause::park &&
                        !call->offer && !call->offered_to && d.caller_of(*call) != nullptr;
    if (!parked || (first && recall <= caller->deadline)) continue;
    first = id;
    recall = caller->deadline;
  }
  return first;
}

command about(command_kind kind, operator_id who, call_id call = {}) {
  command c;
  c.kind = kind;
  c.operator_ = who;
  c.call = call;
  return c;
}

/// The operator whose phone this is: the one with that number, or else the first.
operator_id owner_of(const decision& d, device_id phone, const std::string& number) {
  for (const auto& [id, unused] : d.base.operators.own()) {
    const operator_record* op = d.op(id);
    if (op != nullptr && op->phone == phone && (number.empty() || op->number == number)) return id;
  }
  return {};
}

errc switch_night(decision& d, const fact::incoming& f, const std::string& number, night_mode to) {
  // Whoever may close a line is a superior: a phone in a corridor is not.
  if (!d.device(f.device)->supervisor) return errc::access_refused;
  command c = about(command_kind::switch_night_service, {});
  c.queue = queue_by_number(d.base, number);
  if (!c.queue) c.device = device_by_number(d.base, number);
  if (!c.queue && !c.device) return errc::queue_unknown;
  c.detail = static_cast<std::uint16_t>(to);
  return as_if_commanded(d, c);
}

errc is_now(decision& d, const fact::incoming& f, activity what) {
  command c = about(command_kind::set_activity, {});
  c.device = f.device;
  c.detail = static_cast<std::uint16_t>(what);
  return as_if_commanded(d, c);
}

errc be_away(decision& d, operator_id who, const std::string& reason) {
  command c = about(command_kind::not_ready, who);
  const auto [end, wrong] = std::from_chars(reason.data(), reason.data() + reason.size(), c.detail);
  if (!reason.empty() && (wrong != std::errc{} || end != reason.data() + reason.size())) return errc::reason_unknown;
  return as_if_commanded(d, c);
}

errc call_help(decision& d, operator_id who, call_id held) {
  command c = about(command_kind::single_step_conference, {}, held);
  if (!who || d.s.emergency_numbers.empty()) return errc::command_invalid;
  c.detail = static_cast<std::uint16_t>(participation::active);
  c.new_leg = leg_id{d.fresh()};
  c.new_party = party_id{d.fresh()};
  (void)set_text(c, d.s.emergency_numbers.front());
  return as_if_commanded(d, c);
}

errc to_superior(decision& d, call_id held) {
  const call_state* call = d.call(held);
  const queue_state* queue = call != nullptr ? d.s.queues.find(call->queue) : nullptr;
  if (call == nullptr) return errc::call_unknown;
  if (queue == nullptr || !queue->supervisor) return errc::device_unknown;
  // To press the code declares the caller's consent, as to press the transfer key does.
  command agreed = about(command_kind::declare_consent, {}, held);
  agreed.detail = static_cast<std::uint16_t>(consent_of::caller);
  agreed.consent = consent::yes;
  if (const errc why = as_if_commanded(d, agreed); why != fine) return why;
  command c = about(command_kind::single_step_transfer, {}, held);
  c.device = queue->supervisor;
  c.new_leg = leg_id{d.fresh()};
  c.new_party = party_id{d.fresh()};
  return as_if_commanded(d, c);
}

errc carry_out(decision& d, const fact::incoming& f, const asked_for& asked, operator_id at, call_id held) {
  using enum phone_feature;
  switch (asked.what) {
    case log_on: {
      const operator_id who = owner_of(d, f.device, asked.rest);
      return as_if_commanded(d, about(command_kind::log_on, who));
    }
    case log_off: return as_if_commanded(d, about(command_kind::log_off, at));
    case ready: return as_if_commanded(d, about(command_kind::ready, at));
    case not_ready: return be_away(d, at, asked.rest);
    case pickup:
    case unpark: {
      // Whom there is was taken before.
      const operator_record* op = d.op(at);
      return op == nullptr                       ? errc::operator_unknown
             : op->state == operator_state::busy ? errc::operator_wrong_state
                                                 : errc::call_unknown;
    }
    case park: return held ? as_if_commanded(d, about(command_kind::park, {}, held)) : errc::call_unknown;
    case night: return switch_night(d, f, asked.rest, night_mode::night);
    case day: return switch_night(d, f, asked.rest, night_mode::day);
    case by_hours: return switch_night(d, f, asked.rest, night_mode::by_hours);
    case available: return is_now(d, f, activity::available);
    case in_clinic: return is_now(d, f, activity::in_clinic);
    case operating: return is_now(d, f, activity::operating);
    case emergency: return held ? call_help(d, at, held) : errc::call_unknown;
    case malicious: return held ? as_if_commanded(d, about(command_kind::mark_malicious, {}, held)) : errc::call_unknown;
    case superior: return held ? to_superior(d, held) : errc::call_unknown;
  }
  return errc::command_invalid;
}

std::uint16_t status_for(errc why) {
  switch (why) {
    case errc::access_refused:
    case errc::consent_declined: return 403;
    case errc::call_unknown:
    case errc::queue_unknown:
    case errc::device_unknown:
    case errc::reason_unknown:
    case errc::operator_unknown: return 404;
    default: return 480;
  }
}

}  // namespace

bool taken_by_code(decision& d, const fact::incoming& f) {
  const asked_for asked = code_in(d, f);
  if (asked.what != phone_feature::pickup && asked.what != phone_feature::unpark) return false;
  const operator_id who = operator_at(d, f.device);
  if (!who || d.base.stopping || d.op(who)->state == operator_state::busy) return false;
  const call_id found = asked.what == phone_feature::pickup ? waits_longest(d, who) : parked_longest(d);
  if (!found) return false;
  say(d, f, asked, who, found, found, fine);
  take_at_phone(d, found, f, who);
  return true;
}

bool phone_code(decision& d, const fact::incoming& f) {
  const asked_for asked = code_in(d, f);
  if (asked.what == phone_feature{}) return false;
  const operator_id at = operator_at(d, f.device);
  const call_id held = served_at(d, at);
  const errc why = carry_out(d, f, asked, at, held);
  say(d, f, asked, at, f.call, held, why);
  if (why != fine) {
    d.custody(f.party, custodian::ended, 0, cause::phone_feature, layer::board);
    end_call(d, f.call, cause::phone_feature, layer::board);
    d.refusals[f.leg] = status_for(why);
    return true;
  }
  save_dialog(d, f.leg, f.saved);
  event e = decision::of(event_kind::established);
  e.call = f.call;
  e.leg = f.leg;
  e.party = f.party;
  e.device = f.device;
  e.cause = cause::phone_feature;
  e.state = static_cast<std::uint8_t>(connection_state::connected);
  d.custody(f.party, custodian::wait, 0, cause::phone_feature, layer::board, d.now + tone_ns);
  d.emit(e);
  d.act(act::answer{f.leg});
  return true;
}

}  // namespace cordboard
