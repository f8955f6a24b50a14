// SPDX-License-Identifier: Apache-2.0
// What the wire tells, and what follows from it.
#include <board/decision.hpp>

#include <algorithm>

namespace cordboard {

void save_dialog(decision& d, leg_id id, const std::string& text) {
  const leg_state* leg = d.leg(id);
  if (leg == nullptr || text.empty()) return;
  event e = decision::of(event_kind::dialog_saved);
  e.leg = id;
  e.device = leg->device;
  if (!leg->calls.empty()) e.call = leg->calls.front();
  d.emit(e, text);
}

namespace {

/// Whether a phone that dials this plan begins a code call: the second one who reports the same emergency is only talked to.
bool begins_code_call(const decision& d, const std::string& plan) {
  const auto& all = d.base.code_runs.own();
  return all.size() < code_runs_max && std::none_of(all.begin(), all.end(), [&](const auto& one) {
           return one.second && one.second->plan == plan && d.call(one.first)->destination;
         });
}

/// A phone of the house dials an outside number: an emergency number, or one that its class of service reaches. False: no outside
/// number at all.
bool dials_out(decision& d, const fact::incoming& f) {
  const device_id to = trunk_for(d.base, f.called);
  if (!to || (d.base.classes.own().empty() && !is_emergency_number(d.base, f.called))) return false;
  const operator_id who = operator_at(d, f.device);
  if (!reaches(d.base, who, f.device, f.called)) {
    bar(d, f.call, f.leg, f.device, who, 403, f.called);
    d.custody(f.party, custodian::ended, 0, cause::barred, layer::board);
    end_call(d, f.call, cause::barred, layer::board);
    d.refusals[f.leg] = 403;
    return true;
  }
  d.custody(f.party, custodian::wait, 0, cause::new_call, layer::board, d.now + d.device(to)->ring_ns + 1'000'000'000);
  ring_party(d, f.call, leg_id{d.fresh()}, party_id{d.fresh()}, party_role::target, to, f.called, cause::new_call);
  d.act(act::alert{f.leg});
  return true;
}

void on(decision& d, const fact::incoming& f) {
  if (d.leg(f.leg) != nullptr || d.call(f.call) != nullptr || d.party(f.party) != nullptr) return;  // told twice
  const std::uint16_t barred = f.replaces ? take_over(d, f) : std::uint16_t{0};
  if ((f.replaces && barred == 0) || (!f.replaces && taken_by_code(d, f))) return save_dialog(d, f.leg, f.saved);
  event e = decision::of(event_kind::originated);
  e.call = f.call;
  e.leg = f.leg;
  e.party = f.party;
  e.device = f.device;
  e.cause = cause::new_call;
  e.detail = static_cast<std::uint16_t>(party_role::caller);
  e.state = static_cast<std::uint8_t>(connection_state::alerting);
  d.emit(e, f.called);
  event who = decision::of(event_kind::party_identified);
  who.call = f.call;
  who.leg = f.leg;
  who.party = f.party;
  who.other = f.token;
  d.emit(who, f.number + '\t' + f.name);

  const auto refuse = [&](cause why) {
    d.custody(f.party, custodian::ended, 0, why, layer::board);
    end_call(d, f.call, why, layer::board);
  };
  if (barred != 0) {
    refuse(cause::call_rejected);
    d.refusals[f.leg] = barred;
    return;
  }
  if (d.base.stopping) return refuse(cause::maintenance);
  if (phone_code(d, f)) return;
  const bool from_house = d.device(f.device) != nullptr && !is_outside(d.base, f.device);
  const code_plan* plan = from_house ? d.base.code_plans.find(f.called) : nullptr;
  if (plan != nullptr && begins_code_call(d, f.called))
    start_code_call(d, call_id{d.fresh()}, {f.called, {}, false, f.call, f.device, operator_at(d, f.device)});
  // Who dials an emergency is talked to as well: somebody must say where it is.
  const destination there = destination_of(d.base, plan != nullptr ? plan->line : f.called);
  const bool urgent = is_emergency(d.base, there.queue) || (from_house && is_emergency_number(d.base, f.called));
  if (!has_room(d.base, urgent)) return refuse(cause::resources_not_available);
  // In the same batch: the caller is answered once this is in the log, and a crash then finds the call whole.
  save_dialog(d, f.leg, f.saved);
  if (there.why != cause::none) {
    event away = decision::of(event_kind::diverted);
    away.call = f.call;
    away.party = f.party;
    away.queue = queue_by_number(d.base, f.called);
    away.device = device_by_number(d.base, f.called);
    away.cause = there.why;
    d.emit(away);
    if (!there.queue && !there.device && there.dialogue.empty()) return refuse(there.why);
  }
  if (!there.dialogue.empty()) {
    start_dialogue(d, f.call, there.dialogue, there.why != cause::none ? cause::calendar_overflow : cause::new_call);
    return;
  }
  const device_state* wanted = d.device(device_by_number(d.base, f.called));
  if (there.why != cause::none && there.device && wanted != nullptr && wanted->backup == d.device(there.device)->number) {
    event acts = decision::of(event_kind::backup_acting);
    acts.call = f.call;
    acts.device = device_by_number(d.base, f.called);
    acts.other = there.device.value;
    acts.cause = there.why;
    d.emit(acts);
  }
  if (there.queue)
    return enter_queue(d, f.call, there.queue, there.why != cause::none ? there.why : cause::entering_distribution, false);
  if (from_house && !there.device && there.why == cause::none && dials_out(d, f)) return;
  const device_id to = there.device;
  const device_state* device = d.device(to);
  if (device == nullptr || device->kind != device_kind::phone || to == f.device) return refuse(cause::dest_not_obtainable);
  if (!device->in_service) return refuse(cause::dest_out_of_order);
  d.custody(f.party, custodian::wait, 0, cause::new_call, layer::board, d.now + device->ring_ns + 1'000'000'000);
  const device_state* from = d.device(f.device);
  const bool passes = f.passable && device->direct && from != nullptr && from->direct;
  ring_party(d, f.call, leg_id{d.fresh()}, party_id{d.fresh()}, party_role::target, to, {}, cause::new_call,
             participation::none, {}, passes ? f.leg : leg_id{});
  d.act(act::alert{f.leg});
}

void on(decision& d, const fact::ringing& f) {
  const leg_state* leg = d.leg(f.leg);
  if (leg == nullptr || leg->fsm.decide(leg_fsm::input::ringing) != leg_step::delivered || leg->calls.empty()) return;
  const call_id in = leg->calls.front();
  const connection* c = d.call(in) != nullptr ? d.call(in)->fsm.find(f.leg) : nullptr;
  if (c == nullptr) return;
  event e = decision::of(event_kind::delivered);
  e.call = in;
  e.leg = f.leg;
  e.party = c->party;
  e.device = c->device;
  e.operator_ = c->operator_;
  e.queue = d.call(in)->queue;
  e.detail = f.status;
  e.state = static_cast<std::uint8_t>(c->state == connection_state::initiated ? connection_state::initiated
                                                                              : connection_state::alerting);
  e.value = leg->deadline;  // ringing does not lengthen the wait
  d.emit(e);
}

void on(decision& d, const fact::answered& f) {
  const leg_state* leg = d.leg(f.leg);
  if (leg != nullptr && leg->fsm.decide(leg_fsm::input::answered) == leg_step::connected) {
    if (leg->kept)
      line_up(d, f.leg);
    else
      leg_answered(d, f.leg);
    if (f.direct) passed_by(d, f.leg);
  }
  save_dialog(d, f.leg, f.saved);
}

void on(decision& d, const fact::acknowledged& f) {
  // The answer was committed when it was decided. Who takes over from another line has the caller from here on.
  const leg_state* leg = d.leg(f.leg);
  const call_state* call = leg != nullptr && leg->calls.size() == 1 ? d.call(leg->calls.front()) : nullptr;
  const bool takes_over =
      call != nullptr && call->transfer.fsm.state == transfer_state::moving && call->transfer.target_leg == f.leg;
  if (takes_over) d.act(act::confirm_voices{leg->calls.front()});
}

/// The last word of a leg, whoever said it.
void last_word(decision& d, leg_id id, leg_fsm::input in, std::uint16_t status, layer where, cause why) {
  const leg_state* leg = d.leg(id);
  if (leg == nullptr) return;
  const leg_step step = leg->fsm.decide(in);
  if (step == leg_step::none) return;
  d.over = id;
  if (step == leg_step::released) return;
  if (why == cause::none) why = cause_of(status, leg->fsm.phase == leg_phase::ringing);
  leg_over(d, id, why, where, status);
  line_over(d, id, why, status);
}

void on(decision& d, const fact::refused& f) { last_word(d, f.leg, leg_fsm::input::refused, f.status, layer::sip, f.why); }
void on(decision& d, const fact::ended& f) {
  last_word(d, f.leg, leg_fsm::input::ended, f.status, f.status == 408 ? layer::sip : layer::party,
            f.status == 408 ? cause::dest_out_of_order : f.why);
}
void on(decision& d, const fact::released& f) {
  last_word(d, f.leg, leg_fsm::input::released, f.status, layer::sip, cause::none);
}
/// Rings a line again whose INVITE cannot have left: that waits until the dialog is written down.
act::ring ring_again(const decision& d, leg_id id, const leg_state& leg) {
  const call_state& call = *d.call(leg.calls.front());
  const call_state* shown = call.parent && d.call(call.parent) != nullptr ? d.call(call.parent) : &call;
  const party_state* caller = d.party(shown->caller);
  const operator_record* op = leg.operator_ ? d.op(leg.operator_) : nullptr;
  // Where all are rung, nobody has said on the screen to take the caller.
  const queue_state* queue = d.s.queues.find(call.queue);
  const bool all = queue != nullptr && queue->ringing_all == leg.calls.front();
  const bool by_itself = op != nullptr && op->screen && !all;
  // In a code call several outside numbers may be rung at once.
  if (const code_run* run = d.s.code_runs.find(leg.calls.front()))
    for (const code_member& m : run->members)
      if (m.leg == id)
        return {id,         leg.calls.front(),
                leg.device, is_outside(d.base, leg.device) ? m.number : std::string{},
                0,          0,
                false,      {},
                {},         shown_to_members(d, *run)};
  if (d.s.self_tests.find(leg.calls.front()) != nullptr) {
    const device_state* tested = d.device(leg.device);
    return {id,
            leg.calls.front(),
            leg.device,
            tested != nullptr ? tested->test_number : std::string{},
            0,
            0,
            !is_outside(d.base, leg.device),
            {},
            {}};
  }
  return {id, leg.calls.front(), leg.device, {}, call.dialled, caller != nullptr ? caller->identity : 0, by_itself, {}};
}

void on(decision& d, const fact::leg_lost& f) {
  const leg_state* leg = d.leg(f.leg);
  const bool never_left = leg != nullptr && leg->fsm.outgoing && leg->fsm.phase == leg_phase::inviting && leg->saved == 0;
  if (never_left && !leg->calls.empty() && d.call(leg->calls.front()) != nullptr) return d.act(ring_again(d, f.leg, *leg));
  last_word(d, f.leg, leg_fsm::input::lost, 0, layer::recovery, cause::interrupted);
}
void on(decision& d, const fact::media_lost& f) {
  const leg_state* leg = d.leg(f.leg);
  if (leg == nullptr || leg->fsm.phase != leg_phase::up) return;
  leg_over(d, f.leg, cause::media_lost, layer::media, 0);
  line_over(d, f.leg, cause::media_lost, 0);
}

void on(decision& d, const fact::held_by_phone& f) {
  const leg_state* leg = d.leg(f.leg);
  if (leg == nullptr || leg->fsm.phase != leg_phase::up || leg->held_by_phone == f.held) return;
  event e = decision::of(event_kind::hold_changed_by_phone);
  e.leg = f.leg;
  e.device = leg->device;
  if (!leg->calls.empty()) e.call = leg->calls.front();
  e.value = f.held ? 1 : 0;
  d.emit(e);
}

void on(decision& d, const fact::registered& f) {
  const device_state* device = d.device(f.device);
  if (device == nullptr) return;
  // Why a line cannot be had may change while it cannot: no answer at first, then a wrong password.
  const bool news = !f.in_service && device->kind == device_kind::trunk && f.why != cause::none;
  if (device->in_service == f.in_service && !news) return device_registered(d, f.device, f.partly);
  event e = decision::of(f.in_service ? event_kind::device_in_service : event_kind::device_out_of_service);
  e.device = f.device;
  e.value = f.until_ns;
  e.cause = f.why;
  d.emit(e);
  device_registered(d, f.device, f.partly);
}

void on(decision& d, const fact::equipment& f) { equipment_fact(d, f); }

void on(decision& d, const fact::presence& f) {
  event e = decision::of(event_kind::presence_changed);
  e.device = f.device;
  e.state = static_cast<std::uint8_t>(f.state);
  d.emit(e, f.number);
}

void on(decision& d, const fact::watch_refused& f) {
  event e = decision::of(event_kind::watch_refused);
  e.device = f.device;
  e.detail = f.status;
  e.cause = cause::barred;
  e.value = f.count;
  d.emit(e, f.number);
}

void on(decision& d, const fact::hours_changed& f) {
  event e = decision::of(event_kind::hours_changed);
  if (f.shift)
    e.operator_ = operator_by_name(d.base, f.number);
  else if (e.queue = queue_by_number(d.base, f.number); !e.queue)
    e.device = device_by_number(d.base, f.number);
  const opening* is = e.operator_ ? &d.op(e.operator_)->shift
                      : e.queue   ? &d.base.queues.find(e.queue)->hours
                      : e.device  ? &d.device(e.device)->hours
                                  : nullptr;
  if (is == nullptr || (is->open == f.open && is->until == f.until)) return;
  e.state = f.open ? 1 : 0;
  e.value = f.until;
  d.emit(e);
}

void on(decision& d, const fact::request_calendar& f) { calendar_changed(d, f); }

void on(decision& d, const fact::dialog_saved& f) { save_dialog(d, f.leg, f.text); }

void on(decision& d, const fact::voices_moved& f) { voices_moved(d, f); }

void on(decision& d, const fact::voices_joined& f) {
  if (d.call(f.call) == nullptr) return;
  advance_transfer(d, f.call, f.ok ? transfer_fsm::input::voices_joined : transfer_fsm::input::voices_failed,
                   f.ok ? cause::none : cause::media_lost, layer::media);
}

/// What its command waits for; else it is for the words that are said there.
bool presses_keys(const leg_state& leg) {
  return leg.command && !(leg.announcing.number != 0 && leg.announcing.what == announcement::message);
}

void digits_over(decision& d, leg_id id, cause why) {
  const leg_state leg = *d.leg(id);
  event e = decision::of(event_kind::digits_generated);
  if (!leg.calls.empty()) e.call = leg.calls.front();
  e.leg = id;
  e.party = leg.party;
  e.device = leg.device;
  e.cause = why;
  const std::uint64_t proof = d.emit(e);
  if (why == cause::normal)
    d.done(leg.command, proof);
  else
    d.failed(leg.command, proof, why);
}
void on(decision& d, const fact::digits_sent& f) {
  const leg_state* leg = d.leg(f.leg);
  if (leg != nullptr && leg->fsm.phase == leg_phase::up && presses_keys(*leg))
    digits_over(d, f.leg, f.ok ? cause::normal : cause::incompatible_destination);
}

void on(decision& d, const fact::announced& f) { announced(d, f); }
void on(decision& d, const fact::key_pressed& f) { key_pressed(d, f); }
void on(decision& d, const fact::silence& f) { dialogue_silence(d, f); }
void on(decision& d, const fact::recording_trouble& f) { recording_trouble(d, f); }
void on(decision& d, const fact::recording_gap& f) { recording_gap(d, f); }

/// Something of a leg's voice: the leg may have been released before.
event of_voice(const decision& d, event_kind kind, leg_id id) {
  event e = decision::of(kind);
  e.leg = id;
  if (const leg_state* leg = d.leg(id)) {
    e.device = leg->device;
    if (!leg->calls.empty()) e.call = leg->calls.front();
  }
  return e;
}
void on(decision& d, const fact::packets_refused& f) {
  event e = of_voice(d, event_kind::packets_refused, f.leg);
  e.detail = static_cast<std::uint16_t>(f.why);
  e.value = static_cast<std::int64_t>(f.count);
  e.other = f.all;
  d.emit(e);
}

void on(decision& d, const fact::voice_quality& f) {
  event e = of_voice(d, f.over ? event_kind::media_quality : event_kind::media_degraded, f.leg);
  e.state = static_cast<std::uint8_t>(f.which);
  e.detail = f.mos_100;
  e.value = f.round_trip_ns;
  e.other = f.lost_ppm;
  e.flags = static_cast<std::uint8_t>(std::clamp<std::int64_t>(f.jitter_ns / 1'000'000, 0, 255));
  d.emit(e);
}
void on(decision& d, const fact::voice_one_way& f) {
  event e = of_voice(d, event_kind::media_one_way, f.leg);
  e.state = static_cast<std::uint8_t>(f.which);
  e.value = f.for_ns;
  d.emit(e);
}
void on(decision& d, const fact::voice_recovered& f) {
  event e = of_voice(d, event_kind::media_recovered, f.leg);
  e.state = static_cast<std::uint8_t>(f.which);
  e.value = f.for_ns;
  d.emit(e);
}
void on(decision& d, const fact::voice_level& f) {
  event e = of_voice(d, event_kind::voice_level, f.leg);
  e.detail = f.below;
  d.emit(e);
}

void on(decision& d, const fact::media_ended& f) {
  event e = of_voice(d, event_kind::media_ended, f.leg);
  e.value = static_cast<std::int64_t>(f.received);
  e.other = f.sent;
  e.detail = f.lost;
  d.emit(e);
  self_test_heard(d, f);
}

void on(decision& d, const fact::clock_stepped& f) {
  event e = decision::of(event_kind::clock_stepped);
  e.value = f.step_ns;
  d.emit(e);
}

void on(decision& d, const fact::source_banned& f) {
  event e = decision::of(event_kind::source_banned);
  e.value = f.for_ns;
  d.emit(e, f.address);
}

void on(decision& d, const fact::calls_limited& f) {
  event e = decision::of(event_kind::calls_limited);
  e.value = f.count;
  d.emit(e, f.address);
}

void on(decision& d, const fact::access_refused& f) {
  event e = decision::of(event_kind::access_refused);
  e.actor = f.actor;
  e.detail = f.why;
  e.value = f.count;
  d.emit(e);
}

void on(decision& d, const fact::restarted& f) {
  event e = decision::of(event_kind::board_started);
  e.detail = f.unclean ? 1 : 0;
  e.value = static_cast<std::int64_t>(f.replayed);
  d.emit(e);
  // What was committed and perhaps never sent is sent again: ending a line twice, or joining voices twice, does no harm.
  for (const auto& [id, leg] : d.base.legs.own()) {
    if (leg && leg->fsm.phase == leg_phase::releasing) d.act(act::release{id, 0});
    // Keys are not pressed again: nobody knows how many of them went out. What was being said is said again from its beginning.
    if (leg && leg->fsm.phase == leg_phase::up && presses_keys(*leg)) digits_over(d, id, cause::interrupted);
  }
  recordings_restarted(d);
  media_restarted(d);
  dialogues_restarted(d);
  for (const auto& [id, call] : d.base.call_table.own()) {
    if (call && call->transfer.fsm.state == transfer_state::moving) d.act(act::confirm_voices{id});
  }
}

void on(decision& d, const fact::stopping&) {
  if (d.base.stopping) return;
  event e = decision::of(event_kind::board_stopping);
  e.cause = cause::maintenance;
  d.emit(e);
}

void on(decision& d, const fact::refer_asked& f) { refer(d, f); }

void on(decision& d, const fact::log_due& f) { remove_log(d, f); }

}  // namespace

void decide_fact(decision& d, const any_fact& f) {
  std::visit([&](const auto& one) { on(d, one); }, f);
}

}  // namespace cordboard
