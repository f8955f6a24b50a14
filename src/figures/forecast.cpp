// SPDX-License-Identifier: Apache-2.0
#include <figures/forecast.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace cordboard::figures {
namespace {

constexpr std::int32_t week = 7, year = 52 * week, around = 14;

double total(const day_counts& day) { return std::accumulate(day.begin(), day.end(), 0.0); }

/// All calls of [from, to); nothing when a day of it is not known.
std::optional<double> calls_in(const call_history& all, std::int32_t from, std::int32_t to) {
  double sum = 0;
  std::int32_t days = 0;
  for (auto it = all.lower_bound(from); it != all.end() && it->first < to; ++it, ++days) sum += total(it->second);
  return days == to - from ? std::optional(sum) : std::nullopt;
}

double season(const call_history& before, std::int32_t day, std::int32_t newest) {
  const auto then = calls_in(before, day - year - around, day - year + around);
  const auto base = calls_in(before, newest + 1 - year - 2 * around, newest + 1 - year);
  if (!then || !base || *base == 0) return 1;
  return std::clamp(*then / *base, 0.5, 2.0);
}

}  // namespace

std::optional<day_counts> forecast(const call_history& before, std::int32_t day, int weeks) {
  const auto end = before.lower_bound(day);
  if (end == before.begin()) return std::nullopt;
  const std::int32_t newest = std::prev(end)->first;
  day_counts sum{};
  int found = 0;
  // As many weeks back as the history may have gaps, but not into another year.
  for (std::int32_t same = day - week; found < weeks && same > day - year; same -= week) {
    const auto it = before.find(same);
    if (it == before.end()) continue;
    for (std::size_t i = 0; i < slots_of_day; ++i) sum[i] += it->second[i];
    ++found;
  }
  if (found == 0) return std::nullopt;
  const double scale = season(before, day, newest) / found;
  for (double& slot : sum) slot *= scale;
  return sum;
}

back_test test_forecast(const call_history& all, int days, int weeks) {
  back_test out;
  double error = 0, naive = 0, day_error = 0;
  for (auto it = all.rbegin(); it != all.rend() && out.days < days; ++it) {
    const call_history before(all.begin(), all.find(it->first));
    const auto said = forecast(before, it->first, weeks);
    const auto last = before.find(it->first - week);
    if (!said || last == before.end()) continue;
    for (std::size_t i = 0; i < slots_of_day; ++i) {
      error += std::abs((*said)[i] - it->second[i]);
      naive += std::abs(last->second[i] - it->second[i]);
    }
    day_error += std::abs(total(*said) - total(it->second));
    out.calls += total(it->second);
    ++out.days;
  }
  if (out.calls > 0) {
    out.error = error / out.calls;
    out.naive = naive / out.calls;
    out.day_error = day_error / out.calls;
  }
  return out;
}

}  // namespace cordboard::figures
