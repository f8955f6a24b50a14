// SPDX-License-Identifier: Apache-2.0
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
#include <stdlib.h>
#include <atomic>
#include <chrono>
#include <cordboard/client.hpp>
#include <fake_board.hpp>
#include <filesystem>
#include <limits>
#include <string>
#include <thread>
#include <vector>

using namespace cordboard;
using namespace std::chrono_literals;

namespace {

struct folder {
  folder() {
    std::string pattern = "/tmp/cordboard_client_XXXXXX";
    path = ::mkdtemp(pattern.data());
  }
  ~folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::string path;
};

struct house {
  folder where;
  test::fake_board board{where.path};
  client hands{*client::attach(where.path)};
};

template <class Typed>
command given(const Typed& t) {
  command c(t);
  c.id = random_command_id();
  c.deadline_ns = std::numeric_limits<std::int64_t>::max();
  return c;
}

}  // namespace

TEST_CASE("a command is accepted, and its outcome follows") {
  house h;
  const command c = given(cmd::hold{.call = {42}});
  const auto accepted = h.hands.submit(c);
  REQUIRE(accepted);
  const auto outcome = h.hands.outcome(c.id, *accepted, 5s);
  REQUIRE(outcome);
  CHECK(outcome->kind == event_kind::command_done);
  CHECK(outcome->command == c.id);
  CHECK(outcome->sequence > *accepted);
}

TEST_CASE("a refusal is told with its reason") {
  house h;
  CHECK(h.hands.submit(given(cmd::clear_call{.call = {42}})).error() == errc::call_unknown);
  CHECK(h.hands.submit(given(cmd::log_off{.operator_ = {1}})).error() == errc::queue_full);
}

TEST_CASE("a record that is not well formed never leaves") {
  house h;
  CHECK(h.hands.submit(command(cmd::hold{.call = {1}})).error() == errc::command_invalid);
  CHECK(h.hands.submit(given(cmd::hold{})).error() == errc::command_invalid);
  const std::string longest(command_text_max, '1');
  const std::string longer(command_text_max + 1, '1');
  cmd::make_call call{.operator_ = {1}, .text = longest, .new_call = {1}, .new_leg = {2}, .new_party = {3}};
  CHECK(h.hands.submit(given(call)));
  call.text = longer;
  CHECK(h.hands.submit(given(call)).error() == errc::text_invalid);
  call.text = "12\n34";
  CHECK(h.hands.submit(given(call)).error() == errc::text_invalid);
}

TEST_CASE("the same command again gets the first answer") {
  house h;
  const command c = given(cmd::hold{.call = {42}});
  const auto first = h.hands.submit(c);
  REQUIRE(first);
  CHECK(*h.hands.submit(c) == *first);
}

TEST_CASE("an answer that does not come is timed out, and others do not wait for it") {
  house h;
  std::atomic<bool> timed_out{false};
  std::thread slow([&] { timed_out = h.hands.submit(given(cmd::ready{.operator_ = {1}}), 300ms).error() == errc::timed_out; });
  for (int i = 0; i < 50; ++i) CHECK(h.hands.submit(given(cmd::hold{.call = {1}})));
  slow.join();
  CHECK(timed_out);
  CHECK(h.hands.submit(given(cmd::hold{.call = {1}})));
}

TEST_CASE("answers come in another order than the commands") {
  house h;
  result<std::uint64_t> late = failure(errc::timed_out);
  const command answer = given(cmd::answer{.call = {1}, .operator_ = {1}});
  std::thread waiting([&] { late = h.hands.submit(answer, 10s); });
  // The answer to the first comes with the second, whichever thread reads the socket by then.
  log_reader log = *log_reader::open(h.where.path);
  bool seen = false;
  while (!seen) {
    const auto events = log.next();
    REQUIRE(events);
    for (const event& e : *events) seen = seen || e.command == answer.id;
    if (!seen) log.wait(5s);
  }
  const auto second = h.hands.submit(given(cmd::hold{.call = {1}}));
  waiting.join();
  REQUIRE(second);
  REQUIRE(late);
  CHECK(*late < *second);
}

TEST_CASE("many threads give commands at once, each gets its own answer") {
  house h;
  constexpr int threads = 8;
  constexpr int each = 50;
  std::atomic<int> right{0};
  std::vector<std::thread> all;
  all.reserve(threads);
  for (int t = 0; t < threads; ++t) {
    all.emplace_back([&, t] {
      for (int i = 0; i < each; ++i) {
        const bool refuse = (t + i) % 3 == 0;
        const auto call = call_id{static_cast<std::uint64_t>(t * each + i + 1)};
        const auto answer = refuse ? h.hands.submit(given(cmd::clear_call{.call = call}), 30s)
                                   : h.hands.submit(given(cmd::hold{.call = call}), 30s);
        if (refuse ? answer.error() == errc::call_unknown : answer.has_value()) ++right;
      }
    });
  }
  for (std::thread& t : all) t.join();
  CHECK(right == threads * each);
}

TEST_CASE("outcomes that fail, time out, or have not come") {
  house h;
  const command failed = given(cmd::retrieve{.call = {1}});
  const auto outcome = h.hands.outcome(failed.id, *h.hands.submit(failed), 5s);
  REQUIRE(outcome);
  CHECK(outcome->kind == event_kind::command_failed);
  CHECK(outcome->cause == cause::busy);
  const command late = given(cmd::alternate{.call = {1}, .other = 2});
  CHECK(h.hands.outcome(late.id, *h.hands.submit(late), 5s)->kind == event_kind::command_timed_out);
  const command open = given(cmd::reconnect{.call = {1}, .other = 2});
  CHECK(h.hands.outcome(open.id, *h.hands.submit(open), 10ms).error() == errc::timed_out);
}

TEST_CASE("nobody listens") {
  folder where;
  diagnostics why;
  CHECK(client::attach(where.path, &why).error() == errc::not_connected);
  CHECK(why.our_text().find("cordboard serve") != std::string::npos);
  CHECK(client::attach(where.path + "/none").error() == errc::not_connected);
  CHECK(client::attach(std::string(200, 'x')).error() == errc::limit_reached);
}

TEST_CASE("a connection that the board refuses says why") {
  house h;
  CHECK(h.hands.submit(given(cmd::not_ready{.operator_ = {1}})).error() == errc::access_refused);
  CHECK(h.hands.submit(given(cmd::hold{.call = {1}})));
}

TEST_CASE("a board that restarts is connected to again") {
  house h;
  CHECK(h.hands.submit(given(cmd::hold{.call = {1}})));
  h.board.drop_connections();
  CHECK(h.hands.submit(given(cmd::hold{.call = {2}})));
}

TEST_CASE("close ends what waits in other threads") {
  house h;
  const command open = given(cmd::reconnect{.call = {1}, .other = 2});
  const auto accepted = h.hands.submit(open);
  REQUIRE(accepted);
  std::error_code submitting;
  std::error_code awaiting;
  std::thread a([&] { submitting = h.hands.submit(given(cmd::ready{.operator_ = {1}}), 60s).error(); });
  std::thread b([&] { awaiting = h.hands.outcome(open.id, *accepted, 60s).error(); });
  h.hands.close();
  a.join();
  b.join();
  CHECK(submitting == errc::board_closed);
  CHECK(awaiting == errc::board_closed);
  CHECK(h.hands.submit(open).error() == errc::board_closed);
}

TEST_CASE("random ids are never 0 and differ") {
  CHECK(random_id() != random_id());
  CHECK(random_command_id() != random_command_id());
}
