// SPDX-License-Identifier: Apache-2.0
// The house as it is configured, and its hours.
#include <board/evolve_parts.hpp>

#include <charconv>

namespace cordboard {
namespace {

/// What it was told by hand stays; without hours it is open.
void configure_hours(opening& hours, bool has_hours, std::string_view instead) {
  hours.instead = instead;
  if (has_hours) return;
  hours.open = true;
  hours.until = 0;
}
/// What an event opens or closes: a queue, a department or an operator's shift; null: it is gone.
opening* hours_of(board_state& s, const event& e) {
  if (e.operator_) return s.operators.find(e.operator_) != nullptr ? &s.operators.edit(e.operator_).shift : nullptr;
  if (e.queue) return s.queues.find(e.queue) != nullptr ? &s.queues.edit(e.queue).hours : nullptr;
  return s.devices.find(e.device) != nullptr ? &s.devices.edit(e.device).hours : nullptr;
}

void configure_queue(board_state& s, const logged& e) {
  queue_state& queue = s.queues.edit(e.record.queue);
  const parts text(e.text);
  queue.number = text[0];
  queue.name = text[1];
  queue.supervisor = e.record.device;
  queue.record = (e.record.flags & 2U) != 0;
  queue.welcome = text[4];
  queue.notice = text[5];
  queue.greeting = text[6];
  queue.closing = text[7];
  queue.decline_key = text[8];
  queue.rating = text[9];
  queue.wait_ns = e.record.value;
  queue.operators.clear();
  if (!text[2].empty()) {
    for (const std::string_view id : parts(text[2], ',').all) {
      operator_id op;
      std::from_chars(id.data(), id.data() + id.size(), op.value);
      queue.operators.push_back(op);
    }
  }
  queue.rank = static_cast<queue_class>(e.record.detail);
  configure_hours(queue.hours, (e.record.flags & 1U) != 0, text[3]);
  s.next_queue = std::max(s.next_queue, e.record.queue.value + 1);
}

void configure_limits(board_state& s, const logged& e) {
  if (s.queues.find(e.record.queue) == nullptr) return;
  queue_state& queue = s.queues.edit(e.record.queue);
  const parts text(e.text);
  queue.length_max = e.record.detail;
  queue.overflow_ns = e.record.value;
  queue.when_full = text[0];
  queue.when_late = text[1];
  queue.when_unstaffed = text[2];
  queue.abandoned = text[3];
}

void configure_distribution(board_state& s, const logged& e) {
  if (s.queues.find(e.record.queue) == nullptr) return;
  queue_state& queue = s.queues.edit(e.record.queue);
  const parts text(e.text);
  queue.distribution = static_cast<distribution>(e.record.detail);
  queue.tell_ns = e.record.value;
  queue.handling_ns = static_cast<std::int64_t>(e.record.other);
  queue.skills = text[0];
  queue.position = text[1];
  queue.apology = text[2];
  queue.fault_notice = text[3];
}

void configure_duties(board_state& s, const logged& e) {
  if (s.operators.find(e.record.operator_) == nullptr) return;
  operator_record& op = s.operators.edit(e.record.operator_);
  op.skills = e.text;
  op.weight = e.record.detail;
  op.backup = operator_id{static_cast<std::uint32_t>(e.record.other)};
  op.has_shift = (e.record.flags & 1U) != 0;
  configure_hours(op.shift, op.has_shift, {});
}

/// A shift begins: what its reasons allow may be used anew.
void begin_shift(board_state& s, const event& e) {
  const operator_record* was = s.operators.find(e.operator_);
  if (was == nullptr || e.state == 0 || was->shift.open) return;
  operator_record& op = s.operators.edit(e.operator_);
  op.shift_began = e.time_ns;
  op.used.clear();
}

void limit_principal(board_state& s, const logged& e) {
  if (s.principals.find(e.record.actor) == nullptr) return;
  principal& p = s.principals.edit(e.record.actor);
  const parts text(e.text);
  p.operator_ = e.record.operator_;
  p.commands = texts_in(text[0], ',');
  p.queues = texts_in(text[1], ',');
  p.departments = texts_in(text[2], ',');
}

void configure_class(board_state& s, const logged& e) {
  const parts text(e.text);
  s.classes.edit(std::string(text[0])) = {texts_in(text[1], ' '), texts_in(text[2], ' '), (e.record.flags & 1U) != 0};
}

void configure_policy(policy_config& policy, const event& e) {
  const std::chrono::nanoseconds time{e.value};
  switch (static_cast<policy_key>(e.detail)) {
    case policy_key::hold_limit: policy.hold_limit = time; break;
    case policy_key::recall_ring: policy.recall_ring = time; break;
    case policy_key::offer_ring: policy.offer_ring = time; break;
    case policy_key::closing_grace: policy.closing_grace = time; break;
    case policy_key::move_limit: policy.move_limit = time; break;
    case policy_key::release_limit: policy.release_limit = time; break;
    case policy_key::park_limit: policy.park_limit = time; break;
    case policy_key::call_back_limit: policy.call_back_limit = time; break;
    case policy_key::calls_max: policy.calls_max = static_cast<std::uint32_t>(e.value); break;
    case policy_key::answer_rings: policy.answer_rings = static_cast<std::uint32_t>(e.value); break;
    case policy_key::unanswered_max: policy.unanswered_max = static_cast<std::uint32_t>(e.value); break;
    case policy_key::return_within: policy.return_within = time; break;
    case policy_key::login_ahead: policy.login_ahead = time; break;
    case policy_key::wrap_up_limit: policy.wrap_up_limit = time; break;
    case policy_key::leave_limit: policy.leave_limit = time; break;
    case policy_key::reasons_required: policy.reasons_required = e.value != 0; break;
    case policy_key::requests_max: policy.requests_max = static_cast<std::uint32_t>(e.value); break;
    case policy_key::entry_limit: policy.entry_limit = time; break;
  }
}

}  // namespace

void evolve_house(board_state& s, const logged& logged_event) {
  const event& e = logged_event.record;
  switch (e.kind) {
    case event_kind::device_configured: {
      device_state& d = s.devices.edit(e.device);
      const parts text(logged_event.text);
      d.number = text[0];
      s.device_numbers.edit(d.number) = e.device;
      d.name = text[1];
      d.kind = static_cast<device_kind>(e.state);
      d.policy = static_cast<consent_policy>(e.consent);
      d.department = (e.flags & 1U) != 0;
      d.supervisor = (e.flags & 2U) != 0;
      d.direct = (e.flags & 8U) != 0;
      d.ring_ns = e.value;
      configure_hours(d.hours, (e.flags & 4U) != 0, text[2]);
      d.backup = text[3];
      if (!d.backup.empty())
        s.backed_devices.edit(e.device);
      else if (s.backed_devices.find(e.device) != nullptr)
        s.backed_devices.erase(e.device);
      d.service = text[4];
      d.desk = text[5];
      d.test_number = text[6];
      d.reserved = (e.flags & 16U) != 0;
      d.tested = (e.flags & 32U) != 0;
      if (d.kind == device_kind::trunk) d.in_service = true;
      plan_first_test(s, e.device, e.time_ns);
      s.next_device = std::max(s.next_device, e.device.value + 1);
      break;
    }
    case event_kind::device_removed:
      forget_device(s, e.device);
      if (const device_state* gone = s.devices.find(e.device)) s.device_numbers.erase(gone->number);
      s.devices.erase(e.device);
      s.backed_devices.erase(e.device);
      break;
    case event_kind::device_in_service:
    case event_kind::device_out_of_service:
      if (const device_state* device = s.devices.find(e.device)) {
        const bool was = device->in_service;
        s.devices.edit(e.device).in_service = e.kind == event_kind::device_in_service;
        watch_service(s, e.device, was, e.time_ns);
      }
      for (const auto& [id, op] : s.operators.own()) {
        if (!op || op->phone != e.device || !op->keep_line) continue;
        const operator_id whose = id;
        want_line(s, whose, e.time_ns);
      }
      break;
    case event_kind::operator_configured: {
      operator_record& op = s.operators.edit(e.operator_);
      const parts text(logged_event.text);
      op.name = text[0];
      op.number = text[1];
      op.service = text[2];
      op.phone = e.device;
      op.wrap_up_ns = e.value;
      op.screen = (e.flags & 1U) != 0;
      op.keep_line = (e.flags & 2U) != 0;
      s.next_operator = std::max(s.next_operator, e.operator_.value + 1);
      want_line(s, e.operator_, e.time_ns);
      break;
    }
    case event_kind::operator_removed: {
      if (s.operators.find(e.operator_) != nullptr) {
        operator_record& op = s.operators.edit(e.operator_);
        arm(s, deadline_kind::wrap_up, 0, e.operator_.value, op.deadline, 0);
        arm(s, deadline_kind::reason, 0, e.operator_.value, op.reason_deadline, 0);
        arm(s, deadline_kind::leave, 0, e.operator_.value, op.leave_deadline, 0);
        arm(s, deadline_kind::line, 0, e.operator_.value, op.line_at, 0);
      }
      s.operators.erase(e.operator_);
      break;
    }
    case event_kind::queue_configured: configure_queue(s, logged_event); break;
    case event_kind::queue_removed: s.queues.erase(e.queue); break;
    case event_kind::queue_limits_configured: configure_limits(s, logged_event); break;
    case event_kind::distribution_configured: configure_distribution(s, logged_event); break;
    case event_kind::duties_configured: configure_duties(s, logged_event); break;
    case event_kind::reason_configured:
      s.reasons.edit(e.detail) = {logged_event.text, e.value, static_cast<std::uint32_t>(e.other), (e.flags & 1U) != 0};
      break;
    case event_kind::reason_removed: s.reasons.erase(e.detail); break;
    case event_kind::principal_configured: {
      principal& p = s.principals.edit(e.actor);
      p.name = logged_event.text;
      p.uid_plus_1 = e.other;
      p.rights = static_cast<std::uint32_t>(e.value);
      s.next_actor = std::max(s.next_actor, e.actor.value + 1);
      break;
    }
    case event_kind::principal_limited: limit_principal(s, logged_event); break;
    case event_kind::class_configured: configure_class(s, logged_event); break;
    case event_kind::class_removed: s.classes.erase(logged_event.text); break;
    case event_kind::emergency_numbers_configured: s.emergency_numbers = texts_in(logged_event.text, ' '); break;
    case event_kind::principal_removed: s.principals.erase(e.actor); break;
    case event_kind::policy_configured: configure_policy(s.policy, e); break;
    case event_kind::hours_changed:
      begin_shift(s, e);
      if (opening* hours = hours_of(s, e)) hours->open = e.state != 0, hours->until = e.value;
      break;
    case event_kind::night_service_switched:
      if (opening* hours = hours_of(s, e)) hours->by_hand = static_cast<night_mode>(e.detail);
      break;
    default: break;
  }
}

}  // namespace cordboard
