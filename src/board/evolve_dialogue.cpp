// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <board/board_state.hpp>
#include <board/evolve_dialogue.hpp>

namespace cordboard {
namespace {

/// Each run ends its phase by this time.
void arm(board_state& s, call_id id, std::int64_t at) {
  dialogue_run& run = s.call_table.edit(id).dialogue;
  if (run.deadline != 0) s.deadlines.erase({run.deadline, deadline_kind::dialogue, 0, id.value});
  run.deadline = at;
  if (at != 0) s.deadlines.edit({at, deadline_kind::dialogue, 0, id.value});
}

/// A script that is neither the newest nor anybody's any more.
void forget_script(board_state& s, std::uint64_t key) {
  const dialogue_text* script = s.scripts.find(key);
  if (script != nullptr && script->runs == 0 && !script->newest) s.scripts.erase(key);
}
void outdate(board_state& s, const std::string& number) {
  const dialogue_state* before = s.dialogues.find(number);
  if (before == nullptr) return;
  const std::uint64_t key = before->script;
  s.scripts.edit(key).newest = false;
  forget_script(s, key);
}

void configure(board_state& s, const logged& e) {
  const std::string_view text = e.text;
  const auto tab = std::min(text.find('\t'), text.size());
  const auto rest = text.substr(std::min(tab + 1, text.size()));
  const std::string number(text.substr(0, tab));
  outdate(s, number);
  s.scripts.edit(e.record.sequence) = {e.text, 0, true};
  s.dialogues.edit(number) = {std::string(rest.substr(0, rest.find_first_of("\t\n"))), e.record.sequence};
}

void start(board_state& s, const event& e) {
  dialogue_run& run = s.call_table.edit(e.call).dialogue;
  run = {};
  run.number = e.sequence;
  run.script = e.other;
  run.about = e.operator_;
  run.until = e.value;
  s.scripts.edit(e.other).runs += 1;
  arm(s, e.call, e.value);
}

void advance(board_state& s, const event& e) {
  dialogue_run& run = s.call_table.edit(e.call).dialogue;
  const auto phase = static_cast<dialogue_phase>(e.state);
  if (phase == dialogue_phase::saying || run.step != e.detail) run.keys.clear();
  run.step = e.detail;
  run.phase = phase;
  run.tries = e.flags;
  run.advanced += 1;
  run.recording = phase == dialogue_phase::recording ? e.sequence : 0;
  run.recording_began = e.time_ns;
  if (phase == dialogue_phase::passed) run.requested = std::uint64_t{e.detail} + 1;
  arm(s, e.call, e.value);
}

void answer(board_state& s, const event& e) {
  dialogue_run& run = s.call_table.edit(e.call).dialogue;
  constexpr std::uint8_t spoken = 2, confirmed = 3;
  run.keys.clear();
  if (e.state == confirmed) {
    for (dialogue_answer& one : run.answers)
      if (one.given == static_cast<std::uint64_t>(e.value)) one.confirmed = true;
    return;
  }
  // Who answers once more means the newer one.
  std::erase_if(run.answers, [&](const dialogue_answer& one) { return one.step == e.detail; });
  run.answers.push_back({e.detail, e.sequence, e.state == spoken, e.cause != cause::normal, false});
}

}  // namespace

void end_run(board_state& s, call_id id) {
  const call_state* call = s.call_table.find(id);
  if (call == nullptr || call->dialogue.number == 0) return;
  const std::uint64_t key = call->dialogue.script;
  arm(s, id, 0);
  s.call_table.edit(id).dialogue = {};
  s.scripts.edit(key).runs -= 1;
  forget_script(s, key);
}

void evolve_dialogue(board_state& s, const logged& e) {
  const event& record = e.record;
  const call_state* call = s.call_table.find(record.call);
  switch (record.kind) {
    case event_kind::dialogue_configured: configure(s, e); return;
    case event_kind::dialogue_removed:
      outdate(s, e.text);
      s.dialogues.erase(e.text);
      return;
    case event_kind::dialogue_started:
      if (call != nullptr) start(s, record);
      return;
    case event_kind::digits_detected:
      if (call != nullptr && call->dialogue.number != 0) {
        dialogue_run& run = s.call_table.edit(record.call).dialogue;
        run.key_at = static_cast<std::uint32_t>(record.value);
        if (record.flags != 0) run.keys.push_back(record.sequence);
      }
      return;
    default: break;
  }
  if (call == nullptr || call->dialogue.number == 0) return;
  if (record.kind == event_kind::dialogue_advanced) advance(s, record);
  if (record.kind == event_kind::dialogue_answered) answer(s, record);
  if (record.kind == event_kind::dialogue_ended) end_run(s, record.call);
}

}  // namespace cordboard
