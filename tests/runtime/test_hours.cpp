// SPDX-License-Identifier: Apache-2.0
#include "house.hpp"

#include <algorithm>
#include <board/board.hpp>
#include <doctest/doctest.h>
#include <hours/text.hpp>
#include <runtime/opening_hours.hpp>
#include <runtime/start_error.hpp>

using namespace cordboard;
using namespace cordboard::runtime_test;

namespace {

constexpr std::int64_t hour = std::int64_t{3600} * 1'000'000'000;

/// Noon UTC of this date.
std::int64_t noon(const char* date) { return std::int64_t{*hours::read_date(date)} * 24 * hour + 12 * hour; }

/// A line that is open at the hours of an office in UTC, and a department that is closed on one day.
house_config two_doors() {
  house_config house;
  auto& queue = house.queues.emplace_back();
  queue.number = "9000";
  queue.hours = "office";
  auto& department = house.devices.emplace_back();
  department.number = "8001";
  department.hours = "always but one";
  auto& office = house.hours.emplace_back();
  office.name = "office";
  office.time_zone = "UTC";
  office.week.fill({{8 * 60, 16 * 60}});
  auto& always = house.hours.emplace_back();
  always.name = "always but one";
  always.time_zone = "UTC";
  always.week.fill({{0, 24 * 60}});
  always.special = {{*hours::read_date("2026-11-25"), {}}};
  return house;
}

/// "9000 open 4h": number, state, and how long that holds.
std::vector<std::string> said(runtime::opening_hours& doors, std::int64_t now) {
  std::vector<std::string> all;
  for (const auto& f : doors.changes(now))
    all.push_back(f.number + (f.open ? " open " : " closed ") + std::to_string((f.until - now) / hour) + "h");
  return all;
}

}  // namespace

TEST_CASE("hours are told at the start, and each change when it comes, once") {
  runtime::opening_hours doors(two_doors());
  const auto start = noon("2026-11-23");
  using lines = std::vector<std::string>;
  CHECK(said(doors, start) == lines{"9000 open 4h", "8001 open 36h"});
  CHECK(said(doors, start).empty());
  CHECK(doors.next() == start + 4 * hour);
  CHECK(said(doors, start + 4 * hour - 1).empty());
  CHECK(said(doors, start + 4 * hour) == lines{"9000 closed 16h"});
  CHECK(doors.next() == start + 20 * hour);
  // A clock that jumps over several changes tells what is so now.
  CHECK(said(doors, start + 50 * hour) == lines{"9000 open 2h", "8001 closed 10h"});
  CHECK(runtime::opening_hours(house_config{}).next() == no_deadline);
}

TEST_CASE("hours or a zone that are not known are told at the start") {
  const auto why = [](house_config house) -> std::string {
    try {
      runtime::opening_hours doors(house);
    } catch (const runtime::start_error& refused) {
      return refused.what();
    }
    return {};
  };
  auto house = two_doors();
  house.hours[0].time_zone = "Mars/Olympus";
  CHECK(why(house) == "hours office: the time zone Mars/Olympus is not known (is tzdata installed?)");
  house = two_doors();
  house.queues[0].hours = "night";
  CHECK(why(house) == "9000: no hours are called night");
}

TEST_CASE("H2: a board that starts at a closed hour says so, and sends callers to the night target; the door is found again") {
  const folders where;
  auto with = small_house(where.run, where.hot);
  auto& never = with.house.hours.emplace_back();
  never.name = "never";
  with.house.queues[0].hours = "never";
  with.house.queues[0].when_closed = "8002";
  call_id call;
  {
    board_on_thread board(with);
    board.behave("8002", loopback_phone::answers);
    call = board.call_in("9000");
    CHECK(board.sees([&](const board_state& s) {
      const auto* c = s.call_table.find(call);
      return c != nullptr && c->destination == device_by_number(s, "8002");
    }));
    CHECK(board.exec(command(cmd::switch_night_service{queue_id{1}, {}, night_mode::day})).answer.code == errc{});
    CHECK_FALSE(board.stop());
  }
  {
    board_on_thread board(with);  // what was done by hand stands in the log
    const auto later = board.call_in("9000");
    CHECK(board.sees([&](const board_state& s) {
      const auto* c = s.call_table.find(later);
      return c != nullptr && c->queue == queue_id{1};
    }));
    CHECK_FALSE(board.stop());
  }
  const auto events = read_all(where.run);
  const auto count = [&](event_kind kind) {
    return std::count_if(events.begin(), events.end(), [&](const logged& e) { return e.record.kind == kind; });
  };
  CHECK(count(event_kind::hours_changed) == 1);  // the second start found nothing new
  CHECK(count(event_kind::night_service_switched) == 1);
  CHECK(fold(events).queues.find(queue_id{1})->hours.by_hand == night_mode::day);
}

TEST_CASE("a change that comes while the board runs is told then") {
  const folders where;
  auto with = small_house(where.run, where.hot);
  auto& soon = with.house.hours.emplace_back();
  soon.name = "soon";
  soon.time_zone = "UTC";
  // Open in every second minute of the day: the next change is at most a minute away.
  for (std::uint16_t minute = 0; minute < 1440; minute = static_cast<std::uint16_t>(minute + 2))
    for (auto& day : soon.week) day.push_back({minute, static_cast<std::uint16_t>(minute + 1)});
  with.house.queues[0].hours = "soon";
  board_on_thread board(with);
  bool first = false;
  std::int64_t until = 0;
  board.on_loop([&](runtime::service& s) {
    const auto& hours = s.state().queues.find(queue_id{1})->hours;
    first = hours.open;
    until = hours.until;
  });
  REQUIRE(until != 0);
  CHECK(until % (60'000'000'000) == 0);
  bool changed = false;
  for (int twenty_seconds = 0; twenty_seconds < 5 && !changed; ++twenty_seconds)
    changed = board.sees([&](const board_state& s) { return s.queues.find(queue_id{1})->hours.open != first; });
  CHECK(changed);
  CHECK_FALSE(board.stop());
  const auto events = read_all(where.run);
  const auto told = std::find_if(events.begin(), events.end(), [&](const logged& e) {
    return e.record.kind == event_kind::hours_changed && (e.record.state != 0) != first;
  });
  REQUIRE(told != events.end());
  CHECK(told->record.time_ns >= until);
}
