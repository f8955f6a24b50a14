// SPDX-License-Identifier: Apache-2.0
// Calls to the outside hang on a request or a reason (S14): one that does not is told to the superior, and may be explained later. Beside
// it the small facts of a shift: what a phone's person does, which card answered, which post nobody mans, what everybody is told.
#include <board/decision.hpp>

#include <algorithm>

namespace cordboard {
namespace {

constexpr errc fine{};
constexpr std::size_t card_max = 64, post_max = 120;

event asked(const command& c, event_kind kind) {
  event e = decision::of(kind);
  e.command = c.id;
  return e;
}

/// The operator who called outside; 0: it was nobody's outgoing call.
operator_id who_called(const decision& d, const call_state& before) {
  const party_state* caller = d.base.parties.find(before.caller);
  const leg_state* line = caller != nullptr ? d.base.legs.find(caller->leg) : nullptr;
  if (line == nullptr || before.queue || before.parent) return {};
  if (line->fsm.outgoing) return before.operator_;  // made at the screen: the one who was called stands as the caller
  return is_outside(d.base, line->device) ? operator_id{} : operator_at(d, line->device);
}

}  // namespace

errc give_reason(decision& d, const command& c, const std::function<void(call_id)>& accept) {
  const call_state* call = d.call(c.call);
  const unexplained_call* over = d.s.unexplained.find(c.call);
  if (call == nullptr && over == nullptr) return errc::call_unknown;
  if (d.s.call_reasons.find(c.detail) == nullptr) return errc::reason_unknown;
  if (c.operator_ && d.op(c.operator_) == nullptr) return errc::operator_unknown;
  accept(call != nullptr ? c.call : call_id{});
  event e = asked(c, event_kind::call_reason_given);
  e.call = c.call;
  e.operator_ = c.operator_ ? c.operator_ : over != nullptr ? over->operator_ : d.call(c.call)->operator_;
  e.actor = d.actor;
  e.detail = c.detail;
  e.other = over != nullptr ? over->said : 0;
  d.done(c.id, d.emit(e));
  return fine;
}

void settle_outgoing(decision& d, call_id id, const call_state& before) {
  if (!before.outgoing || before.reason != 0 || before.attempt || before.entered || d.base.call_reasons.own().empty()) return;
  const operator_id who = who_called(d, before);
  if (!who || d.base.unexplained.own().size() >= unexplained_max) return;
  const auto& all = d.emitted();
  // A reason may be the last thing that was said of it.
  if (std::any_of(all.begin(), all.end(),
                  [&](const logged& l) { return l.record.kind == event_kind::call_reason_given && l.record.call == id; }))
    return;
  event e = decision::of(event_kind::call_unexplained);
  e.call = id;
  e.operator_ = who;
  e.device = d.op(who) != nullptr ? d.op(who)->phone : device_id{};
  e.value = d.now - before.started;
  d.emit(e);
}

errc set_activity(decision& d, const command& c, event& e) {
  const device_state* phone = d.device(c.device);
  if (phone == nullptr) return errc::device_unknown;
  if (phone->kind != device_kind::phone || (c.value != 0 && c.value <= d.now)) return errc::command_invalid;
  e = asked(c, event_kind::activity_changed);
  e.device = c.device;
  e.detail = c.detail;
  e.value = static_cast<activity>(c.detail) == activity::available ? 0 : c.value;
  e.operator_ = operator_at(d, c.device);
  return fine;
}

void activity_over(decision& d, device_id id) {
  event e = decision::of(event_kind::activity_changed);
  e.device = id;
  e.detail = static_cast<std::uint16_t>(activity::available);
  e.operator_ = operator_at(d, id);
  e.cause = cause::timeout;
  d.emit(e);
}

errc use_card(decision& d, const command& c, event& e) {
  const call_state* call = d.call(c.call);
  if (call == nullptr) return errc::call_unknown;
  if (c.operator_ && d.op(c.operator_) == nullptr) return errc::operator_unknown;
  if (text_of(c).size() > card_max) return errc::command_invalid;
  e = asked(c, event_kind::card_used);
  e.call = c.call;
  e.operator_ = c.operator_ ? c.operator_ : call->operator_;
  return fine;
}

errc report_post(decision& d, const command& c, event& e) {
  const std::string post(text_of(c));
  const bool known = d.s.unmanned_posts.find(post) != nullptr;
  const bool unmanned = c.detail == 1;
  if (post.size() > post_max || (c.detail != 1 && c.detail != 2)) return errc::command_invalid;
  if (unmanned && !known && d.base.unmanned_posts.own().size() >= equipment_max) return errc::limit_reached;
  if (unmanned == known) return errc::call_wrong_state;
  e = asked(c, event_kind::post_unmanned);
  e.state = unmanned ? 1 : 0;
  e.value = c.value;
  return fine;
}

errc tell_operators(decision& d, const command& c, event& e) {
  if (c.queue && d.s.queues.find(c.queue) == nullptr) return errc::queue_unknown;
  e = asked(c, event_kind::operators_told);
  e.queue = c.queue;
  return fine;
}

}  // namespace cordboard
