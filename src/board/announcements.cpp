// SPDX-License-Identifier: Apache-2.0
// What is said to callers, and in which order: welcome, notice, greeting, closing. That it was said to its end is evidence.
#include <base/words.hpp>
#include <board/decision.hpp>

namespace cordboard {
namespace {

constexpr std::uint8_t bit(announcement x) { return static_cast<std::uint8_t>(1U << static_cast<unsigned>(x)); }

/// "operator" in a greeting is who answers.
std::string greeting_of(const decision& d, const queue_state& queue, operator_id who) {
  const operator_record& op = *d.op(who);
  const device_state* phone = d.device(op.phone);
  const std::string number = !op.number.empty() || phone == nullptr ? op.number : phone->number;
  std::string out;
  for (const auto word : words_of(queue.greeting))
    if (word != "operator" || !number.empty()) add_word(out, word == "operator" ? std::string_view(number) : word);
  return out;
}

/// The next thing that this caller is to be told; nothing: there is none.
void announce_due(decision& d, call_id id) {
  const call_state& call = *d.call(id);
  const queue_state* queue = d.s.queues.find(call.queue);
  const connection* caller = d.caller_of(call);
  if (queue == nullptr || caller == nullptr || call.dialogue.number != 0) return;
  const leg_state* leg = d.leg(caller->leg);
  const party_state* party = d.party(call.caller);
  if (leg == nullptr || leg->fsm.phase != leg_phase::up || leg->announcing.number != 0 || party == nullptr) return;
  const leg_id to = caller->leg;
  const auto once = [&](announcement what, const std::string& words) {
    if ((call.announced & bit(what)) != 0 || words.empty()) return false;
    announce(d, id, to, what, words);
    return true;
  };
  if (party->custodian == custodian::wait && party->why == cause::closing) {
    once(announcement::closing, queue->closing);
    return;
  }
  if (party->custodian == custodian::ended || call.transfer.fsm.open()) return;
  std::string welcome = queue->faults != 0 ? queue->fault_notice : std::string();
  if (!queue->welcome.empty()) add_word(welcome, queue->welcome);
  if (caller->state == connection_state::queued && once(announcement::welcome, welcome)) return;
  if (queue->record && !call.declined && once(announcement::notice, queue->notice)) return;
  const connection* op = d.operator_of(call);
  if (op == nullptr || op->state != connection_state::connected || caller->state != connection_state::connected ||
      call.greeted == op->operator_ || queue->greeting.empty() || d.op(op->operator_) == nullptr)
    return;
  const operator_id who = op->operator_;
  std::string words = greeting_of(d, *queue, who);
  if (call.late && !queue->apology.empty()) words = queue->apology + ' ' + words;
  announce(d, id, to, announcement::greeting, words, who);
}

}  // namespace

std::uint64_t announce(decision& d, call_id call, leg_id leg, announcement what, const std::string& words, operator_id about) {
  event e = decision::of(event_kind::announcement_started);
  e.call = call;
  e.leg = leg;
  e.party = d.leg(leg)->party;
  e.operator_ = about;
  e.queue = d.call(call)->queue;
  e.detail = static_cast<std::uint16_t>(what);
  return d.emit(e, words);
}

void announcement_over(decision& d, leg_id id, cause why) {
  const leg_state leg = *d.leg(id);
  const announcement_state& was = leg.announcing;
  event e = decision::of(event_kind::announcement_ended);
  e.call = was.call;
  e.leg = id;
  e.party = leg.party;
  e.operator_ = was.about;
  if (const call_state* call = d.call(was.call)) e.queue = call->queue;
  e.detail = static_cast<std::uint16_t>(was.what);
  e.value = d.now - was.began;
  e.other = was.number;
  e.cause = why;
  const std::uint64_t proof = d.emit(e);
  if (was.what != announcement::message) return;
  if (why == cause::normal)
    d.done(leg.command, proof);
  else
    d.failed(leg.command, proof, why);
}

void announced(decision& d, const fact::announced& f) {
  const leg_state* leg = d.leg(f.leg);
  if (leg == nullptr || leg->announcing.number == 0 || leg->announcing.number != f.number) return;
  const announcement_state was = leg->announcing;
  announcement_over(d, f.leg, f.ok ? cause::normal : cause::media_lost);
  if (was.what == announcement::dialogue) dialogue_said(d, was.call, f.ok);
  if (was.what == announcement::code_call) code_call_said(d, f.leg, was, f.ok);
  if (was.what == announcement::closing && d.call(was.call) != nullptr) end_call(d, was.call, cause::closing, layer::board);
}

void key_pressed(decision& d, const fact::key_pressed& f) {
  const leg_state* leg = d.leg(f.leg);
  // In a dialogue a key counts whatever is said by now: who knows the way presses ahead.
  if (const call_id led = in_dialogue(d.s, f.leg); led && f.number >= d.call(led)->dialogue.number)
    return dialogue_key(d, f, led);
  if (told_member(d.s, f.leg) != nullptr) return code_call_key(d, f);
  if (leg == nullptr || leg->announcing.number == 0 || leg->announcing.number != f.number) return;
  const announcement_state was = leg->announcing;
  const call_state* call = d.call(was.call);
  const queue_state* queue = call != nullptr ? d.s.queues.find(call->queue) : nullptr;
  // What is pressed at another time is for whom the caller talks to, and no business of the log.
  if (was.what != announcement::notice || queue == nullptr || queue->decline_key != std::string_view(&f.key, 1)) return;
  event e = decision::of(event_kind::digits_detected);
  e.call = was.call;
  e.leg = f.leg;
  e.party = leg->party;
  e.detail = static_cast<std::uint16_t>(was.what);
  e.other = was.number;
  const std::uint64_t proof = d.emit(e, std::string(1, f.key));
  decline_recording(d, was.call, proof);
  announcement_over(d, f.leg, cause::call_rejected);
}

void settle_announcements(decision& d) {
  std::vector<leg_id> left;
  for (const auto& [id, leg] : d.s.legs.own()) {
    if (leg && leg->announcing.number != 0 && leg->fsm.phase != leg_phase::up) left.push_back(id);
  }
  for (const leg_id id : left) announcement_over(d, id, cause::normal_clearing);
  for (const call_id id : d.changed_calls()) announce_due(d, id);
}

}  // namespace cordboard
