// SPDX-License-Identifier: Apache-2.0
// What is old goes, what is held stays, and what is left can be read, folded and started from.
#include "house.hpp"

#include <algorithm>
#include <atomic>
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <log/checkpoint.hpp>
#include <log/layout.hpp>
#include <log/retention.hpp>
#include <log/verify.hpp>
#include <runtime/recovery.hpp>
#include <sys/stat.h>

using namespace cordboard;
using namespace cordboard::runtime_test;
namespace fs = std::filesystem;

namespace {

constexpr std::int64_t day = std::int64_t{86400} * 1'000'000'000;

struct old_house {
  folders where;
  config with = small_house(where.run, where.hot);
  std::atomic<std::int64_t> later{0};

  old_house() {
    with.log.archive = where.run + "/archive";
    with.log.keep_days = 30;
  }
  runtime::service::options how() {
    runtime::service::options often;
    often.watch_archive = std::chrono::milliseconds(5);
    often.retention.every = std::chrono::milliseconds(5);
    often.retention.wall = [this] { return log::wall_time_ns() + later; };
    return often;
  }
  /// A board that lives for three calls, and stops: one segment.
  void live() {
    board_on_thread board(with, how());
    for (int i = 0; i < 3; ++i) {
      board.call_in("9000", std::to_string(i));
      board.hang_up(std::to_string(i));
    }
    CHECK(board.sees([](const board_state& s) { return s.calls == 0; }));
    CHECK_FALSE(board.stop());
  }
  std::vector<std::uint64_t> segments() const {
    auto reader = log_reader::open(where.hot);
    REQUIRE(reader.has_value());
    return reader->segments().value();
  }
  std::vector<std::string> files_below(std::uint64_t number) const {
    std::vector<std::string> found;
    for (const auto& folder : {where.hot, with.log.archive})
      for (const auto& file : fs::directory_iterator(folder)) {
        const auto name = file.path().filename().string();
        const auto of = log::segment_of_file(name);
        if (of >= 0 && static_cast<std::uint64_t>(of) < number) found.push_back(file.path());
      }
    return found;
  }
};

std::vector<event> removals(const std::string& place) {
  std::vector<event> found;
  for (const auto& one : read_all(place))
    if (one.record.kind == event_kind::log_removed) found.push_back(one.record);
  return found;
}

}  // namespace

TEST_CASE("what is older than the house keeps goes from disk and memory, but for what is held and what a restart needs") {
  old_house house;
  for (int i = 0; i < 4; ++i) house.live();
  const auto before = house.segments();
  REQUIRE(before.size() == 4);
  const auto everything = read_all(house.where.hot);
  const auto held = log::first_of(before[2]);
  std::uint64_t hold = 0;
  // A copy of what will go, to stand there again as after a crash half way.
  const fs::path aside = house.where.run + "/aside";
  fs::create_directory(aside);
  for (const auto& file : house.files_below(before[2]))
    if (file.find("/archive/") != std::string::npos) fs::copy(file, aside / fs::path(file).filename());
  {
    board_on_thread board(house.with, house.how());
    auto behind = log_reader::open(house.where.hot);
    REQUIRE(behind.has_value());
    REQUIRE(behind->after(0).has_value());
    const auto done =
        board.exec(command(cmd::hold_log{log_span::sequences, "file 17", static_cast<std::int64_t>(held), held + 1}));
    REQUIRE(done.end.has_value());
    CHECK(done.end->kind == event_kind::command_done);
    hold = static_cast<std::uint64_t>(done.end->value);
    CHECK(house.segments().size() == 5);
    house.later = 31 * day;
    REQUIRE(eventually([&] { return house.segments().front() == before[2]; }));
    CHECK(eventually([&] { return house.files_below(before[2]).empty(); }));
    const auto said = removals(house.where.hot);
    REQUIRE(said.size() == 1);
    CHECK(said[0].value == static_cast<std::int64_t>(log::first_of(before[0])));
    CHECK(said[0].other == held);
    CHECK(said[0].detail == static_cast<std::uint16_t>(log_removal::age));
    // Whoever is behind is told, and goes on at the oldest.
    auto late = log_reader::open(house.where.hot);
    REQUIRE(late.has_value());
    const auto gone = late->after(5);
    REQUIRE_FALSE(gone.has_value());
    CHECK(gone.error() == errc::log_gone);
    CHECK(late->oldest().value() == held);
    REQUIRE(late->after(late->oldest().value() - 1).has_value());
    CHECK(late->next().value().front().sequence == held);
    // One that had it mapped reads what it has, and is then told the same way or goes on.
    while (true) {
      const auto events = behind->next();
      if (!events) CHECK(events.error() == errc::log_gone);
      if (!events || events->empty()) break;
    }
    CHECK(board.exec(command(cmd::hold_log{log_span::sequences, "too late", 1, held - 1})).answer.code == errc::log_gone);
    CHECK_FALSE(board.stop());
  }
  // A fold of what is left begins with the state at its edge, and ends where one of everything ends.
  const auto archive = log::folder::open(house.with.log.archive);
  REQUIRE(archive.has_value());
  const auto edge = log::read_checkpoint(*archive, log::edge_name(before[2]));
  REQUIRE(edge.has_value());
  auto state = load(edge->bytes).value();
  const auto left = read_all(house.where.hot);
  for (const auto& e : left) evolve(state, e);
  board_state whole = fold(everything);
  for (const auto& e : left)
    if (e.record.sequence > whole.last_sequence) evolve(whole, e);
  CHECK(hash(state) == hash(whole));

  // What a crash left standing goes at the next start, since the log says so.
  for (const auto& file : fs::directory_iterator(aside))
    fs::copy(file.path(), fs::path(house.with.log.archive) / file.path().filename());
  REQUIRE_FALSE(house.files_below(before[2]).empty());
  house.later = 0;
  {
    board_on_thread board(house.with, house.how());
    CHECK(eventually([&] { return house.files_below(before[2]).empty(); }));
    CHECK(removals(house.where.hot).size() == 1);
    CHECK(board.exec(command(cmd::release_log_hold{static_cast<std::int64_t>(hold)})).answer.code == errc{});
    // Released: its segment goes, and the one behind it. The newest checkpoint on disk is in the segment before this one.
    const auto now = house.segments();
    house.later = 31 * day;
    CHECK(eventually([&] { return house.segments().front() == now[now.size() - 2]; }));
    CHECK_FALSE(board.stop());
  }
  // Without any other checkpoint, a start begins at the edge.
  fs::remove_all(house.where.hot + "/checkpoints");
  fs::remove_all(house.with.log.archive + "/checkpoints");
  house.later = 0;
  diagnostics why;
  const auto all = read_all(house.where.hot);
  const auto known = runtime::recover(house.with.log, all.back().record.sequence, why);
  REQUIRE_MESSAGE(known.has_value(), why.our_text());
  board_on_thread again(house.with, house.how());
  CHECK(again.sees([](const board_state& s) { return s.operators.own().size() == 2; }));
}

TEST_CASE("the oldest go when the archive is too large, one segment after the other") {
  old_house house;
  house.with.log.keep_days = 0;
  for (int i = 0; i < 4; ++i) house.live();
  const auto before = house.segments();
  // A bound that a file could not say: room for four closed segments of this small log, and not for the newest beside them.
  std::uint64_t bytes = 0;
  for (const auto& file : house.files_below(before[3])) {
    if (file.find("/archive/") == std::string::npos) continue;
    struct stat is {};
    REQUIRE(::stat(file.c_str(), &is) == 0);
    bytes += static_cast<std::uint64_t>(is.st_blocks) * 512;
  }
  house.with.log.archive_bytes_max = bytes * 4 / 3;
  board_on_thread board(house.with, house.how());
  REQUIRE(eventually([&] { return !removals(house.where.hot).empty(); }));
  CHECK(removals(house.where.hot)[0].detail == static_cast<std::uint16_t>(log_removal::size));
  CHECK(eventually([&] { return house.segments().front() > before[0]; }));
  CHECK(house.segments().front() < before[3]);
}

TEST_CASE("a keyed archive is chained by the board, and a key that others may read is refused at the start") {
  old_house house;
  const auto key = house.where.run + "/chain.key";
  std::ofstream(key) << std::string(64, 'b') << '\n';
  fs::permissions(key, fs::perms::owner_read | fs::perms::group_read);
  house.with.log.chain_key_file = key;
  try {
    board_on_thread board(house.with);
    CHECK(false);
  } catch (const runtime::start_error& why) {
    CHECK(std::string(why.what()).find("its mode must be 0600 or 0400") != std::string::npos);
  }
  fs::permissions(key, fs::perms::owner_read);
  house.live();
  house.live();
  const log::chain_key secret(std::string(32, '\xbb'));
  log::verify_options how;
  how.key = &secret;
  const auto seen = log::verify_log(house.with.log.archive, how);
  REQUIRE(seen.has_value());
  CHECK(seen->findings_count == 0);
  CHECK(seen->keyed == 2);
}
