// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <hours/text.hpp>

using namespace cordboard;
using namespace cordboard::hours;

TEST_CASE("a span is read as people write it, and goes on into the next day when it ends earlier than it begins") {
  CHECK(read_span("08:00-12:00") == day_span{480, 720});
  CHECK(read_span("8:00-12:00") == day_span{480, 720});
  CHECK(read_span("00:00-24:00") == day_span{0, 1440});
  CHECK(read_span("22:30-06:00") == day_span{1350, 1800});
  for (const char* wrong : {"", "08:00", "08:00-", "-12:00", "08:00-08:00", "24:00-06:00", "08:60-12:00", "25:00-26:00", "8-12",
                            "08:00-24:01", "08:00 -12:00", "22:00-00:00", "008:00-12:00", "08:0-12:00"})
    CHECK_MESSAGE(!read_span(wrong), wrong);
  CHECK(span_text({480, 720}) == "08:00-12:00");
  CHECK(span_text({1350, 1800}) == "22:30-06:00");
  CHECK(span_text({0, 1440}) == "00:00-24:00");
}

TEST_CASE("a date that is no day of the calendar is refused") {
  CHECK(read_date("1970-01-01") == 0);
  CHECK(read_date("2026-02-17") == 20501);
  CHECK(date_text(20501) == "2026-02-17");
  CHECK(read_date("2028-02-29"));
  for (const char* wrong : {"2026-02-29", "2026-13-01", "2026-00-10", "2026-1-1", "26-01-01", "2026/01/01", "1969-12-31"})
    CHECK_MESSAGE(!read_date(wrong), wrong);
  CHECK(read_dates("2026-10-01..2026-10-07")->last - read_dates("2026-10-01")->first == 6);
  CHECK(!read_dates("2026-10-07..2026-10-01"));
  CHECK(!read_dates("2026-10-07..2046-10-01"));
}

TEST_CASE("a special day has spans of its own, or is closed") {
  const auto day = read_special("2026-12-31 13:00-15:00 08:00-11:30");
  REQUIRE(day);
  CHECK(day->open == std::vector<day_span>{{480, 690}, {780, 900}});
  CHECK(read_special("2026-12-31..2027-01-02 closed")->open.empty());
  for (const char* wrong : {"2026-12-31", "closed", "2026-12-31 shut", "2026-12-31 08:00-12:00 11:00-13:00", ""})
    CHECK_MESSAGE(!read_special(wrong), wrong);
}
