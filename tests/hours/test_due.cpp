// SPDX-License-Identifier: Apache-2.0
// M11: limits by working days and half-days of the calendar.
#include <doctest/doctest.h>
#include <hours/due.hpp>
#include <hours/text.hpp>

using namespace cordboard;
using namespace cordboard::hours;

namespace {

/// 08:00 to 12:00 and 14:00 to 17:30 on working days, open on Saturdays too; New Year is a holiday, worked on Sunday before.
schedule clinic() {
  hours_config of;
  of.name = "day";
  of.working_day = {*read_span("08:00-12:00"), *read_span("14:00-17:30")};
  for (std::size_t day = 0; day < 5; ++day) of.week[day] = of.working_day;
  of.week[5] = {*read_span("08:00-12:00")};
  of.holiday = {*read_span("09:00-11:00")};
  of.holidays = {*read_date("2026-10-01"), *read_date("2026-10-02")};
  of.working_days = {*read_date("2026-09-27")};  // a Sunday
  return *schedule::make(of);
}

std::string due_text(const char* when, const request_limit& limit) {
  const auto open = clinic();
  return open.wall_text(due(open, limit, *open.read_instant(when)));
}
request_limit limit(const char* text) { return *read_request_limit(text); }

}  // namespace

TEST_CASE("M11: working days are counted by the calendar, and the first one is not counted") {
  CHECK(due_text("2026-09-21 10:00", limit("1 working_days")) == "2026-09-22 17:30");
  CHECK(due_text("2026-09-21 23:00", limit("5 working_days")) == "2026-09-27 17:30");  // the worked Sunday, not the Saturday
  CHECK(due_text("2026-09-30 09:00", limit("1 working_day")) == "2026-10-05 17:30");   // past holidays and the weekend
  CHECK(due_text("2026-09-26 09:00", limit("1 working_day")) == "2026-09-27 17:30");   // open on Saturday, and no working day
}

TEST_CASE("M11: a half-day that has begun is not counted") {
  CHECK(due_text("2026-09-21 07:00", limit("1 half_day")) == "2026-09-21 12:00");
  CHECK(due_text("2026-09-21 08:00", limit("1 half_day")) == "2026-09-21 17:30");
  CHECK(due_text("2026-09-21 13:00", limit("1 half_day")) == "2026-09-21 17:30");
  CHECK(due_text("2026-09-21 15:00", limit("2 half_days")) == "2026-09-22 17:30");
  CHECK(due_text("2026-09-30 15:00", limit("1 half_day")) == "2026-10-05 12:00");
}

TEST_CASE("what is due stays the same until the next change that is told") {
  const auto open = clinic();
  auto now = *open.read_instant("2026-09-25 00:00");
  for (int i = 0; i < 60; ++i) {
    const auto next = due_changes(open, now);
    REQUIRE(next > now);
    for (const char* text : {"1 half_day", "3 half_days", "1 working_day", "10 working_days"}) {
      CHECK(due(open, limit(text), now) == due(open, limit(text), next - 1));
      CHECK(due(open, limit(text), now) > now);
    }
    now = next;
  }
}

TEST_CASE("limits are read as they are written, and nothing else is") {
  CHECK(limit("30min").ns == 30 * 60'000'000'000);
  CHECK(limit("3h").ns == 180 * 60'000'000'000);
  CHECK(limit("2 days").ns == 2880 * 60'000'000'000);
  CHECK(limit("1 half_day").half_days == 1);
  CHECK(limit("").none());
  for (const char* text :
       {"0min", "-1h", "5", "min", "5 workdays", "5  days", "5 days ", "99999999999h", "1000000 days", "1.5h"})
    CHECK_FALSE(read_request_limit(text));
  // Hours without a working day promise nothing.
  hours_config never;
  CHECK(due(*schedule::make(never), limit("1 working_day"), 0) == 0);
}
