// SPDX-License-Identifier: Apache-2.0
// An operator's line that is kept from log-on to log-off (nailed up): callers are joined to it and leave it, and the phone sees one long
// call. While there is none, or it is in a call, the phone is rung as anybody's.
//
//   logged on ──line_started──► phone is rung, answers by itself ──line_up──► idle ⇄ in calls ──logged off──► line_ended
//                                   └──────refused, hung up: line_ended, and again after a while──────┘
#include <board/decision.hpp>

namespace cordboard {
namespace {

/// So long a phone that refused, or hung up, is left alone.
constexpr std::int64_t pause_ns = 5'000'000'000;

void end_line(decision& d, operator_id who, leg_id line, device_id phone, cause why, std::uint16_t status, std::int64_t again) {
  event e = decision::of(event_kind::line_ended);
  e.leg = line;
  e.device = phone;
  e.operator_ = who;
  e.cause = why;
  e.detail = status;
  e.value = again;
  d.emit(e);
}

bool is_wanted(const decision& d, const operator_record& op) {
  const leg_state* line = d.leg(op.line);
  return op.keep_line && op.state != operator_state::null && !d.s.stopping && line != nullptr && line->device == op.phone;
}

}  // namespace

bool is_kept(const board_state& state, leg_id id) {
  const leg_state* leg = state.legs.find(id);
  const operator_record* op = leg != nullptr && leg->kept ? state.operators.find(leg->operator_) : nullptr;
  return op != nullptr && op->line == id;
}

void begin_line(decision& d, operator_id who) {
  const operator_record& op = *d.op(who);
  if (d.s.stopping) return end_line(d, who, {}, op.phone, cause::maintenance, 0, 0);
  event e = decision::of(event_kind::line_started);
  e.leg = leg_id{d.fresh()};
  e.party = party_id{d.fresh()};
  e.device = op.phone;
  e.operator_ = who;
  e.value = d.now + d.device(op.phone)->ring_ns;
  d.emit(e);
  d.act(act::ring{e.leg, {}, e.device, {}, 0, 0, true});
}

void line_up(decision& d, leg_id line) {
  const leg_state& leg = *d.leg(line);
  event e = decision::of(event_kind::line_up);
  e.leg = line;
  e.device = leg.device;
  e.operator_ = leg.operator_;
  d.emit(e);
  // From now on a packet leaves every 20 ms, whoever speaks.
  d.act(act::hear{line, {}});
}

void line_over(decision& d, leg_id line, cause why, std::uint16_t status) {
  if (!is_kept(d.s, line)) return;
  const leg_state& leg = *d.leg(line);
  end_line(d, leg.operator_, line, leg.device, why, status, d.now + pause_ns);
}

const leg_state* free_line(const decision& d, operator_id who) {
  const operator_record* op = d.op(who);
  const leg_state* line = op != nullptr ? d.leg(op->line) : nullptr;
  return line != nullptr && line->fsm.phase == leg_phase::up && line->calls.empty() && !line->held_by_phone ? line : nullptr;
}

void settle_lines(decision& d) {
  const bool stops = d.s.stopping && !d.base.stopping;
  std::vector<operator_id> all;
  for (const auto& [id, op] : (stops ? d.base : d.s).operators.own()) all.push_back(id);
  for (const operator_id id : all) {
    const operator_record* before = d.base.operators.find(id);
    const operator_record* op = d.op(id);
    const leg_id line = op != nullptr ? op->line : before != nullptr ? before->line : leg_id{};
    const leg_state* leg = d.leg(line);
    if (leg == nullptr || !leg->fsm.live() || !leg->calls.empty() || (op != nullptr && is_wanted(d, *op))) continue;
    end_line(d, id, line, leg->device, cause::normal, 0, 0);
  }
}

}  // namespace cordboard
