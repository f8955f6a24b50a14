// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <cordboard/staffing.hpp>
#include <vector>

namespace cordboard {
namespace {

staffing_outcome erlang_c(double a, double n, double handle, double target) {
  const double blocked = erlang_b(a, static_cast<std::uint32_t>(n));
  const double waits = blocked / (1 - a / n * (1 - blocked));
  return {waits, 0, waits * handle / (n - a), 1 - waits * std::exp(-(n - a) * target / handle), a / n};
}

/// How probable it is that so many callers are in the system (index), in a queue whose callers give up. Cut where nothing is left.
std::vector<double> states(double calls, double mu, double theta, std::uint32_t n) {
  std::vector<double> p{1};
  double sum = 1;
  for (std::uint32_t k = 1; k < 1'000'000; ++k) {
    const double leaves = k <= n ? k * mu : n * mu + (k - n) * theta;
    const double next = p.back() * calls / leaves;
    p.push_back(next);
    sum += next;
    // A sum that grows out of range is put in range: only ratios count.
    if (sum > 1e200) {
      for (double& x : p) x /= 1e200;
      sum /= 1e200;
    }
    if (k > n && next < sum * 1e-16 && calls < leaves) break;
  }
  for (double& x : p) x /= sum;
  return p;
}

/// Share of all callers who wait and are answered within `target`. Whoever has m others before them passes m + 1 departures, each of
/// them by an operator who is free or by one of the others giving up, unless they give up first. Counted by uniformization: jumps
/// come as a Poisson process, so that time and place are apart.
double answered_after_wait(const std::vector<double>& p, double mu, double theta, std::uint32_t n, double target) {
  std::vector<double> before(p.begin() + n, p.end());  // by how many are waiting there already
  const double serves = n * mu;
  const double rate = serves + static_cast<double>(before.size() + 1) * theta;
  double answered = 0;
  // In pieces, so that the probability of no jump can be written as a number.
  const auto pieces = static_cast<int>(std::ceil(std::min(rate * target / 100, 1e6)));
  const double mean = pieces > 0 ? rate * target / pieces : 0;
  std::vector<double> after(before.size());
  for (int piece = 0; piece < pieces; ++piece) {
    double jumps = std::exp(-mean), seen = jumps, now_answered = answered, end_answered = answered * jumps;
    for (std::size_t j = 0; j < before.size(); ++j) after[j] = before[j] * jumps;
    for (int k = 1; seen < 1 - 1e-15 && k < 1000; ++k) {
      now_answered += before[0] * serves / rate;
      for (std::size_t j = 0; j < before.size(); ++j) {
        const double ahead = serves + static_cast<double>(j) * theta;
        before[j] *= 1 - (ahead + theta) / rate;
        if (j + 1 < before.size()) before[j] += before[j + 1] * (ahead + theta) / rate;
      }
      jumps *= mean / k;
      seen += jumps;
      end_answered += jumps * now_answered;
      for (std::size_t j = 0; j < before.size(); ++j) after[j] += jumps * before[j];
    }
    before = after;
    answered = end_answered;
  }
  return answered;
}

staffing_outcome erlang_a(const staffing_load& load, std::uint32_t n, double target) {
  const double calls = load.calls_per_hour / 3600, mu = 1 / load.handle_seconds, theta = 1 / load.patience_seconds;
  const std::vector<double> p = states(calls, mu, theta, n);
  staffing_outcome out;
  double queue = 0, busy = 0;
  for (std::size_t k = 0; k < p.size(); ++k) {
    const double in_system = static_cast<double>(k);
    busy += p[k] * std::min<double>(in_system, n);
    if (k < n) continue;
    out.waits += p[k];
    queue += p[k] * (in_system - n);
  }
  out.abandons = theta * queue / calls;
  out.average_wait = queue / calls;
  out.service_level = 1 - out.waits + answered_after_wait(p, mu, theta, n, target);
  out.occupancy = busy / n;
  return out;
}

}  // namespace

double erlang_b(double erlangs, std::uint32_t lines) {
  double blocked = 1;
  for (std::uint32_t n = 1; n <= lines; ++n) blocked = erlangs * blocked / (n + erlangs * blocked);
  return blocked;
}

std::optional<staffing_outcome> staffing(const staffing_load& load, std::uint32_t operators, double target_seconds) {
  const double a = load.erlangs();
  const bool known = a >= 0 && load.patience_seconds >= 0 && target_seconds >= 0 && std::isfinite(a + target_seconds);
  if (!known || operators == 0) return std::nullopt;
  if (a == 0) return staffing_outcome{0, 0, 0, 1, 0};
  if (load.patience_seconds > 0) return erlang_a(load, operators, target_seconds);
  if (a >= operators) return std::nullopt;
  return erlang_c(a, operators, load.handle_seconds, target_seconds);
}

std::optional<std::uint32_t> operators_needed(const staffing_load& load, double service_level, double target_seconds,
                                              std::uint32_t operators_max) {
  for (std::uint32_t n = 1; n <= operators_max; ++n) {
    const auto out = staffing(load, n, target_seconds);
    if (out && out->service_level >= service_level) return n;
  }
  return std::nullopt;
}

}  // namespace cordboard
