// SPDX-License-Identifier: Apache-2.0
// What the files of evolve() share: how deadlines move, and the parts of the house that they change.
#pragma once
#include <board/board_state.hpp>

#include <algorithm>
#include <string_view>
#include <vector>

namespace cordboard {

template <class Value>
void forget(std::vector<Value>& in, const Value& what) {
  in.erase(std::remove(in.begin(), in.end(), what), in.end());
}
template <class Value>
void remember(std::vector<Value>& in, const Value& what) {
  if (std::find(in.begin(), in.end(), what) == in.end()) in.push_back(what);
}

/// What stands between the marks of a text; there is nothing behind its end.
struct parts {
  std::vector<std::string_view> all;

  explicit parts(std::string_view text, char mark = '\t') {
    for (;;) {
      const auto end = text.find(mark);
      all.push_back(text.substr(0, end));
      if (end == std::string_view::npos) return;
      text.remove_prefix(end + 1);
    }
  }
  std::string_view operator[](std::size_t at) const { return at < all.size() ? all[at] : std::string_view{}; }
};
/// The same as texts of their own; none of an empty text.
inline std::vector<std::string> texts_in(std::string_view text, char mark) {
  if (text.empty()) return {};
  const parts in(text, mark);
  return {in.all.begin(), in.all.end()};
}

/// Moves a deadline: the index and the object's own copy stay one.
void arm(board_state& s, deadline_kind kind, std::uint64_t high, std::uint64_t low, std::int64_t& own, std::int64_t at);
void arm_leg(board_state& s, leg_id id, std::int64_t at);
void arm_call(board_state& s, deadline_kind kind, call_id id, std::int64_t call_state::*own, std::int64_t at);

// evolve_queues.cpp: who waits in line, and who is asked to take them.
/// The first of those who are asked is asked no more; another one who is rung besides takes that place.
void end_offer(board_state& s, call_id id);
/// This line, one of several perhaps, rings for the caller no more.
void end_offer_of(board_state& s, call_id id, leg_id leg);
/// The caller stands in no line at present; the wait may go on.
void leave_line(board_state& s, call_id id);
/// The caller waits in line; what ends that wait is armed.
void join_queue(board_state& s, const event& e);
void end_wait(board_state& s, const event& e);
/// How long operators are with the callers of a queue: the newest calls count most, old ones half as much each time.
void learn_handling(board_state& s, const operator_record& op, std::int64_t now);

// evolve_code_calls.cpp
void evolve_code_call(board_state& s, const logged& e);
/// The plans of the house, as they are configured.
void configure_code_call(board_state& s, const logged& e);

// evolve_requests.cpp
void evolve_request(board_state& s, const logged& e);
// evolve_bookings.cpp
/// Whose a request is. 0: nobody's any more.
void set_person(board_state& s, request_record& r, std::uint64_t token);
/// The appointment of a request is at this time from now on, in a slot or in none.
void set_appointment(board_state& s, request_record& r, const event& e);
/// What a request was bound to goes on without it.
void let_go(board_state& s, request_record& r);
void link_request(board_state& s, request_record& r, request_id to);
void announce_fault(board_state& s, request_record& r, const event& e);
/// Slots, who did not come, messages.
void evolve_booking(board_state& s, const logged& e);
/// What is written down about calls, and what is owed.
void evolve_entry(board_state& s, const event& e);
/// Who is called for a request is rung, or has answered.
void follow_attempt(board_state& s, const event& e);

// evolve_operators.cpp: the line to an operator's phone that is kept while the operator is logged on.
/// One is asked for at a time, if the operator wants one and has none; 0: it is not asked for.
void want_line(board_state& s, operator_id who, std::int64_t at);
void evolve_line(board_state& s, const event& e);

// evolve_health.cpp
/// What does not work, what is tested and checked, what phones reach by codes, and what their people do.
void evolve_health(board_state& s, const logged& e);
/// A self-test was answered, or its call has ended.
void test_goes_on(board_state& s, const event& e);
/// A phone that stays away becomes a fault.
void watch_service(board_state& s, device_id id, bool was_in_service, std::int64_t now);
void plan_first_test(board_state& s, device_id id, std::int64_t now);
void forget_device(board_state& s, device_id id);

// evolve_house.cpp, evolve_operators.cpp
/// The configuration has changed, or the hours.
void evolve_house(board_state& s, const logged& e);
/// What an operator does has changed.
void evolve_operator(board_state& s, const event& e);
void join_operator(board_state& s, const event& e);

}  // namespace cordboard
