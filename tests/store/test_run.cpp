// SPDX-License-Identifier: Apache-2.0
// The store as a process beside the board: it waits for what is not there, follows, and stops when it is told.
#include <doctest/doctest.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "world.hpp"

using namespace cordboard;
using namespace cordboard::store_test;

namespace {

/// `run` on a thread of its own; what it told.
struct running {
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> at{0};
  std::mutex mutex;
  std::vector<std::string> told;
  std::string failed;
  std::thread thread;
  explicit running(store::run_options how) {
    how.retry_first = std::chrono::milliseconds(20);
    how.tell = [this](const std::string& line) {
      const std::lock_guard lock(mutex);
      told.push_back(line);
    };
    how.at_end = [this](std::uint64_t position) { at = position; };
    thread = std::thread([this, how = std::move(how)] {
      try {
        store::run(how, stop);
      } catch (const store::database_error& wrong) {
        failed = wrong.what();
      }
    });
  }
  ~running() {
    stop = true;
    thread.join();
  }
  std::size_t said() {
    const std::lock_guard lock(mutex);
    return told.size();
  }
};

}  // namespace

TEST_CASE("the store waits for a log that is not there yet, says so once, and follows it while it grows") {
  const own_store here;
  const log_test::scratch folder;
  const auto options = log_test::options_in(folder);
  running run({.where = here.where, .log = options.hot});
  REQUIRE(log_test::eventually([&] { return run.said() == 1; }));
  const auto writer = log_test::open_writer(options);
  for (std::int64_t i = 1; i <= 40; ++i) log_test::append(*writer, i);
  REQUIRE(log_test::eventually([&] { return run.at >= 40; }));
  CHECK(run.said() == 2);  // that it is back
  for (std::int64_t i = 1; i <= 5; ++i) log_test::append(*writer, i);
  CHECK(log_test::eventually([&] { return run.at >= 45; }));
}

TEST_CASE("the store does not run with a key that is not its own, and says why") {
  const own_store here;
  { here.keys(*here.open()); }
  story log;
  log.call("13800138000", "王芳");
  store::place other = here.where;
  other.key_file = here.folder() + "/other";
  store::make_master(other.key_file);
  running run({.where = other, .log = log.path()});
  run.thread.join();
  run.thread = std::thread([] {});
  CHECK(run.failed.find("key") != std::string::npos);
}
