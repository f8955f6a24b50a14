// SPDX-License-Identifier: Apache-2.0
// cordboard hours: whether the lines and departments of a configuration file are open, now or at a time, and until when.
#include <algorithm>
#include <chrono>
#include <cli/options.hpp>
#include <cordboard/config_file.hpp>
#include <fmt/format.h>
#include <hours/schedule.hpp>
#include <hours/text.hpp>
#include <iostream>
#include <set>

namespace cordboard::cli {
namespace {

/// "9000 总机, 8004 放射科": what keeps these hours.
std::string users_of(const house_config& house, const std::string& name) {
  std::string all;
  const auto add = [&](const auto& one) {
    if (one.hours == name) all += fmt::format("{}{} {}", all.empty() ? "" : ", ", one.number, one.name);
  };
  for (const auto& queue : house.queues) add(queue);
  for (const auto& device : house.devices) add(device);
  return all;
}

}  // namespace

int hours(const arguments& given, language tongue) {
  namespace po = boost::program_options;
  verb_options verb{
      .usage = "cordboard hours [--at \"2026-02-16 09:00\"] [--lang en|zh] FILE",
      .about = "Says for each [[hours]] of a configuration file whether it is open and until when, on the clock there.",
      .positional = "FILE"};
  verb.named.add_options()("at", po::value<std::string>()->value_name("TIME"), "at this local time instead of now");
  int code = done;
  const auto options = read_options(verb, given, tongue, code);
  if (!options) return code;
  if (options->count("FILE") == 0) {
    return misuse(verb, "which file?");
  }
  const bool zh = tongue == language::zh;
  const auto& file = (*options)["FILE"].as<std::string>();
  const auto loaded = load_config(file);
  for (const auto& problem : loaded.problems) std::cerr << describe(problem, file, tongue) << '\n';
  if (!loaded.problems.empty()) return failed;
  const auto now = std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
  for (const auto& one : loaded.value.house.hours) {
    const auto there = *hours::schedule::make(one);  // the file was checked
    const auto at = options->count("at") != 0 ? there.read_instant((*options)["at"].as<std::string>()) : std::optional(now);
    if (!at) {
      std::cerr << "cordboard: --at takes a time such as \"2026-02-16 09:00\"\n";
      return misused;
    }
    const auto is = there.at(*at);
    std::string until = zh ? "一年内不变" : "no change within a year";
    if (is.until) until = fmt::format("{} {}", zh ? "至" : "until", there.wall_text(*is.until));
    std::cout << fmt::format("{} ({}): {} {} {}  {}\n", one.name, one.time_zone, there.wall_text(*at),
                             is.open ? (zh ? "开放" : "open") : (zh ? "关闭" : "closed"), until,
                             users_of(loaded.value.house, one.name));
    // A calendar that ends is a calendar that somebody has to go on with: the days behind it follow their weekday.
    if (!one.holidays.empty() && there.wall_at(*at).day > one.holidays.back())
      std::cout << (zh ? fmt::format("  节假日文件止于 {},请补充\n", hours::date_text(one.holidays.back()))
                       : fmt::format("  the file of holidays ends with {}: add those that follow\n",
                                     hours::date_text(one.holidays.back())));
  }
  return done;
}

}  // namespace cordboard::cli
