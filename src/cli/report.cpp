// SPDX-License-Identifier: Apache-2.0
// cordboard report: figures of a period, and the calls behind one of them.
#include <algorithm>
#include <array>
#include <chrono>
#include <cli/log_tools.hpp>
#include <cli/options.hpp>
#include <cli/report_file.hpp>
#include <cli/report_formats.hpp>
#include <cli/report_schedule.hpp>
#include <figures/calendar.hpp>
#include <figures/live.hpp>
#include <figures/presets.hpp>
#include <figures/report_json.hpp>
#include <fmt/format.h>
#include <iostream>

namespace po = boost::program_options;

namespace cordboard::cli {
namespace {

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// "today" and "yesterday" as dates of the zone's wall; anything else as it is.
std::string date_in(const std::string& text, const std::string& zone) {
  const auto wall = figures::calendar::make(zone);
  if (!wall || (text != "today" && text != "yesterday")) return text;
  const auto day = [&](std::int64_t at) { return wall->wall_text(at).substr(0, 10); };
  const std::string today = day(now_ns());
  return text == "today" ? today : day(wall->period(figure_period::day, today)->from - 1);
}

verb_options report_options() {
  verb_options verb{
      .usage =
          "cordboard report day|week|month|quarter|year DATE [--by queue,hour] [--format FORMAT] [--output FILE] [--log PATH]\n"
          "       cordboard report day DATE --calls FIGURE [--by operator --of LABEL]\n"
          "       cordboard report day,week,month --into FOLDER [--once]\n"
          "       cordboard report summaries --summaries FOLDER [--rebuild]\n"
          "       cordboard report metrics [--log PATH] [--output FILE]\n"
          "       cordboard report formulas",
      .about =
          "Figures of a period, computed from the log. DATE: 2026-10-01, today or yesterday for a day or its week, 2026-10 for "
          "a "
          "month or its\n"
          "quarter, 2026 for a year. A rate that nothing can be divided by is absent.",
      .positional = "PERIOD",
      .second = "DATE"};
  verb.named.add_options()(
      "by", po::value<std::string>()->value_name("D,D"),
      "told apart by: half, hour, clock (hour of the day), day, weekday, week, month, queue, operator, department, trunk, kind "
      "(of request), channel (how requests came in)")("figures", po::value<std::string>()->value_name("F,F"),
                                                      "only these; see report formulas")(
      "preset", po::value<std::string>()->value_name("NAME"), "those of 12345, hotline, appointments, complaints or callbacks")(
      "calls", po::value<std::string>()->value_name("FIGURE"), "the entries behind a figure instead")(
      "of", po::value<std::string>()->value_name("L,L"), "only the row with these labels, one for each dimension")(
      "kind", po::value<std::string>()->value_name("K,K"), "requests of these kinds only")(
      "zone", po::value<std::string>()->value_name("ZONE"), "whose wall decides; else Asia/Shanghai")(
      "target", po::value<std::uint32_t>()->value_name("T"), "seconds of the service levels; else 20")(
      "short", po::value<std::uint32_t>()->value_name("S"), "seconds within which who gives up is a short abandon; else 5")(
      "rings", po::value<std::uint32_t>()->value_name("R"), "rings within which a caller is to be answered; else 4")(
      "drills", "drill calls instead of people's")(
      "format", po::value<std::string>()->value_name("FORMAT"),
      "text, csv, json, html (a page with charts), or pdf (the same, printed by chromium)")(
      "output,o", po::value<std::string>()->value_name("FILE"), "write it there; a pdf needs it")(
      "into", po::value<std::string>()->value_name("FOLDER"),
      "write the report of each period that is over there, once, and stay to write the next ones")(
      "once", "with --into: do not stay")("summaries", po::value<std::string>()->value_name("FOLDER"),
                                          "keep the sums of days that are over there, so that only the log since then is read")(
      "rebuild", "make summaries anew where they differ from the log")(
      "log", po::value<std::string>()->value_name("PATH"),
      "a board's run folder, the folder of its log, or its configuration file; else /run/cordboard");
  return verb;
}

/// A command line as it was read.
struct wish {
  const po::variables_map& options;
  language tongue;

  bool has(const char* name) const { return options.count(name) != 0; }
  std::string text(const char* name, const std::string& otherwise = {}) const { return text_of(options, name, otherwise); }
  std::vector<std::string> list(const char* name) const {
    return has(name) ? parts_of(text(name)) : std::vector<std::string>{};
  }
  std::uint32_t number(const char* name, std::uint32_t otherwise) const {
    return has(name) ? options[name].as<std::uint32_t>() : otherwise;
  }
  std::string log() const { return log_place(options, "log"); }
};

/// @returns  what is wrong; empty: nothing
std::string read_request(const wish& from, figures_request& asked) {
  asked.zone = from.text("zone", asked.zone);
  asked.date = date_in(from.text("DATE"), asked.zone);
  asked.target_seconds = from.number("target", asked.target_seconds);
  asked.short_seconds = from.number("short", asked.short_seconds);
  asked.rings = from.number("rings", asked.rings);
  asked.drills = from.has("drills");
  asked.figures = from.list("figures");
  asked.of = from.list("of");
  asked.kinds = from.list("kind");
  asked.summaries = from.text("summaries");
  for (const std::string& word : from.list("by")) {
    const auto by = read_figure_dimension(word);
    if (!by) return fmt::format("figures are not told apart by \"{}\"", word);
    asked.by.push_back(*by);
  }
  if (!from.has("preset")) return {};
  const auto* preset = figures::find_preset(from.text("preset"));
  if (preset == nullptr) return fmt::format("there is no preset \"{}\"", from.text("preset"));
  if (asked.figures.empty()) asked.figures = preset->figures;
  if (asked.kinds.empty()) asked.kinds = preset->kinds;
  if (preset->target_seconds != 0 && !from.has("target")) asked.target_seconds = preset->target_seconds;
  return {};
}

int tell(const std::error_code& error, const diagnostics& why, const std::string& place, language tongue) {
  if (why.empty()) return tell_failure(error, place, tongue);
  std::cerr << "cordboard: " << why.our_text() << '\n';
  return error == std::errc::invalid_argument ? misused : failed;
}

int summaries(const wish& from, const verb_options& verb) {
  if (!from.has("summaries")) return misuse(verb, "which summaries? (--summaries FOLDER)");
  diagnostics why;
  const auto days = check_figures(from.log(), from.text("summaries"), from.has("rebuild"), &why);
  if (!days) return tell(days.error(), why, from.text("summaries"), from.tongue);
  bool same = true;
  for (const figures_day& day : *days) {
    const bool zh = from.tongue == language::zh;
    const char* const how =
        day.differs    ? (from.has("rebuild") ? (zh ? "不符,已重建" : "differed, made anew") : (zh ? "不符" : "DIFFERS"))
        : day.compared ? (zh ? "与日志相符" : "as the log says")
                       : (zh ? "日志已无此日" : "the log does not go back to it");
    fmt::print("{}  {:>4}  {}\n", day.date, day.revision, how);
    same = same && !day.differs;
  }
  return same || from.has("rebuild") ? done : failed;
}

/// The house as Prometheus reads it, now: for its collector of text files, where no gateway runs.
int metrics(const wish& from) {
  figures::live_figures::settings how;
  how.log = from.log();
  how.summaries = from.text("summaries");
  how.zone = from.text("zone", how.zone);
  const auto live = figures::live_figures::open(how);
  if (!live) return tell_failure(live.error(), from.log(), from.tongue);
  return write_report(live->prometheus(now_ns()), "text", from.text("output"), from.tongue);
}

int entries(const wish& from, const figures_request& asked, const std::string& format) {
  diagnostics why;
  const auto found = read_figure_entries(from.log(), asked, from.text("calls"), &why);
  if (!found) return tell(found.error(), why, from.log(), from.tongue);
  const std::string text = format == "csv"    ? entries_csv(*found)
                           : format == "json" ? entries_json(*found)
                                              : entries_text(*found, asked, from.tongue);
  return write_report(text, format, from.text("output"), from.tongue);
}

}  // namespace

std::optional<figure_period> read_period(const std::string& text) {
  constexpr std::array<std::string_view, 5> names{"day", "week", "month", "quarter", "year"};
  for (std::size_t i = 0; i < names.size(); ++i)
    if (text == names[i]) return static_cast<figure_period>(i);
  return std::nullopt;
}

std::string report_in(const std::string& log, const figures_request& asked, const std::string& format, language tongue,
                      report_outcome& out) {
  if (format == "html" || format == "pdf") {
    const auto page = read_figures_page(log, asked, tongue, &out.why);
    if (!page) return out.error = page.error(), std::string();
    return *page;
  }
  const auto made = read_figures(log, asked, &out.why);
  if (!made) return out.error = made.error(), std::string();
  out.closed = made->closure.holds();
  return format == "csv"    ? report_csv(*made, asked)
         : format == "json" ? figures::report_json(*made, asked)
                            : report_text(*made, asked, tongue);
}

int write_report(const std::string& what, const std::string& format, const std::string& file, language tongue) {
  if (file.empty()) return std::cout << what << std::flush ? done : failed;
  const std::error_code error = format == "pdf" ? print_page(what, file) : write_whole(what, file);
  if (format == "pdf" && error == std::errc::no_such_file_or_directory) {
    std::cerr << "cordboard: a pdf is printed by chromium, which is not installed (Debian: chromium), or the folder of the "
                 "file is not there\n";
    return failed;
  }
  return error ? tell_failure(error, file, tongue) : static_cast<int>(done);
}

int report(const arguments& given, language tongue) {
  verb_options verb = report_options();
  int code = done;
  const auto options = read_options(verb, given, tongue, code);
  if (!options) return code;
  const wish from{*options, tongue};
  if (from.text("PERIOD") == "formulas") {
    std::cout << formulas_text(tongue);
    return done;
  }
  if (from.text("PERIOD") == "summaries") return summaries(from, verb);
  if (from.text("PERIOD") == "metrics") return metrics(from);
  figures_request asked;
  if (const std::string wrong = read_request(from, asked); !wrong.empty()) return misuse(verb, wrong);
  const std::string format = from.text("format", "text");
  if (format != "text" && format != "csv" && format != "json" && format != "html" && format != "pdf")
    return misuse(verb, fmt::format("--format takes text, csv, json, html or pdf, not \"{}\"", format));
  if (from.has("into")) {
    std::vector<figure_period> periods;
    for (const std::string& word : parts_of(from.text("PERIOD"))) {
      const auto period = read_period(word);
      if (!period) return misuse(verb, fmt::format("there is no period \"{}\"", word));
      periods.push_back(*period);
    }
    return keep_reports({from.log(), asked, periods, format, from.text("into"), !from.has("once")}, tongue);
  }
  const auto period = read_period(from.text("PERIOD"));
  if (!period || !from.has("DATE")) return misuse(verb, "which period, of which date?");
  asked.period = *period;
  if (format == "pdf" && !from.has("output")) return misuse(verb, "where is the pdf to be written? (--output FILE)");
  if (from.has("calls")) return entries(from, asked, format);
  report_outcome out;
  const std::string text = report_in(from.log(), asked, format, tongue, out);
  if (out.error) return tell(out.error, out.why, from.log(), tongue);
  const int written = write_report(text, format, from.text("output"), tongue);
  if (written != done) return written;
  // Whoever runs this by a clock learns from the code that callers are not accounted for.
  return out.closed ? done : failed;
}

}  // namespace cordboard::cli
