// SPDX-License-Identifier: Apache-2.0
// Figures: what they are called, how exactly they are computed, and their values by interval, queue, operator and department.
// A fold of the log and nothing else: needs neither SIP nor Asio, and no board has to run.
#pragma once
#include <cordboard/errc.hpp>
#include <cordboard/event.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cordboard {

/// What a figure's value is.
enum class figure_unit : std::uint8_t {
  count,    ///< how many: calls, waits, transfers; it opens into as many entries
  share,    ///< 0 to 1
  mean,     ///< seconds, a sum of times over a count
  seconds,  ///< a sum of times
  score,    ///< a mean of grades
};

/// By what figures are told apart. `half` to `month` are times, half open, on the wall of the request's zone.
enum class figure_dimension : std::uint8_t {
  half,   ///< half hours in the order of time; a day of 25 hours has 50
  hour,   ///< hours in the order of time
  clock,  ///< the hour of the day, all days together
  day,
  weekday,
  week,  ///< from Monday
  month,
  queue,
  operator_,
  department,
  trunk,
  kind,     ///< of requests
  channel,  ///< how requests came in: phone, dialogue, web, on_site, abandoned, script
};

/// A figure says what it is. Its texts are in English and Chinese; the formula is the program, in words.
struct figure {
  std::string_view name;            ///< "answer_rate": stays
  std::uint32_t version = 1;        ///< rises when the same events would give another value
  figure_unit unit{};               ///< of its value
  std::string_view title[2];        ///< by language: "Answer rate", "电话接通率"
  std::string_view numerator[2];    ///< what is counted or added up
  std::string_view denominator[2];  ///< over what; empty: it is a sum
  std::string_view exclusions[2];   ///< what is left out, beyond drills
  std::string_view interval[2];     ///< in which interval something is counted
};

/// All figures, in the order of a report. @lifetime the program's
std::span<const figure> all_figures();
/// Whether a figure can be told apart by this: a service level has no operator.
bool figure_has(const figure& what, figure_dimension by);
/// "operator", "clock": as `read_figure_dimension` takes it.
std::string_view name(figure_dimension by);
/// Nothing: there is no such dimension.
std::optional<figure_dimension> read_figure_dimension(std::string_view text);

/// Both whole numbers, so that values can be added up again. Times are in nanoseconds.
struct figure_value {
  std::int64_t numerator = 0;    ///< what was counted or added up
  std::int64_t denominator = 0;  ///< of a sum: 1
  /// In the figure's unit; nothing when there is nothing to divide by: a rate without a call is absent, not 0.
  std::optional<double> in(figure_unit unit) const;
  friend bool operator==(const figure_value&, const figure_value&) = default;
};

/// How long a report is.
enum class figure_period : std::uint8_t { day, week, month, quarter, year };

/// What is asked for.
struct figures_request {
  figure_period period = figure_period::day;  ///< how long
  std::string date;                           ///< a day of the period: "2026-10-01"; also "2026-10" and "2026"
  std::string zone = "Asia/Shanghai";         ///< whose wall decides what an hour and a day are
  std::vector<figure_dimension> by{};         ///< nothing: one row
  std::vector<std::string> of{};              ///< only the row with these labels, one for each dimension; empty: all
  std::vector<std::string> figures{};         ///< names; empty: all that can be told apart so
  std::uint32_t target_seconds = 20;          ///< T of the service levels; 1 to 600
  std::uint32_t short_seconds = 5;            ///< who gives up within so many seconds is a short abandon; 0 to 600
  std::uint32_t rings = 4;                    ///< within so many rings; 1 to 60
  bool drills = false;                        ///< drill calls instead of people's: they are never together
  std::vector<std::string> kinds{};           ///< requests of these kinds alone, by their words; empty: all
  std::string summaries{};                    ///< folder of stored sums (figures_summaries); empty: the whole log is read
};

/// The values of all figures for one hour, queue, operator and so on.
struct figures_row {
  std::vector<std::string> labels;   ///< one for each dimension
  std::vector<figure_value> values;  ///< one for each figure
};

/// Whether callers who came into queues are all accounted for: entered = left + waiting at the end - waiting at the start.
struct figures_closure {
  std::int64_t entered = 0;   ///< callers who came in
  std::int64_t left = 0;      ///< callers whose wait ended, however
  std::int64_t at_start = 0;  ///< who waited when it began
  std::int64_t at_end = 0;    ///< who waits when it ends
  /// Whether nobody is missing, and nobody is counted twice.
  bool holds() const { return entered == left + at_end - at_start; }
};

/// What was asked for: a table of figures, and what of the log it rests on.
struct figures_report {
  std::string title;           ///< "2026-10-01", "2026-W40", "2026-10", "2026-Q4", "2026"
  std::int64_t from = 0;       ///< the period, [from, to), ns since 1970
  std::int64_t to = 0;         ///< its end
  std::int64_t log_from = 0;   ///< time of the oldest event that was read: figures of before are not complete
  std::int64_t log_to = 0;     ///< of the newest
  std::uint64_t position = 0;  ///< its sequence
  std::uint32_t hours = 0;     ///< how many hours the period has
  std::uint32_t revision = 0;  ///< of stored sums: 1 and more when a closed day was changed late; 0: the log alone was read
  std::int64_t gaps = 0;       ///< places within the period where the log lacks events
  figures_closure closure;     ///< of all queues
  std::vector<const figure*> figures;  ///< the columns
  std::vector<figures_row> rows;       ///< in the order of their labels' values
};

/// One of the entries behind a figure.
struct figure_entry {
  call_id call;                ///< whose entry it is
  std::uint64_t sequence = 0;  ///< of the event with which it began
  std::int64_t at = 0;         ///< ns: the interval that it is counted in
  queue_id queue;              ///< none: in no queue
  operator_id operator_;       ///< none: nobody's
  device_id device;            ///< the department or trunk; none: neither
  std::int64_t length = 0;     ///< ns: of the wait, the talk, the transfer
  std::int64_t amount = 0;     ///< what it counts for in the numerator; they add up to it
  request_id request;          ///< none: it is not of a request
};

/// Reads the log and folds it into a report.
///
/// @param log  the board's run folder, the folder of the hot segments, or an archive folder
/// @param why  set on failure: our sentence, with the remedy
/// @errors     std::errc::invalid_argument: the request is not well formed; else the reader's (log_reader.hpp)
/// @threads    any; the log is read up to its present end
result<figures_report> read_figures(const std::string& log, const figures_request& what, diagnostics* why = nullptr);

/// The entries behind one figure's numerator in a period: their amounts add up to it, and of a count there are as many.
result<std::vector<figure_entry>> read_figure_entries(const std::string& log, const figures_request& what,
                                                      std::string_view figure, diagnostics* why = nullptr);

/// A report as one HTML file with charts (SVG) that needs nothing else: no script, and nothing from elsewhere. For the screen, and for
/// paper in grey.
///
/// @param what  `by` and `figures` are not asked: the page has its own
result<std::string> read_figures_page(const std::string& log, const figures_request& what, language tongue,
                                      diagnostics* why = nullptr);

/// A day of stored sums.
struct figures_day {
  std::string date;            ///< of UTC
  std::uint32_t revision = 0;  ///< rises when something late changes a day that was closed
  bool compared = false;       ///< the log goes back to it
  bool differs = false;        ///< from what the log says
};

/// Compares stored sums with the log, which is folded anew from its oldest event.
///
/// @param summaries  their folder; it is made when it is missing
/// @param rebuild    what differs is written anew, as another revision; what cannot be read, too
/// @errors           the reader's, the system's; std::errc::not_supported: they cannot be read, and are not to be rebuilt
result<std::vector<figures_day>> check_figures(const std::string& log, const std::string& summaries, bool rebuild,
                                               diagnostics* why = nullptr);

}  // namespace cordboard
