// SPDX-License-Identifier: Apache-2.0
#include <figures/report_json.hpp>

#include <base/json.hpp>
#include <fmt/format.h>

namespace cordboard::figures {

std::string plain(const figure& what, const figure_value& value) {
  const auto in = value.in(what.unit);
  if (!in) return {};
  return what.unit == figure_unit::count ? std::to_string(value.numerator) : fmt::format("{}", *in);
}

std::string report_json(const figures_report& report, const figures_request& asked) {
  const auto both = [](const std::string_view(&of)[2]) {
    json_object one;
    one.text("en", of[0]);
    one.text("zh", of[1]);
    return std::move(one).end();
  };
  const auto number = [](std::int64_t n) { return std::to_string(n); };
  json_object closure;
  closure.raw("entered", number(report.closure.entered));
  closure.raw("left", number(report.closure.left));
  closure.raw("waiting_at_start", number(report.closure.at_start));
  closure.raw("waiting_at_end", number(report.closure.at_end));
  closure.raw("holds", report.closure.holds() ? "true" : "false");
  std::string figures, rows;
  for (const figure* one : report.figures) {
    json_object of;
    of.text("name", one->name);
    of.raw("version", std::to_string(one->version));
    of.raw("title", both(one->title));
    of.raw("numerator", both(one->numerator));
    of.raw("denominator", both(one->denominator));
    of.raw("exclusions", both(one->exclusions));
    of.raw("interval", both(one->interval));
    figures += (figures.empty() ? "" : ",") + std::move(of).end();
  }
  for (const figures_row& row : report.rows) {
    json_object labels, values;
    for (std::size_t i = 0; i < asked.by.size(); ++i) labels.text(name(asked.by[i]), row.labels[i]);
    for (std::size_t i = 0; i < report.figures.size(); ++i) {
      const std::string value = plain(*report.figures[i], row.values[i]);
      values.raw(report.figures[i]->name,
                 fmt::format("[{},{},{}]", value.empty() ? "null" : value, row.values[i].numerator, row.values[i].denominator));
    }
    json_object of;
    of.raw("labels", std::move(labels).end());
    of.raw("values", std::move(values).end());
    rows += (rows.empty() ? "" : ",") + std::move(of).end();
  }
  json_object all;
  all.text("title", report.title);
  all.text("zone", asked.zone);
  all.text("from_ns", number(report.from));
  all.text("to_ns", number(report.to));
  all.text("log_from_ns", number(report.log_from));
  all.text("log_to_ns", number(report.log_to));
  all.text("position", std::to_string(report.position));
  all.raw("revision", std::to_string(report.revision));
  all.raw("hours", std::to_string(report.hours));
  all.raw("gaps", number(report.gaps));
  all.raw("drills", asked.drills ? "true" : "false");
  all.raw("target_seconds", std::to_string(asked.target_seconds));
  all.raw("short_seconds", std::to_string(asked.short_seconds));
  all.raw("rings", std::to_string(asked.rings));
  all.raw("closure", std::move(closure).end());
  all.raw("figures", '[' + figures + ']');
  all.raw("rows", '[' + rows + ']');
  return std::move(all).end() + '\n';
}

}  // namespace cordboard::figures
