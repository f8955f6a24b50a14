// SPDX-License-Identifier: Apache-2.0
// Sums on disk: wherever they were stopped, cut off or damaged, they say what the log says, or nothing.
#include <doctest/doctest.h>

#include <figures/live.hpp>
#include <figures/read.hpp>
#include <figures/summaries.hpp>
#include <filesystem>
#include <fstream>
#include <random>

#include "house_log.hpp"
#include "log/world.hpp"

using namespace cordboard;
using namespace cordboard::figures;
using namespace cordboard::figures_test;

namespace {

constexpr std::int64_t all_days = std::int64_t{100'000} * day_ns;

/// The simulated house as batches; its time is spread over four days, so that much of it goes on over midnight.
std::vector<std::vector<logged>> days_of(std::uint64_t seed, std::uint64_t steps) {
  std::vector<std::vector<logged>> all;
  sim::course how;
  how.around.committed = [&](std::vector<logged>& batch) { all.push_back(batch); };
  const auto played = sim::run(seed, steps, {}, how);
  REQUIRE(played.failure == "");
  const std::int64_t first = all.front().front().record.time_ns, last = all.back().back().record.time_ns;
  for (auto& batch : all)
    for (logged& one : batch)
      one.record.time_ns = first + (one.record.time_ns - first) / 1000 * (4 * day_ns / ((last - first) / 1000));
  return all;
}

/// A log that grows batch by batch.
struct growing {
  log_test::scratch folder;
  std::unique_ptr<log::writer> writer = log_test::open_writer(log_test::options_in(folder));
  std::string path() const { return folder / "hot"; }
  std::string sums() const { return folder / "sums"; }
  void add(std::vector<logged> batch) { REQUIRE(writer->append(batch)); }
  tally from_the_log() const {
    tally out;
    REQUIRE(read_log(path(), out));
    return out;
  }
};

summaries opened(const std::string& path) {
  auto out = summaries::open(path);
  REQUIRE(out);
  return std::move(*out);
}

/// Turns a byte of a file round.
void damage(const std::string& file) {
  std::fstream to(file, std::ios::in | std::ios::out | std::ios::binary);
  REQUIRE(to);
  to.seekg(40);
  const char was = static_cast<char>(to.get());
  to.seekp(40);
  to.put(static_cast<char>(was ^ 0x10));
}

/// Of the oldest closed day.
std::string oldest_file(const std::string& sums) {
  std::string found;
  for (const auto& file : std::filesystem::directory_iterator(sums)) {
    const std::string name = file.path().filename().string();
    if (name.find('.') != std::string::npos && (found.empty() || name < found)) found = name;
  }
  REQUIRE_FALSE(found.empty());
  return sums + "/" + found;
}

}  // namespace

TEST_CASE("S7 stored sums and what came since are what the log says, wherever a reader stopped") {
  for (const std::uint64_t seed : {11, 12}) {
    const auto batches = days_of(seed, 6000);
    growing log;
    std::mt19937_64 dice(seed);
    std::size_t at = 0;
    std::uint32_t kept = 0, lost = 0;
    while (at < batches.size()) {
      const std::size_t end = std::min(batches.size(), at + 1 + dice() % (batches.size() / 12));
      for (; at < end; ++at) log.add(batches[at]);
      summaries stored = opened(log.sums());
      REQUIRE(stored.follow(log.path()));
      const auto sums = stored.sums(0, all_days);
      REQUIRE(sums);
      CHECK(*sums == log.from_the_log());
      // Killed before it wrote, one in three finds the former state and goes on from there.
      if (dice() % 3 == 0) {
        ++lost;
        continue;
      }
      ++kept;
      REQUIRE(stored.keep());
      CHECK(*stored.sums(0, all_days) == *sums);
    }
    CHECK(kept > 4);
    CHECK(lost > 1);
    summaries stored = opened(log.sums());
    REQUIRE(stored.follow(log.path()));
    REQUIRE(stored.keep());
    REQUIRE(stored.days().size() > 2);
    // Calls and times that ended behind midnight have changed days that were closed.
    CHECK(stored.revision(0, all_days) > 1);
  }
}

TEST_CASE("S7 a month is the same from stored sums and from the log, closure and callers who wait too") {
  const auto batches = days_of(13, 4000);
  growing log;
  for (std::size_t i = 0; i < batches.size(); ++i) {
    log.add(batches[i]);
    if (i != batches.size() / 2 && i + 1 != batches.size()) continue;
    figures_request asked;
    asked.period = figure_period::month;
    asked.date = "2023-11";
    asked.by = {figure_dimension::day};
    const auto whole = read_figures(log.path(), asked);
    asked.summaries = log.sums();
    const auto stored = read_figures(log.path(), asked);
    REQUIRE(whole);
    REQUIRE(stored);
    CHECK(stored->position == whole->position);
    CHECK(stored->log_from == whole->log_from);
    CHECK(stored->closure.holds());
    CHECK(whole->closure.holds());
    CHECK(stored->closure.entered == whole->closure.entered);
    CHECK(stored->closure.at_end == whole->closure.at_end);
    CHECK(whole->revision == 0);
    REQUIRE(stored->rows.size() == whole->rows.size());
    for (std::size_t row = 0; row < whole->rows.size(); ++row) {
      CHECK(stored->rows[row].labels == whole->rows[row].labels);
      CHECK(stored->rows[row].values == whole->rows[row].values);
    }
  }
}

TEST_CASE("S7 counts close while callers wait, in the present interval and in one that has not begun") {
  story s;
  s.enters(0);
  s.call = 2;
  s.enters(5);
  s.call = 1;
  s.custody(12, custodian::operator_, 7);
  s.leaves(12, 0, 7);
  growing log;
  for (const event& e : s.events) log.add({logged{e, {}, tail::text}});
  figures_request asked;
  asked.date = "2023-11-15";
  const auto today = read_figures(log.path(), asked);
  REQUIRE(today);
  CHECK(today->closure.entered == 2);
  CHECK(today->closure.left == 1);
  CHECK(today->closure.at_end == 1);
  CHECK(today->closure.holds());
  asked.date = "2023-11-16";
  const auto tomorrow = read_figures(log.path(), asked);
  REQUIRE(tomorrow);
  CHECK(tomorrow->closure.at_start == 1);
  CHECK(tomorrow->closure.holds());
}

TEST_CASE("summaries are compared with the log, found damaged, and made anew as another revision") {
  const auto batches = days_of(14, 4000);
  growing log;
  for (const auto& batch : batches) log.add(batch);
  diagnostics why;
  CHECK(check_figures(log.path(), log.sums(), true, &why)->size() > 1);
  const auto same = check_figures(log.path(), log.sums(), false, &why);
  REQUIRE(same);
  for (const figures_day& day : *same) {
    CHECK(day.compared);
    CHECK_FALSE(day.differs);
    CHECK(day.revision == 1);
  }
  damage(oldest_file(log.sums()));
  figures_request asked;
  asked.period = figure_period::month;
  asked.date = "2023-11";
  asked.summaries = log.sums();
  const auto refused = read_figures(log.path(), asked, &why);
  REQUIRE_FALSE(refused);
  CHECK(refused.error() == std::errc::not_supported);
  CHECK(why.our_text().find("--rebuild") != std::string_view::npos);
  CHECK(check_figures(log.path(), log.sums(), false)->front().differs);
  CHECK(check_figures(log.path(), log.sums(), true)->front().revision == 2);
  CHECK_FALSE(check_figures(log.path(), log.sums(), false)->front().differs);
  REQUIRE(read_figures(log.path(), asked));
  // The list itself.
  damage(log.sums() + "/state");
  CHECK_FALSE(check_figures(log.path(), log.sums(), false));
  REQUIRE(check_figures(log.path(), log.sums(), true));
  CHECK(check_figures(log.path(), log.sums(), false)->front().revision >= 2);
  CHECK(read_figures(log.path(), asked)->closure.holds());
}

TEST_CASE("summaries are of one log, and one program at a time writes them") {
  const auto batches = days_of(15, 1500), others = days_of(16, 1500);
  growing log, other;
  for (const auto& batch : batches) log.add(batch);
  for (const auto& batch : others) other.add(batch);
  summaries first = opened(log.sums());
  REQUIRE(first.follow(log.path()));
  summaries second = opened(log.sums());  // beside it: it reads, and does not write
  REQUIRE(second.follow(log.path()));
  CHECK(*second.sums(0, all_days) == *first.sums(0, all_days));
  REQUIRE(second.keep());
  CHECK_FALSE(std::filesystem::exists(log.sums() + "/state"));
  REQUIRE(first.keep());
  CHECK(std::filesystem::exists(log.sums() + "/state"));
  summaries third = opened(log.sums());
  const auto strange = third.follow(other.path());
  REQUIRE_FALSE(strange);
  CHECK(strange.error() == std::errc::invalid_argument);
}

TEST_CASE("live figures are those of a report, event by event, over midnight and from stored sums") {
  const auto batches = days_of(17, 3000);
  growing log;
  log.add(batches.front());
  auto live = live_figures::open({.log = log.path()});
  REQUIRE(live);
  log_reader reader = log_test::open_reader(log.path());
  std::size_t compared = 0;
  for (std::size_t i = 1; i < batches.size(); ++i) {
    log.add(batches[i]);
    for (;;) {
      const auto events = reader.next();
      REQUIRE(events);
      if (events->empty()) break;
      live->evolve(*events, reader);
    }
    if (i % (batches.size() / 7) != 0) continue;
    const std::int64_t now = batches[i].back().record.time_ns;
    figures_request asked;
    asked.date = calendar::make("Asia/Shanghai")->wall_text(now).substr(0, 10);
    asked.figures = {"offered", "answer_rate", "asa"};
    const auto report = read_figures(log.path(), asked);
    REQUIRE(report);
    const std::string wall = live->wall(now);
    for (std::size_t f = 0; f < 2; ++f) {
      const figure_value& value = report->rows.at(0).values[f];
      const std::string ends = "," + std::to_string(value.numerator) + "," + std::to_string(value.denominator) + "]";
      const auto place = wall.find('"' + std::string(report->figures[f]->name) + "\":[");
      REQUIRE(place != std::string::npos);
      CHECK(wall.substr(place, wall.find(']', place) + 1 - place).ends_with(ends));
    }
    CHECK(wall.find("\"day\":\"" + asked.date + '"') != std::string::npos);
    auto again = live_figures::open({.log = log.path(), .summaries = log.sums()});
    REQUIRE(again);
    CHECK(again->wall(now) == wall);
    CHECK(again->prometheus(now) == live->prometheus(now));
    ++compared;
  }
  CHECK(compared >= 6);
}
