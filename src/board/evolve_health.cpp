// SPDX-License-Identifier: Apache-2.0
// What does not work, what is tested and checked, what phones reach by codes, and what their people do.
#include <board/evolve_parts.hpp>

#include <charconv>

namespace cordboard {
namespace {

constexpr std::int64_t told_within_ns = 5'000'000'000, again_ns = 86'400'000'000'000;

void change_state(board_state& s, const logged& e) {
  const std::string name(parts(e.text)[0]);
  if (const device_state* device = s.devices.find(e.record.device); device != nullptr && device->fault_deadline != 0)
    arm(s, deadline_kind::fault, 0, e.record.device.value, s.devices.edit(e.record.device).fault_deadline, 0);
  const auto state = static_cast<equipment_state>(e.record.state);
  if (state == equipment_state::in_service) {
    s.faults.erase(name);
    return;
  }
  const bool fresh = s.faults.find(name) == nullptr;
  fault_record& fault = s.faults.edit(name);
  if (fresh) fault.since = e.record.time_ns;
  fault.state = state;
  fault.request = e.record.request;
  fault.by_test = e.record.cause == cause::self_test;
}

void arm_test(board_state& s, call_id id, std::int64_t at) {
  arm(s, deadline_kind::self_test, 0, id.value, s.self_tests.edit(id).deadline, at);
}

/// The next self-test of a device; 0: none.
void plan_test(board_state& s, device_id id, std::int64_t at) {
  if (s.devices.find(id) == nullptr) return;
  const std::int64_t before = s.devices.find(id)->test_at;
  if (before == at) return;
  if (before != 0) s.tests_due.erase({before, id});
  s.devices.edit(id).test_at = at;
  if (at != 0) s.tests_due.edit({at, id});
}

void begin_test(board_state& s, const event& e) {
  if (s.call_table.find(e.call) == nullptr) s.calls += 1;
  call_state& call = s.call_table.edit(e.call);
  call.started = e.time_ns;
  call.marks = e.marks;
  self_test_run& run = s.self_tests.edit(e.call);
  run.device = e.device;
  run.leg = e.leg;
  run.began = e.time_ns;
  plan_test(s, e.device, 0);
}

void end_test(board_state& s, const event& e) {
  if (s.self_tests.find(e.call) == nullptr) return;
  arm_test(s, e.call, 0);
  s.self_tests.erase(e.call);
  const device_state* device = s.devices.find(e.device);
  if (device != nullptr && device->tested && s.health.test_every_ns > 0)
    plan_test(s, e.device, e.time_ns + s.health.test_every_ns);
}

void arm_check(board_state& s, const std::string& name, std::int64_t at) {
  check_state& check = s.checks.edit(name);
  arm(s, deadline_kind::check, 0, check.number, check.deadline, at);
}

void configure_check(board_state& s, const logged& e) {
  const parts text(e.text);
  const std::string name(text[0]);
  const bool fresh = s.checks.find(name) == nullptr;
  check_state& check = s.checks.edit(name);
  if (fresh) check.number = e.record.sequence;
  // Signed before, it is due so long after that; else so long from now.
  const std::int64_t from = fresh ? e.record.time_ns : check.due - check.every_ns;
  check.every_ns = e.record.value;
  check.owner = text[1];
  check.due = from + check.every_ns;
  arm_check(s, name, check.due);
}

void configure_codes(board_state& s, std::string_view text) {
  for (std::uint16_t what = 1; !name(static_cast<phone_feature>(what)).empty(); ++what)
    if (s.phone_codes.find(what) != nullptr) s.phone_codes.erase(what);
  for (const std::string& one : texts_in(text, ' ')) {
    const auto mark = std::min(one.find('='), one.size());
    std::uint16_t what = 0;
    std::from_chars(one.data(), one.data() + mark, what);
    s.phone_codes.edit(what) = one.substr(std::min(mark + 1, one.size()));
  }
}

void arm_activity(board_state& s, device_id id, std::int64_t at) {
  arm(s, deadline_kind::activity, 0, id.value, s.devices.edit(id).activity_deadline, at);
}

}  // namespace

void watch_service(board_state& s, device_id id, bool was_in_service, std::int64_t now) {
  const device_state* device = s.devices.find(id);
  if (device == nullptr || device->kind != device_kind::phone) return;
  const fault_record* known = s.faults.find(device->number);
  const bool told = known != nullptr && known->state == equipment_state::out_of_service;
  const bool went = was_in_service && !device->in_service && s.health.fault_after_ns > 0 && !told;
  if (!went && device->fault_deadline == 0) return;
  if (device->in_service || went)
    arm(s, deadline_kind::fault, 0, id.value, s.devices.edit(id).fault_deadline, went ? now + s.health.fault_after_ns : 0);
}

void forget_device(board_state& s, device_id id) {
  const device_state* gone = s.devices.find(id);
  if (gone == nullptr) return;
  if (s.faults.find(gone->number) != nullptr) s.faults.erase(gone->number);
  plan_test(s, id, 0);
  arm_activity(s, id, 0);
  arm(s, deadline_kind::fault, 0, id.value, s.devices.edit(id).fault_deadline, 0);
}

void plan_first_test(board_state& s, device_id id, std::int64_t now) {
  const device_state* device = s.devices.find(id);
  const bool tested = device != nullptr && device->tested && s.health.test_every_ns > 0;
  if (!tested)
    plan_test(s, id, 0);
  else if (device->test_at == 0 || device->test_at > now + s.health.test_every_ns)
    plan_test(s, id, now + s.health.test_every_ns);
}

void test_goes_on(board_state& s, const event& e) {
  if (s.self_tests.find(e.call) == nullptr) return;
  self_test_run& run = s.self_tests.edit(e.call);
  if (e.kind == event_kind::established) {
    run.answered = e.time_ns;
    arm_test(s, e.call, e.value);
  } else {
    run.hung_up = true;
    arm_test(s, e.call, e.time_ns + told_within_ns);
  }
}

void evolve_health(board_state& s, const logged& logged_event) {
  const event& e = logged_event.record;
  switch (e.kind) {
    case event_kind::equipment_state_changed: change_state(s, logged_event); break;
    case event_kind::health_configured: {
      s.health = {e.value, static_cast<std::int64_t>(e.other), e.detail, logged_event.text};
      std::vector<device_id> all;
      for (const auto& [id, device] : s.devices.own())
        if (device && (device->tested || device->test_at != 0)) all.push_back(id);
      for (const device_id id : all) plan_first_test(s, id, e.time_ns);
      break;
    }
    case event_kind::self_test_started: begin_test(s, e); break;
    case event_kind::self_test_ended: end_test(s, e); break;
    case event_kind::check_configured: configure_check(s, logged_event); break;
    case event_kind::check_removed:
      if (s.checks.find(logged_event.text) != nullptr) arm_check(s, logged_event.text, 0);
      s.checks.erase(logged_event.text);
      break;
    case event_kind::check_due: arm_check(s, logged_event.text, e.time_ns + again_ns); break;
    case event_kind::check_signed: {
      const std::string name(parts(logged_event.text)[0]);
      if (s.checks.find(name) == nullptr) break;
      s.checks.edit(name).due = e.value;
      arm_check(s, name, e.value);
      break;
    }
    case event_kind::phone_codes_configured: configure_codes(s, logged_event.text); break;
    case event_kind::activity_changed:
      if (s.devices.find(e.device) == nullptr) break;
      s.devices.edit(e.device).activity = static_cast<activity>(e.detail);
      arm_activity(s, e.device, e.value);
      break;
    case event_kind::call_reason_configured: s.call_reasons.edit(e.detail) = logged_event.text; break;
    case event_kind::call_reason_removed: s.call_reasons.erase(e.detail); break;
    case event_kind::call_reason_given:
      if (s.call_table.find(e.call) != nullptr) s.call_table.edit(e.call).reason = e.detail;
      if (s.unexplained.find(e.call) != nullptr) s.unexplained.erase(e.call);
      break;
    case event_kind::call_unexplained: s.unexplained.edit(e.call) = {e.operator_, e.sequence}; break;
    case event_kind::post_unmanned:
      if (e.state != 0)
        s.unmanned_posts.edit(logged_event.text);
      else
        s.unmanned_posts.erase(logged_event.text);
      break;
    default: break;
  }
}

}  // namespace cordboard
