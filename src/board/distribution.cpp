// SPDX-License-Identifier: Apache-2.0
// Which operator a queue asks next: skills, who stands in for whom, and the queue's way of giving out its callers.
#include <base/words.hpp>
#include <board/board_state.hpp>

#include <algorithm>

namespace cordboard {
namespace {

/// Whom the next caller of a queue belongs to by its rule. `all` is in the order of the configuration, and not empty.
operator_id choose(const board_state& s, const queue_state& queue, const std::vector<operator_id>& all) {
  const auto at = [&](operator_id id) -> const operator_record& { return *s.operators.find(id); };
  const auto idle_longer = [&](operator_id a, operator_id b) { return at(a).since < at(b).since; };
  switch (queue.distribution) {
    case distribution::top_down:
    case distribution::ring_all: return all.front();
    case distribution::round_robin: {
      // The next one of the list behind who was asked last, who need not be there any more.
      const std::vector<operator_id> list = serving(s, queue);
      const auto last = std::find(list.begin(), list.end(), queue.last_asked);
      if (last == list.end()) return all.front();
      for (std::size_t step = 1; step <= list.size(); ++step) {
        const operator_id next = list[(static_cast<std::size_t>(last - list.begin()) + step) % list.size()];
        if (std::find(all.begin(), all.end(), next) != all.end()) return next;
      }
      return all.front();
    }
    case distribution::fewest_calls:
      return *std::min_element(all.begin(), all.end(), [&](operator_id a, operator_id b) {
        return at(a).taken != at(b).taken ? at(a).taken < at(b).taken : idle_longer(a, b);
      });
    case distribution::weighted:
      return *std::min_element(all.begin(), all.end(), [&](operator_id a, operator_id b) {
        const std::uint64_t left = std::uint64_t{at(a).taken + 1} * at(b).weight;
        const std::uint64_t right = std::uint64_t{at(b).taken + 1} * at(a).weight;
        return left != right ? left < right : idle_longer(a, b);
      });
    case distribution::longest_idle: break;
  }
  return *std::min_element(all.begin(), all.end(), idle_longer);
}

}  // namespace

bool is_away(const board_state& s, operator_id id) {
  const operator_record* op = s.operators.find(id);
  return op == nullptr || op->state == operator_state::null || op->state == operator_state::not_ready ||
         !in_service(s, op->phone);
}

bool can_be_asked(const board_state& s, operator_id id) {
  const operator_record* op = s.operators.find(id);
  return op != nullptr && op->state == operator_state::ready && in_service(s, op->phone);
}

bool has_skills(const operator_record& who, const queue_state& queue) {
  if (queue.skills.empty()) return true;
  const auto has = words_of(who.skills), wanted = words_of(queue.skills);
  return std::all_of(wanted.begin(), wanted.end(),
                     [&](std::string_view one) { return std::find(has.begin(), has.end(), one) != has.end(); });
}

std::vector<operator_id> serving(const board_state& s, const queue_state& queue) {
  std::vector<operator_id> all;
  const auto add = [&](operator_id id) {
    const operator_record* op = s.operators.find(id);
    if (op == nullptr || !has_skills(*op, queue) || std::find(all.begin(), all.end(), id) != all.end()) return;
    all.push_back(id);
  };
  for (const operator_id id : queue.operators) {
    const operator_record* op = s.operators.find(id);
    const bool stood_in_for = op != nullptr && op->backup && is_away(s, id) && !is_away(s, op->backup);
    add(stood_in_for ? op->backup : id);
  }
  return all;
}

bool is_staffed(const board_state& s, const queue_state& queue) {
  const std::vector<operator_id> all = serving(s, queue);
  return std::any_of(all.begin(), all.end(),
                     [&](operator_id id) { return s.operators.find(id)->state != operator_state::null; });
}

next_offer next_in(const board_state& s, const queue_state& queue) {
  // All operators are rung for one caller; the others wait until somebody has that one.
  const bool rings_already = queue.ringing_all && queue.distribution == distribution::ring_all;
  if (!rings_already && queue.waiting.empty()) return {};
  std::vector<operator_id> ready = serving(s, queue);
  ready.erase(std::remove_if(ready.begin(), ready.end(), [&](operator_id id) { return !can_be_asked(s, id); }), ready.end());
  if (ready.empty()) return {};
  return {rings_already ? queue.ringing_all : queue.waiting.front(), choose(s, queue, ready)};
}

bool left_unanswered(cause why) {
  switch (why) {
    case cause::call_not_answered:
    case cause::dest_out_of_order:
    case cause::dest_not_obtainable:
    case cause::incompatible_destination:
    case cause::redirected:
    case cause::call_rejected:
    case cause::busy: return true;
    default: return false;
  }
}

bool is_unmanned(const board_state& s, const operator_record& who) {
  if (!who.backup || (who.has_shift && who.shift.closed())) return false;
  const bool here = who.state != operator_state::null && who.state != operator_state::not_ready && in_service(s, who.phone);
  return !here && is_away(s, who.backup);
}

bool is_unmanned(const board_state& s, const device_state& department, device_id backup) {
  return backup && !department.hours.closed() && !department.in_service && !in_service(s, backup);
}

std::uint8_t rings_after(std::int64_t wait_ns) {
  return static_cast<std::uint8_t>(std::min<std::int64_t>(255, 1 + wait_ns / ring_cycle_ns));
}

// Whoever waits in place p of a line that n operators serve, each with one caller for a time H on average, is reached after p of
// them were done with: p H / n. (W. Whitt, Predicting Queueing Delays, Management Science 45, 1999, without abandonment.)
// H is measured, for each queue, from the first ring at the operator to the end of the work after the call.
wait_estimate estimate(const board_state& s, const board_state& all, call_id id) {
  const call_state* call = s.call_table.find(id);
  const queue_state* own = call != nullptr ? s.queues.find(call->queue) : nullptr;
  if (own == nullptr) return {};
  const auto self = std::find(own->waiting.begin(), own->waiting.end(), id);
  if (self == own->waiting.end()) return {};
  std::vector<operator_id> operators = serving(s, *own);
  operators.erase(std::remove_if(operators.begin(), operators.end(), [&](operator_id o) { return is_away(s, o); }),
                  operators.end());
  // As many callers as operators are free now wait for nobody.
  std::int64_t free = std::count_if(operators.begin(), operators.end(), [&](operator_id o) { return can_be_asked(s, o); });
  constexpr std::uint32_t enough = 5;
  const auto handling = [](const queue_state& q) { return q.handled < enough ? q.handling_ns : q.handled_ns / q.handled; };
  wait_estimate out;
  std::int64_t work = 0;
  const auto before_us = [&](const queue_state& q, std::int64_t callers) {
    out.position += static_cast<std::uint32_t>(callers);
    const std::int64_t served = std::min(free, callers);
    free -= served;
    work += (callers - served) * handling(q);
  };
  const auto shares = [&](const queue_state& q) {
    const std::vector<operator_id> theirs = serving(s, q);
    return std::any_of(theirs.begin(), theirs.end(),
                       [&](operator_id o) { return std::find(operators.begin(), operators.end(), o) != operators.end(); });
  };
  for (const auto& [number, listed] : all.queues.own()) {
    const queue_state* q = s.queues.find(number);
    if (q == nullptr || number == call->queue || q->waiting.empty() || q->rank > own->rank || !shares(*q)) continue;
    const auto first = [&](call_id other) {
      const call_state* c = s.call_table.find(other);
      return c != nullptr && (q->rank < own->rank || c->place < call->place);
    };
    before_us(*q, std::count_if(q->waiting.begin(), q->waiting.end(), first));
  }
  before_us(*own, self - own->waiting.begin() + 1);
  if (!operators.empty()) out.expected_ns = work / static_cast<std::int64_t>(operators.size());
  return out;
}

}  // namespace cordboard
