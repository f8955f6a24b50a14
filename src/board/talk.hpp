// SPDX-License-Identifier: Apache-2.0
// One decision about one caller's dialogue: what comes in, the way through the script, and the end.
#pragma once
#include <base/script_steps.hpp>
#include <board/decision.hpp>
#include <board/dialogue_script.hpp>

namespace cordboard {

/// No prompts of one step are longer; who hears them longer hears nothing.
inline constexpr std::int64_t say_max = 120'000'000'000;

/// Somebody could take a caller of this queue now, or soon: an operator who is logged on, or the superior.
bool has_human(const decision& d, queue_id queue);

struct talk {
  decision& d;
  const call_id id;
  const dialogue_config script;

  talk(decision& in, call_id call)
      : d(in), id(call), script(read_script(in.s.scripts.find(in.call(call)->dialogue.script)->text)) {}

  const dialogue_run& run() const { return d.call(id)->dialogue; }
  const dialogue_step& step() const { return script.steps[run().step]; }
  leg_id leg() const { return d.party(d.call(id)->caller)->leg; }
  event about(event_kind kind) const;
  void advance(std::size_t at, dialogue_phase phase, std::uint8_t tries, std::int64_t until, cause why);
  void wait(dialogue_phase phase, std::chrono::nanoseconds limit);
  /// What is being said is cut short.
  void hush();

  // talk_way.cpp
  const std::string& after(const dialogue_step& from, const std::string& answer) const;
  std::string answer_to(const std::string& field) const;
  /// All that was answered until now, by field; what was said is the name of its recording.
  fields answers() const;
  void enter(const std::string& name, cause why = cause::normal) { enter(place_of(script, name), why); }
  /// Goes on with a step, past those that wait for nobody. `before`: said first.
  void enter(std::size_t at, cause why, std::uint8_t tries = 0, const std::vector<std::string>& before = {});
  void say(const std::vector<std::string>& words);
  /// This try has failed: the step begins anew, or goes on elsewhere after the last one.
  void fail(cause why);

  // talk_answers.cpp
  /// All of what was to be said was said.
  void said();
  void press(char key, std::uint32_t at);
  void confirm(const std::string& pressed);
  /// Sequence of what was answered to the present step.
  std::uint64_t given() const;
  std::string entry() const;
  /// The keys are all there. `why`: what is wrong if they are too few.
  void complete(cause why);
  void read_back(std::uint8_t tries);
  /// The recording of the present step is the answer; `why`: normal_clearing: the caller hung up in it.
  void keep_recording(cause why);
  void spoken(cause why);
  void human();
  /// The phase has lasted as long as it may.
  void due();

  // talk_way.cpp
  /// The one event that has all answers.
  void end(dialogue_result result, cause why, layer where);
  static std::int64_t rating(const std::string& keys);
  /// The caller goes where the result leads: whoever it is, somebody has them before the dialogue lets go.
  void leave(dialogue_result result, cause why);
};

}  // namespace cordboard
