// SPDX-License-Identifier: Apache-2.0
#include <figures/presets.hpp>

#include <algorithm>

namespace cordboard::figures {

std::span<const preset> presets() {
  static const std::vector<preset> all{
      {"12345",
       {"Work orders of the 12345 hotline", "12345 热线工单"},
       0,
       {"order_12345"},
       {"requests", "requests_open", "requests_signed", "sign_time", "requests_extended", "requests_returned",
        "requests_came_again", "first_contact_in_time", "completed_in_time", "completion_time", "times_late", "times_missed",
        "solved", "requests_satisfied", "result_told", "closed_at_once"}},
      {"hotline",
       {"Service standard of a hotline: within 15 seconds", "热线服务标准:15 秒接通"},
       15,
       {},
       {"offered", "answered", "answer_rate", "answer_rate_raw", "service_level_a", "service_level_b", "asa", "average_wait",
        "abandonment", "rating_response", "satisfied", "satisfaction", "complaint_rate"}},
      {"appointments",
       {"Appointments", "预约"},
       0,
       {"appointment"},
       {"requests", "booking_success", "booking_refused", "booking_cancelled", "booking_closed", "booking_not_opened",
        "booking_open", "appointments", "appointments_cancelled", "confirmation_rate", "arrival_rate", "no_show_rate"}},
      {"complaints",
       {"Complaints", "投诉"},
       0,
       {"complaint"},
       {"requests", "complaint_rate", "first_contact_in_time", "complaints_in_time", "times_late", "times_missed", "lateness",
        "requests_refused", "requests_escalated", "result_told", "completion_time"}},
      {"callbacks",
       {"Calls to people", "回电与回访"},
       0,
       {},
       {"first_contact_in_time", "promises_kept", "times_late", "times_missed", "lateness", "callback_reach", "reached_first",
        "reached_second", "reached_third", "attempts", "attempts_answered", "attempts_busy", "attempts_no_answer",
        "attempts_rejected", "attempts_unreachable", "requests_satisfied"}},
  };
  return all;
}

const preset* find_preset(std::string_view name) {
  const auto all = presets();
  const auto it = std::find_if(all.begin(), all.end(), [&](const preset& p) { return p.name == name; });
  return it != all.end() ? &*it : nullptr;
}

}  // namespace cordboard::figures
