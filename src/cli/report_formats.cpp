// SPDX-License-Identifier: Apache-2.0
#include <cli/report_formats.hpp>

#include <algorithm>
#include <base/csv.hpp>
#include <figures/calendar.hpp>
#include <figures/report_json.hpp>
#include <figures/shown.hpp>
#include <fmt/format.h>

namespace cordboard::cli {
namespace {

/// How many columns of a terminal a text takes: a Chinese character takes two.
std::size_t width(std::string_view text) {
  std::size_t columns = 0;
  for (std::size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i]);
    const std::size_t bytes = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    // Three bytes from U+2E80 on begin with E2 BA; punctuation before that is narrow.
    const bool wide = first > 0xE2 || (first == 0xE2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) >= 0xBA);
    columns += wide ? 2 : 1;
    i += bytes;
  }
  return columns;
}
std::string padded(std::string_view text, std::size_t to, bool right = false) {
  const std::string gap(to > width(text) ? to - width(text) : 0, ' ');
  return right ? gap + std::string(text) : std::string(text) + gap;
}

const char* pick(language tongue, const char* en, const char* zh) { return tongue == language::zh ? zh : en; }

std::string head(const figures_report& report, const figures_request& asked, language tongue) {
  const auto wall = figures::calendar::make(asked.zone);  // the request was found to be in order
  std::string out = fmt::format("{}  {} – {}  {}  ({} h)\n", report.title, wall->wall_text(report.from),
                                wall->wall_text(report.to), asked.zone, report.hours);
  out += fmt::format(fmt::runtime(pick(tongue, "T = {} s, S = {} s, r = {} rings{}\n", "T = {} 秒,S = {} 秒,r = {} 声{}\n")),
                     asked.target_seconds, asked.short_seconds, asked.rings,
                     asked.drills ? pick(tongue, "; drill calls only", ";仅演练") : "");
  if (report.log_from > report.from)
    out += fmt::format(
        fmt::runtime(pick(tongue, "the log begins at {}: figures of before are not there\n", "日志始于 {}:此前无数据\n")),
        wall->wall_text(report.log_from));
  if (report.log_to < report.to)
    out += fmt::format(fmt::runtime(pick(tongue, "read up to {}: the period is not over\n", "读至 {}:本期尚未结束\n")),
                       wall->wall_text(report.log_to));
  if (report.gaps != 0)
    out += fmt::format(fmt::runtime(pick(tongue, "the log lacks events at {} places: figures are not whole\n",
                                         "日志有 {} 处缺口:指标不完整\n")),
                       report.gaps);
  if (report.revision != 0)
    out +=
        fmt::format(fmt::runtime(pick(tongue, "from stored sums, revision {}\n", "取自存储汇总,修订 {}\n")), report.revision);
  const figures_closure& c = report.closure;
  out += fmt::format(fmt::runtime(pick(tongue, "closure: entered {} = left {} + waiting at the end {} − at the start {}: {}\n",
                                       "核对:进入 {} = 离开 {} + 期末等待 {} − 期初等待 {}:{}\n")),
                     c.entered, c.left, c.at_end, c.at_start,
                     c.holds() ? pick(tongue, "holds", "相符") : pick(tongue, "DOES NOT HOLD", "不符"));
  return out;
}

/// Rows below each other; a column for each dimension and each figure.
std::string table(const figures_report& report, const figures_request& asked, language tongue) {
  std::vector<std::vector<std::string>> lines(1);
  for (const figure_dimension by : asked.by) lines[0].emplace_back(name(by));
  for (const figure* one : report.figures) lines[0].emplace_back(one->title[static_cast<std::size_t>(tongue)]);
  for (const figures_row& row : report.rows) {
    auto& line = lines.emplace_back(row.labels);
    for (std::size_t i = 0; i < report.figures.size(); ++i) line.push_back(figures::shown(*report.figures[i], row.values[i]));
  }
  std::string out;
  std::vector<std::size_t> widths(lines[0].size());
  for (const auto& line : lines)
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], width(line[i]));
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) out += padded(line[i], widths[i] + 2, i >= asked.by.size());
    out += '\n';
  }
  return out;
}

}  // namespace

std::string report_text(const figures_report& report, const figures_request& asked, language tongue) {
  std::string out = head(report, asked, tongue) + '\n';
  if (!asked.by.empty()) return out + table(report, asked, tongue);
  const auto in = static_cast<std::size_t>(tongue);
  std::size_t widest = 0;
  for (const figure* one : report.figures) widest = std::max(widest, width(one->title[in]));
  for (std::size_t i = 0; i < report.figures.size(); ++i) {
    const figure& one = *report.figures[i];
    const figure_value value = report.rows.empty() ? figure_value{} : report.rows[0].values[i];
    const bool divides = !one.denominator[in].empty();
    out += fmt::format("  {}  {}  {}\n", padded(one.title[in], widest), padded(figures::shown(one, value), 12, true),
                       divides && one.unit == figure_unit::share ? fmt::format("{} / {}", value.numerator, value.denominator)
                       : divides                                 ? fmt::format("n {}", value.denominator)
                                                                 : std::string());
  }
  return out;
}

std::string report_csv(const figures_report& report, const figures_request& asked) {
  std::string out;
  for (const figure_dimension by : asked.by) out += std::string(name(by)) + ',';
  out += "figure,value,numerator,denominator\r\n";
  for (const figures_row& row : report.rows) {
    std::string labels;
    for (const std::string& label : row.labels) labels += (needs_quotes(label) ? in_quotes(label) : label) + ',';
    for (std::size_t i = 0; i < report.figures.size(); ++i)
      out += fmt::format("{}{},{},{},{}\r\n", labels, report.figures[i]->name,
                         figures::plain(*report.figures[i], row.values[i]), row.values[i].numerator, row.values[i].denominator);
  }
  return out;
}

std::string entries_text(const std::vector<figure_entry>& entries, const figures_request& asked, language tongue) {
  const auto wall = figures::calendar::make(asked.zone);
  std::string out;
  std::int64_t sum = 0;
  for (const figure_entry& e : entries) {
    sum += e.amount;
    out += fmt::format("{}  {}{:016x}  #{}  {:>9.3f} s  {}\n", wall->wall_text(e.at), e.request ? "R-" : "",
                       e.request ? e.request.value : e.call.value, e.sequence, static_cast<double>(e.length) / 1e9, e.amount);
  }
  return out + fmt::format(fmt::runtime(pick(tongue, "{} entries, together {}\n", "共 {} 条,合计 {}\n")), entries.size(), sum);
}

std::string entries_csv(const std::vector<figure_entry>& entries) {
  std::string out = "at_ns,call,sequence,queue,operator,device,length_ns,amount,request\r\n";
  for (const figure_entry& e : entries)
    out += fmt::format("{},{:016x},{},{},{},{},{},{},{}\r\n", e.at, e.call.value, e.sequence, e.queue.value, e.operator_.value,
                       e.device.value, e.length, e.amount, e.request ? fmt::format("{:016x}", e.request.value) : std::string());
  return out;
}

std::string entries_json(const std::vector<figure_entry>& entries) {
  std::string out;
  for (const figure_entry& e : entries)
    out += fmt::format(
        R"({{"at_ns":"{}","call":"{:016x}","sequence":{},"queue":{},"operator":{},"device":{},"length_ns":{},"amount":{}{}}})"
        "\n",
        e.at, e.call.value, e.sequence, e.queue.value, e.operator_.value, e.device.value, e.length, e.amount,
        e.request ? fmt::format(R"(,"request":"{:016x}")", e.request.value) : std::string());
  return out;
}

std::string formulas_text(language tongue) {
  const auto in = static_cast<std::size_t>(tongue);
  std::string out;
  for (const figure& one : all_figures()) {
    out += fmt::format("{} ({} v{})\n    {}", one.title[in], one.name, one.version, one.numerator[in]);
    if (!one.denominator[in].empty()) out += fmt::format("\n    / {}", one.denominator[in]);
    if (!one.exclusions[in].empty()) out += fmt::format("\n    {}{}", pick(tongue, "without: ", "不含:"), one.exclusions[in]);
    out += fmt::format("\n    {}{}\n", pick(tongue, "counted in the interval ", "计入:"), one.interval[in]);
  }
  return out;
}

}  // namespace cordboard::cli
