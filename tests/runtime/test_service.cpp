// SPDX-License-Identifier: Apache-2.0
#include "house.hpp"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <doctest/doctest.h>
#include <filesystem>
#include <log/checkpoint.hpp>
#include <snapshot/history.hpp>
#include <sys/resource.h>
#include <unistd.h>

using namespace cordboard;
using namespace cordboard::runtime_test;

TEST_CASE("a second start on the same folders is refused and names the process") {
  const folders where;
  board_on_thread board(small_house(where.run, where.hot));
  const auto refusal = [&](const config& with) -> std::string {
    try {
      board_on_thread second(with);
    } catch (const runtime::start_error& why) {
      return why.what();
    }
    return {};
  };
  const auto pid = std::to_string(getpid());
  CHECK(refusal(small_house(where.run, where.hot)).find(pid) != std::string::npos);
  // The same log under another run folder: the log's own lock.
  const folders elsewhere;
  CHECK(refusal(small_house(elsewhere.run, where.hot)).find(pid) != std::string::npos);
}

TEST_CASE("a bound on waiting commands is told at once, and nothing of it is logged") {
  const folders where;
  auto with = small_house(where.run, where.hot);
  with.commands_max = 3;
  board_on_thread board(with);
  int taken = 0, full = 0;
  // While the loop is held up, the fourth command finds no room.
  board.on_loop([&](runtime::service&) {
    for (std::uint64_t i = 1; i <= 10; ++i) {
      command what(cmd::ready{operator_id{1}});
      what.id = {i, i};
      what.deadline_ns = 1;
      const auto why = board.commands().try_push({what, {}, {}});
      taken += why == errc{} ? 1 : 0;
      full += why == errc::queue_full ? 1 : 0;
    }
  });
  CHECK(taken == 3);
  CHECK(full == 7);
  CHECK_FALSE(board.stop());
  const auto events = read_all(where.run);
  CHECK(std::count_if(events.begin(), events.end(),
                      [](const logged& e) { return e.record.kind == event_kind::command_refused; }) == 3);
}

TEST_CASE("a checkpoint is written as the log grows, and a restart begins at it") {
  const folders where;
  const auto with = small_house(where.run, where.hot);
  runtime::service::options often;
  often.follow.events_between = 100;
  std::uint64_t before = 0;
  {
    board_on_thread board(with, often);
    for (int i = 0; i < 40; ++i) {
      board.call_in("9000", std::to_string(i));
      board.hang_up(std::to_string(i));
    }
    CHECK(board.sees([](const board_state& s) { return s.calls == 0; }));
    CHECK_FALSE(board.stop());
    before = hash(fold(read_all(where.run)));
  }
  diagnostics why;
  const auto all = read_all(where.run);
  const auto known = runtime::recover(with.log, all.back().record.sequence, why);
  REQUIRE(known.has_value());
  CHECK(hash(known->state) == before);
  CHECK(known->replayed < 100);
}

TEST_CASE("a full log ends no call: new ones are refused, the rest waits, and goes on when there is room") {
  const folders where;
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit usual{};
  REQUIRE(getrlimit(RLIMIT_FSIZE, &usual) == 0);
  std::atomic<bool> full{false};
  runtime::service::options how;
  how.trace = [&](const std::string& line) {
    if (line.find("the log takes nothing") != std::string::npos) full = true;
  };
  board_on_thread board(small_house(where.run, where.hot), how);
  board.behave("8001", loopback_phone::rings);
  board.call_in("8001", "1");
  CHECK(board.sees([](const board_state& s) { return s.calls == 1; }));
  // Text tails can grow no more, as on a full file system; what they have is soon used up.
  auto none = usual;
  none.rlim_cur = 1;
  REQUIRE(setrlimit(RLIMIT_FSIZE, &none) == 0);
  std::int64_t waiting = 0;
  for (; waiting < 40 && !full; ++waiting) {
    board.call_in("9000", std::string(30'000, '2') + std::to_string(waiting));
    board.on_loop([](runtime::service&) {});
  }
  CHECK(full);
  const auto last = read_all(where.hot).back().record.sequence;
  std::int64_t calls = 0;
  board.on_loop([&](runtime::service& s) { calls = s.state().calls; });
  // Nothing of it is done that the log does not know, and for as long as it takes nobody is given up.
  board.call_in("9000", "3");
  board.hang_up("1");
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(6);
  while (std::chrono::steady_clock::now() < patience) {
    REQUIRE(board.sees([&](const board_state& s) { return s.calls == calls; }));
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  CHECK(read_all(where.hot).back().record.sequence == last);
  REQUIRE(setrlimit(RLIMIT_FSIZE, &usual) == 0);

  // The call that hung up is over, the one that waited is there, the one that was refused is not.
  CHECK(board.sees([&](const board_state& s) { return s.calls == waiting; }));
  CHECK_FALSE(board.stop());
  for (const logged& e : read_all(where.hot)) CHECK(e.text.substr(0, 2) != "3\t");
}

TEST_CASE("an archive that is away, and back, is told by the board") {
  const folders where;
  auto with = small_house(where.run, where.hot);
  with.log.archive = where.hot + "-archive";
  runtime::service::options how;
  how.archive.sync_every = std::chrono::milliseconds(1);
  how.archive.lag_max = std::chrono::milliseconds(20);
  how.watch_archive = std::chrono::milliseconds(5);
  const auto told = [&](log_trouble what) {
    const auto all = read_all(where.hot);
    return std::any_of(all.begin(), all.end(), [&](const logged& e) {
      return e.record.kind == event_kind::log_alarm && e.record.detail == static_cast<std::uint16_t>(what);
    });
  };
  {
    board_on_thread board(with, how);
    std::filesystem::rename(with.log.archive, with.log.archive + "-away");
    // What the archiver is just copying still goes into the folder in its hands, and then nothing waits: so there is more.
    CHECK(eventually([&] {
      board.call_in("9000", "1");
      return told(log_trouble::archive_behind);
    }));
    std::filesystem::rename(with.log.archive + "-away", with.log.archive);
    CHECK(eventually([&] { return told(log_trouble::archive_in_step); }));
    CHECK_FALSE(board.stop());
  }
  // The last checkpoint went there too, and by it alone the board would start again.
  CHECK(log::load_checkpoint(history::checkpoint_folders(runtime::places_in(with.log)).back(), UINT64_MAX).has_value());
  std::filesystem::remove_all(with.log.archive);
}

TEST_CASE("a house that does not fit into one batch is there whole, and a second start changes nothing") {
  const folders where;
  auto with = small_house(where.run, where.hot);
  for (int i = 0; i < 1000; ++i) {
    device_config one;
    one.number = "n" + std::to_string(i);
    one.name = one.password = "p";
    with.house.devices.push_back(one);
  }
  const auto configured = [&] {
    const auto all = read_all(where.hot);
    return std::count_if(all.begin(), all.end(),
                         [](const logged& e) { return e.record.kind == event_kind::device_configured; });
  };
  {
    board_on_thread board(with);
    CHECK(board.sees([](const board_state& s) {
      return s.devices.own().size() == 1006 && device_by_number(s, "n999") && queue_by_number(s, "9000") &&
             !s.principals.own().empty();
    }));
    CHECK(configured() == 1006);
  }
  const board_on_thread again(with);
  CHECK(configured() == 1006);
}

TEST_CASE("a board that serves gives a sign of life again and again, also when nothing happens; one that stopped says so") {
  const folders where;
  auto board = std::make_unique<board_on_thread>(small_house(where.run, where.hot));
  auto reader = log_reader::open(where.run).value();
  for (int beats = 0; beats < 2; ++beats) {
    // The age of the last beat rises until there is another.
    auto age = reader.link().age;
    CHECK(eventually([&] {
      const auto now = reader.link();
      const bool again = now.state == link_state::serving && now.age < age;
      age = now.age;
      return again;
    }));
  }
  CHECK_FALSE(board->stop());
  CHECK(reader.link().state == link_state::stopped);
}
