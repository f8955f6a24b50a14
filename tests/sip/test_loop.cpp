// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <sip/loop.hpp>
#include <sip/loop_executor.hpp>
#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <thread>
#include <vector>

using namespace cordboard;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

TEST_CASE("what is posted runs on the loop's thread, in order, and may be move-only") {
  sip::loop on;
  std::vector<int> ran;
  std::thread poster([&] {
    CHECK_FALSE(on.on_thread());
    for (int i = 0; i < 1000; ++i)
      on.post([&on, &ran, i, owned = std::make_unique<int>(i)] {
        CHECK(on.on_thread());
        CHECK(*owned == i);
        ran.push_back(i);
      });
    on.post([&on] { on.stop(); });
  });
  on.run();
  poster.join();
  REQUIRE(ran.size() == 1000);
  for (int i = 0; i < 1000; ++i) REQUIRE(ran[static_cast<std::size_t>(i)] == i);
}

TEST_CASE("a job posted by a job runs in a later turn, and each turn is told") {
  sip::loop on;
  int turns = 0;
  int inner_at = -1;
  on.each_turn([&] { ++turns; });
  on.post([&] { on.post([&] { inner_at = turns; }); });
  while (inner_at < 0) on.turn(milliseconds(10));
  CHECK(inner_at >= 1);
}

TEST_CASE("what is still posted when the loop dies is destroyed, not run") {
  const auto held = std::make_shared<int>(0);
  {
    sip::loop on;
    on.post([held] { ++*held; });
  }
  CHECK(*held == 0);
  CHECK(held.use_count() == 1);
}

TEST_CASE("many threads post at once and nothing is lost") {
  sip::loop on;
  int count = 0;
  std::vector<std::thread> posters;
  posters.reserve(4);
  for (int t = 0; t < 4; ++t)
    posters.emplace_back([&] {
      for (int i = 0; i < 20000; ++i) on.post([&] { ++count; });
    });
  while (count < 80000) on.turn(milliseconds(10));
  for (auto& each : posters) each.join();
  CHECK(count == 80000);
}

TEST_CASE("a timer is never early, can be moved and cancelled, and may destroy itself") {
  sip::loop on;
  steady_clock::time_point rang{};
  sip::timer moved(on, [&] { rang = steady_clock::now(); });
  const auto due = steady_clock::now() + milliseconds(30);
  moved.at(steady_clock::now() + milliseconds(5));
  moved.at(due);
  int cancelled = 0;
  sip::timer never(on, [&] { ++cancelled; });
  never.after(milliseconds(1));
  never.cancel();
  auto self = std::make_unique<std::unique_ptr<sip::timer>>();
  *self = std::make_unique<sip::timer>(on, [&] { self->reset(); });
  (*self)->after(milliseconds(1));
  while (rang == steady_clock::time_point{}) on.turn(milliseconds(50));
  CHECK(rang >= due);
  CHECK(cancelled == 0);
  CHECK(*self == nullptr);
  moved.at(steady_clock::now() - milliseconds(10));
  rang = {};
  while (rang == steady_clock::time_point{}) on.turn(milliseconds(50));
}

TEST_CASE("coroutines and Asio timers resume on the loop's thread") {
  sip::loop on;
  boost::asio::io_context io;
  auto work = boost::asio::make_work_guard(io);
  std::thread timers([&] { io.run(); });
  const sip::loop_executor executor(on, io);
  static_assert(boost::asio::execution::is_executor_v<sip::loop_executor>);
  int resumed = 0;
  bool done = false;
  boost::asio::co_spawn(
      executor,
      [&]() -> boost::asio::awaitable<void> {
        boost::asio::steady_timer timer(io);
        for (int i = 0; i < 20; ++i) {
          timer.expires_after(milliseconds(1));
          co_await timer.async_wait(boost::asio::use_awaitable);
          resumed += on.on_thread() ? 1 : 0;
        }
        co_await boost::asio::post(executor, boost::asio::use_awaitable);
        resumed += on.on_thread() ? 1 : 0;
      },
      [&](const std::exception_ptr& failed) {
        CHECK(failed == nullptr);
        done = true;
      });
  while (!done) on.turn(milliseconds(10));
  CHECK(resumed == 21);
  work.reset();
  timers.join();
}
