// SPDX-License-Identifier: Apache-2.0
// Who waits in line, and who is asked to take them.
#include <board/evolve_parts.hpp>

namespace cordboard {
namespace {

/// Callers who did not come back in time have lost their place.
void forget_old_places(board_state& s, std::int64_t now) {
  std::vector<place_key> old;
  for (const auto& [key, kept] : s.places.own())
    if (kept && kept->until <= now) old.push_back(key);
  for (const place_key& key : old) s.places.erase(key);
}

}  // namespace

void arm(board_state& s, deadline_kind kind, std::uint64_t high, std::uint64_t low, std::int64_t& own, std::int64_t at) {
  if (own != 0) s.deadlines.erase({own, kind, high, low});
  own = at;
  if (at != 0) s.deadlines.edit({at, kind, high, low});
}

void arm_leg(board_state& s, leg_id id, std::int64_t at) {
  if (s.legs.find(id) != nullptr) arm(s, deadline_kind::leg, 0, id.value, s.legs.edit(id).deadline, at);
}
void arm_call(board_state& s, deadline_kind kind, call_id id, std::int64_t call_state::*own, std::int64_t at) {
  if (s.call_table.find(id) != nullptr) arm(s, kind, 0, id.value, s.call_table.edit(id).*own, at);
}
void end_offer(board_state& s, call_id id) {
  arm_call(s, deadline_kind::offer, id, &call_state::offer_deadline, 0);
  call_state& call = s.call_table.edit(id);
  call.offer = {};
  call.offered_to = {};
  if (!call.also.empty()) {
    call.offer = call.also.front().leg;
    call.offered_to = call.also.front().operator_;
    call.also.erase(call.also.begin());
  } else if (const queue_state* queue = s.queues.find(call.queue); queue != nullptr && queue->ringing_all == id) {
    s.queues.edit(call.queue).ringing_all = {};
  }
}
void end_offer_of(board_state& s, call_id id, leg_id leg) {
  const call_state* call = s.call_table.find(id);
  if (call == nullptr) return;
  if (call->offer == leg) return end_offer(s, id);
  const auto& also = call->also;
  const auto is = [&](const further_offer& x) { return x.leg == leg; };
  if (std::none_of(also.begin(), also.end(), is)) return;
  auto& own = s.call_table.edit(id).also;
  own.erase(std::find_if(own.begin(), own.end(), is));
}

void leave_line(board_state& s, call_id id) {
  const call_state* call = s.call_table.find(id);
  if (call == nullptr || !call->queue || s.queues.find(call->queue) == nullptr) return;
  const auto& waiting = s.queues.find(call->queue)->waiting;
  if (std::find(waiting.begin(), waiting.end(), id) != waiting.end()) forget(s.queues.edit(call->queue).waiting, id);
  arm_call(s, deadline_kind::queue, id, &call_state::queue_deadline, 0);
  arm_call(s, deadline_kind::overflow, id, &call_state::overflow_deadline, 0);
  arm_call(s, deadline_kind::tell, id, &call_state::tell_deadline, 0);
}

void join_queue(board_state& s, const event& e) {
  call_state& call = s.call_table.edit(e.call);
  call.queue = e.queue;
  if (call.place == 0) call.place = call.started;
  if ((e.flags & queued_begins) != 0) {
    const place_key key{e.queue, s.parties.find(e.party) != nullptr ? s.parties.find(e.party)->token : 0};
    if (const kept_place* kept = s.places.find(key); kept != nullptr && (e.flags & queued_again) != 0) {
      call.place = kept->place;
      s.places.erase(key);
    }
    call.queue_since = e.time_ns;
    call.expected_ns = 0;
    call.overflow_tried = false;
    // Told in the pause before the last ring that is allowed; before the first one nothing can be.
    const std::int64_t rings = s.policy.answer_rings;
    const std::int64_t due = rings > 1 ? e.time_ns + (rings - 1) * ring_cycle_ns - ring_off_ns : 0;
    arm_call(s, deadline_kind::rings, e.call, &call_state::rings_deadline, due);
  }
  arm_call(s, deadline_kind::queue, e.call, &call_state::queue_deadline, e.value);
  const queue_state* found = s.queues.find(e.queue);
  if (found == nullptr) return;
  queue_state& queue = s.queues.edit(e.queue);
  auto& waiting = queue.waiting;
  auto at = waiting.begin();
  if ((e.flags & queued_at_head) == 0) {
    const auto later = [&](call_id other) { return s.call_table.find(other)->place > s.call_table.find(e.call)->place; };
    for (at = waiting.end(); at != waiting.begin() && later(*std::prev(at));) --at;
  }
  waiting.insert(at, e.call);
  if (queue.overflow_ns > 0 && queue.rank != queue_class::emergency) {
    const bool tried = s.call_table.find(e.call)->overflow_tried || e.cause == cause::queue_time_overflow;
    const std::int64_t from = tried ? e.time_ns : s.call_table.find(e.call)->queue_since;
    arm_call(s, deadline_kind::overflow, e.call, &call_state::overflow_deadline, from + queue.overflow_ns);
  }
  if (queue.tell_ns > 0) arm_call(s, deadline_kind::tell, e.call, &call_state::tell_deadline, e.time_ns + queue.tell_ns);
}

void end_wait(board_state& s, const event& e) {
  if (s.call_table.find(e.call) == nullptr) return;
  const auto result = static_cast<queue_result>(e.detail);
  for (const auto& [kind, own] : {std::pair{deadline_kind::rings, &call_state::rings_deadline},
                                  std::pair{deadline_kind::overflow, &call_state::overflow_deadline},
                                  std::pair{deadline_kind::tell, &call_state::tell_deadline}})
    arm_call(s, kind, e.call, own, 0);
  call_state& call = s.call_table.edit(e.call);
  call.queue_since = 0;
  call.late = result == queue_result::answered && e.state > s.policy.answer_rings;
  if (result == queue_result::answered && s.operators.find(e.operator_) != nullptr) {
    operator_record& op = s.operators.edit(e.operator_);
    op.taken += 1;
    op.serving = e.queue;
  }
  forget_old_places(s, e.time_ns);
  const party_state* caller = s.parties.find(e.party);
  if (result != queue_result::abandoned || caller == nullptr || caller->token == 0 || s.policy.return_within.count() == 0 ||
      s.places.own().size() >= places_max)
    return;
  s.places.edit({e.queue, caller->token}) = {call.place, e.time_ns + s.policy.return_within.count(), e.call};
}

void learn_handling(board_state& s, const operator_record& op, std::int64_t now) {
  constexpr std::uint32_t calls_max = 256;
  if (s.queues.find(op.serving) == nullptr) return;
  queue_state& queue = s.queues.edit(op.serving);
  queue.handled_ns += now - op.busy_since;
  queue.handled += 1;
  if (queue.handled < calls_max) return;
  queue.handled_ns /= 2;
  queue.handled /= 2;
}

}  // namespace cordboard
