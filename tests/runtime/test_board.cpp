// SPDX-License-Identifier: Apache-2.0
// The front door: a board in this process, by Asio.
#include "house.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <cordboard/board.hpp>
#include <doctest/doctest.h>

using namespace cordboard;
using namespace cordboard::runtime_test;
namespace asio = boost::asio;

TEST_CASE("a board runs, carries commands out, and ends when it is cancelled; handlers are posted") {
  const folders where;
  asio::io_context io;
  board b(io.get_executor());
  bool ended = false, answered = false, inside = false;
  b.async_run(small_house(where.run, where.hot), [&](auto error) {
    CHECK_FALSE(error);
    ended = true;
  });
  // Given before it serves: it waits.
  inside = true;
  b.async_exec(command(cmd::log_on{operator_id{1}}), [&](auto error, const outcome& how) {
    CHECK_FALSE(inside);
    CHECK_FALSE(error);
    CHECK(how.done());
    CHECK(how.accepted != 0);
    answered = true;
    b.async_exec(command(cmd::hold{call_id{99}}), [&](auto refused, const outcome&) {
      CHECK(refused == boost::system::error_code(make_error_code(errc::call_unknown)));
      b.cancel();
    });
  });
  inside = false;
  io.run();
  CHECK(answered);
  CHECK(ended);
}

TEST_CASE("a board says when it serves, and why it does not") {
  const folders where;
  asio::io_context io;
  board first(io.get_executor()), second(io.get_executor());
  first.async_run(small_house(where.run, where.hot), [](auto error) { CHECK_FALSE(error); });
  first.async_ready([&](auto error, board_ready opened) {
    CHECK_FALSE(error);
    CHECK_FALSE(opened.recovered);
    second.async_ready(
        [](auto never, board_ready) { CHECK(never == boost::system::error_code(make_error_code(errc::board_closed))); });
    second.async_run(small_house(where.run, where.hot), [&](auto busy) {
      CHECK(busy);
      CHECK(second.why().our_text().find(std::to_string(getpid())) != std::string::npos);
      first.cancel();
    });
  });
  io.run();
}

TEST_CASE("commands that a board never decided about are told board_closed") {
  const folders where;
  asio::io_context io;
  int closed = 0;
  {
    board b(io.get_executor());
    for (int i = 0; i < 3; ++i)
      b.async_exec(command(cmd::log_on{operator_id{1}}), [&](auto error, const outcome&) {
        CHECK(error == boost::system::error_code(make_error_code(errc::board_closed)));
        ++closed;
      });
  }
  io.run();
  CHECK(closed == 3);
}

TEST_CASE("the phones of a loopback board are played by the program") {
  const folders where;
  asio::io_context io;
  board b(io.get_executor());
  auto ended = b.async_run(small_house(where.run, where.hot), asio::use_future);
  auto ready = b.async_ready(asio::use_future);
  auto logged_on = b.async_exec(command(cmd::log_on{operator_id{1}}), asio::use_future);
  auto is_ready = b.async_exec(command(cmd::ready{operator_id{1}}), asio::use_future);
  std::thread thread([&] { io.run(); });
  ready.get();
  CHECK(logged_on.get().done());
  CHECK(is_ready.get().done());
  b.loopback_behave("1001", loopback_phone::rings);
  b.loopback_call_in({"city", "9000", "123", "", leg_id{1}, call_id{2}, party_id{3}});
  const auto saw = [&](event_kind kind) {
    return eventually([&] {
      const auto kinds = kinds_of(read_all(where.run), call_id{2});
      return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
    });
  };
  CHECK(saw(event_kind::delivered));
  b.loopback_answer("1001");
  CHECK(saw(event_kind::established));
  b.loopback_hang_up("123");
  CHECK(saw(event_kind::call_cleared));
  b.cancel();
  ended.get();
  thread.join();
}
