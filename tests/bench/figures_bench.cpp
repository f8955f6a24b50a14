// SPDX-License-Identifier: Apache-2.0
// What figures cost: the fold of ten million events beside a bare scan of the same log in the same run, one event at a time as a live
// wall reads them, and a month's report over a million calls from summaries, beside the same questions to SQLite over a table of calls.
//
// The events are those of plays of the simulated house, put one after the other with other times and ids: calls with every outcome.
#include <algorithm>
#include <chrono>
#include <cordboard/log_reader.hpp>
#include <cstdio>
#include <cstring>
#include <figures/fold.hpp>
#include <figures/read.hpp>
#include <filesystem>
#include <fmt/format.h>
#include <log/writer.hpp>
#include <sim.hpp>
#include <sqlite3.h>
#include <time.h>
#include <unistd.h>
#include <vector>

using namespace cordboard;

namespace {

constexpr std::int64_t second = 1'000'000'000;
/// 2026-10-01 00:00 in Shanghai.
constexpr std::int64_t october = 1'790'784'000 * second;
constexpr std::uint64_t events_wanted = 10'000'000;
constexpr std::int64_t calls_wanted = 1'000'000;

[[noreturn]] void stop(const std::string& what) {
  fmt::print(stderr, "figures_bench: {}\n", what);
  std::exit(1);
}

/// This thread's processor time: what else the machine does is not in it.
double cpu_seconds() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

/// Half a day of plays, over and over, each time with other ids.
struct plays {
  std::vector<std::vector<logged>> batches;
  std::uint64_t events = 0;
  std::int64_t length = 0;

  plays() {
    sim::course how;
    how.around.committed = [&](std::vector<logged>& batch) {
      events += batch.size();
      batches.push_back(batch);
      for (logged& one : batches.back()) one.text.clear();
    };
    const auto played = sim::run(1, 200'000, {}, how);
    if (!played.failure.empty()) stop(played.failure);
    length = batches.back().back().record.time_ns - batches.front().front().record.time_ns + second;
  }
  /// @param each  hears every batch of the round-th repetition, which lasts `as_long`
  template <class Each>
  void repeat(std::uint64_t round, std::int64_t begin, std::int64_t as_long, Each&& each) const {
    const std::int64_t first = batches.front().front().record.time_ns;
    const auto other = [&](std::uint64_t id) { return id == 0 ? id : id + (round << 40) * 0x9E3779B97F4A7C15ULL; };
    std::vector<logged> now;
    for (const auto& batch : batches) {
      now = batch;
      for (logged& one : now) {
        event& e = one.record;
        e.time_ns = begin + static_cast<std::int64_t>(static_cast<double>(e.time_ns - first) * static_cast<double>(as_long) /
                                                      static_cast<double>(length));
        e.call = call_id{other(e.call.value)};
        e.party = party_id{other(e.party.value)};
        e.leg = leg_id{other(e.leg.value)};
        if (e.kind == event_kind::transfer_started || e.kind == event_kind::originated) e.other = other(e.other);
      }
      each(now);
    }
  }
};

struct line {
  std::string name;
  double value;
  std::string unit;
  std::string baseline;
  double ratio;
};

/// Reads a log to its end. @returns processor seconds
template <class Each>
double scan(const std::string& folder, Each&& each) {
  auto reader = log_reader::open(folder);
  if (!reader || !reader->after(0)) stop("the log cannot be read");
  const double begun = cpu_seconds();
  for (;;) {
    const auto events = reader->next();
    if (!events) stop(events.error().message());
    if (events->empty()) return cpu_seconds() - begun;
    each(*events);
  }
}

std::vector<line> measure_folds(const plays& from) {
  const std::string folder = fmt::format("/dev/shm/cordboard-figures-bench-{}", static_cast<long>(::getpid()));
  struct cleaner {
    std::string path;
    ~cleaner() { std::filesystem::remove_all(path); }
  } const clean{folder};
  log::writer_options options;
  options.hot = folder;
  options.hot_bytes_max = std::uint64_t{4} << 30;
  auto writer = log::writer::open(options);
  if (!writer) stop(writer.error().message());
  std::uint64_t written = 0;
  for (std::uint64_t round = 0; written < events_wanted; ++round) {
    from.repeat(round, october + static_cast<std::int64_t>(round) * from.length, from.length, [&](std::vector<logged>& batch) {
      (*writer)->next(batch.size());
      if (const auto done = (*writer)->append(batch); !done) stop(done.error().message());
      written += batch.size();
    });
  }
  (*writer)->close();
  double bare = 1e9, folded = 1e9;
  std::int64_t calls = 0;
  std::uint64_t sum = 0;
  // In turn, three times each; the best of each counts, since other programs can only make it longer.
  for (int i = 0; i < 3; ++i) {
    bare = std::min(bare, scan(folder, [&](std::span<const event> events) {
                      for (const event& e : events) sum += static_cast<std::uint64_t>(e.time_ns) ^ e.call.value ^ e.other;
                    }));
    figures::tally counted;
    figures::fold all(counted);
    folded = std::min(folded, scan(folder, [&](std::span<const event> events) { all.evolve(events); }));
    calls = 0;
    counted.for_each([&](const figures::cell_key& key, std::span<const std::int64_t> sums) {
      if (key.kind == figures::record_kind::call) calls += sums[0];
    });
  }
  figures::tally live;
  figures::fold wall(live);
  const double one_by_one = scan(folder, [&](std::span<const event> events) {
    for (const event& e : events) wall.evolve({&e, 1});
  });
  if (sum == 0 || calls == 0) stop("nothing was read");
  const auto n = static_cast<double>(written);
  // A year's report from the log, and from stored sums with nothing new in the log: what `cordboard report` does, files and all.
  figures_request asked;
  asked.period = figure_period::year;
  asked.date = "2026";
  const auto report = [&] {
    const double begun = cpu_seconds();
    const auto made = read_figures(folder, asked);
    if (!made) stop(made.error().message());
    return std::pair{cpu_seconds() - begun, made->rows.at(0).values};
  };
  const auto [without, said] = report();
  const cleaner sums{folder + "-sums"};
  asked.summaries = sums.path;
  report();
  const auto [stored, same] = report();
  if (said != same) stop("stored sums say something else than the log");
  return {{"scan of the log, bare", n * sizeof(event) / bare / 1e6, "MB/s", "", 0},
          {"fold of the log", n * sizeof(event) / folded / 1e6, "MB/s", "scan of the log, bare", bare / folded},
          {"fold, an event", folded / n * 1e9, "ns", "", 0},
          {"fold, calls", static_cast<double>(calls) / folded, "calls/s", "", 0},
          {"live, an event at a time", one_by_one / n * 1e9, "ns", "", 0},
          {"report of a year, from the log", without * 1e3, "ms", "", 0},
          {"report of a year, from stored sums", stored * 1e3, "ms", "report of a year, from the log", stored / without}};
}

/// Every wait and every call of a fold, into SQLite.
class table_of_calls final : public figures::record_sink {
public:
  table_of_calls() {
    run("create table waits(id integer primary key, at int, queue int, operator int, result int, wait int)");
    run("begin");
    sqlite3_prepare_v2(base_, "insert or replace into waits values(?,?,?,?,?,?)", -1, &insert_, nullptr);
    sqlite3_prepare_v2(base_, "delete from waits where id=?", -1, &remove_, nullptr);
  }
  ~table_of_calls() {
    sqlite3_finalize(insert_);
    sqlite3_finalize(remove_);
    sqlite3_close(base_);
  }
  void add(const figures::record& one) override {
    // As a program would that keeps a table of calls: a row for each wait that is over.
    if (one.kind != figures::record_kind::wait || one.result == 0 || one.mark != figures::call_mark::none) return;
    const std::int64_t row[] = {id_of(one), one.at, one.queue, one.operator_, one.result, one.length};
    for (int i = 0; i < 6; ++i) sqlite3_bind_int64(insert_, i + 1, row[i]);
    sqlite3_step(insert_);
    sqlite3_reset(insert_);
  }
  void take_back(const figures::record& one) override {
    if (one.kind != figures::record_kind::wait || one.result == 0) return;
    sqlite3_bind_int64(remove_, 1, id_of(one));
    sqlite3_step(remove_);
    sqlite3_reset(remove_);
  }
  void done() {
    run("commit");
    run("create index by_time on waits(at)");
  }
  /// Offered, answered, abandoned, within 20 s and the sum of waits: in whole, by queue, by hour of the day.
  double ask(std::int64_t from, std::int64_t to, std::int64_t& answered) {
    const std::string what = fmt::format(
        "count(*), sum(result=1), sum(result=2), sum(result=1 and wait<=20000000000), sum(case when result=1 then wait else 0 "
        "end) from waits "
        "where at>={} and at<{}",
        from, to);
    const double begun = cpu_seconds();
    answered = run("select " + what, 1);
    run("select queue, " + what + " group by queue");
    run("select at/3600000000000%24 as hour, " + what + " group by hour");
    return cpu_seconds() - begun;
  }
  std::int64_t rows() { return run("select count(*) from waits"); }

private:
  static std::int64_t id_of(const figures::record& one) {
    return static_cast<std::int64_t>((one.call ^ figures::mix(static_cast<std::uint64_t>(one.began))) >> 1);
  }
  std::int64_t run(const std::string& sql, int column = 0) {
    sqlite3_stmt* statement = nullptr;
    if (base_ == nullptr && sqlite3_open(":memory:", &base_) != SQLITE_OK) stop("no SQLite");
    if (sqlite3_prepare_v2(base_, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK) stop(sqlite3_errmsg(base_));
    std::int64_t out = 0;
    while (sqlite3_step(statement) == SQLITE_ROW) out = sqlite3_column_int64(statement, column);
    sqlite3_finalize(statement);
    return out;
  }
  sqlite3* base_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
  sqlite3_stmt* remove_ = nullptr;
};

std::vector<line> measure_month(const plays& from) {
  figures::tally counted;
  figures::fold all(counted);
  table_of_calls table;
  figures::fold to_table(table);
  double folding = 0;
  std::int64_t calls = 0;
  const auto rounds = static_cast<std::uint64_t>(calls_wanted / 8000);  // more than enough; it ends with the million
  const std::int64_t as_long = 31 * 86400 * second / static_cast<std::int64_t>(rounds);
  const auto calls_of = [&] {
    std::int64_t n = 0;
    counted.for_each([&](const figures::cell_key& key, std::span<const std::int64_t> sums) {
      if (key.kind == figures::record_kind::call && key.mark == figures::call_mark::none) n += sums[0];
    });
    return n;
  };
  std::vector<event> slots;
  for (std::uint64_t round = 0; round < rounds && calls < calls_wanted; ++round) {
    slots.clear();
    from.repeat(round, october + static_cast<std::int64_t>(round) * as_long, as_long, [&](std::vector<logged>& batch) {
      for (const logged& one : batch) slots.push_back(one.record);
    });
    const double begun = cpu_seconds();
    all.evolve(slots);
    folding += cpu_seconds() - begun;
    to_table.evolve(slots);
    calls = calls_of();
  }
  all.settle(all.last_time());
  table.done();
  const std::string saved = counted.save();
  std::string why;
  const auto plan_by = [&](std::vector<figure_dimension> by) {
    figures_request what;
    what.period = figure_period::month;
    what.date = "2026-10";
    what.by = std::move(by);
    return figures::make_plan(what, why).value();
  };
  figures::reading read_from;
  read_from.first_time = all.first_time();
  read_from.last_time = all.last_time();
  const double begun = cpu_seconds();
  const auto read = figures::tally::load(saved);
  if (!read) stop("the summaries cannot be read back");
  const double loaded = cpu_seconds() - begun;
  figures_report whole, queues, clock;
  const double asked = cpu_seconds();
  figures::fill_report(whole, plan_by({}), *read, read_from);
  figures::fill_report(queues, plan_by({figure_dimension::queue}), *read, read_from);
  figures::fill_report(clock, plan_by({figure_dimension::clock}), *read, read_from);
  const double reported = cpu_seconds() - asked;
  std::int64_t sqlite_answered = 0, answered = 0;
  const double by_sqlite = table.ask(whole.from, whole.to, sqlite_answered);
  for (std::size_t i = 0; i < whole.figures.size(); ++i)
    if (whole.figures[i]->name == "answered") answered = whole.rows.at(0).values[i].numerator;
  if (answered != sqlite_answered) stop(fmt::format("answered: {} here, {} in SQLite", answered, sqlite_answered));
  return {{"a month: calls", static_cast<double>(calls), "", "", 0},
          {"a month: summaries", static_cast<double>(saved.size()) / 1e6, "MB", "", 0},
          {"a month: reading the summaries", loaded * 1e3, "ms", "", 0},
          {"a month: 3 reports of all figures", reported * 1e3, "ms", "a month: SQLite, 5 figures", reported / by_sqlite},
          {"a month: SQLite, 5 figures", by_sqlite * 1e3, "ms", "", 0},
          {"a month: rows in SQLite", static_cast<double>(table.rows()), "", "", 0},
          {"a month: without summaries", folding * 1e3, "ms", "", 0}};
}

}  // namespace

int main(int argc, char** argv) {
  const char* json = nullptr;
  for (int i = 1; i < argc; ++i)
    if (std::strcmp(argv[i], "--json") == 0 && i + 1 < argc) json = argv[++i];
  const plays from;
  std::vector<line> lines = measure_folds(from);
  for (line& one : measure_month(from)) lines.push_back(std::move(one));
  std::FILE* const out = json == nullptr || std::strcmp(json, "-") == 0 ? stdout : std::fopen(json, "w");
  if (out == nullptr) stop(json);
  for (const line& one : lines) {
    if (json == nullptr)
      fmt::print(out, "{:<40} {:>14.2f} {:<8} {}\n", one.name, one.value, one.unit,
                 one.baseline.empty() ? "" : fmt::format("{:.2f} of {}", one.ratio, one.baseline));
    else
      fmt::print(out,
                 R"({{"name":"{}","value":{},"unit":"{}","baseline":{},"ratio":{}}})"
                 "\n",
                 one.name, one.value, one.unit, one.baseline.empty() ? "null" : '"' + one.baseline + '"',
                 one.baseline.empty() ? "null" : fmt::format("{}", one.ratio));
  }
  return 0;
}
