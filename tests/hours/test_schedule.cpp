// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <hours/schedule.hpp>
#include <hours/text.hpp>
#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <initializer_list>
#include <random>
#include <string>

using namespace cordboard;
using namespace cordboard::hours;

namespace {

constexpr std::int64_t second = 1'000'000'000;

/// "2026-02-14 08:00" in UTC, as event time.
std::int64_t utc(std::string_view text) {
  const auto minute = read_span(std::string(text.substr(11)) + "-24:00");
  return (std::int64_t{*read_date(text.substr(0, 10))} * 86400 + minute->from * 60) * second;
}
/// The same on a wall in China, which is 8 hours ahead all year.
std::int64_t beijing(std::string_view text) { return utc(text) - 8 * 3600 * second; }

std::vector<day_span> spans(std::initializer_list<std::string_view> all) {
  std::vector<day_span> read;
  for (const auto one : all) read.push_back(*read_span(one));
  return read;
}

hours_config weekdays(std::string zone, std::vector<day_span> open) {
  hours_config c;
  c.time_zone = std::move(zone);
  for (int day = 0; day < 5; ++day) c.week[static_cast<std::size_t>(day)] = open;
  c.working_day = std::move(open);
  return c;
}
hours_config every_day(std::string zone, std::vector<day_span> open) {
  hours_config c;
  c.time_zone = std::move(zone);
  c.week.fill(open);
  return c;
}

void check_open(const schedule& s, std::int64_t at, std::int64_t until) {
  const auto is = s.at(at);
  CHECK(is.open);
  CHECK(is.until == until);
}
void check_closed(const schedule& s, std::int64_t at, std::int64_t until) {
  const auto is = s.at(at);
  CHECK(!is.open);
  CHECK(is.until == until);
}

}  // namespace

TEST_CASE("H2: several spans a day, and the weekend between") {
  const auto s = *schedule::make(weekdays("Asia/Shanghai", spans({"08:00-12:00", "14:00-17:30"})));
  check_closed(s, beijing("2026-11-20 07:59"), beijing("2026-11-20 08:00"));
  check_open(s, beijing("2026-11-20 08:00"), beijing("2026-11-20 12:00"));
  check_open(s, beijing("2026-11-20 12:00") - 1, beijing("2026-11-20 12:00"));
  check_closed(s, beijing("2026-11-20 12:00"), beijing("2026-11-20 14:00"));
  check_open(s, beijing("2026-11-20 17:29"), beijing("2026-11-20 17:30"));
  check_closed(s, beijing("2026-11-20 17:30"), beijing("2026-11-23 08:00"));
}

TEST_CASE("H2: public holidays, and the weekend days that are worked for them") {
  auto c = weekdays("Asia/Shanghai", spans({"08:00-17:30"}));
  c.holiday = spans({"09:00-11:00"});
  for (auto day = *read_date("2026-02-15"); day <= *read_date("2026-02-23"); ++day) c.holidays.push_back(day);
  c.working_days = {*read_date("2026-02-14"), *read_date("2026-02-28")};
  const auto s = *schedule::make(c);
  check_closed(s, beijing("2026-02-13 18:00"), beijing("2026-02-14 08:00"));  // a Saturday that is worked
  check_open(s, beijing("2026-02-14 10:00"), beijing("2026-02-14 17:30"));
  check_closed(s, beijing("2026-02-17 08:30"), beijing("2026-02-17 09:00"));  // a Tuesday that is New Year
  check_open(s, beijing("2026-02-17 09:30"), beijing("2026-02-17 11:00"));
  check_closed(s, beijing("2026-02-23 11:00"), beijing("2026-02-24 08:00"));
  check_closed(s, beijing("2026-02-27 17:30"), beijing("2026-02-28 08:00"));
  SUBCASE("a special day is stronger than both") {
    c.special = {{*read_date("2026-02-14"), {}}, {*read_date("2026-02-17"), spans({"20:00-21:00"})}};
    const auto special = *schedule::make(c);
    check_closed(special, beijing("2026-02-13 18:00"), beijing("2026-02-15 09:00"));
    check_open(special, beijing("2026-02-17 20:00"), beijing("2026-02-17 21:00"));
  }
}

TEST_CASE("a span into the next day belongs to the day that it begins on") {
  auto c = every_day("Asia/Shanghai", {});
  c.week[4] = spans({"20:00-08:00"});  // Friday night
  const auto s = *schedule::make(c);
  check_open(s, beijing("2026-11-21 07:59"), beijing("2026-11-21 08:00"));
  check_closed(s, beijing("2026-11-20 07:59"), beijing("2026-11-20 20:00"));
  check_closed(s, beijing("2026-11-21 08:00"), beijing("2026-11-27 20:00"));
}

TEST_CASE("spans that touch over midnight are one, and what never closes has no next change") {
  auto c = every_day("Asia/Shanghai", spans({"00:00-24:00"}));
  CHECK(schedule::make(c)->at(beijing("2026-11-20 12:00")) == status{true, std::nullopt});
  c.special = {{*read_date("2026-12-25"), {}}};
  check_open(*schedule::make(c), beijing("2026-11-20 12:00"), beijing("2026-12-25 00:00"));
  check_closed(*schedule::make(c), beijing("2026-12-25 12:00"), beijing("2026-12-26 00:00"));
  CHECK(schedule::make(every_day("Asia/Shanghai", {}))->at(beijing("2026-11-20 12:00")) == status{false, std::nullopt});
  auto once = every_day("Asia/Shanghai", {});
  once.special = {{*read_date("2026-12-25"), spans({"08:00-09:00"})}};
  check_open(*schedule::make(once), beijing("2026-12-25 08:30"), beijing("2026-12-25 09:00"));
}

TEST_CASE("days of 23 and 25 hours: the wall decides") {
  const auto s = *schedule::make(every_day("Europe/Berlin", spans({"08:00-18:00"})));
  check_open(s, utc("2026-03-28 10:00"), utc("2026-03-28 17:00"));    // winter time, UTC+1
  check_closed(s, utc("2026-03-28 17:00"), utc("2026-03-29 06:00"));  // summer time has begun in the night
  check_closed(s, utc("2026-10-24 16:00"), utc("2026-10-25 07:00"));  // and has ended
}

TEST_CASE(
    "a time that a clock change leaves out is the moment of the change; of one that comes twice the first opens, the last "
    "closes") {
  const auto gap = *schedule::make(every_day("Europe/Berlin", spans({"02:30-05:00"})));
  check_closed(gap, utc("2026-03-29 00:59"), utc("2026-03-29 01:00"));
  check_open(gap, utc("2026-03-29 01:00"), utc("2026-03-29 03:00"));
  const auto within = *schedule::make(every_day("Europe/Berlin", spans({"02:10-02:50"})));
  check_closed(within, utc("2026-03-29 00:30"), utc("2026-03-30 00:10"));
  const auto twice = *schedule::make(every_day("Europe/Berlin", spans({"02:30-05:00"})));
  check_closed(twice, utc("2026-10-25 00:29"), utc("2026-10-25 00:30"));
  check_open(twice, utc("2026-10-25 00:30"), utc("2026-10-25 04:00"));
  const auto closing = *schedule::make(every_day("Europe/Berlin", spans({"01:00-02:30"})));
  check_open(closing, utc("2026-10-25 00:40"), utc("2026-10-25 01:30"));
}

TEST_CASE("clocks that change at midnight, by half an hour, or by a day") {
  const auto night = *schedule::make(every_day("Africa/Cairo", spans({"00:00-24:00"})));
  CHECK(!night.at(utc("2026-04-23 12:00")).until);  // 24 April begins at 01:00 there
  const auto morning = *schedule::make(every_day("Africa/Cairo", spans({"00:00-06:00"})));
  check_closed(morning, utc("2026-04-23 12:00"), utc("2026-04-23 22:00"));
  const auto half = *schedule::make(every_day("Australia/Lord_Howe", spans({"08:00-18:00"})));
  check_closed(half, utc("2026-04-04 10:00"), utc("2026-04-04 21:30"));  // UTC+11 until that night, then +10:30
  check_open(half, utc("2026-04-03 21:00"), utc("2026-04-04 07:00"));
  const auto samoa = *schedule::make(every_day("Pacific/Apia", spans({"08:00-18:00"})));
  check_closed(samoa, utc("2011-12-30 05:00"), utc("2011-12-30 18:00"));  // from the 29th straight to the 31st
}

TEST_CASE("a zone that nobody knows is refused") {
  CHECK(zone_known("Asia/Shanghai"));
  CHECK(zone_known("UTC"));
  CHECK(!zone_known("Asia/Peking Duck"));
  CHECK(!zone_known(""));
  CHECK(!zone_known("../../etc/passwd"));
  CHECK(!schedule::make(every_day("Mars/Olympus", {})));
}

TEST_CASE("minute by minute over a year, it says what a wall clock and a calendar say") {
  // The C library is the witness: it reads the same files with code of its own.
  for (const char* zone : {"Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"}) {
    std::mt19937 random(7);
    hours_config c;
    c.time_zone = zone;
    // Whole hours outside the night in which clocks change: what holds there is tested above.
    const auto any_spans = [&] {
      std::vector<day_span> all;
      for (std::uint16_t at = 6; at < 22;) {
        const auto from = static_cast<std::uint16_t>(at + random() % 3);
        const auto to = static_cast<std::uint16_t>(from + 1 + random() % 5);
        if (to > 22 || random() % 6 == 0) break;
        all.push_back({static_cast<std::uint16_t>(from * 60), static_cast<std::uint16_t>(to * 60)});
        at = to;
      }
      if (random() % 4 == 0) all.push_back({23 * 60, 30 * 60});
      return all;
    };
    for (auto& day : c.week) day = any_spans();
    c.holiday = any_spans();
    c.working_day = any_spans();
    const auto first = *read_date("2026-01-01");
    for (std::int32_t day = first; day < first + 366; ++day) {
      if (random() % 20 == 0) c.special.push_back({day, any_spans()});
      if (random() % 15 == 0) c.holidays.push_back(day);
      if (random() % 15 == 0) c.working_days.push_back(day);
    }
    const auto s = *schedule::make(c);
    setenv("TZ", zone, 1);
    tzset();
    const std::time_t begin = std::time_t{first} * 86400 + 2 * 86400;
    status now = s.at(std::int64_t{begin} * second);
    std::size_t wrong = 0, changes = 0;
    for (std::time_t t = begin; t < begin + std::time_t{360} * 86400; t += 300) {
      std::tm wall{};
      localtime_r(&t, &wall);
      const auto day = static_cast<std::int32_t>((t + wall.tm_gmtoff) / 86400);
      const int minute = wall.tm_hour * 60 + wall.tm_min;
      const auto holds = [&](std::int32_t of, int at) {
        const auto& open = s.spans_of(of);
        return std::any_of(open.begin(), open.end(), [&](day_span x) { return x.from <= at && at < x.to; });
      };
      const bool open = holds(day, minute) || holds(day - 1, minute + 1440);
      if (now.until && *now.until <= std::int64_t{t} * second) {
        now = s.at(std::int64_t{t} * second);
        ++changes;
      }
      wrong += now.open != open ? 1U : 0U;
    }
    CHECK_MESSAGE(wrong == 0, zone);
    CHECK(changes > 500);
  }
  unsetenv("TZ");
  tzset();
}
