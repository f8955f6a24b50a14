// SPDX-License-Identifier: Apache-2.0
// Emergencies in which a list is called until enough have acknowledged. The list is in one call, which nobody called: who has answered
// is told by prompts what it is about, listening only, until the key is pressed; who has acknowledged talks to the others who have.
//
//   due ──► called ──► answered ──key──► acknowledged         step 1 ──wait, or nobody left──► step 2 ──► … ──► the next round
//            └────────────┴──► missed: due again in the next round
//
// It ends when enough have acknowledged, or when the whole list was called as often as the plan says. A member is called by a tick
// of its own, before all else that is due.
#include <board/decision.hpp>

#include <algorithm>

namespace cordboard {
namespace {

bool in_hand(const code_member& m) { return m.progress == code_progress::called || m.progress == code_progress::answered; }

std::size_t acknowledged(const code_run& run) {
  return static_cast<std::size_t>(std::count_if(
      run.members.begin(), run.members.end(), [](const code_member& m) { return m.progress == code_progress::acknowledged; }));
}

/// The member who is to be called now; the size of the list: there is none.
std::size_t next_member(const code_run& run) {
  const auto& all = run.members;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].step > run.step || all[i].progress != code_progress::due) continue;
    const bool waits = run.in_order && std::any_of(all.begin(), all.end(),
                                                   [&](const code_member& m) { return m.step == all[i].step && in_hand(m); });
    if (!waits) return i;
  }
  return all.size();
}

bool last_step(const code_run& run, std::uint8_t step) { return run.members.empty() || step >= run.members.back().step; }

/// Nobody is rung, told, or to be called in this step: the next one need not wait. A new round does.
bool is_exhausted(const code_run& run) {
  return next_member(run) == run.members.size() && std::none_of(run.members.begin(), run.members.end(), in_hand) &&
         (!last_step(run, run.step) || run.round >= run.rounds);
}

std::size_t index_of(const code_run& run, leg_id leg) {
  const auto it = std::find_if(run.members.begin(), run.members.end(), [&](const code_member& m) { return m.leg == leg; });
  return static_cast<std::size_t>(it - run.members.begin());
}

event about(const decision& d, event_kind kind, call_id id, std::size_t index, const connection* who = nullptr) {
  const code_run& run = *d.s.code_runs.find(id);
  event e = decision::of(kind);
  e.call = id;
  e.other = run.number;
  e.detail = static_cast<std::uint16_t>(index + 1);
  if (who == nullptr) return e;
  e.leg = who->leg;
  e.party = who->party;
  e.device = who->device;
  return e;
}

void begin_step(decision& d, call_id id, std::uint8_t step, std::uint8_t round, cause why) {
  const code_run& run = *d.s.code_runs.find(id);
  event e = about(d, event_kind::code_step_started, id, step);
  e.state = round;
  e.cause = why;
  if (!last_step(run, step) || round < run.rounds) e.value = d.now + run.wait_ns;
  d.emit(e);
}

void next_step(decision& d, call_id id, cause why) {
  const code_run& run = *d.s.code_runs.find(id);
  const bool again = last_step(run, run.step);
  begin_step(d, id, again ? std::uint8_t{0} : static_cast<std::uint8_t>(run.step + 1),
             static_cast<std::uint8_t>(run.round + (again ? 1 : 0)), why);
}

void missed(decision& d, call_id id, std::size_t index, const connection* who, cause why, layer where, std::uint16_t status) {
  event e = about(d, event_kind::code_member_missed, id, index, who);
  e.state = d.s.code_runs.find(id)->round;
  e.cause = why;
  e.layer = where;
  e.value = status;
  d.emit(e);
  if (who != nullptr) d.cleared(id, *who, why, where, status);
}

void call_member(decision& d, call_id id, std::size_t index) {
  const code_run& run = *d.s.code_runs.find(id);
  const std::string number = run.members[index].number;
  device_id to = device_by_number(d.base, number);
  const bool outside = !to;
  if (outside) to = trunk_for(d.base, number);
  const device_state* device = d.device(to);
  if (device == nullptr || !device->in_service) {
    missed(d, id, index, nullptr, device == nullptr ? cause::dest_not_obtainable : cause::dest_out_of_order, layer::board, 0);
    return;
  }
  event e = decision::of(event_kind::offered);
  e.call = id;
  e.leg = leg_id{d.fresh()};
  e.party = party_id{d.fresh()};
  e.device = to;
  e.cause = cause::code_call;
  e.state = static_cast<std::uint8_t>(connection_state::alerting);
  e.detail = static_cast<std::uint16_t>(party_role::target);
  e.flags = static_cast<std::uint8_t>(participation::silent);
  e.value = d.now + run.ring_ns;
  event called = about(d, event_kind::code_member_called, id, index);
  called.state = run.round;
  called.leg = e.leg;
  called.party = e.party;
  called.device = to;
  d.emit(e);
  d.emit(called, number);
  // Who is rung sees what it is about before they answer.
  d.act(act::ring{e.leg, id, to, outside ? number : std::string{}, 0, 0, false, {}, {}, shown_to_members(d, run)});
}

void tell(decision& d, call_id id, leg_id leg, const std::string& words) {
  if (!words.empty()) announce(d, id, leg, announcement::code_call, words);
}

/// Who acknowledged talks on as long as two do; else the lines are let go.
void go_on_talking(decision& d, call_id id) {
  const call_state* call = d.call(id);
  if (call == nullptr) return;
  const auto& all = call->fsm.connections;
  const auto talks = std::count_if(all.begin(), all.end(), [](const connection& c) {
    return c.state == connection_state::connected && c.part == participation::active;
  });
  if (talks < 2) end_call(d, id, cause::code_call, layer::board);
}

void settle(decision& d, call_id id) {
  const code_run run = *d.s.code_runs.find(id);
  if (acknowledged(run) < run.enough) return;
  // Whom nobody has told yet need not come; who is being told hears it to the end.
  for (std::size_t i = 0; i < run.members.size(); ++i) {
    if (run.members[i].progress != code_progress::called) continue;
    const connection rings = *d.call(id)->fsm.find(run.members[i].leg);
    missed(d, id, i, &rings, cause::code_call, layer::board, 0);
  }
  if (std::any_of(run.members.begin(), run.members.end(),
                  [](const code_member& m) { return m.progress == code_progress::answered; }))
    return;
  code_call_over(d, id, code_result::acknowledged, cause::normal, layer::board);
  go_on_talking(d, id);
}

}  // namespace

bool next_code_work(const board_state& state, code_work& found) {
  for (const auto& [id, run] : state.code_runs.own()) {
    if (!run || acknowledged(*run) >= run->enough) continue;
    const std::size_t next = next_member(*run);
    const bool member = next < run->members.size();
    if (!member && !is_exhausted(*run)) continue;
    found = {id, next, member};
    return true;
  }
  return false;
}

const code_member* told_member(const board_state& state, leg_id id) {
  const leg_state* leg = state.legs.find(id);
  const code_run* run = leg != nullptr && !leg->calls.empty() ? state.code_runs.find(leg->calls.front()) : nullptr;
  if (run == nullptr) return nullptr;
  const auto it = std::find_if(run->members.begin(), run->members.end(),
                               [&](const code_member& m) { return m.leg == id && m.progress == code_progress::answered; });
  return it != run->members.end() ? &*it : nullptr;
}

std::string shown_to_members(const decision& d, const code_run& run) {
  const code_plan* plan = d.s.code_plans.find(run.plan);
  return run.plan + '\t' + (plan != nullptr ? plan->name : std::string());
}

std::uint64_t start_code_call(decision& d, call_id id, const code_call_start& what) {
  event e = decision::of(event_kind::code_call_started);
  e.call = id;
  e.device = what.device;
  e.operator_ = what.operator_;
  e.actor = d.actor;
  e.command = d.command;
  e.other = what.from.value;
  e.detail = static_cast<std::uint16_t>(d.s.code_plans.find(what.plan)->enough);
  e.marks = code_marks(what.drill);
  const std::uint64_t proof = d.emit(e, what.plan + '\t' + what.place);
  begin_step(d, id, 0, 1, cause::normal);
  return proof;
}

bool serve_code_calls(decision& d) {
  code_work now;
  if (!next_code_work(d.base, now)) return false;
  const code_run& run = *d.s.code_runs.find(now.call);
  if (now.member) {
    call_member(d, now.call, now.index);
  } else if (!last_step(run, run.step)) {
    next_step(d, now.call, cause::no_available_agents);
  } else {
    code_call_over(d, now.call, code_result::escalated, cause::call_not_answered, layer::board);
    go_on_talking(d, now.call);
  }
  return true;
}

void code_wait_over(decision& d, call_id id) { next_step(d, id, cause::timeout); }

void code_member_answered(decision& d, call_id id, const connection& who) {
  event up = decision::of(event_kind::established);
  up.call = id;
  up.leg = who.leg;
  up.party = who.party;
  up.device = who.device;
  up.cause = cause::code_call;
  up.state = static_cast<std::uint8_t>(connection_state::connected);
  d.emit(up);
  const code_run& run = *d.s.code_runs.find(id);
  event e = about(d, event_kind::code_member_answered, id, index_of(run, who.leg), &who);
  e.value = d.now + run.wait_ns;
  const std::string words = run.words;
  d.emit(e);
  tell(d, id, who.leg, words);
}

void code_member_over(decision& d, call_id id, const connection& who, cause why, layer where, std::uint16_t status) {
  const code_run& run = *d.s.code_runs.find(id);
  const std::size_t index = index_of(run, who.leg);
  if (run.members[index].progress == code_progress::acknowledged) {
    d.cleared(id, who, why, where, status);
    return;
  }
  missed(d, id, index, &who, why, where, status);
  settle(d, id);
}

void code_call_said(decision& d, leg_id leg, const announcement_state& what, bool ok) {
  constexpr std::int64_t shortest = 500'000'000;
  if (told_member(d.s, leg) == nullptr) return;
  const code_run& run = *d.s.code_runs.find(what.call);
  // A place that nobody has recorded must not cost the message; without one there is still the key.
  if (ok && d.now - what.began >= shortest)
    tell(d, what.call, leg, what.words);
  else if (!ok && what.words != run.plain)
    tell(d, what.call, leg, run.plain);
}

void code_call_key(decision& d, const fact::key_pressed& f) {
  const code_member& member = *told_member(d.s, f.leg);
  const call_id id = d.leg(f.leg)->calls.front();
  const code_run& run = *d.s.code_runs.find(id);
  if (f.number < member.answered || run.key != std::string_view(&f.key, 1)) return;
  const connection who = *d.call(id)->fsm.find(f.leg);
  const bool stays = run.conference;
  event e = about(d, event_kind::code_member_acknowledged, id, index_of(run, f.leg), &who);
  e.state = static_cast<std::uint8_t>(acknowledged(run) + 1);
  e.value = d.now - run.began;
  if (d.leg(f.leg)->announcing.number != 0) announcement_over(d, f.leg, cause::call_rejected);
  d.emit(e);
  if (stays)
    conferenced(d, id, who, participation::active, cause::code_call);
  else
    d.cleared(id, who, cause::normal_clearing, layer::board);
  settle(d, id);
}

void code_call_over(decision& d, call_id id, code_result result, cause why, layer where) {
  const code_run& run = *d.s.code_runs.find(id);
  event e = decision::of(event_kind::code_call_ended);
  e.call = id;
  e.other = run.number;
  e.detail = static_cast<std::uint16_t>(result);
  e.state = static_cast<std::uint8_t>(acknowledged(run));
  e.value = (run.enough_at != 0 ? run.enough_at : d.now) - run.began;
  e.cause = why;
  e.layer = where;
  if (result == code_result::called_off) e.actor = d.actor;
  const std::string plan = run.plan;
  d.emit(e, plan);
}

}  // namespace cordboard
