// SPDX-License-Identifier: Apache-2.0
// store_make_log FOLDER SEED STEPS [BATCHES_A_SECOND]: a log in FOLDER of a play of the simulated house; with a pace, as it would grow.
// Prints the newest sequence, and how long the slowest append took.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fmt/format.h>
#include <log/writer.hpp>
#include <sim.hpp>
#include <thread>

using namespace cordboard;

int main(int count, char** given) {
  if (count < 4) return 2;
  using clock = std::chrono::steady_clock;
  log::writer_options options;
  options.hot = std::string(given[1]) + "/hot";
  options.room_min = 1 << 20;
  options.wall = [] { return std::int64_t{1'699'999'000} * sim::second; };
  diagnostics why;
  auto writer = log::writer::open(options, &why);
  if (!writer) return fmt::print(stderr, "store_make_log: {}\n", why.our_text()), 1;
  const long pace = count > 4 ? std::strtol(given[4], nullptr, 10) : 0;
  const auto begun = clock::now();
  long batches = 0;
  std::chrono::nanoseconds slowest{0};
  sim::course how;
  how.around.next = [&] { return (*writer)->next(); };
  how.around.committed = [&](std::vector<logged>& batch) {
    // By the clock and not by pauses: what is late is made up for.
    if (pace > 0) std::this_thread::sleep_until(begun + std::chrono::microseconds(1'000'000 * ++batches / pace));
    const auto before = clock::now();
    if (!(*writer)->append(batch)) std::abort();
    slowest = std::max<std::chrono::nanoseconds>(slowest, clock::now() - before);
  };
  const auto played = sim::run(std::strtoull(given[2], nullptr, 10), std::strtoull(given[3], nullptr, 10), {}, how);
  if (!played.failure.empty()) return fmt::print(stderr, "store_make_log: {}\n", played.failure), 1;
  const std::uint64_t newest = (*writer)->next() - 1;
  (*writer)->close();
  fmt::print("{} {}\n", newest, std::chrono::duration_cast<std::chrono::microseconds>(slowest).count());
  return 0;
}
