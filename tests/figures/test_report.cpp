// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <figures/calendar.hpp>

#include "house_log.hpp"
#include "log/world.hpp"

using namespace cordboard;
using namespace cordboard::figures;
using namespace cordboard::figures_test;

namespace {

constexpr std::int64_t hour_ns = 3600 * second;

/// The log of a play on a disk of its own; a call begins at each of these times too, and nothing else is known of it.
struct written {
  log_test::scratch folder;
  std::unique_ptr<log::writer> writer = log_test::open_writer(log_test::options_in(folder));
  std::string path() const { return folder / "hot"; }
  void add(std::vector<logged> batch) { REQUIRE(writer->append(batch)); }
};

void write_story(written& to, const story& what) {
  for (const event& e : what.events) to.add({logged{e, {}, tail::text}});
}

figure_value value(const figures_report& report, std::string_view figure, std::size_t row = 0) {
  for (std::size_t i = 0; i < report.figures.size(); ++i)
    if (report.figures[i]->name == figure) return report.rows.at(row).values[i];
  throw std::runtime_error("the report has no such figure");
}

std::int64_t length(const calendar& wall, figure_period how_long, std::string_view date) {
  const auto when = wall.period(how_long, date);
  REQUIRE(when);
  return (when->to - when->from) / hour_ns;
}

}  // namespace

TEST_CASE("days of 23 and 25 hours, a leap day, weeks and months across a year") {
  const auto berlin = calendar::make("Europe/Berlin").value();
  CHECK(length(berlin, figure_period::day, "2026-03-29") == 23);
  CHECK(length(berlin, figure_period::day, "2026-10-25") == 25);
  CHECK(length(berlin, figure_period::day, "2026-10-26") == 24);
  CHECK(length(berlin, figure_period::month, "2026-10") == 31 * 24 + 1);
  CHECK(length(berlin, figure_period::year, "2026") == 365 * 24);
  const auto shanghai = calendar::make("Asia/Shanghai").value();
  CHECK(length(shanghai, figure_period::month, "2028-02") == 29 * 24);
  CHECK(length(shanghai, figure_period::quarter, "2028-02") == 91 * 24);
  CHECK(shanghai.period(figure_period::week, "2027-01-01")->title == "2026-W53");
  CHECK(shanghai.period(figure_period::week, "2027-01-01")->from == shanghai.period(figure_period::day, "2026-12-28")->from);
  CHECK(shanghai.period(figure_period::month, "2026-12")->to == shanghai.period(figure_period::day, "2027-01-01")->from);
  // Midnight was left out on that day.
  const auto sao_paulo = calendar::make("America/Sao_Paulo").value();
  CHECK(length(sao_paulo, figure_period::day, "2018-11-04") == 23);
  CHECK(sao_paulo.wall_text(sao_paulo.period(figure_period::day, "2018-11-04")->from) == "2018-11-04 01:00");
  for (const char* wrong : {"2026-02-29", "2026-13", "2026-1-1", "26", "2026-10-1x", "", "2026"})
    CHECK_FALSE(shanghai.period(figure_period::day, wrong));
  CHECK_FALSE(calendar::make("Mars/Olympus"));
}

TEST_CASE("S7 the hours of a day of 25 hours are 25 rows, and the hour that comes twice says which") {
  const auto wall = calendar::make("Europe/Berlin").value();
  const auto day = wall.period(figure_period::day, "2026-10-25").value();
  written log;
  story s;
  for (int hour = 0; hour < 25; ++hour) {
    s.call = static_cast<std::uint64_t>(hour) + 1;
    s.enters(static_cast<double>(day.from - nine) / 1e9 + 3600.0 * hour + 60);
  }
  write_story(log, s);
  const auto report = read_figures(log.path(), {.date = "2026-10-25", .zone = "Europe/Berlin", .by = {figure_dimension::hour}});
  REQUIRE(report);
  CHECK(report->hours == 25);
  REQUIRE(report->rows.size() == 25);
  for (std::size_t i = 0; i < 25; ++i) CHECK(value(*report, "offered", i) == figure_value{1, 1});
  CHECK(report->rows[2].labels[0] == "2026-10-25 02:00 (+02:00)");
  CHECK(report->rows[3].labels[0] == "2026-10-25 02:00 (+01:00)");
  CHECK(report->rows[4].labels[0] == "2026-10-25 03:00");
  const auto clock = read_figures(log.path(), {.date = "2026-10-25", .zone = "Europe/Berlin", .by = {figure_dimension::clock}});
  REQUIRE(clock->rows.size() == 24);
  CHECK(value(*clock, "offered", 2) == figure_value{2, 1});
}

TEST_CASE("S7 in an interval without a call rates are absent, and counts are 0") {
  written log;
  story s;
  s.enters(10);
  s.custody(20, custodian::operator_, 7);
  s.leaves(20, 10, 7);
  write_story(log, s);
  const auto report = read_figures(log.path(), {.date = "2023-11-15", .by = {figure_dimension::hour}});
  REQUIRE(report);
  REQUIRE(report->rows.size() == 24);
  CHECK(report->rows[9].labels[0] == "2023-11-15 09:00");
  CHECK(value(*report, "service_level_a", 9).in(figure_unit::share) == 1.0);
  CHECK(value(*report, "asa", 9).in(figure_unit::mean) == 10.0);
  for (const char* rate :
       {"answer_rate", "service_level_a", "service_level_d", "asa", "abandonment", "handle_time", "satisfaction"})
    CHECK_FALSE(value(*report, rate, 10).in(figure_unit::share));
  CHECK(value(*report, "offered", 10) == figure_value{0, 1});
  CHECK_FALSE(value(*report, "satisfaction", 9).in(figure_unit::score));
}

TEST_CASE("a call over midnight is one call of its first day, and its operator's time is shared out") {
  written log;
  story s;
  const double midnight = 15 * 3600.0;  // after nine
  event& on = s.say(0, event_kind::operator_logged_on);
  on.operator_ = operator_id{7};
  s.enters(midnight - 60);
  s.custody(midnight - 30, custodian::operator_, 7);
  s.leaves(midnight - 30, midnight - 60, 7);
  event& busy = s.say(midnight - 30, event_kind::operator_busy);
  busy.operator_ = operator_id{7};
  s.cleared(midnight + 600, 0);
  s.custody(midnight + 600, custodian::ended, 0, cause::normal_clearing);
  s.ends(midnight + 600);
  write_story(log, s);
  const auto first = read_figures(log.path(), {.date = "2023-11-15"});
  const auto second_day = read_figures(log.path(), {.date = "2023-11-16"});
  CHECK(value(*first, "calls") == figure_value{1, 1});
  CHECK(value(*first, "talk_mean") == figure_value{630 * second, 1});
  CHECK(value(*second_day, "calls") == figure_value{0, 1});
  CHECK(value(*second_day, "handled") == figure_value{0, 1});
  CHECK(value(*first, "busy").numerator == 30 * second);
  CHECK(value(*second_day, "busy").numerator == 600 * second);
  CHECK(first->closure.holds());
  CHECK(second_day->closure.holds());
}

TEST_CASE("S7 every figure opens into its entries, and they add up to it") {
  written log;
  for (const logged& one : play(11, 12000)) log.add({one});
  // The play begins in the evening before, by Shanghai's wall, and ends within the day.
  const figures_request day{.date = "2023-11-15"};
  const auto report = read_figures(log.path(), day);
  REQUIRE(report);
  CHECK(report->closure.holds());
  CHECK(report->closure.entered > 200);
  for (const figure* one : report->figures) {
    CAPTURE(one->name);
    const auto entries = read_figure_entries(log.path(), day, one->name);
    REQUIRE(entries);
    std::int64_t sum = 0;
    for (const figure_entry& e : *entries) sum += e.amount;
    CHECK(sum == value(*report, one->name).numerator);
    if (one->unit == figure_unit::count) CHECK(static_cast<std::int64_t>(entries->size()) == sum);
  }
  // And so do the entries of one row.
  figures_request row = day;
  row.by = {figure_dimension::operator_};
  const auto by_operator = read_figures(log.path(), row);
  REQUIRE(by_operator->rows.size() == 5);  // four operators, and calls that none of them had
  CHECK(by_operator->rows[0].labels[0] == "-");
  row.of = by_operator->rows[1].labels;
  CHECK(static_cast<std::int64_t>(read_figure_entries(log.path(), row, "handled")->size()) ==
        value(*by_operator, "handled", 1).numerator);
}

TEST_CASE("what is asked for wrongly is refused with its reason") {
  written log;
  const auto refused = [&](figures_request what) {
    diagnostics why;
    const auto report = read_figures(log.path(), what, &why);
    REQUIRE_FALSE(report);
    CHECK(report.error() == std::errc::invalid_argument);
    return why.our_text();
  };
  CHECK(refused({.date = "yesterday"}).find("yesterday") != std::string::npos);
  CHECK(refused({.date = "2026-10-01", .zone = "Mars"}).find("Mars") != std::string::npos);
  CHECK(refused({.date = "2026-10-01", .figures = {"luck"}}).find("luck") != std::string::npos);
  CHECK(refused({.date = "2026-10-01", .by = {figure_dimension::operator_}, .figures = {"service_level_a"}})
            .find("service_level_a") != std::string::npos);
  CHECK(refused({.date = "2026-10-01", .target_seconds = 601}).find("601") != std::string::npos);
  CHECK(read_figures("/nowhere", {.date = "2026-10-01"}).error() == errc::not_connected);
}

TEST_CASE("every figure says what it is, in both languages") {
  for (const figure& one : all_figures()) {
    CAPTURE(one.name);
    for (std::size_t tongue = 0; tongue < 2; ++tongue) {
      CHECK_FALSE(one.title[tongue].empty());
      CHECK_FALSE(one.numerator[tongue].empty());
      CHECK_FALSE(one.interval[tongue].empty());
      const bool divides = one.unit != figure_unit::count && one.unit != figure_unit::seconds;
      CHECK(one.denominator[tongue].empty() != divides);
      CHECK(one.exclusions[0].empty() == one.exclusions[1].empty());
    }
    for (const figure& other : all_figures()) CHECK((&one == &other || one.name != other.name));
  }
  CHECK(all_figures().size() > 90);
}
