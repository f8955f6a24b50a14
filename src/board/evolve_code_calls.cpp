// SPDX-License-Identifier: Apache-2.0
// Plans of code calls, and how far those that run are.
#include <base/words.hpp>
#include <board/evolve_parts.hpp>

namespace cordboard {
namespace {

code_plan read_plan(const logged& e) {
  const parts text(e.text);
  code_plan plan;
  plan.name = text[1];
  std::uint8_t step = 0;
  for (const std::string_view numbers : parts(text[2], '|').all) {
    for (const std::string_view number : words_of(numbers)) plan.list.push_back({std::string(number), step});
    ++step;
  }
  plan.in_order = (e.record.flags & 1U) != 0;
  plan.conference = (e.record.flags & 2U) != 0;
  plan.enough = e.record.detail;
  plan.rounds = e.record.state;
  plan.ring_ns = e.record.value;
  plan.wait_ns = static_cast<std::int64_t>(e.record.other);
  plan.message = text[3];
  plan.drill = text[4];
  plan.key = text[5];
  plan.line = text[6];
  return plan;
}

/// Whether prompts may have these names: what was written as a place is said only when all of it can be.
bool can_be_said(std::string_view place) {
  constexpr std::size_t name_max = 32;
  const auto all = words_of(place);
  return std::all_of(all.begin(), all.end(), [](std::string_view word) {
    return word.size() <= name_max &&
           word.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") == std::string_view::npos;
  });
}

/// What members are told; "place" in the message is where.
std::string message_of(const code_plan& plan, std::string_view place, bool drill) {
  std::string out = drill ? plan.drill : std::string();
  for (const std::string_view word : words_of(plan.message)) {
    if (word != "place")
      add_word(out, word);
    else
      for (const std::string_view part : words_of(place)) add_word(out, part);
  }
  return out;
}

void arm(board_state& s, call_id id, std::int64_t at) {
  arm(s, deadline_kind::code_call, 0, id.value, s.code_runs.edit(id).deadline, at);
}

void start(board_state& s, const logged& e) {
  if (s.call_table.find(e.record.call) == nullptr) s.calls += 1;
  call_state& call = s.call_table.edit(e.record.call);
  call.started = e.record.time_ns;
  call.marks = e.record.marks;
  call.operator_ = e.record.operator_;  // who may end it, too
  call.destination = e.record.device;   // at which its number was dialled
  const parts text(e.text);
  const code_plan* found = s.code_plans.find(std::string(text[0]));
  const code_plan plan = found != nullptr ? *found : code_plan{};
  const bool drill = (e.record.marks & static_cast<std::uint16_t>(mark::drill)) != 0;
  code_run& run = s.code_runs.edit(e.record.call);
  run.number = e.record.sequence;
  run.plan = text[0];
  run.began = e.record.time_ns;
  run.enough = plan.enough;
  run.rounds = plan.rounds;
  run.in_order = plan.in_order;
  run.conference = plan.conference;
  run.ring_ns = plan.ring_ns;
  run.wait_ns = plan.wait_ns;
  run.key = plan.key;
  run.plain = message_of(plan, {}, drill);
  run.words = can_be_said(text[1]) ? message_of(plan, text[1], drill) : run.plain;
  for (const code_listed& one : plan.list) run.members.push_back({one.number, one.step, code_progress::due, {}, 0, 0});
}

void begin_step(board_state& s, const event& e) {
  code_run& run = s.code_runs.edit(e.call);
  run.step = static_cast<std::uint8_t>(e.detail - 1);
  // In a new round whoever was missed is called again.
  if (run.round != e.state)
    for (code_member& m : run.members)
      if (m.progress == code_progress::missed) m.progress = code_progress::due;
  run.round = e.state;
  arm(s, e.call, e.value);
}

void acknowledge(code_run& run, const event& e) {
  run.members[e.detail - 1U].progress = code_progress::acknowledged;
  const auto there = [](const code_member& m) { return m.progress == code_progress::acknowledged; };
  const auto count = std::count_if(run.members.begin(), run.members.end(), there);
  if (run.enough_at == 0 && static_cast<std::uint32_t>(count) >= run.enough) run.enough_at = e.time_ns;
}

}  // namespace

void configure_code_call(board_state& s, const logged& e) {
  if (e.record.kind == event_kind::code_call_removed)
    s.code_plans.erase(e.text);
  else
    s.code_plans.edit(std::string(parts(e.text)[0])) = read_plan(e);
}

void evolve_code_call(board_state& s, const logged& logged_event) {
  const event& e = logged_event.record;
  if (e.kind == event_kind::code_call_started) return start(s, logged_event);
  if (s.code_runs.find(e.call) == nullptr) return;
  if (e.kind == event_kind::code_step_started) return begin_step(s, e);
  if (e.kind == event_kind::code_call_ended) {
    arm(s, e.call, 0);
    s.code_runs.erase(e.call);
    return;
  }
  code_run& run = s.code_runs.edit(e.call);
  if (e.kind == event_kind::announcement_started) {
    for (code_member& m : run.members)
      if (m.leg == e.leg) m.asked = e.sequence;
    return;
  }
  code_member& member = run.members[e.detail - 1U];
  switch (e.kind) {
    case event_kind::code_member_called:
      member.progress = code_progress::called;
      member.leg = e.leg;
      break;
    case event_kind::code_member_answered:
      member.progress = code_progress::answered;
      member.answered = member.asked = e.sequence;
      arm_leg(s, e.leg, e.value);
      break;
    case event_kind::code_member_acknowledged:
      acknowledge(run, e);
      arm_leg(s, e.leg, 0);
      break;
    case event_kind::code_member_missed:
      // A restart is nobody's answer.
      member.progress = e.cause == cause::interrupted ? code_progress::due : code_progress::missed;
      member.leg = {};
      break;
    default: break;
  }
}

}  // namespace cordboard
