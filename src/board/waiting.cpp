// SPDX-License-Identifier: Apache-2.0
// Callers in a queue: how they enter, what they are told, how long they wait, and where they go when that is too long.
#include <base/words.hpp>
#include <board/decision.hpp>

#include <algorithm>

namespace cordboard {
namespace {

queue_result result_of(const decision& d, const call_state& call, custodian to, device_id where, layer from) {
  switch (to) {
    case custodian::operator_: return queue_result::answered;
    case custodian::target: {
      const queue_state* queue = d.s.queues.find(call.queue);
      return queue != nullptr && queue->supervisor == where ? queue_result::answered : queue_result::overflowed;
    }
    case custodian::ended: return from == layer::party || from == layer::sip ? queue_result::abandoned : queue_result::ended;
    default: return queue_result::overflowed;
  }
}

/// "position" and "minutes" in what is said to who waits.
std::string spoken(const std::string& words, const wait_estimate& now) {
  constexpr std::int64_t minute = 60'000'000'000;
  std::string out;
  for (const auto word : words_of(words)) {
    if (word == "position")
      add_word(out, std::to_string(now.position));
    else if (word == "minutes")
      add_word(out, std::to_string(std::max<std::int64_t>(1, (now.expected_ns + minute - 1) / minute)));
    else
      add_word(out, word);
  }
  return out;
}

}  // namespace

void enter_queue(decision& d, call_id id, queue_id queue, cause why, bool head) {
  const call_state& call = *d.call(id);
  const connection* caller = d.caller_of(call);
  if (caller == nullptr) return;
  const queue_state* q = d.s.queues.find(queue);
  const connection c = *caller;
  d.custody(c.party, custodian::queue, queue.value, why, layer::board);
  event e = decision::of(event_kind::queued);
  e.call = id;
  e.leg = c.leg;
  e.party = c.party;
  e.queue = queue;
  e.cause = why;
  e.state = static_cast<std::uint8_t>(connection_state::queued);
  e.flags = head ? queued_at_head : std::uint8_t{0};
  e.value = d.now + (q != nullptr ? q->wait_ns : 0);
  const bool begins = d.call(id)->queue_since == 0;
  if (begins) {
    e.flags |= queued_begins;
    const kept_place* kept = d.s.places.find({queue, d.party(c.party)->token});
    if (kept != nullptr && kept->until > d.now && !head) {
      e.flags |= queued_again;
      e.other = kept->call.value;
    }
  }
  const bool unanswered = d.leg(c.leg) != nullptr && d.leg(c.leg)->fsm.phase == leg_phase::offered;
  d.emit(e);
  if (unanswered) d.act(act::answer{c.leg});
  if (begins) tell_wait(d, id, false);
}

void leave_queue(decision& d, call_id id, custodian to, operator_id who, device_id where, cause why, layer from) {
  const call_state& call = *d.call(id);
  const party_state* caller = d.party(call.caller);
  event e = decision::of(event_kind::queue_left);
  e.call = id;
  e.party = call.caller;
  if (caller != nullptr) e.leg = caller->leg;
  e.operator_ = who;
  e.device = where;
  e.queue = call.queue;
  e.cause = why;
  e.layer = from;
  e.detail = static_cast<std::uint16_t>(result_of(d, call, to, where, from));
  e.value = d.now - call.queue_since;
  e.state = rings_after(e.value);
  e.other = static_cast<std::uint64_t>(call.expected_ns);
  d.emit(e);
}

void tell_wait(decision& d, call_id id, bool aloud) {
  const wait_estimate now = estimate(d.s, d.base, id);
  if (!aloud && now.expected_ns == 0 && now.position <= 1) return;  // nobody is before this caller, or nobody serves
  const call_state& call = *d.call(id);
  event e = decision::of(event_kind::wait_estimated);
  e.call = id;
  e.party = call.caller;
  e.queue = call.queue;
  e.detail = static_cast<std::uint16_t>(std::min<std::uint32_t>(now.position, 65535));
  e.value = now.expected_ns;
  e.flags = aloud ? 1 : 0;
  d.emit(e);
  const queue_state* queue = d.s.queues.find(call.queue);
  const connection* caller = d.caller_of(call);
  const leg_state* leg = caller != nullptr ? d.leg(caller->leg) : nullptr;
  const bool listens = leg != nullptr && leg->fsm.phase == leg_phase::up && leg->announcing.number == 0 && !leg->command;
  if (aloud && listens && queue != nullptr && !queue->position.empty())
    announce(d, id, caller->leg, announcement::position, spoken(queue->position, now));
}

void rings_due(decision& d, call_id id) {
  const call_state& call = *d.call(id);
  const std::int64_t rings = d.s.policy.answer_rings;
  event e = decision::of(event_kind::rings_due);
  e.call = id;
  e.party = call.caller;
  e.operator_ = call.offered_to;
  e.queue = call.queue;
  e.detail = static_cast<std::uint16_t>(rings - 1);
  e.value = call.queue_since + (rings - 1) * ring_cycle_ns;
  d.emit(e);
}

void overflow(decision& d, call_id id) {
  const call_state& call = *d.call(id);
  const queue_state* queue = d.s.queues.find(call.queue);
  const destination there = queue != nullptr ? destination_of(d.base, queue->when_late) : destination{};
  const device_state* phone = d.device(there.device);
  if (there.queue && there.queue != call.queue) {
    enter_queue(d, id, there.queue, cause::queue_time_overflow, false);
  } else if (phone != nullptr && phone->kind == device_kind::phone && phone->in_service) {
    offer_to_phone(d, id, there.device, cause::queue_time_overflow);
  } else {
    // Nobody elsewhere can take the caller: the place is kept, and the limit begins anew.
    enter_queue(d, id, call.queue, cause::queue_time_overflow, true);
  }
}

}  // namespace cordboard
