// SPDX-License-Identifier: Apache-2.0
// The way of a caller through a script, and where it leads in the end. Whatever fails, the caller gets on: to a human, to the queue that
// the script falls back on, or to an end that was told.
#include <algorithm>
#include <base/script_steps.hpp>
#include <base/words.hpp>
#include <board/talk.hpp>

namespace cordboard {
namespace {

/// A script goes on so often at most, whatever the caller presses.
constexpr std::uint16_t steps_max = 200;

}  // namespace

bool has_human(const decision& d, queue_id id) {
  const queue_state* queue = d.s.queues.find(id);
  if (queue == nullptr) return false;
  return in_service(d.s, queue->supervisor) ||
         std::any_of(queue->operators.begin(), queue->operators.end(), [&](operator_id who) {
           const operator_record* op = d.op(who);
           return op != nullptr && op->state != operator_state::null && in_service(d.s, op->phone);
         });
}

event talk::about(event_kind kind) const {
  event e = decision::of(kind);
  e.call = id;
  e.leg = leg();
  e.party = d.call(id)->caller;
  e.other = run().number;
  return e;
}

void talk::advance(std::size_t at, dialogue_phase phase, std::uint8_t tries, std::int64_t until, cause why) {
  event e = about(event_kind::dialogue_advanced);
  e.detail = static_cast<std::uint16_t>(at);
  e.state = static_cast<std::uint8_t>(phase);
  e.flags = tries;
  e.value = std::min(until, run().until);
  e.cause = why;
  d.emit(e, script.steps[at].name);
}

void talk::wait(dialogue_phase phase, std::chrono::nanoseconds limit) {
  advance(run().step, phase, run().tries, d.now + limit.count(), cause::normal);
}

void talk::hush() {
  if (d.leg(leg())->announcing.number != 0) announcement_over(d, leg(), cause::call_rejected);
}

const std::string& talk::after(const dialogue_step& from, const std::string& answer) const {
  const auto it = std::find_if(from.cases.begin(), from.cases.end(), [&](const auto& x) { return x.answer == answer; });
  return it != from.cases.end() ? it->next : from.act == dialogue_act::branch ? from.otherwise : from.next;
}

std::string talk::answer_to(const std::string& field) const {
  for (const dialogue_answer& one : run().answers)
    if (script.steps[one.step].field == field) return d.text_of(one.given);
  return {};
}

void talk::enter(std::size_t at, cause why, std::uint8_t tries, const std::vector<std::string>& before) {
  for (std::uint16_t passed = 0; at < script.steps.size(); ++passed) {
    if (passed == steps_max || run().advanced >= steps_max || d.now >= run().until)
      return leave(dialogue_result::overdue, cause::timeout);
    const dialogue_step& next = script.steps[at];
    std::vector<std::string> words = before;
    words.insert(words.end(), next.say.begin(), next.say.end());
    switch (next.act) {
      case dialogue_act::branch: at = place_of(script, after(next, answer_to(next.field))); continue;
      case dialogue_act::request:
        advance(at, dialogue_phase::passed, 0, run().until, why);
        at = place_of(script, next.next);
        continue;
      case dialogue_act::confirm:
      case dialogue_act::cancel:
      case dialogue_act::change:
        appointment_answered(d, id, next.act, answers());
        at = place_of(script, next.next);
        continue;
      case dialogue_act::queue:
        if (!next.otherwise.empty() && !has_human(d, queue_by_number(d.base, next.queue))) {
          at = place_of(script, next.otherwise);
          why = cause::no_available_agents;
          continue;
        }
        break;
      case dialogue_act::play:
        if (!words.empty()) break;
        at = place_of(script, next.next);
        continue;
      default: break;
    }
    advance(at, dialogue_phase::saying, tries, d.now + say_max, why);
    if (words.empty()) return said();
    return say(words);
  }
  leave(dialogue_result::failed, cause::unknown);  // a step that is not there: nobody checked this script
}

void talk::say(const std::vector<std::string>& words) { announce(d, id, leg(), announcement::dialogue, joined(words)); }

void talk::fail(cause why) {
  const auto tries = static_cast<std::uint8_t>(run().tries + 1);
  if (tries < step().tries) return enter(run().step, why, tries, step().invalid);
  enter(step().otherwise, why);
}

void talk::end(dialogue_result result, cause why, layer where) {
  event e = about(event_kind::dialogue_ended);
  e.operator_ = run().about;
  e.queue = d.call(id)->queue;
  e.detail = static_cast<std::uint16_t>(result);
  e.state = static_cast<std::uint8_t>(run().answers.size());
  e.flags = run().requested != 0 ? 1 : 0;
  e.cause = why;
  e.layer = where;
  std::string all = script.number + '\t';
  const std::string kind = run().requested != 0 ? script.steps[run().requested - 1].request : std::string();
  all += kind;
  for (const dialogue_answer& one : run().answers) {
    const std::string& field = script.steps[one.step].field;
    const std::string what = d.text_of(one.given);
    all += '\t' + field + (one.spoken ? (one.cut ? "=cut:" : "=voice:") : one.confirmed ? "=confirmed:" : "=keys:") + what;
    if (field == script.score && what.size() <= 3) e.value = rating(what);
  }
  fields left = answers();
  d.emit(e, all);
  if (!kind.empty()) open_from_dialogue(d, id, kind, std::move(left));
}

fields talk::answers() const {
  fields out;
  for (const dialogue_answer& one : run().answers) {
    const std::string what = d.text_of(one.given);
    out.set(script.steps[one.step].field, one.spoken ? (one.cut ? "cut:" : "voice:") + what : what);
  }
  return out;
}

std::int64_t talk::rating(const std::string& keys) {
  std::int64_t out = 0;
  for (const char key : keys) {
    if (key < '0' || key > '9') return 0;
    out = out * 10 + (key - '0');
  }
  return out;
}

void talk::leave(dialogue_result result, cause why) {
  const std::string to = result == dialogue_result::human    ? script.human
                         : result == dialogue_result::queued ? step().queue
                                                             : script.fallback;
  queue_id queue = result == dialogue_result::completed ? queue_id{} : queue_by_number(d.base, to);
  if (!queue && result == dialogue_result::queued) queue = queue_by_number(d.base, script.fallback);
  if (queue) enter_queue(d, id, queue, why, false);
  end(result, why, layer::board);
  if (!queue) end_call(d, id, why, layer::board);
}

}  // namespace cordboard
