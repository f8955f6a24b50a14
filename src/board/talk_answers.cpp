// SPDX-License-Identifier: Apache-2.0
// What a caller in a dialogue presses, says and leaves unsaid.
#include <algorithm>
#include <board/talk.hpp>

namespace cordboard {

void talk::said() {
  switch (run().phase) {
    case dialogue_phase::saying: break;
    case dialogue_phase::reading_back: return wait(dialogue_phase::confirming, step().first);
    default: return;
  }
  switch (step().act) {
    case dialogue_act::play: return enter(step().next);
    case dialogue_act::keys: return wait(dialogue_phase::listening, step().first);
    case dialogue_act::voice: return wait(dialogue_phase::recording, step().longest);
    case dialogue_act::queue: return leave(dialogue_result::queued, cause::redirected);
    default: return leave(dialogue_result::completed, cause::normal);
  }
}

void talk::press(char key, std::uint32_t at) {
  const std::string pressed(1, key);
  const bool asks = step().act == dialogue_act::keys &&
                    (run().phase == dialogue_phase::listening || (run().phase == dialogue_phase::saying && step().barge_in));
  const bool part = asks && step().allowed.find(key) != std::string::npos;
  event e = about(event_kind::digits_detected);
  e.detail = static_cast<std::uint16_t>(announcement::dialogue);
  e.flags = part ? 1 : 0;
  e.value = at;
  e.other = run().asked;
  d.emit(e, pressed);
  // In an answer of several keys the key for a human is one of them, and means a human when it stays alone.
  if (pressed == script.human_key && !(part && step().keys_max > 1)) return human();
  if (run().phase == dialogue_phase::recording && pressed == step().end_key) return spoken(cause::normal);
  if (run().phase == dialogue_phase::reading_back || run().phase == dialogue_phase::confirming) return confirm(pressed);
  if (!asks) return;
  hush();
  if (part && run().keys.size() < step().keys_max) return wait(dialogue_phase::listening, step().between);
  if (part || pressed == step().end_key) return complete(cause::call_rejected);
  fail(cause::call_rejected);
}

void talk::confirm(const std::string& pressed) {
  if (pressed == step().confirm_key) {
    hush();
    event e = about(event_kind::dialogue_answered);
    e.detail = run().step;
    e.state = 3;
    e.value = static_cast<std::int64_t>(given());
    e.cause = cause::normal;
    d.emit(e);
    enter(after(step(), d.text_of(static_cast<std::uint64_t>(e.value))));
  } else if (pressed == step().again_key) {
    hush();
    fail(cause::call_rejected);
  }
}

std::uint64_t talk::given() const {
  for (const dialogue_answer& one : run().answers)
    if (one.step == run().step) return one.given;
  return 0;
}

std::string talk::entry() const {
  std::string out;
  for (const std::uint64_t key : run().keys) out += d.text_of(key);
  return out;
}

void talk::complete(cause why) {
  const std::string keys = entry();
  if (keys == script.human_key) return human();
  if (keys.size() < step().keys_min) return fail(why);
  const dialogue_step& asked = step();
  if (asked.field.empty()) return enter(after(asked, keys));
  event e = about(event_kind::dialogue_answered);
  e.detail = run().step;
  e.state = 1;
  e.cause = cause::normal;
  d.emit(e, keys);
  if (asked.read_back.empty()) return enter(after(asked, keys));
  read_back(run().tries);
}

void talk::read_back(std::uint8_t tries) {
  std::vector<std::string> words = step().read_back;
  // The keys themselves stand in the event that has them, and in no other.
  std::replace(words.begin(), words.end(), std::string("answer"), "#" + std::to_string(given()));
  advance(run().step, dialogue_phase::reading_back, tries, d.now + say_max, cause::normal);
  say(words);
}

void talk::keep_recording(cause why) {
  event e = about(event_kind::dialogue_answered);
  e.detail = run().step;
  e.state = 2;
  e.cause = why;
  d.emit(e, recording_file(id, run().recording, run().recording_began));
}

void talk::spoken(cause why) {
  keep_recording(why);
  enter(step().next);
}

void talk::human() {
  hush();
  if (run().phase == dialogue_phase::recording) keep_recording(cause::redirected);
  if (has_human(d, queue_by_number(d.base, script.human))) return leave(dialogue_result::human, cause::redirected);
  enter(run().step, cause::no_available_agents, run().tries, script.nobody);
}

void talk::due() {
  if (d.now >= run().until) {
    hush();
    if (run().phase == dialogue_phase::recording) keep_recording(cause::timeout);
    return leave(dialogue_result::overdue, cause::timeout);
  }
  switch (run().phase) {
    case dialogue_phase::listening: return run().keys.empty() ? fail(cause::timeout) : complete(cause::timeout);
    case dialogue_phase::confirming: {
      const auto tries = static_cast<std::uint8_t>(run().tries + 1);
      // Who says neither yes nor no goes on all the same: the answer is there, and not confirmed.
      return tries < step().tries ? read_back(tries) : enter(step().otherwise, cause::timeout);
    }
    case dialogue_phase::recording: return spoken(cause::normal);
    default: hush(); return leave(dialogue_result::failed, cause::media_lost);
  }
}

}  // namespace cordboard
