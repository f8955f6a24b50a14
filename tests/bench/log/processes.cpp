// SPDX-License-Identifier: Apache-2.0
#include "processes.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <memory>
#include <thread>

namespace cordboard::bench {
namespace {

constexpr std::size_t runners_max = 16;
constexpr unsigned seconds_max = 120;

struct track {
  std::atomic<std::size_t> ready{0};
  std::atomic<std::int64_t> begun{0};
  std::array<took, runners_max> results;
};

void run(track& on, std::size_t place, std::size_t of, const runner& who) {
  if (who.processor >= 0) pin(who.processor);
  const auto body = who.prepare();
  // The last one that is ready starts the clock for all.
  if (on.ready.fetch_add(1) + 1 == of) on.begun.store(now_ns());
  while (on.begun.load() == 0) ::usleep(50);
  const double before = thread_cpu_ns();
  body();
  on.results[place] = {static_cast<double>(now_ns() - on.begun.load()), thread_cpu_ns() - before};
}

std::vector<took> results_of(const track& on, std::size_t count) {
  return {on.results.begin(), on.results.begin() + static_cast<std::ptrdiff_t>(count)};
}

}  // namespace

std::vector<took> race(const std::vector<runner>& all) {
  must(all.size() <= runners_max, "too many processes");
  const shared<track> on;
  std::vector<pid_t> children;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const pid_t child = ::fork();
    must(child >= 0, "fork");
    if (child == 0) {
      ::alarm(seconds_max);
      run(*on, i, all.size(), all[i]);
      ::_exit(0);
    }
    children.push_back(child);
  }
  bool good = true;
  for (const pid_t child : children) {
    int status = 0;
    good = ::waitpid(child, &status, 0) == child && status == 0 && good;
  }
  must(good, "a process of the benchmark failed");
  return results_of(*on, all.size());
}

std::vector<took> race_in_process(const std::vector<runner>& all) {
  must(all.size() <= runners_max, "too many threads");
  track on;
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < all.size(); ++i) threads.emplace_back([&, i] { run(on, i, all.size(), all[i]); });
  for (auto& thread : threads) thread.join();
  return results_of(on, all.size());
}

}  // namespace cordboard::bench
