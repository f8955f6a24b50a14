// SPDX-License-Identifier: Apache-2.0
// cordboard staffing: the operators that a load needs, or those of each half hour of a day, foretold from the log.
#include <charconv>
#include <cli/log_tools.hpp>
#include <cli/options.hpp>
#include <cordboard/staffing.hpp>
#include <figures/calendar.hpp>
#include <figures/forecast.hpp>
#include <figures/read.hpp>
#include <figures/tally.hpp>
#include <fmt/format.h>
#include <iostream>

namespace po = boost::program_options;

namespace cordboard::cli {
namespace {

/// "80/20": 80 % within 20 seconds.
struct target {
  double share = 0.8, seconds = 20;
};
std::optional<target> read_target(std::string_view text) {
  const auto slash = text.find('/');
  int percent = 0, seconds = 0;
  const auto number = [](std::string_view from, int& to) {
    const auto got = std::from_chars(from.data(), from.data() + from.size(), to);
    return got.ec == std::errc{} && got.ptr == from.data() + from.size();
  };
  if (slash == std::string_view::npos || !number(text.substr(0, slash), percent) || !number(text.substr(slash + 1), seconds))
    return std::nullopt;
  if (percent < 1 || percent > 99 || seconds < 0 || seconds > 3600) return std::nullopt;
  return target{percent / 100.0, static_cast<double>(seconds)};
}

std::string line(std::string_view label, double calls, double erlangs, std::uint32_t operators, const staffing_outcome& out) {
  return fmt::format("  {:<8} {:>8.1f} {:>8.2f} {:>6} {:>8.1f} % {:>8.1f} s {:>8.1f} % {:>8.1f} %\n", label, calls, erlangs,
                     operators, out.service_level * 100, out.average_wait, out.abandons * 100, out.occupancy * 100);
}
const char* heading(language tongue) {
  return tongue == language::zh ? "           来电    话务量   人数  服务水平   平均等待     放弃率    利用率\n"
                                : "              calls  erlangs  needs  answered      wait    give up    busy\n";
}

/// What the log knows: calls by day and half hour, and how long an operator is with a caller.
struct known {
  figures::call_history calls;
  double handled = 0, handle_ns = 0;
};
known read_history(const figures::tally& counted, const figures::reading& read, const figures::calendar& wall) {
  using namespace figures;
  known out;
  // Days of which the log has the whole: what it has of the first and the last is no measure of them.
  for (std::int32_t day = wall.wall(read.first_time).day + 1; day < wall.wall(read.last_time).day; ++day) out.calls[day] = {};
  counted.for_each([&](const cell_key& key, std::span<const std::int64_t> sums) {
    const auto of = [&](measure what) { return static_cast<double>(sums[place_of(what)]); };
    if (key.mark != call_mark::none) return;
    const auto [day, minute] = wall.wall(key.bin * bin_ns);
    const auto it = out.calls.find(day);
    if (it == out.calls.end()) return;
    if (key.kind == record_kind::wait) it->second[static_cast<std::size_t>(minute / 30)] += of(measure::offered);
    if (key.kind == record_kind::handling) {
      out.handled += of(measure::handled);
      out.handle_ns += of(measure::talk_ns) + of(measure::hold_ns);
    }
    if (key.kind == record_kind::wrap) out.handle_ns += of(measure::wrap_ns);
  });
  return out;
}

int plan_load(const staffing_load& load, const target& wanted, language tongue) {
  const auto needed = operators_needed(load, wanted.share, wanted.seconds);
  if (!needed) {
    std::cerr << "cordboard: a thousand operators are not enough, or a number is out of range\n";
    return failed;
  }
  std::cout << heading(tongue);
  for (std::uint32_t n = *needed > 3 ? *needed - 3 : 1; n <= *needed + 2; ++n) {
    const auto out = staffing(load, n, wanted.seconds);
    if (out) std::cout << line(n == *needed ? "->" : "", load.calls_per_hour, load.erlangs(), n, *out);
  }
  return done;
}

}  // namespace

int staffing_plan(const arguments& given, language tongue) {
  verb_options verb{
      .usage =
          "cordboard staffing DATE [--log PATH] [--target 80/20] [--handle S] [--patience S] [--weeks N] [--zone ZONE]\n"
          "       cordboard staffing --calls N --handle S [--target 80/20] [--patience S]",
      .about =
          "Operators that are needed so that 80 % of the callers are answered within 20 seconds: Erlang C, and Erlang A with "
          "a\n"
          "patience. Of a day: its calls by half hour are the mean of the newest four days of the same weekday, times the "
          "season as a\n"
          "year ago, if the log reaches so far; how far off that has been on the newest 28 days is said with it.",
      .positional = "DATE"};
  verb.named.add_options()("target", po::value<std::string>()->value_name("P/T"), "P % answered within T seconds; else 80/20")(
      "calls", po::value<double>()->value_name("N"), "calls an hour, instead of a day's forecast")(
      "handle", po::value<double>()->value_name("S"), "seconds that an operator is with a caller; else as the log says")(
      "patience", po::value<double>()->value_name("S"), "mean seconds after which who waits gives up; else nobody does")(
      "weeks", po::value<int>()->value_name("N"), "days of the same weekday to be averaged; else 4")(
      "zone", po::value<std::string>()->value_name("ZONE"), "whose wall decides; else Asia/Shanghai")(
      "log", po::value<std::string>()->value_name("PATH"), "as in cordboard report");
  int code = done;
  const auto options = read_options(verb, given, tongue, code);
  if (!options) return code;
  const auto number = [&](const char* name) { return options->count(name) != 0 ? (*options)[name].as<double>() : 0; };
  const auto wanted = read_target(text_of(*options, "target", "80/20"));
  if (!wanted) return misuse(verb, "--target is written as 80/20: 80 % within 20 seconds");
  for (const char* name : {"calls", "handle", "patience"})
    if (options->count(name) != 0 && !(number(name) > 0 && number(name) < 1e6))
      return misuse(verb, fmt::format("--{} is above 0", name));
  if (options->count("calls") != 0) {
    if (number("handle") == 0) return misuse(verb, "how long is an operator with a caller? (--handle)");
    return plan_load({number("calls"), number("handle"), number("patience")}, *wanted, tongue);
  }

  const std::string zone = text_of(*options, "zone", "Asia/Shanghai");
  const auto wall = figures::calendar::make(zone);
  if (!wall) return misuse(verb, fmt::format("there is no time zone \"{}\"", zone));
  const auto when =
      options->count("DATE") != 0 ? wall->period(figure_period::day, (*options)["DATE"].as<std::string>()) : std::nullopt;
  const int weeks = options->count("weeks") != 0 ? (*options)["weeks"].as<int>() : 4;
  if (!when) return misuse(verb, "of which day? (2026-10-01)");
  if (weeks < 1 || weeks > 52) return misuse(verb, "--weeks is from 1 to 52");
  const std::string place = log_place(*options, "log");
  figures::tally counted;
  const auto read = figures::read_log(place, counted);
  if (!read) return tell_failure(read.error(), place, tongue);
  const known before = read_history(counted, *read, *wall);
  const auto said = figures::forecast(before.calls, wall->wall(when->from).day, weeks);
  if (!said) {
    std::cerr << "cordboard: the log has no whole day of that weekday before it\n";
    return failed;
  }
  const double handle = number("handle") != 0 ? number("handle")
                        : before.handled > 0  ? before.handle_ns / before.handled / 1e9
                                              : 0;
  if (handle == 0) return misuse(verb, "the log has no call that an operator had: say how long one takes (--handle)");
  const bool zh = tongue == language::zh;
  std::cout << cli::said(
      zh ? "{}  {}  {:.0f}% / {:.0f} 秒  平均处理 {:.1f} 秒\n" : "{}  {}  {:.0f} % in {:.0f} s  handle time {:.1f} s\n",
      when->title, zone, wanted->share * 100, wanted->seconds, handle);
  const auto tested = figures::test_forecast(before.calls, 28, weeks);
  if (tested.days == 0)
    std::cout << (zh ? "无法回测:历史不足两周\n" : "not tested: the log has less than two weeks\n");
  else
    std::cout << cli::said(
        zh ? "回测 {} 天:半小时误差 {:.1f} %,按日误差 {:.1f} %;照搬上周则为 {:.1f} %\n"
           : "tested on {} days: off by {:.1f} % by half hour, {:.1f} % by day; a week ago instead: {:.1f} %\n",
        tested.days, tested.error * 100, tested.day_error * 100, tested.naive * 100);
  std::cout << heading(tongue);
  for (std::size_t slot = 0; slot < figures::slots_of_day; ++slot) {
    const staffing_load load{(*said)[slot] * 2, handle, number("patience")};
    const auto needed = operators_needed(load, wanted->share, wanted->seconds);
    const auto out = needed ? staffing(load, *needed, wanted->seconds) : std::nullopt;
    const std::string label = fmt::format("{:02}:{:02}", slot / 2, slot % 2 * 30);
    if (out)
      std::cout << line(label, (*said)[slot], load.erlangs(), *needed, *out);
    else
      std::cout << fmt::format("  {:<8} {:>8.1f} {:>8.2f}   > 1000\n", label, (*said)[slot], load.erlangs());
  }
  return done;
}

}  // namespace cordboard::cli
