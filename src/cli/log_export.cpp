// SPDX-License-Identifier: Apache-2.0
// cordboard log export: events as CSV (RFC 4180) or JSON lines, for other programs.
#include <algorithm>
#include <base/csv.hpp>
#include <base/utf8.hpp>
#include <charconv>
#include <base/event_json.hpp>
#include <base/masked.hpp>
#include <cli/log_lines.hpp>
#include <cli/log_tools.hpp>
#include <cli/options.hpp>
#include <cordboard/log_reader.hpp>
#include <cstdio>
#include <ctime>
#include <iostream>
#include <limits>
#include <unistd.h>

namespace po = boost::program_options;

namespace cordboard::cli {
namespace {

/// A place in the log as people give it: a sequence, or a local time.
struct edge {
  std::uint64_t sequence = 0;
  std::int64_t time_ns = 0;
  bool by_time = false;
};

template <class Number>
std::optional<Number> number_in(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

/// "812", "2026-03-01", "2026-03-01 14:03", "2026-03-01T14:03:22". `last`: a day or a minute is meant to its end.
std::optional<edge> edge_in(const std::string& text, bool last) {
  if (const auto sequence = number_in<std::uint64_t>(text)) return edge{*sequence, 0, false};
  struct form {
    const char* pattern;
    std::int64_t seconds;
  };
  constexpr std::int64_t day = 0;  // in the calendar: a day may have 23 or 25 hours
  for (const form& one : {form{"%Y-%m-%d", day}, form{"%Y-%m-%d %H:%M", 60}, form{"%Y-%m-%dT%H:%M", 60},
                          form{"%Y-%m-%d %H:%M:%S", 1}, form{"%Y-%m-%dT%H:%M:%S", 1}}) {
    std::tm parts{};
    const char* end = ::strptime(text.c_str(), one.pattern, &parts);
    if (end == nullptr || *end != '\0') continue;
    parts.tm_isdst = -1;
    if (last && one.seconds == day) parts.tm_mday += 1;
    const std::time_t seconds = std::mktime(&parts);
    if (seconds == -1) continue;
    const std::int64_t ns = (static_cast<std::int64_t>(seconds) + (last ? one.seconds : 0)) * 1'000'000'000;
    return edge{0, last ? ns - 1 : ns, true};
  }
  return std::nullopt;
}

struct wanted {
  edge from{1, 0, false};
  edge to{std::numeric_limits<std::uint64_t>::max(), 0, false};
  event_filter which;

  bool ended(const event& e) const { return to.by_time ? e.time_ns > to.time_ns : e.sequence > to.sequence; }
};

std::optional<event_kind> kind_named(std::string_view text) {
  for (unsigned number = 1; number <= 65535; ++number) {
    const auto kind = static_cast<event_kind>(number);
    if (name(kind) == text && !text.empty()) return kind;
  }
  return std::nullopt;
}

void add_field(std::string& to, std::string_view value) {
  if (!to.empty()) to += ',';
  to += needs_quotes(value) ? in_quotes(value) : std::string(value);
}

constexpr std::string_view csv_head =
    "sequence,time_ns,kind,flags,batch_left,cause,layer,state,detail,custodian,consent,revision,call,leg,party,other,request,"
    "device,operator,queue,actor,command,value,marks";

std::string csv_line(const event& e) {
  const auto known = name(e.kind);
  const std::string kind = known.empty() ? fmt::format("kind_{}", static_cast<unsigned>(e.kind)) : std::string(known);
  const auto word = [](auto value) { return static_cast<unsigned>(value) == 0 ? std::string_view() : name(value); };
  const std::string command = e.command ? fmt::format("{:016x}{:016x}", e.command.high, e.command.low) : std::string();
  return fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}", e.sequence, e.time_ns, kind,
                     e.flags, e.batch_left, word(e.cause), word(e.layer), e.state, e.detail, word(e.custodian), word(e.consent),
                     e.revision, e.call.value, e.leg.value, e.party.value, e.other, e.request.value, e.device.value,
                     e.operator_.value, e.queue.value, e.actor.value, command, e.value, e.marks);
}

/// Standard output, or a file that is there whole or not at all.
class output {
public:
  explicit output(std::string path) : path_(std::move(path)), fresh_(path_ + ".new." + std::to_string(::getpid())) {
    file_ = path_.empty() ? stdout : std::fopen(fresh_.c_str(), "wbx");
  }
  ~output() {
    if (file_ != nullptr && file_ != stdout) {
      std::fclose(file_);
      std::remove(fresh_.c_str());
    }
  }
  output(const output&) = delete;
  output& operator=(const output&) = delete;
  bool good() const { return file_ != nullptr && std::ferror(file_) == 0; }
  void line(const std::string& text, const char* end) {
    std::fwrite(text.data(), 1, text.size(), file_);
    std::fputs(end, file_);
  }
  bool finish() {
    if (std::fflush(file_) != 0 || std::ferror(file_) != 0) return false;
    if (file_ == stdout) return true;
    const bool written = ::fsync(::fileno(file_)) == 0;
    const bool closed = std::fclose(std::exchange(file_, nullptr)) == 0;
    if (written && closed && std::rename(fresh_.c_str(), path_.c_str()) == 0) return true;
    std::remove(fresh_.c_str());
    return false;
  }

private:
  std::string path_, fresh_;
  std::FILE* file_ = nullptr;
};

std::optional<wanted> what_of(const po::variables_map& options, language tongue) {
  const bool zh = tongue == language::zh;
  const auto wrong = [&](std::string_view option, const std::string& text) -> std::optional<wanted> {
    std::cerr << said(zh ? "cordboard: --{}:“{}”无效\n" : "cordboard: --{}: \"{}\" is none\n", option, text);
    return std::nullopt;
  };
  wanted what;
  for (const bool last : {false, true}) {
    const char* option = last ? "to" : "from";
    if (options.count(option) == 0) continue;
    const auto& text = options[option].as<std::string>();
    const auto at = edge_in(text, last);
    if (!at) return wrong(option, text);
    (last ? what.to : what.from) = *at;
  }
  if (options.count("kind") != 0) {
    for (const auto& text : options["kind"].as<std::vector<std::string>>()) {
      const auto kind = kind_named(text);
      if (!kind) return wrong("kind", text);
      what.which.kinds.push_back(*kind);
    }
  }
  if (options.count("call") != 0) what.which.call = call_id{options["call"].as<std::uint64_t>()};
  if (options.count("operator") != 0) what.which.operator_ = operator_id{options["operator"].as<std::uint32_t>()};
  if (options.count("queue") != 0) what.which.queue = queue_id{options["queue"].as<std::uint32_t>()};
  return what;
}

}  // namespace

int log_export(const arguments& given, language tongue) {
  verb_options verb{
      .usage = "cordboard log export --format csv|json [--from X] [--to Y] [FILTERS] [--texts|--masked] [-o FILE] [PATH]",
      .about =
          "Writes events for other programs. X and Y, both included: a sequence, or a local time such as 2026-03-01,\n"
          "\"2026-03-01 14:03\" or 2026-03-01T14:03:22. csv: RFC 4180, UTF-8, a header line, 0 for what an event does not\n"
          "have; json: an object a line, without zeros. Numbers, names and notes only with --texts, or masked. A gap is "
          "always\n"
          "written: something is missing there.\n"
          "Exit code 0: all written; 1: not, and why; 2: the command line is wrong.\n"
          "导出事件;时间为本地时间;号码、姓名等文本须加 --texts,或以 --masked 脱敏。",
      .positional = "PATH"};
  add_text_key(verb);
  verb.named.add_options()("format,f", po::value<std::string>()->value_name("csv|json"), "csv or json")(
      "from", po::value<std::string>()->value_name("X"), "the first sequence or time")(
      "to", po::value<std::string>()->value_name("Y"), "the last sequence or time")(
      "kind", po::value<std::vector<std::string>>()->value_name("NAME")->composing(),
      "only this kind of event; may be repeated")("call", po::value<std::uint64_t>()->value_name("ID"), "only of this call")(
      "operator", po::value<std::uint32_t>()->value_name("N"), "only of this operator")(
      "queue", po::value<std::uint32_t>()->value_name("N"), "only of this queue")(
      "texts", "a column, or a key, of the events' texts: numbers and names of people")(
      "masked", "the same, for who may not read them: numbers and names masked, notes left out")(
      "output,o", po::value<std::string>()->value_name("FILE"), "written whole: under another name, then renamed");
  int code = done;
  const auto options = read_options(verb, given, tongue, code);
  if (!options) return code;
  const auto format = text_of(*options, "format");
  if (format != "csv" && format != "json") {
    return misuse(verb, "--format csv, or --format json");
  }
  const auto what = what_of(*options, tongue);
  if (!what) return misused;
  const auto path = log_place(*options);
  const bool csv = format == "csv", masked = options->count("masked") != 0, texts = masked || options->count("texts") != 0;
  if (masked && options->count("texts") != 0) return misuse(verb, "--texts, or --masked");

  auto reader = log_reader::open(path, {.verify = true, .copy_archive = true, .text_key_file = text_key_in(*options)});
  if (!reader) return tell_failure(reader.error(), path, tongue);
  // Who asks for the beginning gets the oldest that is kept; who asks for what is kept no more is told.
  const std::uint64_t after = what->from.sequence <= 1 ? 0 : what->from.sequence - 1;
  const auto start = what->from.by_time ? reader->since(what->from.time_ns) : reader->after(after);
  if (!start) return tell_failure(start.error(), path, tongue);
  reader->filter(what->which);
  const auto newest = reader->newest();
  const std::uint64_t last = newest ? *newest : 0;

  const auto file = text_of(*options, "output");
  output to(file);
  const auto no_output = [&] { return tell_failure({errno, std::generic_category()}, file.empty() ? "-" : file, tongue); };
  if (!to.good()) return no_output();
  if (csv) to.line(std::string(csv_head) + (texts ? ",text" : ""), "\r\n");
  progress_line progress(tongue);
  std::uint64_t seen = 0;
  for (bool more = true; more;) {
    const auto events = reader->next();
    if (!events) {
      progress.clear();
      return tell_failure(events.error(), path, tongue);
    }
    if (events->empty()) break;
    for (const event& e : *events) {
      if (e.sequence > last || what->ended(e)) {
        more = false;
        break;
      }
      std::string_view text;
      std::string shown;
      if (texts && e.text_len != 0 && e.kind != event_kind::dialog_saved) {
        if (const auto found = reader->text(e)) text = *found;
        if (masked) text = shown = masked_text(e, text);
      }
      if (!csv) {
        to.line(event_json(e, text), "\n");
      } else {
        std::string line = csv_line(e);
        if (texts) add_field(line, is_utf8(text) ? text : std::string_view());
        to.line(line, "\r\n");
      }
    }
    if (!to.good()) return no_output();
    seen += events->size();
    const std::uint64_t at = std::max(reader->position(), after);
    progress.show(std::min(at, last) - after, last - after, seen);
  }
  progress.clear();
  return to.finish() ? done : no_output();
}

}  // namespace cordboard::cli
