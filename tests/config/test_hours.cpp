// SPDX-License-Identifier: Apache-2.0
// Opening hours and public holidays as people write them, and every way to write them wrongly.
#include <cordboard/config_file.hpp>
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <hours/schedule.hpp>
#include <hours/text.hpp>
#include <string>
#include <unistd.h>
#include <vector>

using namespace cordboard;

namespace {

using lines = std::vector<std::string>;
const std::string house = R"(
[board]
loopback = true
[[phone]]
number = "1001"
name = "n"
[[operator]]
name = "o"
phone = "1001"
)";
const std::string queue = "[[queue]]\nnumber = \"9000\"\nname = \"q\"\noperators = [\"o\"]\n";

lines told(const std::string& text, language tongue = language::en) {
  lines all;
  for (const auto& p : read_config(text, "/nowhere").problems) all.push_back(describe(p, "h.toml", tongue));
  return all;
}
/// The key and what was found of the one problem of this [[hours]].
std::string wrong(const std::string& line) {
  const auto problems = read_config("[[hours]]\nname = \"day\"\n" + line + "\n", "/nowhere").problems;
  return problems.size() == 1 ? problems[0].key + ": " + problems[0].found.en : std::to_string(problems.size()) + " problems";
}

/// A calendar file that is gone when the test is.
struct calendar {
  explicit calendar(const std::string& text) : path("/tmp/cordboard-calendar-" + std::to_string(getpid()) + ".toml") {
    std::ofstream(path) << text;
  }
  calendar(const calendar&) = delete;
  calendar& operator=(const calendar&) = delete;
  ~calendar() { std::filesystem::remove(path); }
  std::string wrong() const { return ::wrong("working_day = [\"08:00-12:00\"]\nholidays = \"" + path + "\""); }
  const std::string path;
};

}  // namespace

TEST_CASE("hours: working days, a weekday of its own, holidays and special days") {
  const auto loaded = read_config(house + queue + R"(hours = "day"
when_closed = "1001"
[[hours]]
name = "day"
time_zone = "Asia/Shanghai"
working_day = ["14:00-17:30", "08:00-12:00"]
wednesday = ["08:00-12:00"]
saturday = ["09:00-12:00"]
holiday = ["09:00-11:00"]
holidays = "examples/hospital/holidays-cn.toml"
special = ["2026-12-31 08:00-12:00", "2027-01-01..2027-01-03 closed"]
)",
                                  CORDBOARD_SOURCE);
  REQUIRE(loaded.problems.empty());
  REQUIRE(loaded.value.house.hours.size() == 1);
  CHECK(loaded.value.house.queues[0].hours == "day");
  CHECK(loaded.value.house.queues[0].when_closed == "1001");
  const auto& h = loaded.value.house.hours[0];
  CHECK(h.week[0] == std::vector<day_span>{{480, 720}, {840, 1050}});
  CHECK(h.week[2] == std::vector<day_span>{{480, 720}});
  CHECK(h.week[5] == std::vector<day_span>{{540, 720}});
  CHECK(h.week[6].empty());
  CHECK(h.special.size() == 4);
  const auto open = *hours::schedule::make(h);
  const auto on = [&](const char* date) { return open.spans_of(*hours::read_date(date)); };
  CHECK(on("2026-02-14") == h.working_day);  // a Saturday that is worked
  CHECK(on("2026-02-16") == h.holiday);      // New Year's Eve, a Monday
  CHECK(on("2026-10-10") == h.working_day);
  CHECK(on("2026-10-11").empty());
  CHECK(on("2027-01-02").empty());
  CHECK(on("2026-12-30") == h.week[2]);
}

TEST_CASE("each key of hours names what is wrong with it") {
  CHECK(wrong("time_zone = \"Asia/Pekin\"") == "hours.time_zone: \"Asia/Pekin\"");
  CHECK(wrong("monday = [\"08:00-12:00\", \"11:59-14:00\"]") == "hours.monday: a list in which two overlap");
  CHECK(wrong("monday = [\"8-12\"]") == "hours.monday: \"8-12\" in the list");
  CHECK(wrong("monday = \"08:00-12:00\"") == "hours.monday: \"08:00-12:00\"");
  CHECK(wrong("special = [\"2026-02-30 closed\"]") == "hours.special: \"2026-02-30 closed\" in the list");
  CHECK(wrong("special = [\"2026-02-01..2026-02-03 closed\", \"2026-02-02 08:00-09:00\"]") ==
        "hours.special: a list in which two overlap");
  CHECK(wrong("holidays = \"there-is-none.toml\"") == "hours.holidays: \"/nowhere/there-is-none.toml\", which cannot be read");
  CHECK(wrong("[[hours]]\nname = \"day\"") == "hours.name: \"day\", as in line 2");
  CHECK(told("[[hours]]\nname = \"day\"\nmonday = [\"08:00\"]\n", language::zh) ==
        lines{"h.toml:3:10: hours.monday: 发现 列表中的“08:00”;应为 不重叠的时段列表,如 [\"08:00-12:00\", \"14:00-17:30\"];"
              "\"20:00-08:00\" 延至次日"});
}

TEST_CASE("a calendar file names line and column of what is wrong in it") {
  CHECK(calendar("[[holiday]]\nname = \"x\"\noff = [\"2026-10-01\"]\n").wrong() == "0 problems");
  const auto at = [](const calendar& c, const std::string& what) { return "hours.holidays: \"" + c.path + "\", " + what; };
  for (const auto& [text, what] : std::vector<std::pair<std::string, std::string>>{
           {"[[holiday]]\noff = [\"2026-10-01\", \"2026-10-32\"]\n", "2:22: \"2026-10-32\""},
           {"[[holiday]]\noff = [\"2026-10-01..2026-10-07\"]\nwork = [\"2026-10-07\"]\n", "3:9: 2026-10-07 a second time"},
           {"[[holiday]]\noffs = [\"2026-10-01\"]\n", "2:1: \"offs\""},
           {"[[holidays]]\noff = []\n", "1:3: \"holidays\""},
           {"[[holiday]]\noff = [2026-10-01]\n", "2:8: a date or time"}}) {
    const calendar c(text);
    CHECK(c.wrong() == at(c, what));
  }
  const calendar broken("[[holiday]\n");
  CHECK(broken.wrong().find("line 1: ") != std::string::npos);
  // A weekend day that is worked needs hours of a working day.
  const calendar worked("[[holiday]]\nwork = [\"2026-10-10\"]\n");
  CHECK(wrong("monday = [\"08:00-12:00\"]\nholidays = \"" + worked.path + "\"") ==
        "hours.holidays: weekend days that are worked, but no working_day");
}

TEST_CASE("what keeps hours names some that are there, and another number for those who come later") {
  const auto hours = std::string("[[hours]]\nname = \"daytime\"\n");
  CHECK(told(house + queue + "hours = \"daytimes\"\n" + hours) ==
        lines{"h.toml:14:1: queue.hours: found \"daytimes\"; expected the name of [[hours]]; did you mean \"daytime\"?"});
  CHECK(told(house + queue + "hours = \"daytime\"\nwhen_closed = \"9000\"\n" + hours) ==
        lines{"h.toml:15:1: queue.when_closed: found \"9000\"; expected the number of another phone, department or queue, or "
              "of a dialogue"});
  CHECK(told(house + queue + "when_closed = \"8001\"\n").size() == 1);
  CHECK(told(house + queue + "class = \"emergency\"\nhours = \"daytime\"\n" + hours) ==
        lines{"h.toml:15:1: queue.hours: found hours of an emergency line; expected none: an emergency never closes"});
  CHECK(told(house + "[[department]]\nnumber = \"8001\"\nname = \"d\"\nhours = \"daytime\"\nwhen_closed = \"1001\"\n" + hours)
            .empty());
}
