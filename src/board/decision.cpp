// SPDX-License-Identifier: Apache-2.0
#include <base/assert.hpp>
#include <board/decision.hpp>

#include <algorithm>
#include <set>

namespace cordboard {

decision::decision(const board_state& base_state, const input& in)
    : base(base_state),
      s(board_state::over(base_state)),
      now(std::max(in.now, base_state.last_time)),
      token(in.token),
      stopped(in.stopped),
      next_(in.first_sequence),
      recall_(in.text),
      fresh_(in.fresh) {}

event decision::of(event_kind kind) {
  event e;
  e.kind = kind;
  return e;
}

std::uint64_t decision::emit(event e, std::string text) {
  e.sequence = next_++;
  e.time_ns = now;
  if (const call_state* c = call(e.call); e.call && c != nullptr && renews(e.kind)) e.revision = c->revision + 1;
  if (const call_state* c = call(e.call); e.call && c != nullptr) e.marks |= c->marks;
  if (const leg_state* l = leg(e.leg); e.leg && l != nullptr) e.marks |= l->marks;
  if (const command_record* by = s.commands.find(e.command); e.command && by != nullptr) e.marks |= by->marks;
  events_.push_back(logged{e, std::move(text), e.kind == event_kind::dialog_saved ? tail::dialog : tail::text});
  evolve(s, events_.back());
  return e.sequence;
}

std::string decision::text_of(std::uint64_t sequence) const {
  for (const logged& one : events_)
    if (one.record.sequence == sequence) return one.text;
  return recall_ ? recall_(sequence) : std::string();
}

std::uint64_t decision::fresh() {
  CORDBOARD_ASSERT(fresh_used_ < fresh_.size());
  return fresh_[fresh_used_++];
}

const connection* decision::caller_of(const call_state& c) const {
  const party_state* p = party(c.caller);
  return p != nullptr ? c.fsm.find(p->leg) : nullptr;
}

const connection* decision::operator_of(const call_state& c) const {
  const auto& all = c.fsm.connections;
  const auto it = std::find_if(all.begin(), all.end(), [](const connection& x) { return static_cast<bool>(x.operator_); });
  return it == all.end() ? nullptr : &*it;
}

std::uint64_t decision::custody(party_id who, custodian to, std::uint32_t keeper, cause why, layer where, std::int64_t until) {
  const party_state* p = party(who);
  if (p == nullptr) return 0;
  const call_state* c = call(p->call);
  const bool leaves =
      c != nullptr && c->caller == who && c->queue_since != 0 && (to != custodian::queue || queue_id{keeper} != c->queue);
  event e = of(event_kind::custody_moved);
  e.call = p->call;
  e.leg = p->leg;
  e.party = who;
  e.custodian = to;
  if (to == custodian::ended && c != nullptr && c->caller == who) {
    if (leaves && (where == layer::party || where == layer::sip)) open_abandoned(*this, p->call);
    e.request = call(p->call)->left;
    if (e.request && s.requests.find(e.request) != nullptr) e.custodian = custodian::request;
  }
  e.cause = why;
  e.layer = where;
  e.value = until;
  if (to == custodian::operator_) e.operator_ = operator_id{keeper};
  if (to == custodian::queue) e.queue = queue_id{keeper};
  if (to == custodian::target) e.device = device_id{keeper};
  const std::uint64_t proof = emit(e);
  // Whatever ends a wait moves custody: so each wait that began ends once.
  if (leaves) leave_queue(*this, p->call, to, e.operator_, e.device, why, where);
  return proof;
}

void decision::cleared(call_id in, const connection& c, cause why, layer where, std::uint16_t status) {
  if (in_dialogue(s, c.leg) == in && in) dialogue_over(*this, in, why, where);
  if (const leg_state* l = leg(c.leg); l != nullptr && l->announcing.number != 0 && l->announcing.call == in)
    announcement_over(*this, c.leg, cause::normal_clearing);
  event e = of(event_kind::connection_cleared);
  e.call = in;
  e.leg = c.leg;
  e.party = c.party;
  e.device = c.device;
  e.operator_ = c.operator_;
  e.cause = why;
  e.layer = where;
  e.detail = status;
  const std::uint64_t proof = emit(e);
  reasons[c.leg] = why;
  // What was asked for on a line that goes has failed with it.
  if (const leg_state* l = leg(c.leg); l != nullptr && l->command && !l->fsm.live()) failed(l->command, proof, why);
}

void decision::done(command_id id, std::uint64_t proof) {
  const command_record* c = s.commands.find(id);
  if (!id || c == nullptr || !c->open) return;
  event e = of(event_kind::command_done);
  e.command = id;
  e.actor = c->actor;
  e.detail = static_cast<std::uint16_t>(c->kind);
  e.call = c->call;
  e.value = static_cast<std::int64_t>(proof);
  emit(e);
}

void decision::failed(command_id id, std::uint64_t proof, cause why) {
  const command_record* c = s.commands.find(id);
  if (!id || c == nullptr || !c->open) return;
  event e = of(event_kind::command_failed);
  e.command = id;
  e.actor = c->actor;
  e.detail = static_cast<std::uint16_t>(c->kind);
  e.call = c->call;
  e.value = static_cast<std::int64_t>(proof);
  e.cause = why;
  emit(e);
}

void decision::settle_operators() {
  std::vector<operator_id> idle;
  for (const auto& [id, op_state] : s.operators.own()) {
    if (op_state && op_state->state == operator_state::busy && op_state->calls.empty()) idle.push_back(id);
  }
  for (const operator_id id : idle) {
    const operator_record& o = *op(id);
    const leg_state* line = base.legs.find(o.leg);
    const bool talked = line != nullptr && line->fsm.phase == leg_phase::up;
    event e = of(event_kind::operator_ready);
    e.operator_ = id;
    e.state = static_cast<std::uint8_t>(operator_state::ready);
    e.cause = cause::normal;
    if (o.after == operator_state::not_ready) {
      e = away_event(*this, id, o.after_reason);
      e.cause = cause::normal;
    } else if (o.after == operator_state::working_after_call || (o.wrap_up_ns > 0 && talked)) {
      // Who was only rung has no entry to finish, unless it was asked for.
      e.kind = event_kind::operator_working_after_call;
      e.state = static_cast<std::uint8_t>(operator_state::working_after_call);
      e.value = now + (o.after == operator_state::ready ? o.wrap_up_ns : s.policy.wrap_up_limit.count());
    }
    emit(e);
  }
}

void decision::settle_legs() {
  std::vector<leg_id> changed;
  for (const auto& [id, leg_now] : s.legs.own()) {
    if (!leg_now || leg_now->fsm.phase != leg_phase::releasing) continue;
    const leg_state* before = base.legs.find(id);
    if (id == over || before == nullptr || before->fsm.phase != leg_phase::releasing) changed.push_back(id);
  }
  for (const leg_id id : changed) {
    if (id == over) continue;
    const auto told = refusals.find(id);
    const auto why = reasons.find(id);
    act(act::release{id, told != refusals.end() ? told->second : std::uint16_t{0},
                     why != reasons.end() ? why->second : cause::none});
  }
  if (over && leg(over) != nullptr) {
    event e = of(event_kind::leg_released);
    e.leg = over;
    e.device = leg(over)->device;
    emit(e);
  }
}

std::vector<call_id> decision::changed_calls() const {
  std::vector<call_id> changed;
  for (const auto& [id, call] : s.call_table.own())
    if (call) changed.push_back(id);
  return changed;
}

void decision::settle_voices() {
  std::set<call_id> calls;
  std::set<leg_id> legs;
  for (const auto& [id, unused] : s.call_table.own()) calls.insert(id);
  for (const auto& [id, unused] : s.legs.own()) {
    legs.insert(id);
    for (const board_state* state : {&base, static_cast<const board_state*>(&s)}) {
      if (const leg_state* l = state->legs.find(id)) calls.insert(l->calls.begin(), l->calls.end());
    }
  }
  for (const call_id id : std::set<call_id>(calls)) {
    for (const board_state* state : {&base, static_cast<const board_state*>(&s)}) {
      const call_state* c = state->call_table.find(id);
      if (c != nullptr && c->consultation) calls.insert(c->consultation);
      if (c != nullptr && c->parent) calls.insert(c->parent);
    }
  }
  for (const call_id id : calls) {
    for (const board_state* state : {&base, static_cast<const board_state*>(&s)}) {
      if (const call_state* c = state->call_table.find(id)) {
        for (const connection& x : c->fsm.connections) legs.insert(x.leg);
      }
    }
  }
  for (const leg_id id : legs) {
    const leg_state* l = leg(id);
    if (l == nullptr || l->fsm.phase != leg_phase::up) continue;
    const source after = hears(s, id);
    if (after != hears(base, id)) voices_.emplace_back(act::hear{id, after});
    if (recorded_as how = recorded(s, id); how != recorded(base, id))
      voices_.emplace_back(act::record{id, how.recording, std::move(how.file), how.suspended, how.first_ns, how.silence_ns});
  }
}

void decision::act(any_action a) {
  const bool last = std::holds_alternative<act::release>(a) || std::holds_alternative<act::confirm_voices>(a) ||
                    std::holds_alternative<act::stop>(a) || std::holds_alternative<act::move_voices>(a);
  (last ? ends_ : starts_).push_back(std::move(a));
}

/// Who was added to a call, and listens or is rung yet, leaves with the last who talks to the caller there.
void decision::settle_added() {
  std::vector<std::pair<call_id, connection>> leaving;
  for (const auto& [id, c] : s.call_table.own()) {
    // Who is called there waits for nobody's word.
    if (!c || s.code_runs.find(id) != nullptr || s.self_tests.find(id) != nullptr) continue;
    const auto& all = c->fsm.connections;
    const auto was_added = [](const connection& x) { return x.part != participation::none; };
    // Few calls have such a party; this is looked at in every batch.
    if (std::none_of(all.begin(), all.end(), was_added) || keeper_of(s, *c) != nullptr) continue;
    for (const connection& x : all) {
      if (was_added(x)) leaving.emplace_back(id, x);
    }
  }
  for (const auto& [id, x] : leaving) cleared(id, x, cause::normal_clearing, layer::board);
}

batch decision::finish() {
  settle_added();
  settle_requests(*this);
  settle_operators();
  settle_backups(*this);
  settle_announcements(*this);
  settle_recordings(*this);
  settle_media(*this);
  settle_lines(*this);
  settle_legs();
  settle_voices();
  batch b{std::move(events_), std::move(starts_), answer};
  // Voices are joined before any line is released, so that nobody hears a gap.
  b.actions.reserve(b.actions.size() + voices_.size() + ends_.size());
  for (any_action& a : voices_) b.actions.push_back(std::move(a));
  for (any_action& a : ends_) b.actions.push_back(std::move(a));
  return b;
}

}  // namespace cordboard
