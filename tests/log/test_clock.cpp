// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <log/clock.hpp>

using cordboard::log::event_clock;

namespace {

struct clocks {
  std::int64_t wall = 1'000'000'000'000;
  std::int64_t monotonic = 50;
  void pass(std::int64_t ns) {
    wall += ns;
    monotonic += ns;
  }
  event_clock make(std::int64_t not_before = 0) {
    return event_clock(
        not_before, [this] { return wall; }, [this] { return monotonic; });
  }
};

constexpr std::int64_t second = 1'000'000'000;

}  // namespace

TEST_CASE("event time goes on as if nobody had moved the wall clock, and the step is told once") {
  clocks c;
  event_clock clock = c.make();
  c.pass(second);
  CHECK(clock.now() == 1'001 * second);
  CHECK(clock.step() == 0);
  c.wall -= 3600 * second;
  c.pass(second);
  CHECK(clock.now() == 1'002 * second);
  CHECK(clock.step() == -3600 * second);
  CHECK(clock.step() == 0);
  c.wall += 3600 * second;
  CHECK(clock.step() == 0 * second);
  CHECK(clock.now() == 1'002 * second);
}

TEST_CASE("a wall clock that is slewed by less than half a second is not a step") {
  clocks c;
  event_clock clock = c.make();
  c.wall += second / 3;
  CHECK(clock.step() == 0);
  c.wall += second / 3;
  CHECK(clock.step() == second / 3 * 2);
}

TEST_CASE("event time never decreases, not even when its source does or the log is ahead") {
  clocks c;
  event_clock clock = c.make(2'000 * second);
  CHECK(clock.now() == 2'000 * second);
  c.monotonic += 10;
  CHECK(clock.now() == 2'000 * second + 10);
  c.monotonic -= 5;
  CHECK(clock.now() == 2'000 * second + 10);
  CHECK(clock.step() < -999 * second);  // that the log is ahead of the wall clock is told too
}
