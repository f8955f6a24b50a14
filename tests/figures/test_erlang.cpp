// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cordboard/staffing.hpp>
#include <queue>
#include <random>

#include "house_log.hpp"

using namespace cordboard;
using namespace cordboard::figures;
using namespace cordboard::figures_test;

namespace {

struct vector {
  double a;
  std::uint32_t n;
  double handle, target, b, c, asa, level, patience, waits, abandons, all_wait;
};

/// To as many digits as the vectors are given with.
bool same(double got, double said, double digit) { return std::abs(got - said) <= digit / 2 * 1.0001; }

staffing_load load_of(const vector& v, double patience) { return {v.a * 3600 / v.handle, v.handle, patience}; }

}  // namespace

TEST_CASE("Erlang B, C and A give the published vectors, to their last digit") {
  const vector vectors[] = {
      {0.75, 2, 270, 20, 0.138462, 0.204545, 44.182, 0.813544, 120, 0.161530, 0.090127, 10.815},
      {10, 12, 180, 20, 0.119739, 0.449388, 40.445, 0.640158, 120, 0.279807, 0.061597, 7.392},
      {10, 9, 180, 0, 0, 0, 0, 0, 120, 0.613307, 0.192156, 23.059},
      {4, 6, 90, 12, 0.117162, 0.284761, 12.814, 0.781894, 60, 0.201612, 0.058127, 3.488},
      {1.5, 3, 60, 12, 0.134328, 0.236842, 9.474, 0.824543, 0, 0, 0, 0},
  };
  for (const vector& v : vectors) {
    CAPTURE(v.a);
    CAPTURE(v.n);
    const auto c = staffing(load_of(v, 0), v.n, v.target);
    CHECK(c.has_value() == (v.a < v.n));  // fewer operators than erlangs never catch up
    if (c) {
      CHECK(same(erlang_b(v.a, v.n), v.b, 1e-6));
      CHECK(same(c->waits, v.c, 1e-6));
      CHECK(same(c->average_wait, v.asa, 1e-3));
      CHECK(same(c->service_level, v.level, 1e-6));
      CHECK(same(c->occupancy, v.a / v.n, 1e-6));
    }
    if (v.patience == 0) continue;
    const auto a = staffing(load_of(v, v.patience), v.n, v.target);
    REQUIRE(a);
    CHECK(same(a->waits, v.waits, 1e-6));
    CHECK(same(a->abandons, v.abandons, 1e-6));
    CHECK(same(a->average_wait, v.all_wait, 1e-3));
  }
}

TEST_CASE("with patience without end Erlang A is Erlang C, and its service level is that of its waits") {
  const staffing_load calm{200, 180, 0}, endless{200, 180, 1e9};
  for (const double target : {0.0, 5.0, 20.0, 120.0}) {
    const auto c = staffing(calm, 12, target), a = staffing(endless, 12, target);
    CHECK(a->service_level == doctest::Approx(c->service_level).epsilon(1e-6));
    CHECK(a->average_wait == doctest::Approx(c->average_wait).epsilon(1e-5));
  }
  // Within a time without end all are answered who do not give up.
  const auto all = staffing({200, 180, 120}, 9, 1e5);
  CHECK(all->service_level == doctest::Approx(1 - all->abandons).epsilon(1e-9));
  CHECK(all->occupancy == doctest::Approx(200.0 * 180 / 3600 * (1 - all->abandons) / 9).epsilon(1e-9));
}

TEST_CASE("the fewest operators are enough, and one less is not") {
  for (const double patience : {0.0, 90.0}) {
    const staffing_load load{120, 200, patience};
    const auto n = operators_needed(load, 0.8, 20);
    REQUIRE(n);
    CHECK(staffing(load, *n, 20)->service_level >= 0.8);
    const auto fewer = staffing(load, *n - 1, 20);
    CHECK((!fewer || fewer->service_level < 0.8));
  }
  CHECK(operators_needed({0, 200, 0}, 0.8, 20) == 1);
  CHECK_FALSE(operators_needed({1e6, 200, 0}, 0.8, 20, 100));
  CHECK_FALSE(operators_needed({-1, 200, 0}, 0.8, 20));
  CHECK_FALSE(staffing({100, 100, 0}, 0, 20));
}

TEST_CASE("service level and speed of answer of a simulated queue are Erlang's within their confidence") {
  // Callers come at random and are served in turn by six operators; the figures are the fold's, of its events.
  constexpr double a = 4, handle = 90, target = 12;
  constexpr std::uint32_t operators = 6;
  constexpr int batches = 40, calls_each = 8000;
  std::mt19937_64 dice(20261001);
  std::exponential_distribution<double> gap(a / handle), talk(1 / handle);
  std::priority_queue<double, std::vector<double>, std::greater<>> free_at;
  for (std::uint32_t i = 0; i < operators; ++i) free_at.push(0);
  double now = 0;
  std::vector<double> levels, speeds;
  std::uint64_t call = 0;
  for (int batch = -1; batch < batches; ++batch) {  // the first one lets the queue fill, and is not counted
    struct step {
      double at;
      std::uint64_t call;
      double since;
    };
    std::vector<step> steps;
    for (int i = 0; i < calls_each; ++i) {
      now += gap(dice);
      const double served = std::max(now, free_at.top());
      free_at.pop();
      free_at.push(served + talk(dice));
      steps.push_back({now, ++call, -1});
      steps.push_back({served, call, now});
    }
    std::stable_sort(steps.begin(), steps.end(), [](const step& x, const step& y) { return x.at < y.at; });
    story s;
    for (const step& one : steps) {
      s.call = one.call;
      if (one.since < 0) {
        s.enters(one.at);
      } else {
        s.custody(one.at, custodian::operator_, 7);
        s.leaves(one.at, one.since, 7);
      }
    }
    if (batch < 0) continue;
    const tally counted = count(s.events);
    double within = 0;
    counted.for_each([&](const cell_key& key, std::span<const std::int64_t> sums) {
      if (key.kind == record_kind::wait_length && key.device <= target) within += static_cast<double>(sums[0]);
    });
    levels.push_back(within / static_cast<double>(total(counted, measure::offered)));
    speeds.push_back(static_cast<double>(total(counted, measure::answered_wait_ns)) / 1e9 /
                     static_cast<double>(total(counted, measure::answered)));
  }
  const auto c = staffing({a * 3600 / handle, handle, 0}, operators, target);
  const auto check = [&](const std::vector<double>& values, double expected) {
    double mean = 0, spread = 0;
    for (const double x : values) mean += x / batches;
    for (const double x : values) spread += (x - mean) * (x - mean) / (batches - 1);
    const double half = 2.708 * std::sqrt(spread / batches);  // Student's t with 39 degrees of freedom, 99 %
    CAPTURE(mean);
    CAPTURE(half);
    CHECK(std::abs(mean - expected) <= half);
    CHECK(half < expected / 10);
  };
  check(levels, c->service_level);
  check(speeds, c->average_wait);
}
