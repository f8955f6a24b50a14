// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <runtime/intake.hpp>

using namespace cordboard;
using runtime::intake;

namespace {
runtime::submission asking(command_kind kind, std::uint64_t id = 1) {
  command c;
  c.kind = kind;
  c.id = {id, id};
  return {c, {}, {}};
}
}  // namespace

TEST_CASE("commands beyond the bound are told queue_full, and room comes back") {
  intake commands(2);
  CHECK(commands.try_push(asking(command_kind::hold, 1)) == errc{});
  CHECK(commands.try_push(asking(command_kind::hold, 2)) == errc{});
  CHECK(commands.try_push(asking(command_kind::hold, 3)) == errc::queue_full);
  CHECK(commands.pop()->what.id.high == 1);
  CHECK(commands.try_push(asking(command_kind::hold, 3)) == errc{});
  CHECK(commands.pop()->what.id.high == 2);
  CHECK(commands.pop()->what.id.high == 3);
  CHECK_FALSE(commands.pop());
}

TEST_CASE("an answer is not kept waiting by a backlog") {
  intake commands(2);
  CHECK(commands.try_push(asking(command_kind::hold, 1)) == errc{});
  CHECK(commands.try_push(asking(command_kind::hold, 2)) == errc{});
  CHECK(commands.try_push(asking(command_kind::answer, 3)) == errc{});
  CHECK(commands.pop()->what.kind == command_kind::answer);
  CHECK(commands.pop()->what.id.high == 1);
}

TEST_CASE("the loop is poked once until it has taken everything, also for what came before it was there") {
  intake commands(8);
  int pokes = 0;
  CHECK(commands.try_push(asking(command_kind::hold)) == errc{});
  commands.open([&] { ++pokes; });
  CHECK(pokes == 1);
  CHECK(commands.try_push(asking(command_kind::hold)) == errc{});
  CHECK(pokes == 1);
  CHECK(commands.pop());
  CHECK(commands.pop());
  CHECK(commands.try_push(asking(command_kind::hold)) == errc{});
  CHECK(pokes == 2);
  CHECK(commands.close().size() == 1);
  CHECK(commands.try_push(asking(command_kind::hold)) == errc::board_closed);
  CHECK(pokes == 2);
}
