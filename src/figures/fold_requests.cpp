// SPDX-License-Identifier: Apache-2.0
// What people are owed: requests with their times, the calls to their people, and the entries that calls owe.
#include <figures/fold.hpp>

#include <algorithm>
#include <utility>

namespace cordboard::figures {
namespace {

constexpr std::size_t places(duty_of which) { return static_cast<std::size_t>(which); }

bool is_decided(const record& duty) { return duty.result != 0; }

}  // namespace

record fold::fresh(const open_request& of, const event& e, record_kind kind) const {
  record one;
  one.kind = kind;
  one.queue = of.own.queue;
  one.channel = of.own.channel;
  one.operator_ = of.own.operator_;
  one.device = of.own.device;
  one.call = e.call.value;
  one.sequence = e.sequence;
  one.at = one.began = e.time_ns;
  one.value = static_cast<std::int64_t>(e.request.value);
  return one;
}

void fold::add(record& to, const record& one) {
  to = one;
  to_->add(one);
}

void fold::evolve_request(const event& e) {
  if (e.kind == event_kind::request_not_opened) {
    record one;
    one.kind = record_kind::not_opened;
    one.queue = e.detail;
    one.call = e.call.value;
    one.cause = e.cause;
    one.sequence = e.sequence;
    one.at = one.began = e.time_ns;
    return emit(one);
  }
  if (e.kind == event_kind::request_opened) return open(e);
  // A dialogue calls the person: nobody of the house picks up for that, and this is where the call begins.
  if (e.kind == event_kind::request_attempted && e.state == 1 && find(e.call.value) == nullptr) begin_call(e, call_way::made);
  const auto it = requests_.find(e.request.value);
  if (it == requests_.end()) return;  // it was opened before the log begins
  open_request& r = it->second;
  const auto mark = [&](std::uint16_t trait) {
    if ((r.own.traits & trait) == 0) revise(r.own, [&](record& one) { one.traits |= trait; });
  };
  switch (e.kind) {
    case event_kind::request_time_set: set_time(r, e); break;
    case event_kind::request_taken: {
      const std::pair now{e.operator_.value, e.device.value};
      if ((r.own.traits & trait_signed) == 0) revise(r.own, [&](record& one) { one.hold = e.time_ns - one.began; });
      mark(trait_signed);
      if (now == r.owners.back()) break;
      if (std::find(r.owners.begin(), r.owners.end(), now) != r.owners.end()) mark(trait_returned);
      r.owners.push_back(now);
      revise(r.own, [&](record& one) { one.operator_ = now.first, one.device = now.second; });
      break;
    }
    case event_kind::request_noted:
      // Nobody wrote it: it is the call in which the person tried again.
      if (e.call && !e.command) mark(trait_came_again);
      break;
    case event_kind::request_told:
      if (static_cast<told_of>(e.detail) == told_of::result) mark(trait_told);
      // To be told until when one has to wait is not what was waited for.
      if (static_cast<told_of>(e.detail) != told_of::limit) keep(r, duty_of::promise, e);
      break;
    case event_kind::request_overdue:
      if (const auto which = duty_of_time(e.detail)) {
        record& duty = r.duties[places(*which)];
        if (duty.kind != record_kind{} && !is_decided(duty))
          revise(duty, [&](record& one) { one.result = static_cast<std::uint8_t>(duty_result::missed); });
      }
      break;
    case event_kind::request_escalated:
      if (e.cause == cause::overrun) mark(trait_escalated);
      break;
    case event_kind::request_attempted: {
      record one = fresh(r, e, record_kind::attempt);
      one.operator_ = e.operator_.value;
      one.device = e.device.value;
      one.second = static_cast<std::uint8_t>(std::min<std::uint16_t>(e.detail, 255));
      add(r.attempt, one);
      if (r.reach.kind == record_kind{}) add(r.reach, fresh(r, e, record_kind::reach));
      break;
    }
    case event_kind::request_attempt_ended: end_attempt(r, e); break;
    case event_kind::request_confirmed:
      if (r.appointment.kind != record_kind{} && r.appointment.result == 0)
        revise(r.appointment, [](record& one) { one.flag = true; });
      break;
    case event_kind::request_arrived:
      if (r.appointment.kind == record_kind{} || r.appointment.result != 0) break;
      revise(r.appointment, [](record& one) {
        one.result = static_cast<std::uint8_t>(appointment_end::over);
        one.other_flag = true;
      });
      break;
    case event_kind::request_no_show:
      if (r.appointment.kind == record_kind{} || r.appointment.other_flag) break;
      revise(r.appointment, [](record& one) { one.result = static_cast<std::uint8_t>(appointment_end::missed); });
      break;
    case event_kind::request_linked:
      // The same matter told again: it is the earlier one's second round.
      if (const auto earlier = requests_.find(e.other); earlier != requests_.end())
        revise(earlier->second.own, [](record& one) { one.traits |= trait_came_again; });
      break;
    case event_kind::request_closed:
      close(r, e);
      requests_.erase(it);
      break;
    default: break;
  }
}

void fold::open(const event& e) {
  open_request& r = requests_[e.request.value];
  r = {};
  r.own.queue = e.detail;
  r.own.channel = e.state;
  r.own.operator_ = e.operator_.value;
  r.own.device = e.device.value;
  add(r.own, fresh(r, e, record_kind::request));
  r.owners.emplace_back(e.operator_.value, e.device.value);
  if (e.value != 0) owe(r, duty_of::completion, e);
  if (open_call* const call = find(e.call.value)) call->entered = true;
}

std::optional<duty_of> fold::duty_of_time(std::uint16_t which) {
  switch (static_cast<request_time>(which)) {
    case request_time::first_contact: return duty_of::first_contact;
    case request_time::completion: return duty_of::completion;
    case request_time::promised: return duty_of::promise;
    default: return std::nullopt;
  }
}

/// `e.value` says by when. What was due and is late stays so: another time for it is another duty.
void fold::owe(open_request& r, duty_of which, const event& e) {
  record& duty = r.duties[places(which)];
  if (duty.kind != record_kind{} && !is_decided(duty)) {
    if (which == duty_of::completion && e.value > duty.at) revise(r.own, [](record& one) { one.traits |= trait_extended; });
    revise(duty, [&](record& one) { one.at = e.value; });
    return;
  }
  record one = fresh(r, e, record_kind::duty);
  one.second = static_cast<std::uint8_t>(which);
  one.at = e.value;
  add(duty, one);
}

void fold::keep(open_request& r, duty_of which, const event& e) {
  record& duty = r.duties[places(which)];
  const auto how = static_cast<duty_result>(duty.result);
  if (duty.kind == record_kind{} || (how != duty_result::ahead && how != duty_result::missed)) return;
  revise(duty, [&](record& one) {
    const bool late = e.time_ns > one.at;
    one.result = static_cast<std::uint8_t>(late ? duty_result::late : duty_result::in_time);
    one.length = late ? e.time_ns - one.at : 0;
    one.operator_ = r.own.operator_;
    one.device = r.own.device;
  });
}

void fold::set_time(open_request& r, const event& e) {
  if (const auto which = duty_of_time(e.detail)) return e.value != 0 ? owe(r, *which, e) : keep(r, *which, e);
  if (static_cast<request_time>(e.detail) != request_time::appointment) return;
  const bool there = r.appointment.kind != record_kind{} && r.appointment.result == 0;
  if (e.value == 0) {
    if (there) revise(r.appointment, [](record& one) { one.result = static_cast<std::uint8_t>(appointment_end::cancelled); });
  } else if (there) {
    revise(r.appointment, [&](record& one) {
      one.flag = one.flag && one.at == e.value;  // what was confirmed is another time
      one.at = e.value;
    });
  } else {
    record one = fresh(r, e, record_kind::appointment);
    one.at = e.value;
    add(r.appointment, one);
    revise(r.own, [](record& own) { own.traits |= trait_booked; });
  }
}

void fold::end_attempt(open_request& r, const event& e) {
  if (r.attempt.kind == record_kind{} || r.attempt.result != 0) return;
  revise(r.attempt, [&](record& one) {
    one.result = static_cast<std::uint8_t>(std::min<std::uint16_t>(e.detail, 9));
    one.length = e.time_ns - one.began;
    one.cause = e.cause;
  });
  if (static_cast<attempt_outcome>(e.detail) != attempt_outcome::answered) return;
  if (r.reach.second == 0) revise(r.reach, [&](record& one) { one.second = r.attempt.second; });
  revise(r.own, [](record& one) { one.traits |= trait_contacted; });
  keep(r, duty_of::promise, e);
}

void fold::close(open_request& r, const event& e) {
  const auto status = static_cast<request_status>(e.state);
  const bool cancelled = status == request_status::cancelled;
  for (const duty_of which : {duty_of::first_contact, duty_of::completion, duty_of::promise}) {
    // Who does not want it any more is owed nothing that was not due before.
    if (!cancelled)
      keep(r, which, e);
    else if (record& duty = r.duties[places(which)]; duty.kind != record_kind{} && !is_decided(duty))
      revise(duty, [](record& one) { one.result = static_cast<std::uint8_t>(duty_result::released); });
  }
  revise(r.own, [&](record& one) {
    const request_end how = cancelled                           ? request_end::cancelled
                            : status == request_status::refused ? request_end::refused
                                                                : request_end::closed;
    one.result = static_cast<std::uint8_t>(how);
    one.length = e.time_ns - one.began;
    one.number = static_cast<std::uint8_t>(std::min<std::uint16_t>(e.detail, 255));
  });
  if (r.appointment.kind == record_kind{} || r.appointment.result != 0) return;
  revise(r.appointment, [&](record& one) {
    const bool over = status == request_status::closed;
    one.result = static_cast<std::uint8_t>(over ? appointment_end::over : appointment_end::cancelled);
    one.number = r.own.number;
  });
}

void fold::evolve_entry(const event& e) {
  switch (e.kind) {
    case event_kind::call_noted:
      if (open_call* const call = find(e.call.value)) call->entered = true;
      return;
    case event_kind::entry_owed: {
      record one;
      one.kind = record_kind::entry;
      one.operator_ = e.operator_.value;
      one.call = e.call.value;
      one.sequence = e.sequence;
      one.at = one.began = e.time_ns;
      return add(entries_[e.call.value], one);
    }
    default: break;
  }
  const auto it = entries_.find(e.call.value);
  if (it == entries_.end()) return;
  revise(it->second, [&](record& one) {
    const bool written = e.cause == cause::normal;
    one.result = static_cast<std::uint8_t>(written ? entry_result::later : entry_result::missed);
    one.length = e.time_ns - one.began;
  });
  entries_.erase(it);
}

/// What a caller told an operator was written down before the call ended.
void fold::entered(const open_call& call, const event& e) {
  const record& own = call.records.front();
  const bool told = own.flag && static_cast<call_way>(own.second) != call_way::made && own.mark == call_mark::none;
  if (!call.entered || !told) return;
  record one;
  one.kind = record_kind::entry;
  one.result = static_cast<std::uint8_t>(entry_result::at_call);
  one.operator_ = own.operator_;
  one.call = call.id;
  one.sequence = e.sequence;
  one.at = one.began = e.time_ns;
  emit(one);
}

}  // namespace cordboard::figures
