// SPDX-License-Identifier: Apache-2.0
// Which event goes where, and the life of a call among the records.
#include <figures/fold.hpp>

#include <algorithm>
#include <figures/measure.hpp>
#include <utility>

namespace cordboard::figures {
namespace {

enum class part : std::uint8_t { none, call, position, device, request, entry, log };

/// Most events say nothing that is counted: they cost one look into this table.
constexpr auto parts = [] {
  std::array<part, 512> of{};
  const auto set = [&](part to, auto... kinds) { ((of[static_cast<std::size_t>(kinds)] = to), ...); };
  using enum event_kind;
  set(part::call, service_initiated, originated, offered, established, held, retrieved, hold_changed_by_phone, queued,
      queue_left, diverted, connection_cleared, call_cleared, custody_moved, transfer_started, transfer_ended, dialogue_started,
      transferred, dialogue_ended, recording_started, recording_ended, recording_gap, recording_declined);
  set(part::position, operator_logged_on, operator_logged_off, operator_ready, operator_not_ready, operator_busy,
      operator_working_after_call, operator_overdue, leave_asked, leave_answered);
  set(part::device, device_configured, device_removed, device_in_service, device_out_of_service);
  set(part::request, request_opened, request_time_set, request_taken, request_noted, request_told, request_overdue,
      request_escalated, request_attempted, request_attempt_ended, request_closed, request_not_opened, request_confirmed,
      request_arrived, request_no_show, request_linked);
  set(part::entry, call_noted, entry_owed, entry_settled);
  set(part::log, gap, board_started);
  return of;
}();

/// What is practised, or tried out by the house itself, is nobody's call.
constexpr auto no_figure = static_cast<std::uint16_t>(mark::drill) | static_cast<std::uint16_t>(mark::self_test);

std::uint64_t hash_of(std::uint64_t id) { return mix(id); }

}  // namespace

void fold::evolve(std::span<const event> events) {
  for (const event& e : events) {
    if (e.sequence == 0) continue;  // an empty slot
    if (e.time_ns >= bin_end_) pass_time(e.time_ns);
    position_ = e.sequence;
    last_time_ = e.time_ns;
    if ((e.marks & no_figure) != 0) continue;
    const auto kind = static_cast<std::size_t>(e.kind);
    switch (kind < parts.size() ? parts[kind] : part::none) {
      case part::none: break;
      case part::call: evolve_call(e); break;
      case part::position: evolve_position(e); break;
      case part::device: evolve_device(e); break;
      case part::request: evolve_request(e); break;
      case part::entry: evolve_entry(e); break;
      case part::log:
        if (e.kind == event_kind::gap)
          emit_log(e, log_act::gap);
        else if (e.detail == 1)
          emit_log(e, log_act::unclean_start);
        break;
    }
  }
}

/// An interval begins, or several do: who waits then is counted by looking, not by reckoning.
void fold::pass_time(std::int64_t now) {
  if (bin_end_ == 0) {
    first_time_ = now;
  } else {
    const auto lines = waiting();
    for (std::int64_t start = bin_end_; start <= now && !lines.empty(); start += bin_ns) {
      for (const auto& [queue, in_line] : lines) {
        record one;
        one.kind = record_kind::flow;
        one.result = static_cast<std::uint8_t>(flow_act::waits_at_start);
        one.queue = queue;
        one.at = start;
        one.value = in_line.waiting;
        emit(one);
      }
    }
  }
  bin_end_ = (static_cast<std::int64_t>(bin_of(now)) + 1) * bin_ns;
}

std::map<std::uint32_t, fold::line> fold::waiting() const {
  std::map<std::uint32_t, line> out;
  for (const open_call& call : calls_) {
    if (call.wait < 0) continue;
    const record& wait = call.records[static_cast<std::size_t>(call.wait)];
    line& in = out[wait.queue];
    in.since = in.waiting == 0 ? wait.began : std::min(in.since, wait.began);
    in.waiting += 1;
  }
  return out;
}

void fold::evolve_call(const event& e) {
  open_call* const call = find(e.call.value);
  if (call == nullptr) {
    if (e.kind == event_kind::originated && static_cast<party_role>(e.detail) == party_role::caller) {
      const auto it = devices_.find(e.device.value);
      open_call& fresh =
          begin_call(e, it != devices_.end() && it->second.trunk ? call_way::from_outside : call_way::from_inside);
      fresh.caller = e.party.value;
    } else if (e.kind == event_kind::originated || e.kind == event_kind::service_initiated) {
      open_call& fresh = begin_call(e, call_way::made);
      if (e.other != 0) make_consultation(fresh, e.other, e.operator_.value, e.time_ns);
    } else if (e.kind == event_kind::queue_left) {
      emit_log(e, log_act::unmatched);
    } else if (e.kind == event_kind::recording_gap) {
      record one;
      one.kind = record_kind::recording_gap;
      one.at = one.began = e.time_ns;
      one.sequence = e.sequence;
      one.value = e.value;
      emit(one);
    }
    return;
  }
  switch (e.kind) {
    case event_kind::offered: offered(*call, e); break;
    case event_kind::established:
      if (e.operator_) end_offer(*call, e.operator_.value, offer_result::answered, e.time_ns);
      if (e.operator_) call->operator_leg = e.leg.value;
      break;
    case event_kind::held:
    case event_kind::retrieved:
      if (!e.operator_) break;
      call->held = e.kind == event_kind::held;
      if (call->parent != 0 && call->held) stop_consulting(*call, e.time_ns);
      if (call->parent != 0 && !call->held) call->consults_since = e.time_ns;
      hold(*call, e.time_ns);
      break;
    case event_kind::hold_changed_by_phone:
      if (e.leg.value != call->operator_leg) break;
      call->held_by_phone = e.value != 0;
      hold(*call, e.time_ns);
      break;
    case event_kind::queued: queued(*call, e); break;
    case event_kind::queue_left: queue_left(*call, e); break;
    case event_kind::diverted:
      if (e.operator_) {
        const bool unanswered = e.cause != cause::call_pickup && e.layer != layer::command;
        end_offer(*call, e.operator_.value, unanswered ? offer_result::unanswered : offer_result::withdrawn, e.time_ns);
      } else if (!e.leg && e.queue) {
        record one = fresh(*call, e, record_kind::turned_away);
        one.queue = e.queue.value;
        if (record& own = call->records.front(); own.queue == 0)
          revise(own, [&](record& r) { r.queue = e.queue.value; });  // the line that was dialled
        add(*call, one);
      }
      break;
    case event_kind::connection_cleared:
      if (e.operator_) end_offer(*call, e.operator_.value, offer_result::withdrawn, e.time_ns);
      if (e.cause == cause::normal_clearing && e.party.value != call->caller &&
          ((call->kept_by == custodian::operator_ && e.operator_.value == call->keeper) ||
           (call->kept_by == custodian::target && e.device.value == call->keeper)))
        call->keeper_hung_up = true;
      break;
    case event_kind::custody_moved:
      if (e.party.value == call->caller) custody(*call, e);
      break;
    case event_kind::transferred:
      // Another operator has taken over at the phone: that line is the operator's from here on.
      if (e.cause == cause::call_pickup) call->operator_leg = e.leg.value;
      break;
    case event_kind::transfer_started: transfer_started(*call, e); break;
    case event_kind::transfer_ended: transfer_ended(*call, e); break;
    case event_kind::dialogue_started:
      if (e.operator_) call->rating = add(*call, fresh(*call, e, record_kind::rating));
      break;
    case event_kind::dialogue_ended:
      if (call->rating < 0 || !e.operator_) break;
      revise(call->records[static_cast<std::size_t>(call->rating)], [&](record& r) { r.value = e.value; });
      call->rating = -1;
      break;
    case event_kind::recording_started:
    case event_kind::recording_ended:
    case event_kind::recording_gap: recorded(*call, e); break;
    case event_kind::recording_declined: add(*call, fresh(*call, e, record_kind::declined)); break;
    case event_kind::call_cleared: end_call(*call, e); break;
    default: break;
  }
}

open_call* fold::find(std::uint64_t id) {
  const std::uint32_t at = index_.find(hash_of(id), [&](std::uint32_t place) { return calls_[place].id == id; });
  return at == place_index::nowhere || id == 0 ? nullptr : &calls_[at];
}

open_call& fold::begin_call(const event& e, call_way way) {
  std::uint32_t at = static_cast<std::uint32_t>(calls_.size());
  if (!free_.empty()) {
    at = free_.back();
    free_.pop_back();
  } else {
    calls_.emplace_back();
  }
  open_call& call = calls_[at];
  call.id = e.call.value;
  index_.insert(hash_of(call.id), at, [&](std::uint32_t place) { return hash_of(calls_[place].id); });
  record one;
  one.kind = record_kind::call;
  one.second = static_cast<std::uint8_t>(way);
  one.call = call.id;
  one.sequence = e.sequence;
  one.at = one.began = e.time_ns;
  one.device = e.device.value;
  one.operator_ = way == call_way::made ? e.operator_.value : 0;
  call.operator_leg = e.operator_ ? e.leg.value : 0;
  add(call, one);
  return call;
}

void fold::end_call(open_call& call, const event& e) {
  if (call.parent != 0) stop_consulting(call, e.time_ns);
  end_handling(call, e.time_ns);
  while (!call.offers.empty())
    end_offer(call, call.records[static_cast<std::size_t>(call.offers.back())].operator_, offer_result::withdrawn, e.time_ns);
  if (call.wait >= 0)  // its end was not in the log
    revise(call.records[static_cast<std::size_t>(call.wait)],
           [](record& r) { r.result = static_cast<std::uint8_t>(wait_result::unknown); });
  revise(call.records.front(), [&](record& r) {
    r.length = e.time_ns - r.began;
    if (r.result == 0) r.result = static_cast<std::uint8_t>(ended_by::house);
  });
  entered(call, e);
  const auto at = static_cast<std::uint32_t>(&call - calls_.data());
  index_.erase(hash_of(call.id), at, [&](std::uint32_t place) { return hash_of(calls_[place].id); });
  std::vector<record> room = std::move(call.records);
  std::vector<std::int32_t> offers = std::move(call.offers);
  room.clear();
  offers.clear();
  call = open_call{};
  call.records = std::move(room);  // the next call need not ask for memory
  call.offers = std::move(offers);
  free_.push_back(at);
}

/// An operator asks somebody about a caller: that is part of the caller's call, and no call of its own.
void fold::make_consultation(open_call& call, std::uint64_t parent, std::uint32_t who, std::int64_t since) {
  if (call.parent != 0) return;
  call.parent = parent;
  call.consults = who;
  call.consults_since = since;
  for (record& one : call.records) revise(one, [](record& r) { r.mark = call_mark::consultation; });
}

void fold::stop_consulting(open_call& call, std::int64_t now) {
  const std::int64_t since = std::exchange(call.consults_since, 0);
  open_call* caller = since != 0 ? find(call.parent) : nullptr;
  if (caller == nullptr) return;
  const auto own = [&](const record& r) { return r.kind == record_kind::handling && r.operator_ == call.consults; };
  const auto it = std::find_if(caller->records.rbegin(), caller->records.rend(), own);
  if (it != caller->records.rend()) revise(*it, [&](record& r) { r.consult += now - std::max(since, r.began); });
}

record fold::fresh(const open_call& call, const event& e, record_kind kind) const {
  record one;
  one.kind = kind;
  one.mark = call.records.front().mark;
  one.call = call.id;
  one.sequence = e.sequence;
  one.at = one.began = e.time_ns;
  one.queue = e.queue ? e.queue.value : call.queue;
  one.operator_ = e.operator_.value;
  one.device = e.device.value;
  one.cause = e.cause;
  return one;
}

std::int32_t fold::add(open_call& call, const record& one) {
  call.records.push_back(one);
  to_->add(one);
  return static_cast<std::int32_t>(call.records.size() - 1);
}

void fold::emit_log(const event& e, log_act what) {
  record one;
  one.kind = record_kind::log;
  one.result = static_cast<std::uint8_t>(what);
  one.sequence = e.sequence;
  one.at = one.began = e.time_ns;
  one.call = e.call.value;
  emit(one);
}

}  // namespace cordboard::figures
