// SPDX-License-Identifier: Apache-2.0
// cordboard checks: draws calls to be listened to, and adds up what was found.
#include <algorithm>
#include <array>
#include <base/csv_rows.hpp>
#include <base/json.hpp>
#include <cli/checks_grades.hpp>
#include <cli/log_tools.hpp>
#include <cli/options.hpp>
#include <cli/report_schedule.hpp>
#include <figures/calendar.hpp>
#include <figures/charts.hpp>
#include <figures/spot_checks.hpp>
#include <fmt/format.h>
#include <fstream>
#include <iostream>
#include <optional>

namespace po = boost::program_options;

namespace cordboard::cli {
namespace {

using figures::check_call;
using figures::check_rule;
using figures::check_sample;

/// What the sheet of a sample says on each line, so that a sheet tells where it is from.
std::string stated(const check_sample& of, const check_rule& rule, const std::string& only) {
  return fmt::format("{} seed {} of {}{} {}", of.about.title, rule.seed, of.frame.in_frame,
                     rule.of_each_operator ? " each" : "", only);
}

std::string seconds(std::int64_t ns) { return fmt::format("{:.1f}", static_cast<double>(ns) / 1e9); }

std::string sheet_csv(const check_sample& of, const std::string& sample, const std::vector<std::string>& items,
                      const figures::calendar& wall) {
  std::string out = "sample,call,began,operator,queue,talk_s,entry,checker,way";
  for (const std::string& item : items) out += ',' + csv::written(item);
  out += ",red_line,remarks\r\n";
  for (const check_call& call : of.calls) {
    out += fmt::format("{},{:016x},{},{},{},{},{},,", csv::written(sample), call.call.value, wall.wall_text(call.began),
                       csv::written(call.operator_name), csv::written(call.queue_name), seconds(call.talk),
                       call.entered ? "yes" : "no");
    out += std::string(items.size() + 2, ',') + "\r\n";
  }
  return out;
}

std::string sheet_json(const check_sample& of, const std::string& sample, const check_rule& rule) {
  json_object frame;
  const auto& f = of.frame;
  for (const auto& [name, count] : {std::pair{"calls", f.calls},
                                    {"going_on", f.going_on},
                                    {"too_short", f.too_short},
                                    {"not_recorded", f.not_recorded},
                                    {"not_meant", f.not_meant},
                                    {"in_frame", f.in_frame}})
    frame.raw(name, std::to_string(count));
  json_list calls;
  for (const check_call& call : of.calls) {
    json_object one;
    one.text("call", fmt::format("{:016x}", call.call.value));
    one.text("began_ns", std::to_string(call.began));
    one.text("operator", call.operator_name);
    one.text("queue", call.queue_name);
    one.raw("talk_s", seconds(call.talk));
    one.number("rating", call.rating);
    one.flag("recorded", call.recorded);
    one.flag("entry", call.entered);
    one.flag("transferred", call.transferred);
    calls.raw(std::move(one).end());
  }
  json_object out;
  out.text("sample", sample);
  out.raw("seed", std::to_string(rule.seed));
  out.raw("position", std::to_string(of.about.position));
  out.raw("frame", std::move(frame).end());
  out.raw("calls", std::move(calls).end());
  return std::move(out).end() + '\n';
}

/// A form for paper: a line for each call, a box for each item.
std::string sheet_html(const check_sample& of, const std::string& sample, const std::vector<std::string>& items,
                       const figures::calendar& wall, language tongue) {
  using figures::escaped;
  const bool zh = tongue == language::zh;
  std::string out = fmt::format(
      R"(<!DOCTYPE html><html lang="{}"><head><meta charset="utf-8"><title>{}</title><style>
body{{font:12px "Noto Sans CJK SC","Source Han Sans SC",sans-serif;margin:16px}}table{{border-collapse:collapse;width:100%}}
td,th{{border:1px solid #555;padding:4px 6px;text-align:left}}td.s{{min-width:4em}}tr{{break-inside:avoid}}@page{{size:A4 landscape;margin:12mm}}
</style></head><body><h1>{}</h1><p>{}</p><p>{}: ____________ {}: {}</p><table><tr>)",
      zh ? "zh-CN" : "en", escaped(sample), zh ? "通话抽查评分表" : "Score sheet of a spot check", escaped(sample),
      zh ? "检查人" : "Checked by", zh ? "方式" : "as", zh ? "☐ 自查 ☐ 互查 ☐ 抽查" : "☐ self ☐ colleague ☐ superior");
  for (const char* head : zh ? std::array{"通话", "时间", "话务员", "队列", "时长", "登记"}
                             : std::array{"Call", "Began", "Operator", "Queue", "Talk", "Entry"})
    out += fmt::format("<th>{}</th>", head);
  for (const std::string& item : items) out += fmt::format("<th>{}</th>", escaped(item));
  out += fmt::format("<th>{}</th><th>{}</th></tr>", zh ? "红线" : "Red line", zh ? "备注" : "Remarks");
  for (const check_call& call : of.calls) {
    out += fmt::format("<tr><td>{:016x}</td><td>{}</td><td>{}</td><td>{}</td><td>{} s</td><td>{}</td>", call.call.value,
                       wall.wall_text(call.began), escaped(call.operator_name), escaped(call.queue_name), seconds(call.talk),
                       call.entered ? "✓" : "–");
    for (std::size_t i = 0; i < items.size() + 2; ++i) out += "<td class=\"s\"></td>";
    out += "</tr>";
  }
  return out + "</table></body></html>\n";
}

std::string sheet_text(const check_sample& of, const std::string& sample, const figures::calendar& wall, language tongue) {
  const bool zh = tongue == language::zh;
  const auto& f = of.frame;
  std::string out = sample + '\n';
  out += fmt::format(
      fmt::runtime(zh ? "话务员受理 {}:进行中 {},过短 {},无录音 {},不符条件 {},可抽 {},抽中 {}\n"
                      : "calls {}: going on {}, too short {}, not recorded {}, not meant {}; in the frame {}, drawn {}\n"),
      f.calls, f.going_on, f.too_short, f.not_recorded, f.not_meant, f.in_frame, of.calls.size());
  for (const check_call& call : of.calls)
    out += fmt::format("{}  {:016x}  {:>8} s  {}  {}{}\n", wall.wall_text(call.began), call.call.value, seconds(call.talk),
                       call.operator_name, call.queue_name,
                       call.entered ? ""
                       : zh         ? "  未登记"
                                    : "  no entry");
  return out;
}

int draw(const arguments& given, language tongue) {
  verb_options verb{
      .usage = "cordboard checks draw day|week|month|quarter|year DATE [--number N] [--each] [--seed S] [-o FILE]",
      .about =
          "Draws calls that operators had, to be listened to and judged. The same seed draws the same calls from the same "
          "log; who was\nleft out is counted by reason. The csv is the score sheet: fill in who checked, way (self, mutual or "
          "supervisor) and a score\nof 0 to 100 for each item. 抽查通话:同一种子抽出同样的通话;csv 即评分表。",
      .positional = "PERIOD",
      .second = "DATE"};
  verb.named.add_options()("number", po::value<std::uint32_t>()->value_name("N"), "so many calls; else 10")(
      "each", "so many of each operator")("seed", po::value<std::uint64_t>()->value_name("S"), "else 1")(
      "only", po::value<std::string>()->value_name("RULE"),
      "any, rated_low (1 and 2), transferred, no_entry, or ended_by_operator; else any")(
      "recorded", "only what can be listened to")("min", po::value<std::uint32_t>()->value_name("S"),
                                                  "talk of so many seconds at least; else 10")(
      "items", po::value<std::string>()->value_name("I,I"), "what is judged; else greeting,manner,answer,entry_accuracy")(
      "zone", po::value<std::string>()->value_name("ZONE"), "whose wall decides; else Asia/Shanghai")(
      "format", po::value<std::string>()->value_name("FORMAT"),
      "text, csv (the score sheet), json, html or pdf (a form for paper)")(
      "output,o", po::value<std::string>()->value_name("FILE"), "write it there")(
      "log", po::value<std::string>()->value_name("PATH"),
      "a board's run folder, the folder of its log, or its configuration file");
  int code = done;
  const auto options = read_options(verb, given, tongue, code);
  if (!options) return code;
  const auto number = [&](const char* name, std::uint32_t otherwise) {
    return options->count(name) != 0 ? (*options)[name].as<std::uint32_t>() : otherwise;
  };
  figures_request asked;
  const auto period = read_period(text_of(*options, "PERIOD", ""));
  if (!period || options->count("DATE") == 0) return misuse(verb, "which period, of which date?");
  asked.period = *period;
  asked.zone = text_of(*options, "zone", asked.zone);
  asked.date = text_of(*options, "DATE", "");
  check_rule rule;
  rule.number = number("number", rule.number);
  rule.of_each_operator = options->count("each") != 0;
  if (options->count("seed") != 0) rule.seed = (*options)["seed"].as<std::uint64_t>();
  rule.recorded = options->count("recorded") != 0;
  rule.seconds_min = number("min", rule.seconds_min);
  const std::string only = text_of(*options, "only", "any");
  const auto wish = figures::read_wish(only);
  if (!wish) return misuse(verb, fmt::format("there is no rule \"{}\"", only));
  rule.only = *wish;
  const auto items = parts_of(text_of(*options, "items", "greeting,manner,answer,entry_accuracy"));
  for (const std::string& item : items)
    if (item.empty() || std::find(sheet_columns.begin(), sheet_columns.end(), item) != sheet_columns.end())
      return misuse(verb, fmt::format("an item cannot be called \"{}\"", item));
  const std::string format = text_of(*options, "format", "text");
  const std::string place = log_place(*options, "log");
  diagnostics why;
  const auto drawn = figures::draw_checks(place, asked, rule, &why);
  if (!drawn && !why.empty()) {
    std::cerr << "cordboard: " << why.our_text() << '\n';
    return misused;
  }
  if (!drawn) return tell_failure(drawn.error(), place, tongue);
  const auto wall = figures::calendar::make(asked.zone).value();
  const std::string sample = stated(*drawn, rule, only);
  std::string out;
  if (format == "text") out = sheet_text(*drawn, sample, wall, tongue);
  if (format == "csv") out = sheet_csv(*drawn, sample, items, wall);
  if (format == "json") out = sheet_json(*drawn, sample, rule);
  if (format == "html" || format == "pdf") out = sheet_html(*drawn, sample, items, wall, tongue);
  if (out.empty()) return misuse(verb, fmt::format("--format takes text, csv, json, html or pdf, not \"{}\"", format));
  if (format == "pdf" && options->count("output") == 0) return misuse(verb, "where is the pdf to be written? (--output FILE)");
  return write_report(out, format, text_of(*options, "output", ""), tongue);
}

int grade(const arguments& given, language tongue) {
  verb_options verb{
      .usage = "cordboard checks grade --sheet FILE [--sheet FILE ...] [--with month --date 2026-10] [--format text|csv]",
      .about =
          "Adds up score sheets: means with their counts for each operator and the team, what self, mutual and "
          "supervisor's checks of the\nsame calls differ by, and red lines. With a period, the figures of that time beside "
          "them. 汇总评分表:个人与全组均分、自查互查抽查之差、红线。"};
  verb.named.add_options()("sheet", po::value<std::vector<std::string>>()->value_name("FILE"),
                           "a score sheet that was filled in")(
      "with", po::value<std::string>()->value_name("PERIOD"),
      "figures of a day, week, month, quarter or year beside the scores")("date", po::value<std::string>()->value_name("DATE"),
                                                                          "a date of it")(
      "zone", po::value<std::string>()->value_name("ZONE"), "whose wall decides; else Asia/Shanghai")(
      "summaries", po::value<std::string>()->value_name("FOLDER"), "stored sums")(
      "format", po::value<std::string>()->value_name("FORMAT"), "text or csv")(
      "output,o", po::value<std::string>()->value_name("FILE"), "write it there")(
      "log", po::value<std::string>()->value_name("PATH"),
      "a board's run folder, the folder of its log, or its configuration file");
  int code = done;
  const auto options = read_options(verb, given, tongue, code);
  if (!options) return code;
  if (options->count("sheet") == 0) return misuse(verb, "which sheets? (--sheet FILE)");
  std::vector<std::pair<std::string, std::string>> sheets;
  for (const std::string& file : (*options)["sheet"].as<std::vector<std::string>>()) {
    std::ifstream from(file, std::ios::binary);
    if (!from) return tell_failure(std::error_code(errno, std::generic_category()), file, tongue);
    sheets.emplace_back(file, std::string(std::istreambuf_iterator<char>(from), {}));
  }
  const grades all = add_up(sheets);
  for (const std::string& one : all.problems) std::cerr << "cordboard: " << one << '\n';
  if (!all.problems.empty()) return failed;
  std::optional<figures_report> beside, team;
  if (options->count("with") != 0) {
    figures_request asked;
    const auto period = read_period(text_of(*options, "with", ""));
    if (!period) return misuse(verb, "--with takes day, week, month, quarter or year");
    asked.period = *period;
    asked.date = text_of(*options, "date", "");
    asked.zone = text_of(*options, "zone", asked.zone);
    asked.summaries = text_of(*options, "summaries", "");
    asked.figures = {"handled",      "handle_time",     "offers_unanswered",     "operator_first",  "transfer_success",
                     "satisfaction", "rating_response", "register_completeness", "log_ins_on_time", "overruns"};
    for (const bool whole : {true, false}) {
      if (!whole) asked.by = {figure_dimension::operator_};
      diagnostics why;
      auto made = read_figures(log_place(*options, "log"), asked, &why);
      if (!made && !why.empty()) {
        std::cerr << "cordboard: " << why.our_text() << '\n';
        return misused;
      }
      if (!made) return tell_failure(made.error(), log_place(*options, "log"), tongue);
      (whole ? team : beside) = std::move(*made);
    }
  }
  const std::string format = text_of(*options, "format", "text");
  if (format != "text" && format != "csv") return misuse(verb, "--format takes text or csv");
  const auto* by = beside ? &*beside : nullptr;
  const auto* together = team ? &*team : nullptr;
  return write_report(format == "csv" ? grades_csv(all, by, together) : grades_text(all, by, together, tongue), format,
                      text_of(*options, "output", ""), tongue);
}

}  // namespace

int checks(const arguments& given, language tongue) {
  const arguments rest(given.begin() + (given.empty() ? 0 : 1), given.end());
  if (!given.empty() && given[0] == "draw") return draw(rest, tongue);
  if (!given.empty() && given[0] == "grade") return grade(rest, tongue);
  std::cerr << "Usage:\n  cordboard checks draw day|week|month|... DATE\n  cordboard checks grade --sheet FILE\n";
  const bool help = !given.empty() && (given[0] == "--help" || given[0] == "-h");
  return help ? done : misused;
}

}  // namespace cordboard::cli
