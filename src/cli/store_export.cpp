// SPDX-License-Identifier: Apache-2.0
// cordboard store export: rows for other programs.
#include <base/masked.hpp>
#include <base/csv.hpp>
#include <cli/json.hpp>
#include <cli/log_tools.hpp>
#include <cli/store_tools.hpp>
#include <cordboard/command.hpp>
#include <cstdio>
#include <fmt/format.h>
#include <iostream>
#include <limits>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>

namespace po = boost::program_options;

namespace cordboard::cli {
namespace {

/// Lines to a file that appears whole, or to the output.
class lines {
public:
  explicit lines(std::string file) : file_(std::move(file)), half_(file_.empty() ? std::string() : file_ + ".part") {
    if (!file_.empty()) own_.reset(std::fopen(half_.c_str(), "wbe"));
    to_ = file_.empty() ? stdout : own_.get();
    // Numbers and names of people: for whoever asked alone.
    if (own_) ::fchmod(::fileno(own_.get()), 0600);
  }
  ~lines() {
    if (own_) ::unlink(half_.c_str());
  }
  lines(const lines&) = delete;
  lines& operator=(const lines&) = delete;
  bool good() const { return to_ != nullptr && std::ferror(to_) == 0; }
  void put(const std::string& text) { std::fwrite(text.data(), 1, text.size(), to_); }
  bool finish() {
    if (!good() || std::fflush(to_) != 0) return false;
    if (!own_) return true;
    const bool written = ::fsync(::fileno(own_.get())) == 0 && std::fclose(own_.release()) == 0;
    return written && std::rename(half_.c_str(), file_.c_str()) == 0;
  }

private:
  struct close_file {
    void operator()(std::FILE* f) const { std::fclose(f); }
  };
  std::string file_, half_;
  std::unique_ptr<std::FILE, close_file> own_;
  std::FILE* to_ = nullptr;
};

/// A row in either format; the first one brings the header.
class table {
public:
  table(lines& to, bool csv, std::vector<std::string_view> columns) : to_(&to), csv_(csv), columns_(std::move(columns)) {
    std::string head;
    for (const std::string_view one : columns_) head += fmt::format("{}{}", head.empty() ? "" : ",", one);
    if (csv_) to_->put(head + "\r\n");
  }
  void row(const std::vector<std::string>& values) {
    std::string line;
    json_object object;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const std::string text = readable(values[i]);
      if (csv_) line += (i == 0 ? "" : ",") + (needs_quotes(text) ? in_quotes(text) : text);
      if (!csv_ && !text.empty()) object.text(columns_[i], text);
    }
    to_->put(csv_ ? line + "\r\n" : std::move(object).end() + "\n");
    ++rows_;
  }
  std::size_t rows() const { return rows_; }

private:
  lines* to_;
  bool csv_;
  std::vector<std::string_view> columns_;
  std::size_t rows_ = 0;
};

std::string id_text(std::int64_t id) { return id == 0 ? std::string() : std::to_string(static_cast<std::uint64_t>(id)); }

struct span_of_time {
  std::int64_t from = 0, to = std::numeric_limits<std::int64_t>::max();
};

std::size_t export_calls(opened_store& of, table& to, const span_of_time& when, bool clear) {
  store::each_call(*of.in, of.keys, when.from, when.to, [&](const store::call_line& one) {
    std::string notes;
    for (const std::string& note : one.notes) notes += (notes.empty() ? "" : " | ") + (clear ? note : store::masked_text(note));
    to.row({std::to_string(one.id), shown_time(one.began_at), shown_time(one.answered_at), shown_time(one.ended_at),
            clear ? one.number : masked_number(one.number), clear ? one.name : store::masked_name(one.name), one.queue,
            one.operator_, std::string(name(static_cast<cause>(one.cause))), notes});
    return true;
  });
  return to.rows();
}

std::size_t export_requests(opened_store& of, table& to, const span_of_time& when, bool clear) {
  store::each_request(*of.in, of.keys, when.from, when.to, [&](const store::request_line& one) {
    std::string fields;
    for (const auto& [field, value] : one.fields)
      fields += (fields.empty() ? "" : "; ") + field + "=" + (clear ? value : store::masked_text(value));
    to.row({one.shown, one.kind, std::string(name(one.status)), one.owner, shown_time(one.opened_at), shown_time(one.due_at),
            shown_time(one.call_at), shown_time(one.closed_at), std::to_string(one.attempts),
            clear ? one.number : masked_number(one.number), clear ? one.name : store::masked_name(one.name), fields});
    return true;
  });
  return to.rows();
}

std::size_t export_actions(opened_store& of, table& to, const span_of_time& when) {
  constexpr std::string_view outcomes[] = {"open", "done", "failed", "timed_out", "refused"};
  of.in->each(
      "SELECT a.at, u.name, a.kind, a.call, o.name, a.outcome, a.ended_at, a.error FROM action a LEFT JOIN named u ON u.kind = "
      "4 AND u.id = a.actor LEFT "
      "JOIN named o ON o.kind = 2 AND o.id = a.operator WHERE a.at >= $1 AND a.at < $2 ORDER BY a.at, a.sequence",
      {when.from, when.to}, [&](store::row r) {
        const auto outcome = static_cast<std::size_t>(store::number_of(r[5]));
        const auto error = static_cast<errc>(store::number_of(r[7]));
        to.row({shown_time(store::number_of(r[0])), store::text_of(r[1]),
                std::string(name(static_cast<command_kind>(store::number_of(r[2])))), id_text(store::number_of(r[3])),
                store::text_of(r[4]), std::string(outcome < std::size(outcomes) ? outcomes[outcome] : ""),
                shown_time(store::number_of(r[6])), store::number_of(r[7]) == 0 ? std::string() : std::string(name(error))});
        return true;
      });
  return to.rows();
}

}  // namespace

int store_export(const arguments& given, language tongue) {
  verb_options verb{
      .usage =
          "cordboard store export --store PLACE calls|requests|actions --format csv|json [--from TIME] [--to TIME] [--plain] "
          "[-o FILE]",
      .about =
          "Writes rows for other programs: csv with a header (RFC 4180, UTF-8), or json, an object a line. calls, requests: a "
          "line for "
          "each;\n"
          "actions: who gave which command, and what became of it. TIME is local, 2026-03-01 or \"2026-03-01 14:03\"; --to is "
          "not\n"
          "included. Without --plain what is personal is masked. Each export is on record.\n"
          "导出通话(calls)、事项(requests)或操作记录(actions);未加 --plain 时个人信息打码;每次导出均有记录。",
      .positional = "WHAT"};
  add_store_options(verb);
  add_reader_options(verb);
  verb.named.add_options()("format,f", po::value<std::string>()->value_name("csv|json"), "csv or json")(
      "from", po::value<std::string>()->value_name("TIME"), "what began then or later")(
      "to", po::value<std::string>()->value_name("TIME"), "what began before")(
      "output,o", po::value<std::string>()->value_name("FILE"), "written whole, mode 0600");
  int code = done;
  const auto options = read_options(verb, given, tongue, code);
  if (!options) return code;
  const std::string what = text_of(*options, "WHAT"), format = text_of(*options, "format");
  if (what != "calls" && what != "requests" && what != "actions") return misuse(verb, "calls, requests or actions?");
  if (format != "csv" && format != "json") return misuse(verb, "--format csv, or --format json");
  span_of_time when;
  for (const auto& [named, at] : {std::pair{"from", &when.from}, std::pair{"to", &when.to}}) {
    if (options->count(named) == 0) continue;
    const auto read = time_in(text_of(*options, named));
    if (!read) return misuse(verb, fmt::format("--{} takes a local time such as 2026-03-01 or \"2026-03-01 14:03\"", named));
    *at = *read;
  }
  const auto where = store_of(verb, *options);
  if (!where) return misused;
  return guarded(*where, tongue, [&]() -> int {
    auto of = open_store(*where);
    const store::reader who = reader_of(*options, *where);
    lines to(text_of(*options, "output"));
    const auto no_output = [&] {
      return tell_failure({errno, std::generic_category()},
                          text_of(*options, "output").empty() ? "-" : text_of(*options, "output"), tongue);
    };
    if (!to.good()) return no_output();
    const bool csv = format == "csv";
    using names = std::vector<std::string_view>;
    const names columns =
        what == "calls" ? names{"call", "began", "answered", "ended", "number", "name", "queue", "operator", "cause", "notes"}
        : what == "requests" ? names{"no",      "kind",   "status",   "owner",  "opened", "due",
                                     "call_at", "closed", "attempts", "number", "name",   "fields"}
                             : names{"at", "user", "command", "call", "operator", "outcome", "ended", "error"};
    table rows(to, csv, columns);
    const std::int64_t entry = store::note_access(*of.in, who, "export " + what, wall_now());
    const std::size_t count = what == "calls"      ? export_calls(of, rows, when, who.clear)
                              : what == "requests" ? export_requests(of, rows, when, who.clear)
                                                   : export_actions(of, rows, when);
    store::note_found(*of.in, entry, count);
    return to.finish() ? done : no_output();
  });
}

}  // namespace cordboard::cli
