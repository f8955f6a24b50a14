// SPDX-License-Identifier: Apache-2.0
// The public face: what is asked for is planned, counted and laid out.
#include <figures/read.hpp>

#include <figures/summaries.hpp>
#include <fmt/format.h>

namespace cordboard {
namespace figures {
namespace {

std::int64_t all_waiting(const fold& of) {
  std::int64_t all = 0;
  for (const auto& [queue, line] : of.waiting()) all += line.waiting;
  return all;
}

result<counted> count_stored(const std::string& log, const figures_request& asked, const stretch& when) {
  auto stored = summaries::open(asked.summaries);
  if (!stored) return failure(stored.error());
  if (const auto read = stored->follow(log); !read) return failure(read.error());
  auto sums = stored->sums(when.from, when.to);
  if (!sums) return failure(sums.error());
  if (const auto kept = stored->keep(); !kept) return failure(kept.error());
  const fold& at = stored->state();
  return counted{std::move(*sums),
                 {stored->called(), at.first_time(), at.last_time(), at.position(), all_waiting(at),
                  stored->revision(when.from, when.to)}};
}

}  // namespace

result<event> read_on(log_reader& from, fold& to, names& called, std::uint64_t last) {
  event newest;
  for (;;) {
    const auto events = from.next();
    if (!events) return failure(events.error());
    std::span<const event> rest = *events;
    while (!rest.empty() && rest.back().sequence > last) rest = rest.first(rest.size() - 1);
    if (rest.empty()) return newest;
    for (const event& e : rest) {
      if (names::tells(e)) called.hear(e, from);
      if (e.sequence != 0) newest = e;
    }
    to.evolve(rest);
  }
}

result<reading> read_log(const std::string& path, record_sink& to) {
  auto from = log_reader::open(path, {.copy_archive = true});
  if (!from) return failure(from.error());
  if (const auto begun = from->after(0); !begun) return failure(begun.error());
  reading out;
  fold all(to);
  if (const auto read = read_on(*from, all, out.called, ~std::uint64_t{0}); !read) return failure(read.error());
  all.settle(all.last_time());
  out.first_time = all.first_time();
  out.last_time = all.last_time();
  out.position = all.position();
  out.waiting = all_waiting(all);
  return out;
}

result<counted> count(const std::string& log, const figures_request& asked, const stretch& when, diagnostics* why) {
  if (asked.summaries.empty()) {
    counted out;
    auto read = read_log(log, out.sums);
    if (!read) return failure(read.error());
    out.from = std::move(*read);
    return out;
  }
  auto stored = count_stored(log, asked, when);
  if (stored || why == nullptr) return stored;
  if (stored.error() == std::errc::not_supported)
    *why =
        diagnostics(fmt::format("the summaries in {} are damaged or of another version: `cordboard report summaries --rebuild` "
                                "makes them anew",
                                asked.summaries));
  if (stored.error() == std::errc::invalid_argument)
    *why = diagnostics(fmt::format("the summaries in {} are of another log than {}", asked.summaries, log));
  return stored;
}

}  // namespace figures

namespace {

using namespace figures;

tl::unexpected<std::error_code> refuse(diagnostics* why, std::string text) {
  if (why != nullptr) *why = diagnostics(std::move(text));
  return failure(std::make_error_code(std::errc::invalid_argument));
}

}  // namespace

result<figures_report> read_figures(const std::string& log, const figures_request& what, diagnostics* why) {
  std::string wrong;
  const auto plan = make_plan(what, wrong);
  if (!plan) return refuse(why, wrong);
  const auto of = count(log, what, plan->when, why);
  if (!of) return failure(of.error());
  figures_report report;
  fill_report(report, *plan, of->sums, of->from);
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
  if (!read) return failure(read.error());
  return kept.entries(read->called);
}

result<std::vector<figures_day>> check_figures(const std::string& log, const std::string& summaries, bool rebuild,
                                               diagnostics* why) {
  auto days = figures::summaries::check(log, summaries, rebuild);
  if (days || why == nullptr) return days;
  if (days.error() == std::errc::invalid_argument)
    *why = diagnostics(fmt::format("the summaries in {} are of another log than {}", summaries, log));
  if (days.error() == std::errc::not_supported)
    *why = diagnostics(fmt::format("the summaries in {} cannot be read: --rebuild makes them anew", summaries));
  return days;
}

}  // namespace cordboard
