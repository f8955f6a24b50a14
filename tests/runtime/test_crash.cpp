// SPDX-License-Identifier: Apache-2.0
// A board is killed at random moments. A witness keeps all that it saw; after each restart all of it is there, unchanged, once.
#include "house.hpp"

#include <cstring>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <map>
#include <random>
#include <runtime/recovery.hpp>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace cordboard;
using namespace cordboard::runtime_test;

namespace {

class victim {
public:
  victim(const folders& where, unsigned seed) {
    int ends[2];
    REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    std::string program = CORDBOARD_VICTIM, run = where.run, hot = where.hot, number = std::to_string(seed);
    char* arguments[] = {program.data(), run.data(), hot.data(), number.data(), nullptr};
    REQUIRE(posix_spawn(&pid_, program.c_str(), &actions, nullptr, arguments, environ) == 0);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    char line[256] = {};
    const auto length = read(ends[0], line, sizeof line - 1);
    close(ends[0]);
    REQUIRE_MESSAGE((length > 5 && std::strncmp(line, "ready", 5) == 0), line);
  }
  ~victim() { kill(); }
  victim(const victim&) = delete;
  victim& operator=(const victim&) = delete;
  void kill() {
    if (pid_ == 0) return;
    ::kill(pid_, SIGKILL);
    int status = 0;
    waitpid(pid_, &status, 0);
    CHECK(WIFSIGNALED(status));
    pid_ = 0;
  }

private:
  pid_t pid_ = 0;
};

bool same(const event& a, const event& b) { return std::memcmp(&a, &b, sizeof a) == 0; }

}  // namespace

TEST_CASE("after kill -9 the log has all that a witness saw, and the state is the fold of the log") {
  const folders where;
  const auto with = small_house(where.run, where.hot);
  std::mt19937 random(20240608);
  std::map<std::uint64_t, event> witnessed;
  constexpr unsigned kills = 25;
  std::size_t lines = 0;
  for (unsigned round = 0; round < kills; ++round) {
    std::uint64_t last = 0;
    {
      victim board(where, round);
      auto reader = log_reader::open(where.hot);
      REQUIRE(reader.has_value());
      if (!witnessed.empty()) REQUIRE(reader->after(witnessed.rbegin()->first).has_value());
      // A number of events instead of a time: a slow machine is killed at the same places.
      const std::size_t until = witnessed.size() + 30 + random() % 1200;
      REQUIRE(eventually([&] {
        for (;;) {
          const auto events = reader->next();
          REQUIRE(events.has_value());
          if (events->empty()) break;
          for (const auto& e : *events) CHECK(witnessed.emplace(e.sequence, e).second);
        }
        return witnessed.size() >= until;
      }));
      board.kill();
    }
    // Nobody writes now: what is there is what the dead process committed.
    const auto all = read_all(where.hot);
    std::size_t found = 0;
    for (const auto& e : all) {
      const auto hit = witnessed.find(e.record.sequence);
      if (hit == witnessed.end()) continue;
      ++found;
      CHECK(same(hit->second, e.record));
    }
    CHECK(found == witnessed.size());
    last = all.back().record.sequence;
    diagnostics why;
    const auto known = runtime::recover(with.log, last, why);
    REQUIRE_MESSAGE(known.has_value(), why.our_text());
    CHECK(known->replayed < all.size());
    CHECK(hash(known->state) == hash(fold(all)));
    for (const auto& [id, leg] : known->state.legs.own()) lines += leg ? 1 : 0;
  }
  MESSAGE("events: ", witnessed.size(), ", lines that were up at a kill: ", lines);
  CHECK(lines > 0);

  // The house goes on, tells the gap, and can be stopped in order.
  board_on_thread board(with);
  CHECK(board.service().found().unclean);
  CHECK(board.service().found().lost == 0);
  CHECK_FALSE(board.stop());
  const auto all = read_all(where.hot);
  CHECK(std::count_if(all.begin(), all.end(), [](const logged& e) { return e.record.kind == event_kind::gap; }) == kills);
  const auto state = fold(all);
  CHECK(state.calls == 0);
  CHECK(state.stopped);
}
