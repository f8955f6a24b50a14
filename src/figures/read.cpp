// SPDX-License-Identifier: Apache-2.0
// The public face: a log is read once, from its oldest event to its present end.
#include <cordboard/log_reader.hpp>
#include <figures/fold.hpp>
#include <figures/read.hpp>
#include <figures/report.hpp>

namespace cordboard {
namespace figures {

result<reading> read_log(const std::string& path, record_sink& to) {
  auto from = log_reader::open(path, {.copy_archive = true});
  if (!from) return tl::unexpected(from.error());
  if (const auto begun = from->after(0); !begun) return tl::unexpected(begun.error());
  reading out;
  fold all(to);
  for (;;) {
    const auto events = from->next();
    if (!events) return tl::unexpected(events.error());
    if (events->empty()) break;
    for (const event& e : *events) {
      const bool named = e.kind >= event_kind::device_configured && e.kind <= event_kind::queue_configured;
      if (named) out.called.hear(e, *from);
    }
    all.evolve(*events);
  }
  all.settle(all.last_time());
  out.first_time = all.first_time();
  out.last_time = all.last_time();
  out.position = all.position();
  return out;
}

}  // namespace figures

namespace {

using namespace figures;

tl::unexpected<std::error_code> refuse(diagnostics* why, std::string text) {
  if (why != nullptr) *why = diagnostics(std::move(text));
  return tl::unexpected(std::make_error_code(std::errc::invalid_argument));
}

}  // namespace

result<figures_report> read_figures(const std::string& log, const figures_request& what, diagnostics* why) {
  std::string wrong;
  const auto plan = make_plan(what, wrong);
  if (!plan) return refuse(why, wrong);
  tally counted;
  const auto read = read_log(log, counted);
  if (!read) return tl::unexpected(read.error());
  figures_report report;
  report.log_from = read->first_time;
  report.log_to = read->last_time;
  report.position = read->position;
  fill_report(report, *plan, counted, read->called);
  return report;
}

result<std::vector<figure_entry>> read_figure_entries(const std::string& log, const figures_request& what,
                                                      std::string_view figure, diagnostics* why) {
  figures_request one = what;
  one.figures = {std::string(figure)};
  std::string wrong;
  const auto plan = make_plan(one, wrong);
  if (!plan) return refuse(why, wrong);
  entry_sink kept(*plan);
  const auto read = read_log(log, kept);
  if (!read) return tl::unexpected(read.error());
  return kept.entries(read->called);
}

}  // namespace cordboard
