// SPDX-License-Identifier: Apache-2.0
// Who may do what, and for whom: rights and their scope for users, classes of service for operators and phones. What is not allowed
// is refused, and every refusal is an event.
#include <board/decision.hpp>

#include <algorithm>

namespace cordboard {
namespace {

constexpr errc fine{};

bool holds(const std::vector<std::string>& all, std::string_view one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

/// Whose call it is: who has, or last had, the caller, or is asked to take them.
bool is_of(const decision& d, const call_state& call, operator_id who) {
  const call_state* parent = call.parent ? d.call(call.parent) : nullptr;
  return call.operator_ == who || call.offered_to == who || (parent != nullptr && parent->operator_ == who);
}

/// A user who is one operator acts for nobody else.
errc as_operator(const decision& d, const command& c, operator_id own) {
  // Here the operator is somebody else, or takes what nobody has.
  const bool gives =
      c.kind == command_kind::deflect || c.kind == command_kind::pass_request || c.kind == command_kind::open_request;
  const bool takes = c.kind == command_kind::pickup || c.kind == command_kind::unpark;
  if (c.operator_ && !gives && c.operator_ != own) return errc::scope_exceeded;
  if (takes || c.kind == command_kind::start_code_call) return fine;
  if (c.kind == command_kind::set_activity && d.op(own) != nullptr && d.op(own)->phone != c.device) return errc::scope_exceeded;
  const call_state* call = c.call ? d.call(c.call) : nullptr;
  return call == nullptr || is_of(d, *call, own) ? fine : errc::scope_exceeded;
}

/// What of the house a user may touch.
errc within(const decision& d, const command& c, const principal& who) {
  const bool supervises = (who.rights & static_cast<std::uint32_t>(right::supervise)) != 0;
  if (who.operator_ && !supervises)
    if (const errc why = as_operator(d, c, who.operator_); why != fine) return why;
  const auto in_scope = [&](queue_id id) {
    const queue_state* queue = id ? d.s.queues.find(id) : nullptr;
    return who.queues.empty() || queue == nullptr || holds(who.queues, queue->number);
  };
  const call_state* call = c.call ? d.call(c.call) : nullptr;
  if (!in_scope(c.queue) || (call != nullptr && !in_scope(call->queue))) return errc::scope_exceeded;
  const device_state* device = c.kind == command_kind::switch_night_service ? d.device(c.device) : nullptr;
  if (device != nullptr && !who.departments.empty() && !holds(who.departments, device->number)) return errc::scope_exceeded;
  return fine;
}

/// A number without what people put between its digits: nobody gets past a bar with a dash.
std::string dialled(std::string_view number) {
  std::string out;
  std::copy_if(number.begin(), number.end(), std::back_inserter(out),
               [](char c) { return std::string_view(" -.()/").find(c) == std::string_view::npos; });
  return out;
}

/// How much of the number's beginning is in the list, plus 1; 0: it is not.
std::size_t longest(const std::vector<std::string>& beginnings, std::string_view number) {
  std::size_t found = 0;
  for (const std::string& one : beginnings) {
    if (one == "*")
      found = std::max<std::size_t>(found, 1);
    else if (number.starts_with(one))
      found = std::max(found, one.size() + 1);
  }
  return found;
}

const service_class* class_of(const board_state& state, operator_id who, device_id phone) {
  const operator_record* op = state.operators.find(who);
  const device_state* device = state.devices.find(phone);
  const std::string& name = op != nullptr && !op->service.empty() ? op->service
                            : device != nullptr                   ? device->service
                                                                  : std::string();
  return state.classes.find(name);
}

/// `state`: one whose `classes.own()` are all of them.
bool no_classes(const board_state& state) { return state.classes.own().empty(); }

}  // namespace

right needed_for(const command& c) {
  switch (c.kind) {
    case command_kind::stop: return right::administer;
    case command_kind::answer_leave:
    case command_kind::answer_approval:
    case command_kind::start_self_test:
    case command_kind::tell_operators:
    case command_kind::release_booking:
    case command_kind::intrude:
    case command_kind::whisper:
    case command_kind::take_over: return right::supervise;
    case command_kind::single_step_conference:
      return static_cast<participation>(c.detail) == participation::silent ? right::supervise : right::control;
    case command_kind::hold_log:
    case command_kind::release_log_hold: return right::keep_log;
    case command_kind::report_access: return right::represent;
    default: return right::control;
  }
}

std::uint32_t rights_of(const board_state& state, actor_id actor) {
  if (!actor) return ~std::uint32_t{0};
  const principal* p = state.principals.find(actor);
  return p != nullptr ? p->rights : 0;
}

errc allowed(const decision& d, const command& c) {
  if ((rights_of(d.base, c.actor) & static_cast<std::uint32_t>(needed_for(c))) == 0) return errc::access_refused;
  const principal* who = c.actor ? d.base.principals.find(c.actor) : nullptr;
  if (who == nullptr) return fine;
  if (!who->commands.empty() && !holds(who->commands, name(c.kind))) return errc::access_refused;
  return within(d, c, *who);
}

errc report_access(decision&, const command& c, event& told) {
  if (name(static_cast<access_report>(c.detail)).empty() || c.value < 1) return errc::command_invalid;
  told = decision::of(event_kind::access_reported);
  told.detail = c.detail;
  told.other = c.other;
  told.value = c.value;
  return fine;
}

bool is_emergency_number(const board_state& state, std::string_view number) {
  return holds(state.emergency_numbers, dialled(number));
}

bool reaches(const board_state& state, operator_id who, device_id phone, std::string_view number) {
  if (no_classes(state) || is_emergency_number(state, number)) return true;
  const service_class* service = class_of(state, who, phone);
  const std::string digits = dialled(number);
  return service != nullptr && longest(service->outside, digits) > longest(service->barred, digits);
}

bool may_join(const decision& d, call_id id, operator_id who, device_id phone, device_id to) {
  const connection* caller = d.caller_of(*d.call(id));
  if (caller == nullptr || !is_outside(d.base, caller->device) || !is_outside(d.base, to) || no_classes(d.base)) return true;
  const service_class* service = class_of(d.base, who, phone);
  return service != nullptr && service->onward;
}

bool is_outside(const board_state& state, device_id id) {
  const device_state* device = state.devices.find(id);
  return device != nullptr && device->kind == device_kind::trunk;
}

void bar(decision& d, call_id call, leg_id leg, device_id phone, operator_id who, std::uint16_t status,
         const std::string& number) {
  event e = decision::of(event_kind::service_barred);
  e.call = call;
  e.leg = leg;
  e.device = phone;
  e.operator_ = who;
  e.detail = status;
  e.cause = cause::barred;
  d.emit(e, number);
}

}  // namespace cordboard
