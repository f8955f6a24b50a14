// SPDX-License-Identifier: Apache-2.0
// A report as a page for people: what matters first, pictures, tables, and every figure with its formula.
#include <algorithm>
#include <array>
#include <figures/charts.hpp>
#include <figures/read.hpp>
#include <figures/report.hpp>
#include <figures/shown.hpp>
#include <fmt/format.h>

namespace cordboard {
namespace {

using namespace figures;

constexpr std::string_view style = R"(<style>
:root{color-scheme:light}
body{font:14px/1.5 "Noto Sans CJK SC","Source Han Sans SC","WenQuanYi Micro Hei","Microsoft YaHei",sans-serif;color:#1a1a1a;background:#fff;
max-width:1000px;margin:24px auto;padding:0 20px}
h1{font-size:24px;margin:0}h2{font-size:16px;margin:28px 0 6px;border-bottom:1px solid #bbb;padding-bottom:3px}
p{margin:4px 0;color:#444}.wrong{color:#000;font-weight:bold;border:2px solid #000;padding:4px 8px}
svg{width:100%;height:auto;display:block}svg text{font-size:11px;fill:#1a1a1a}svg .grid{stroke:#ddd}svg .box{stroke:#fff;stroke-width:.5}
.tiles{display:grid;grid-template-columns:repeat(5,1fr);gap:8px;margin-top:14px}
.tile{border:1px solid #bbb;border-radius:4px;padding:6px 10px}.tile b{display:block;font-size:20px}.tile span{color:#444;font-size:12px}
table{border-collapse:collapse;width:100%;font-size:12.5px}th,td{padding:3px 7px;border-bottom:1px solid #ddd;text-align:right;vertical-align:top}td{white-space:nowrap}td.t{white-space:normal}
th{border-bottom:1.5px solid #777;font-weight:600}th:first-child,td:first-child,td.t,th.t{text-align:left}td.t{color:#444;font-size:11.5px}
tr,svg,.tile{break-inside:avoid}h2{break-after:avoid}
@media print{body{margin:0;max-width:none;font-size:12px}@page{size:A4;margin:14mm}}
</style>)";

class page {
public:
  page(const counted& of, figures_request what, language tongue)
      : counted_(&of.sums), read_(&of.from), asked_(std::move(what)), tongue_(tongue) {
    asked_.figures.clear();
  }

  std::string make() {
    const figures_report all = table({});
    return fmt::format(R"(<!DOCTYPE html><html lang="{}"><head><meta charset="utf-8"><title>{} {}</title>{}</head><body>)",
                       pick("en", "zh-CN"), pick("Telephone figures", "话务统计"), all.title, style) +
           head(all) + tiles(all) + traffic() + heat() + waits() + transfers(all) +
           people(pick("Queues", "队列"), figure_dimension::queue,
                  {"offered", "answered", "abandoned", "answer_rate", "service_level_a", "within_rings", "asa", "average_wait",
                   "closed"}) +
           people(pick("Operators", "话务员"), figure_dimension::operator_,
                  {"handled", "handle_time", "talk_mean", "hold_mean", "wrap_mean", "offers_unanswered", "operator_first",
                   "transfer_success", "satisfaction", "occupancy", "logged_on"}) +
           people(pick("Departments", "科室"), figure_dimension::department,
                  {"transfers", "transfers_connected", "transfers_busy", "transfers_no_answer", "transfers_refused",
                   "transfers_unreachable", "put_through", "put_through_mean"}) +
           people(pick("Requests", "受理事项"), figure_dimension::kind,
                  {"requests", "requests_closed", "requests_open", "first_contact_in_time", "completed_in_time", "times_missed",
                   "callback_reach", "result_told", "completion_time"}) +
           people(pick("How they came in", "受理渠道"), figure_dimension::channel,
                  {"requests", "requests_closed", "booking_success", "arrival_rate", "no_show_rate", "callback_reach"}) +
           formulas(all) + "</body></html>\n";
  }

private:
  std::string pick(std::string_view en, std::string_view zh) const { return std::string(tongue_ == language::zh ? zh : en); }
  std::size_t in() const { return static_cast<std::size_t>(tongue_); }

  figures_report table(std::vector<figure_dimension> by, std::vector<std::string> only = {}) {
    figures_request one = asked_;
    one.by = std::move(by);
    one.figures = std::move(only);
    std::string why;
    const auto plan = make_plan(one, why);  // the request was found to be in order
    figures_report out;
    if (plan) fill_report(out, *plan, *counted_, *read_);
    return out;
  }
  static const figure_value& value(const figures_report& of, const figures_row& row, std::string_view name) {
    for (std::size_t i = 0; i < of.figures.size(); ++i)
      if (of.figures[i]->name == name) return row.values[i];
    static constexpr figure_value none{};
    return none;
  }

  std::string head(const figures_report& all) const {
    const auto wall = calendar::make(asked_.zone).value();
    std::string out = fmt::format(
        "<h1>{} {}</h1><p>{} – {} ({}, {} h) · T = {} s · S = {} s · r = {}{}</p>", pick("Telephone figures", "话务统计"),
        all.title, wall.wall_text(all.from), wall.wall_text(all.to), escaped(asked_.zone), all.hours, asked_.target_seconds,
        asked_.short_seconds, asked_.rings, asked_.drills ? pick(" · drill calls only", " · 仅演练") : "");
    if (all.log_from > all.from)
      out += fmt::format("<p>{} {}</p>", pick("The log begins at", "日志始于"), wall.wall_text(all.log_from));
    if (all.log_to < all.to)
      out += fmt::format("<p>{} {}</p>", pick("The period is not over: read up to", "本期尚未结束,读至"),
                         wall.wall_text(all.log_to));
    if (all.gaps != 0)
      out += fmt::format("<p class=\"wrong\">{} {}</p>", pick("The log lacks events; places:", "日志有缺口,处数:"), all.gaps);
    const figures_closure& c = all.closure;
    return out + fmt::format("<p{}>{}: {} = {} + {} − {} {}</p>", c.holds() ? "" : " class=\"wrong\"",
                             pick("Entered = left + waiting at the end − at the start", "进入 = 离开 + 期末等待 − 期初等待"),
                             c.entered, c.left, c.at_end, c.at_start, c.holds() ? "✓" : pick("does not hold", "不符"));
  }

  std::string tiles(const figures_report& all) const {
    std::string out = "<div class=\"tiles\">";
    for (const char* name : {"calls", "offered", "answer_rate", "service_level_a", "within_rings", "asa", "abandonment",
                             "transfer_success", "transfers_dropped", "satisfaction"}) {
      const figure& one = *find_figure(all, name);
      out += fmt::format("<div class=\"tile\"><b>{}</b><span>{}</span></div>", shown(one, value(all, all.rows.at(0), name)),
                         escaped(one.title[in()]));
    }
    return out + "</div>";
  }
  static const figure* find_figure(const figures_report& all, std::string_view name) {
    for (const figure* one : all.figures)
      if (one->name == name) return one;
    return all.figures.front();
  }

  std::string traffic() {
    using enum figure_dimension;
    const figure_dimension by = asked_.period == figure_period::day     ? half
                                : asked_.period == figure_period::week  ? hour
                                : asked_.period == figure_period::month ? day
                                                                        : week;
    const figures_report over = table({by}, {"answered", "abandoned", "service_level_a"});
    std::vector<pair_of_counts> counts;
    std::vector<part_of_line> levels;
    for (const figures_row& row : over.rows) {
      std::string label = row.labels[0];
      if (by == half) label = label.substr(11);
      if (by == hour || by == day) label = label.substr(5);
      counts.push_back({label, value(over, row, "answered").numerator, value(over, row, "abandoned").numerator});
      levels.push_back({label, value(over, row, "service_level_a").in(figure_unit::share)});
    }
    return fmt::format("<h2>{}</h2>{}<h2>{}</h2>{}", pick("Callers over time", "来电随时间的变化"),
                       bars(counts, pick("answered", "接通"), pick("gave up", "放弃")),
                       fmt::format(fmt::runtime(pick("Service level A over time: answered within {} s",
                                                     "服务水平 A 随时间的变化:{} 秒内接通")),
                                   asked_.target_seconds),
                       share_line(levels, pick("service level", "服务水平")));
  }

  /// By the hour of the day: lines of one day, weekdays of a longer time.
  std::string heat() {
    using enum figure_dimension;
    const bool one_day = asked_.period == figure_period::day;
    const figures_report over = table({one_day ? queue : weekday, clock}, {"offered"});
    std::vector<std::string> columns;
    columns.reserve(24);
    for (int i = 0; i < 24; ++i) columns.push_back(std::to_string(i));
    std::vector<heat_row> rows;
    const figures_row* before = nullptr;
    for (const figures_row& row : over.rows) {
      const bool same = before != nullptr && before->labels[0] == row.labels[0];
      before = &row;
      if (!same) rows.push_back({one_day ? row.labels[0] : weekday_name(row.labels[0]), std::vector<std::int64_t>(24)});
      rows.back().counts[static_cast<std::size_t>(std::stoi(row.labels[1]))] += row.values[0].numerator;
    }
    std::erase_if(rows, [](const heat_row& row) {
      return std::all_of(row.counts.begin(), row.counts.end(), [](std::int64_t n) { return n == 0; });
    });
    if (rows.empty()) return {};
    return fmt::format("<h2>{}</h2>{}", pick("Callers who entered queues, by hour", "进入队列的来电(按小时)"),
                       heat_map(columns, rows));
  }

  std::string weekday_name(const std::string& label) const {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 7> names{{{"Mon", "周一"},
                                                                                  {"Tue", "周二"},
                                                                                  {"Wed", "周三"},
                                                                                  {"Thu", "周四"},
                                                                                  {"Fri", "周五"},
                                                                                  {"Sat", "周六"},
                                                                                  {"Sun", "周日"}}};
    for (const auto& [en, zh] : names)
      if (label == en) return pick(en, zh);
    return label;
  }

  std::string waits() {
    constexpr std::uint32_t each = 5, groups = 25;
    std::vector<pair_of_counts> all(groups);
    for (std::uint32_t i = 0; i + 1 < groups; ++i) all[i].label = std::to_string((i + 1) * each);
    all.back().label = fmt::format("> {}", (groups - 1) * each);
    std::string why;
    const auto plan = make_plan(asked_, why);
    counted_->for_each([&](const cell_key& key, std::span<const std::int64_t> sums) {
      const bool meant = key.kind == record_kind::wait_length && key.mark == plan->mark && key.bin >= bin_of(plan->when.from) &&
                         key.bin < bin_of(plan->when.to);
      if (!meant) return;
      auto& group = all[std::min(key.device == 0 ? 0 : (key.device - 1) / each, groups - 1)];
      group.dark += sums[place_of(measure::answered_in)];
      group.light += sums[place_of(measure::abandoned_in)];
    });
    return fmt::format("<h2>{}</h2>{}", pick("Waits, in seconds: up to", "等待时长(秒,不超过)"),
                       bars(all, pick("answered", "接通"), pick("gave up", "放弃")));
  }

  /// A title that goes on from the one above it, where it does not.
  static std::string alone(std::string_view title) {
    for (const std::string_view begins : {"…", " "})
      if (title.starts_with(begins)) title.remove_prefix(begins.size());
    return std::string(title);
  }

  std::string transfers(const figures_report& all) const {
    std::vector<stream> to;
    for (const char* name :
         {"transfers_connected", "transfers_conferenced", "transfers_refused", "transfers_busy", "transfers_no_answer",
          "transfers_unreachable", "transfers_cancelled", "transfers_caller_left", "transfers_open"}) {
      to.push_back({alone(find_figure(all, name)->title[in()]), value(all, all.rows.at(0), name).numerator});
    }
    const std::string picture = flow(pick("Transfers", "转接"), to);
    return picture.empty() ? "" : fmt::format("<h2>{}</h2>{}", pick("What became of transfers", "转接去向"), picture);
  }

  std::string people(const std::string& title, figure_dimension by, std::vector<std::string> names) {
    const figures_report over = table({by}, std::move(names));
    if (over.rows.empty()) return {};
    std::string out = fmt::format("<h2>{}</h2><table><thead><tr><th></th>", title);
    for (const figure* one : over.figures) out += fmt::format("<th>{}</th>", escaped(alone(one->title[in()])));
    out += "</tr></thead>";
    for (const figures_row& row : over.rows) {
      out += fmt::format("<tr><td>{}</td>", escaped(called(by, row.labels[0])));
      for (std::size_t i = 0; i < over.figures.size(); ++i)
        out += fmt::format("<td>{}</td>", shown(*over.figures[i], row.values[i]));
      out += "</tr>";
    }
    return out + "</table>";
  }

  /// What people call what a row is of.
  std::string called(figure_dimension by, const std::string& label) const {
    if (by == figure_dimension::kind) return read_->called.kind_title(label, tongue_);
    if (by != figure_dimension::channel) return label;
    for (std::uint8_t i = 1; !name(static_cast<request_source>(i)).empty(); ++i)
      if (label == name(static_cast<request_source>(i))) return std::string(text(static_cast<request_source>(i), tongue_));
    return label;
  }

  std::string formulas(const figures_report& all) const {
    std::string out =
        fmt::format(R"(<h2>{}</h2><table><thead><tr><th>{}</th><th>{}</th><th class="t">{}</th></tr></thead>)",
                    pick("All figures", "全部指标"), pick("Figure", "指标"), pick("Value", "值"), pick("What it is", "定义"));
    for (std::size_t i = 0; i < all.figures.size(); ++i) {
      const figure& one = *all.figures[i];
      std::string what = escaped(one.numerator[in()]);
      if (!one.denominator[in()].empty()) what += " / " + escaped(one.denominator[in()]);
      if (!one.exclusions[in()].empty()) what += pick(". Without: ", "。不含:") + escaped(one.exclusions[in()]);
      const figure_value& v = all.rows.at(0).values[i];
      const std::string of = one.unit == figure_unit::share  ? fmt::format("<br>{} / {}", v.numerator, v.denominator)
                             : one.unit == figure_unit::mean ? fmt::format("<br>n {}", v.denominator)
                                                             : "";
      const bool times = one.name == "occupancy" || one.name == "availability";  // shares of times: no counts to be shown
      out += fmt::format(R"(<tr><td>{}</td><td>{}{}</td><td class="t">{}</td></tr>)", escaped(one.title[in()]), shown(one, v),
                         times ? "" : of, what);
    }
    return out + "</table>";
  }

  const tally* counted_;
  const reading* read_;
  figures_request asked_;
  language tongue_;
};

}  // namespace

result<std::string> read_figures_page(const std::string& log, const figures_request& what, language tongue, diagnostics* why) {
  figures_request asked = what;
  asked.by.clear();
  asked.of.clear();
  asked.figures.clear();
  std::string wrong;
  const auto plan = make_plan(asked, wrong);
  if (!plan) {
    if (why != nullptr) *why = diagnostics(std::move(wrong));
    return failure(std::make_error_code(std::errc::invalid_argument));
  }
  const auto of = count(log, asked, plan->when, why);
  if (!of) return failure(of.error());
  return page(*of, asked, tongue).make();
}

}  // namespace cordboard
