// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <cli/log_tools.hpp>
#include <cli/report_schedule.hpp>
#include <cli/signals.hpp>
#include <condition_variable>
#include <cordboard/log_reader.hpp>
#include <figures/calendar.hpp>
#include <filesystem>
#include <fmt/format.h>
#include <iostream>
#include <mutex>
#include <optional>

namespace cordboard::cli {
namespace {

constexpr std::int64_t second = 1'000'000'000;
/// What is late by less is in the report already.
constexpr std::int64_t grace = 120 * second;
std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// From the log's oldest event to its newest. Nothing: there is none, or no log.
std::optional<figures::stretch> span_of(const std::string& path) {
  auto reader = log_reader::open(path);
  const auto oldest = reader ? reader->oldest() : result<std::uint64_t>{0}, newest = reader ? reader->newest() : oldest;
  if (!oldest || !newest || *oldest == 0) return std::nullopt;
  const auto first = reader->at(*oldest);
  const std::int64_t from = first && *first != nullptr ? (*first)->time_ns : 0;
  const auto last = reader->at(*newest);
  if (from == 0 || !last || *last == nullptr) return std::nullopt;
  return figures::stretch{from, (*last)->time_ns, {}};
}

struct writer {
  const report_schedule& how;
  const figures::calendar& wall;
  language tongue;

  figures::stretch period_at(figure_period which, std::int64_t at) const {
    return wall.period(which, wall.wall_text(at).substr(0, 10)).value();
  }
  std::string file_of(const std::string& title) const {
    return (std::filesystem::path(how.folder) / fmt::format("{}.{}", title, how.format == "text" ? "txt" : how.format))
        .string();
  }
  /// @returns  exit code of the worst
  int write_missing(std::int64_t now, const figures::stretch& log) const {
    int worst = 0;
    for (const figure_period which : how.periods)
      for (auto one = period_at(which, log.from); one.to <= now - grace && one.from <= log.to; one = period_at(which, one.to))
        if (!std::filesystem::exists(file_of(one.title))) worst = std::max(worst, write(which, one));
    return worst;
  }
  int write(figure_period which, const figures::stretch& of) const {
    figures_request asked = how.asked;
    asked.period = which;
    asked.date = wall.wall_text(of.from).substr(0, 10);
    report_outcome out;
    const std::string text = report_in(how.log, asked, how.format, tongue, out);
    const std::string file = file_of(of.title);
    if (out.error) {
      if (out.why.empty()) return tell_failure(out.error, how.log, tongue);
      std::cerr << "cordboard: " << out.why.our_text() << '\n';
      return failed;
    }
    const int written = write_report(text, how.format, file, tongue);
    if (written == done) std::cout << file << std::endl;
    return written;
  }
  /// When the next of the periods is over, and what is late is in.
  std::int64_t next(std::int64_t now) const {
    std::int64_t soonest = 0;
    for (const figure_period which : how.periods) {
      const std::int64_t end = period_at(which, now - grace).to + grace;
      soonest = soonest == 0 ? end : std::min(soonest, end);
    }
    return soonest;
  }
};

}  // namespace

int keep_reports(const report_schedule& how, language tongue) {
  std::error_code error;
  std::filesystem::create_directories(how.folder, error);
  if (error) return tell_failure(error, how.folder, tongue);
  const auto wall = figures::calendar::make(how.asked.zone);
  if (!wall) {
    std::cerr << fmt::format("cordboard: there is no time zone \"{}\"\n", how.asked.zone);
    return misused;
  }
  std::mutex mutex;
  std::condition_variable changed;
  bool over = false;
  std::optional<signals> ends;
  if (how.stays)
    ends.emplace([&](int) {
      const std::lock_guard lock(mutex);
      over = true;
      changed.notify_all();
    });
  const writer to{how, *wall, tongue};
  constexpr std::int64_t again = 600 * second;  // a clock may be set, and what could not be written may be by then
  std::unique_lock lock(mutex);
  for (;;) {
    lock.unlock();
    const std::int64_t now = now_ns();
    const auto log = span_of(how.log);
    const int code = log ? to.write_missing(now, *log) : 0;
    if (!how.stays) return log ? code : tell_failure(make_error_code(errc::not_connected), how.log, tongue);
    lock.lock();
    const auto pause = std::chrono::nanoseconds(std::clamp<std::int64_t>(to.next(now) - now_ns(), second, again));
    if (changed.wait_for(lock, pause, [&] { return over; })) return done;
  }
}

}  // namespace cordboard::cli
