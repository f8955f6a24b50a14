// SPDX-License-Identifier: Apache-2.0
// Calls to the people of requests. One attempt is one call: its ids stand in the log before anything leaves, so a restart goes on with
// that very call or ends it as interrupted. The operator's phone is rung first, so nobody is called whom nobody could talk to; where a
// dialogue talks to them, it is the person's.
//
//   time has come ──► call_due ──call_request──► operator rung ──► person rung ──► answered, by an operator or led by the dialogue
//        ▲                                            └───────────────┴──► call set for later, or given up
//        └──────────────── backoff ───────────────────────────────────────┘
#include <board/requests.hpp>

namespace cordboard {
namespace {

constexpr errc fine{};
constexpr std::int64_t minute_ns = 60'000'000'000, longest_backoff = 1440 * minute_ns;

attempt_outcome outcome_of(attempt_phase phase, cause why) {
  if (phase == attempt_phase::answered) return attempt_outcome::answered;
  if (why == cause::interrupted || why == cause::maintenance) return attempt_outcome::interrupted;
  if (phase == attempt_phase::operator_rung) {
    // Its phone was answered, but the line out is gone: that is no fault of the operator's.
    return why == cause::dest_not_obtainable ? attempt_outcome::unreachable : attempt_outcome::operator_missed;
  }
  switch (why) {
    case cause::busy: return attempt_outcome::busy;
    case cause::call_not_answered:
    case cause::timeout: return attempt_outcome::no_answer;
    case cause::call_rejected: return attempt_outcome::rejected;
    case cause::normal_clearing:
    case cause::call_cancelled: return attempt_outcome::cancelled;
    default: return attempt_outcome::unreachable;
  }
}

bool counts(attempt_outcome how) {
  return how != attempt_outcome::operator_missed && how != attempt_outcome::cancelled && how != attempt_outcome::interrupted;
}

/// Twice as long after each call that failed.
std::int64_t backoff(const request_kind_state& kind, std::uint32_t attempts) {
  std::int64_t wait = std::max(kind.backoff_ns, minute_ns / 6);
  for (std::uint32_t i = 1; i < attempts && wait < longest_backoff; ++i) wait *= 2;
  return std::min(wait, longest_backoff);
}

/// Who has been ready for the longest time, with a phone that can be rung; 0: nobody.
operator_id next_ready(const decision& d) {
  operator_id found;
  std::int64_t since = 0;
  for (const auto& [id, op] : d.base.operators.own()) {
    if (!op || op->state != operator_state::ready || !in_service(d.base, op->phone)) continue;
    if (found && op->since >= since) continue;
    found = id;
    since = op->since;
  }
  return found;
}

struct attempt_intake {
  decision& d;
  const command& in;
  const std::function<void(call_id)>& accept;
  operator_id who{};
  device_id to{};
  std::string number{};
  bool led = in.detail == 1;  ///< by the kind's dialogue, without an operator

  /// Whether the person may be called now, by what the kind and the person say.
  errc may_call() {
    const request_record& r = *d.s.requests.find(in.request);
    const request_kind_state& kind = *d.s.request_kinds.find(r.kind);
    const request_rules rules(kind.text);
    if (r.attempt) return errc::attempt_running;
    if (r.may_call == consent::no) return errc::consent_declined;
    if (r.attempts >= kind.attempts_max) return errc::attempts_exhausted;
    if (rules.has_hours && !kind.calls_now) return errc::calling_closed;
    if (r.call_at > d.now) return errc::calling_closed;
    if (d.stopped) return number_stopped();
    if (rules.call_every_ns != 0 && kind.called_at != 0 && d.now < kind.called_at + rules.call_every_ns)
      return errc::calling_closed;
    return kind.calling >= rules.calls_max ? errc::operators_busy : fine;
  }
  /// Nothing is called. Nor will anybody be asked again: it is the owner's, who is told once.
  errc number_stopped() {
    const request_record& r = *d.s.requests.find(in.request);
    if (r.call_at == 0) return errc::number_stopped;
    const keeper owner{r.operator_, r.device};
    const std::uint16_t level = std::max<std::uint16_t>(r.level, 1);
    set_request_time(d, in.request, request_time::call, 0, cause::stop_list);
    event e = about_request(event_kind::request_escalated, in.request);
    put(e, owner);
    e.detail = level;
    e.cause = cause::stop_list;
    d.emit(e);
    return errc::number_stopped;
  }
  errc choose_operator() {
    if (led) {
      const request_rules rules(d.s.request_kinds.find(d.s.requests.find(in.request)->kind)->text);
      const bool there = d.s.dialogues.find(std::string(rules.dialogue)) != nullptr;
      return there && !in.operator_ ? fine : errc::command_invalid;
    }
    who = in.operator_ ? in.operator_ : next_ready(d);
    if (!who) return errc::operators_busy;
    const operator_record& op = *d.op(who);
    if (op.state == operator_state::null || op.state == operator_state::busy) return errc::operator_wrong_state;
    return in_service(d.s, op.phone) ? fine : errc::device_out_of_service;
  }
  errc choose_line() {
    number = text_of(in);
    to = device_by_number(d.base, number);
    if (!to) to = trunk_for(d.base, number);
    const device_state* device = d.device(to);
    const operator_record* op = d.op(who);
    if (device == nullptr || (op != nullptr && to == op->phone)) return errc::device_unknown;
    // Without an operator it is the owner's call.
    const request_record& r = *d.s.requests.find(in.request);
    const operator_record* owner = d.op(r.operator_);
    const device_id phone = op != nullptr ? op->phone : owner != nullptr ? owner->phone : r.device;
    if (device->kind == device_kind::trunk && !reaches(d.base, op != nullptr ? who : r.operator_, phone, number))
      return errc::service_barred;
    return device->in_service ? fine : errc::device_out_of_service;
  }
  errc decide() {
    if (d.base.stopping) return errc::board_closed;
    if (in.detail > 1) return errc::command_invalid;
    for (const auto step : {&attempt_intake::may_call, &attempt_intake::choose_operator, &attempt_intake::choose_line})
      if (const errc why = (this->*step)(); why != fine) return why;
    if (d.leg(in.new_leg) != nullptr || d.party(in.new_party) != nullptr || d.call(in.new_call) != nullptr)
      return errc::id_taken;
    if (!has_room(d.base, false)) return errc::limit_reached;
    const std::uint32_t before = d.s.requests.find(in.request)->attempted;
    accept(in.new_call);
    if (led) {
      attempted(before);
      call_person();
      return fine;
    }
    // Who was named asks for it, and has the hand at the phone; whoever is next hears it ring.
    begin_own_call(d, who, in.new_call, in.new_leg, in.new_party, to, number,
                   in.operator_ ? cause::make_call : cause::call_back, in.id);
    attempted(before);
    return fine;
  }

  void attempted(std::uint32_t before) {
    event e = asked_of_request(d, event_kind::request_attempted, in.request);
    e.call = in.new_call;
    e.leg = in.new_leg;
    e.party = in.new_party;
    e.operator_ = who;
    e.device = to;
    e.detail = static_cast<std::uint16_t>(std::min<std::uint32_t>(before + 1, 65535));
    e.state = led ? 1 : 0;
    d.emit(e);
  }
  void call_person() {
    const device_state& device = *d.device(to);
    event dialled = decision::of(event_kind::digits_dialed);
    dialled.call = in.new_call;
    dialled.party = in.new_party;
    dialled.device = to;
    const std::uint64_t at = d.emit(dialled, number);
    event e = decision::of(event_kind::offered);
    e.call = in.new_call;
    e.leg = in.new_leg;
    e.party = in.new_party;
    e.device = to;
    e.cause = cause::call_back;
    e.state = static_cast<std::uint8_t>(connection_state::alerting);
    e.detail = static_cast<std::uint16_t>(party_role::caller);
    e.value = d.now + device.ring_ns;
    d.emit(e);
    d.act(act::ring{in.new_leg, in.new_call, to, device.kind == device_kind::trunk ? number : std::string{}, at, 0, false});
  }
};

}  // namespace

errc call_request(decision& d, const command& c, const std::function<void(call_id)>& accept) {
  return attempt_intake{d, c, accept}.decide();
}

void attempt_over(decision& d, request_id id, call_id call, cause why, layer where) {
  const request_record r = *d.s.requests.find(id);
  if (r.attempt != call) return;
  const request_kind_state& kind = *d.s.request_kinds.find(r.kind);
  const attempt_outcome how = outcome_of(r.phase, why);
  const bool reached = how == attempt_outcome::answered;
  // A time that was set while they talked is when they want to be called again, from the beginning.
  const bool wanted = reached && !r.call_told && r.call_at != 0;
  const std::uint32_t attempts = wanted ? 0 : r.attempts + (counts(how) ? 1 : 0);
  const bool again = !reached && attempts < kind.attempts_max;
  event e = about_request(event_kind::request_attempt_ended, id);
  e.call = call;
  e.operator_ = d.base.call_table.find(call)->operator_;
  e.detail = static_cast<std::uint16_t>(how);
  e.state = static_cast<std::uint8_t>(attempts);
  e.cause = why;
  e.layer = where;
  e.value = again ? d.now + (counts(how) ? backoff(kind, attempts) : minute_ns) : wanted ? std::max(r.call_at, d.now) : 0;
  e.other = r.attempt_said;
  d.emit(e);
  if (reached && r.first_contact != 0) set_request_time(d, id, request_time::first_contact, 0, cause::normal);
  if (!reached && !again) escalate(d, id, cause::no_available_agents);
  if (!r.called_off) return;
  event over = about_request(event_kind::request_closed, id);
  put(over, {r.operator_, r.device});
  over.state = static_cast<std::uint8_t>(request_status::cancelled);
  over.cause = cause::normal;
  const std::string reason = R"({"reason":"cancelled by key 按键取消"})";
  close_parts(d, id, over, reason);
  d.emit(over, reason);
}

void attempt_met(decision& d, call_id id) {
  const call_state& call = *d.call(id);
  const request_record* r = d.s.requests.find(call.attempt);
  const request_kind_state* kind = r != nullptr ? d.s.request_kinds.find(r->kind) : nullptr;
  const std::string number(kind != nullptr ? request_rules(kind->text).dialogue : std::string_view());
  if (!start_dialogue(d, id, number, cause::call_back)) end_call(d, id, cause::dest_not_obtainable, layer::board);
}

void appointment_answered(decision& d, call_id call, dialogue_act what, const fields& given) {
  const request_id id = d.call(call)->attempt;
  if (d.s.requests.find(id) == nullptr) return;
  const request_record r = *d.s.requests.find(id);
  const request_kind_state& kind = *d.s.request_kinds.find(r.kind);
  if (what == dialogue_act::confirm && r.appointment != 0) {
    event e = about_request(event_kind::request_confirmed, id);
    e.value = r.appointment;
    d.emit(e);
  }
  const bool late = is_too_late(d, r);
  if (what == dialogue_act::cancel && r.appointment != 0 && (!late || (kind.flags & kind_late_no_show) != 0)) {
    if (late) count_absence(d, id, cause::call_cancelled);
    set_request_time(d, id, request_time::appointment, 0, cause::call_cancelled);
    return;
  }
  if (what == dialogue_act::confirm) return;
  // Another time, or one that keys cannot take back any more: a human talks to them.
  const request_rules rules(kind.text);
  fields changed;
  for (const auto& [name, value] : given.all)
    if (const request_field* known = rules.field(name); known != nullptr && is_of_type(known->type, value))
      changed.set(name, value);
  if (!changed.all.empty()) d.emit(about_request(event_kind::request_changed, id), write_fields(changed));
  set_request_time(d, id, request_time::call, d.now + minute_ns, cause::call_back);
}

}  // namespace cordboard
