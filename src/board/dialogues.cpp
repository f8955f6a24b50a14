// SPDX-License-Identifier: Apache-2.0
// Callers whom a script leads: how a dialogue begins, what reaches it, and how it ends with its call.
#include <board/talk.hpp>

namespace cordboard {

bool start_dialogue(decision& d, call_id id, const std::string& number, cause why, operator_id rated) {
  const dialogue_state* dialogue = d.s.dialogues.find(number);
  const connection* found = d.call(id) != nullptr ? d.caller_of(*d.call(id)) : nullptr;
  if (dialogue == nullptr || found == nullptr || d.call(id)->dialogue.number != 0) return false;
  const connection caller = *found;
  const dialogue_config script = read_script(d.s.scripts.find(dialogue->script)->text);
  const bool unanswered = d.leg(caller.leg)->fsm.phase == leg_phase::offered;
  if (d.leg(caller.leg)->announcing.number != 0) announcement_over(d, caller.leg, cause::normal_clearing);
  d.custody(caller.party, custodian::dialogue, 0, why, layer::board);
  if (caller.state != connection_state::connected) {
    event e = decision::of(event_kind::established);
    e.call = id;
    e.leg = caller.leg;
    e.party = caller.party;
    e.device = caller.device;
    e.cause = cause::normal;
    e.state = static_cast<std::uint8_t>(connection_state::connected);
    d.emit(e);
  }
  if (unanswered) d.act(act::answer{caller.leg});
  event e = decision::of(event_kind::dialogue_started);
  e.call = id;
  e.leg = caller.leg;
  e.party = caller.party;
  e.operator_ = rated;
  e.queue = d.call(id)->queue;
  e.value = d.now + script.limit.count();
  e.other = dialogue->script;
  e.cause = why;
  d.emit(e);
  talk(d, id).enter(0, cause::normal);
  return true;
}

void dialogue_over(decision& d, call_id id, cause why, layer where) {
  talk one(d, id);
  const bool by_house = where == layer::command || where == layer::board;
  if (one.run().phase == dialogue_phase::recording) one.keep_recording(cause::normal_clearing);
  one.end(by_house ? dialogue_result::ended : dialogue_result::left, why, where);
}

void dialogue_said(decision& d, call_id id, bool ok) {
  if (d.call(id) == nullptr || d.call(id)->dialogue.number == 0) return;
  talk one(d, id);
  ok ? one.said() : one.leave(dialogue_result::failed, cause::media_lost);
}

void dialogue_key(decision& d, const fact::key_pressed& f, call_id id) {
  // A key that was held down over a restart is told by both processes.
  if (f.at == 0 || f.at != d.call(id)->dialogue.key_at) talk(d, id).press(f.key, f.at);
}

void dialogue_silence(decision& d, const fact::silence& f) {
  const call_id id = in_dialogue(d.s, f.leg);
  if (!id || d.call(id)->dialogue.recording != f.recording || f.recording == 0) return;
  talk one(d, id);
  f.spoken ? one.spoken(cause::normal) : one.fail(cause::timeout);
}

bool dialogue_recording_lost(decision& d, std::uint64_t recording) {
  for (const auto& [id, call] : d.base.call_table.own()) {
    if (!call || call->dialogue.number == 0 || call->dialogue.recording != recording) continue;
    talk(d, id).leave(dialogue_result::failed, cause::resources_not_available);
    return true;
  }
  return false;
}

void dialogue_due(decision& d, call_id id) { talk(d, id).due(); }

void dialogues_restarted(decision& d) {
  for (const auto& [id, call] : d.base.call_table.own()) {
    if (!call || call->dialogue.phase != dialogue_phase::recording) continue;
    talk one(d, id);
    one.enter(one.run().step, cause::interrupted, one.run().tries);
  }
}

}  // namespace cordboard
