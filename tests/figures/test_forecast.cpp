// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <figures/forecast.hpp>
#include <cmath>
#include <random>

using namespace cordboard::figures;

namespace {

/// Weekdays with a morning peak, quiet weekends, and a year that goes up and down; with chance in it or without.
call_history history(std::int32_t from, std::int32_t to, bool chance, bool seasons = false) {
  std::mt19937_64 dice(7);
  call_history all;
  for (std::int32_t day = from; day < to; ++day) {
    const double level = day % 7 < 5 ? 1.0 : 0.4;
    const double tide = seasons ? 1 + 0.3 * std::sin(2 * 3.14159265 * day / 364) : 1;
    for (std::size_t slot = 0; slot < slots_of_day; ++slot) {
      const double mean = level * tide * (slot >= 16 && slot < 34 ? 20.0 : 2.0);
      all[day][slot] = chance ? static_cast<double>(std::poisson_distribution<int>(mean)(dice)) : mean;
    }
  }
  return all;
}

}  // namespace

TEST_CASE("what repeats by the week is foretold") {
  const call_history all = history(20000, 20070, false);
  for (std::int32_t day = 20070; day < 20077; ++day) {
    const auto said = forecast(all, day);
    REQUIRE(said);
    CHECK(*said == all.at(day - 7));
  }
  CHECK(test_forecast(all).error == 0);
  CHECK_FALSE(forecast(all, 20000));
  CHECK_FALSE(forecast({}, 20000));
  // A day that is not known is passed over, and is no day without calls.
  call_history gap = all;
  gap.erase(20063);
  CHECK(*forecast(gap, 20070) == all.at(20063));
}

TEST_CASE("over a year with seasons the forecast is better than last week, and the back test says by how much") {
  const call_history calm = history(20000, 20800, true), tide = history(20000, 20800, true, true);
  const back_test a = test_forecast(calm), b = test_forecast(tide, 28);
  CHECK(a.days == 28);
  CHECK(a.error < a.naive);
  CHECK(b.error < b.naive);
  CHECK(a.day_error < a.error);
  // Calls at random cannot be foretold better than their own spread.
  CHECK(a.error > 0.1);
  CHECK(a.error < 0.35);
}
