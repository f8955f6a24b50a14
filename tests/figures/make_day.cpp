// SPDX-License-Identifier: Apache-2.0
// make_day FOLDER SEED [DATE_NS]: a log in FOLDER of a day of the simulated house, with a pace as of a hospital: the play goes on from an
// hour before midnight until an hour after the next one, and then to the end of its last call.
#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>
#include <log/writer.hpp>
#include <sim.hpp>

using namespace cordboard;

int main(int count, char** given) {
  if (count < 3) return 2;
  constexpr std::int64_t hour = 3600 * sim::second;
  // 2023-11-15 00:00 in Shanghai.
  const std::int64_t midnight = count > 3 ? std::strtoll(given[3], nullptr, 10) : 1'699'977'600 * sim::second;
  log::writer_options options;
  options.hot = std::string(given[1]) + "/hot";
  options.room_min = 1 << 20;
  options.wall = [&] { return midnight - 2 * hour; };
  diagnostics why;
  auto writer = log::writer::open(options, &why);
  if (!writer) return fmt::print(stderr, "make_day: {}\n", why.our_text()), 1;
  sim::course day;
  day.until = midnight + 25 * hour;
  day.around.begin = midnight - hour;
  day.around.next = [&] { return (*writer)->next(); };
  day.around.committed = [&](std::vector<logged>& batch) {
    if (!(*writer)->append(batch)) std::abort();
  };
  day.pause_max = [&](std::int64_t now) {
    // Seconds between two things that happen, by the hour: quiet nights, two peaks.
    constexpr std::int64_t longest[24] = {180, 180, 180, 180, 180, 120, 60, 30, 10, 9,  9,  12,
                                          24,  20,  10,  10,  12,  20,  36, 45, 60, 75, 90, 120};
    return longest[static_cast<std::size_t>((now - midnight + 24 * hour) / hour % 24)] * sim::second;
  };
  const auto played = sim::run(std::strtoull(given[2], nullptr, 10), 2'000'000, {}, day);
  if (!played.failure.empty()) return fmt::print(stderr, "make_day: {}\n", played.failure), 1;
  (*writer)->close();
  fmt::print("{} calls, {} events\n", played.calls, played.events);
  return 0;
}
