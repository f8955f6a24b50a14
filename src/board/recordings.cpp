// SPDX-License-Identifier: Apache-2.0
// Which calls are recorded: by the rule of a queue, once the notice was proven and not declined, or by command.
#include <board/decision.hpp>
#include <board/dialogue_script.hpp>

#include <algorithm>
#include <array>
#include <chrono>

namespace cordboard {
namespace {

event about(const decision& d, event_kind kind, call_id id) {
  const call_state& call = *d.call(id);
  event e = decision::of(kind);
  e.call = id;
  e.party = call.caller;
  if (const party_state* caller = d.party(call.caller)) e.leg = caller->leg;
  e.actor = d.actor;
  return e;
}

std::string hex(std::uint64_t number) {
  std::string out(16, '0');
  for (auto digit = out.rbegin(); number != 0; ++digit, number >>= 4U) *digit = "0123456789abcdef"[number & 15U];
  return out;
}

/// The call that this recording is of; 0: it has ended.
call_id call_of(const decision& d, std::uint64_t recording) {
  for (const auto& [id, call] : d.base.call_table.own())
    if (call && call->recording.number == recording) return id;
  return {};
}

bool closing(const decision& d, const call_state& call) {
  const party_state* caller = d.party(call.caller);
  return caller != nullptr && caller->custodian == custodian::wait && caller->why == cause::closing;
}

}  // namespace

std::string recording_file(call_id call, std::uint64_t sequence, std::int64_t began) {
  using namespace std::chrono;
  const year_month_day day{floor<days>(sys_time<nanoseconds>(nanoseconds(began)))};
  const auto two = [](unsigned number) { return std::string{char('0' + number / 10), char('0' + number % 10)}; };
  return std::to_string(static_cast<int>(day.year())) + '-' + two(static_cast<unsigned>(day.month())) + '-' +
         two(static_cast<unsigned>(day.day())) + '/' + hex(call.value) + '-' + std::to_string(sequence) + ".wav";
}

bool can_be_recorded(const decision& d, call_id id) {
  const call_state& call = *d.call(id);
  const connection* caller = d.caller_of(call);
  return caller != nullptr && caller->state == connection_state::connected && keeper_of(d.s, call) != nullptr;
}

std::uint64_t start_recording(decision& d, call_id id, cause why) {
  event e = about(d, event_kind::recording_started, id);
  const call_state& call = *d.call(id);
  if (const connection* op = d.operator_of(call)) e.operator_ = op->operator_;
  if (!d.command) e.queue = call.queue;
  e.other = call.noticed;
  e.cause = why;
  return d.emit(e, recording_file(id, d.s.last_sequence + 1, d.now));
}

std::uint64_t end_recording(decision& d, call_id id, cause why) {
  event e = about(d, event_kind::recording_ended, id);
  const recording_state was = d.call(id)->recording;
  e.value = d.now - was.began;
  e.other = was.number;
  e.cause = why;
  return d.emit(e);
}

std::uint64_t suspend_recording(decision& d, call_id id, bool on) {
  event e = about(d, on ? event_kind::recording_suspended : event_kind::recording_resumed, id);
  e.other = d.call(id)->recording.number;
  return d.emit(e);
}

std::uint64_t decline_recording(decision& d, call_id id, std::uint64_t proof) {
  if (d.call(id)->recording.number != 0) end_recording(d, id, cause::call_rejected);
  event e = about(d, event_kind::recording_declined, id);
  e.other = proof;
  return d.emit(e);
}

void recordings_restarted(decision& d) {
  for (const auto& [id, call] : d.base.call_table.own()) {
    if (!call || call->recording.number == 0) continue;
    end_recording(d, id, cause::interrupted);
    start_recording(d, id, cause::recall);
    if (call->recording.suspended) suspend_recording(d, id, true);
  }
}

void recording_trouble(decision& d, const fact::recording_trouble& f) {
  event e = decision::of(event_kind::media_alarm);
  e.detail = static_cast<std::uint16_t>(f.error != 0 ? media_trouble::recordings_lost : media_trouble::recordings_written);
  e.value = f.error;
  e.other = f.recording;
  // Said when it begins and when it is over; each recording that is lost meanwhile is said by its end.
  if (d.base.recordings_lost != (f.error != 0)) {
    d.emit(e);
    const bool lost = f.error != 0;
    (void)report_equipment(d, {"recordings",
                               {},
                               lost ? equipment_state::out_of_service : equipment_state::in_service,
                               lost ? cause::resources_not_available : cause::normal,
                               lost ? std::to_string(f.error) : std::string{}});
  }
  if (f.error == 0) return;
  if (dialogue_recording_lost(d, f.recording)) return;
  if (const call_id of = call_of(d, f.recording)) end_recording(d, of, cause::resources_not_available);
}

void recording_gap(decision& d, const fact::recording_gap& f) {
  event e = decision::of(event_kind::recording_gap);
  e.call = call_of(d, f.recording);
  e.value = f.for_ns;
  e.other = f.recording;
  e.cause = cause::resources_not_available;
  d.emit(e);
}

void settle_recordings(decision& d) {
  for (const call_id id : d.changed_calls()) {
    const call_state& call = *d.call(id);
    const queue_state* queue = d.s.queues.find(call.queue);
    const leg_state* leg = d.caller_of(call) != nullptr ? d.leg(d.caller_of(call)->leg) : nullptr;
    const bool there = leg != nullptr && leg->fsm.phase == leg_phase::up && !closing(d, call) && call.dialogue.number == 0;
    if (call.recording.number != 0 && !there) end_recording(d, id, cause::normal_clearing);
    // Once: what a command ended, or the disk, is not begun anew behind its back.
    const bool due = queue != nullptr && queue->record && call.noticed != 0 && !call.declined && call.recording.last == 0;
    if (due && there && can_be_recorded(d, id)) start_recording(d, id, cause::normal);
  }
}

recorded_as recorded(const board_state& state, leg_id id) {
  const leg_state* leg = state.legs.find(id);
  if (leg == nullptr || leg->fsm.phase != leg_phase::up) return {};
  if (const call_id led = in_dialogue(state, id)) {
    const dialogue_run& run = state.call_table.find(led)->dialogue;
    if (run.phase != dialogue_phase::recording) return {};
    const dialogue_step step = read_script(state.scripts.find(run.script)->text).steps[run.step];
    return {run.recording, false, recording_file(led, run.recording, run.recording_began), step.first.count(),
            step.silence.count()};
  }
  for (const call_id c : leg->calls) {
    const call_state* call = state.call_table.find(c);
    const party_state* caller = call != nullptr ? state.parties.find(call->caller) : nullptr;
    if (caller != nullptr && caller->leg == id && call->recording.number != 0)
      return {call->recording.number, call->recording.suspended,
              recording_file(c, call->recording.number, call->recording.began), 0, 0};
  }
  return {};
}

}  // namespace cordboard
