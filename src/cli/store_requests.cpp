// SPDX-License-Identifier: Apache-2.0
// cordboard store requests: what is due, and what somebody has asked for.
#include <base/masked.hpp>
#include <algorithm>
#include <cli/json.hpp>
#include <cli/log_tools.hpp>
#include <cli/store_tools.hpp>
#include <fmt/format.h>
#include <limits>

namespace po = boost::program_options;

namespace cordboard::cli {

int store_requests(const arguments& given, language tongue) {
  verb_options verb{.usage = "cordboard store requests --store PLACE [--until TIME] [--plain] [--json] [NUMBER]",
                    .about =
                        "Open requests by the time at which they are due, the most urgent first; --until TIME (local): only "
                        "those due until then. With a\n"
                        "telephone number, in any spelling: all requests of that person, newest first. Without --plain what is "
                        "personal is masked. Each\n"
                        "look is on record.\n按期限列出未办结事项;给出号码则列出该人的全部事项。",
                    .positional = "NUMBER"};
  add_store_options(verb);
  add_reader_options(verb);
  verb.named.add_options()("until", po::value<std::string>()->value_name("TIME"), "due until then")(
      "limit,n", po::value<std::size_t>()->default_value(50)->value_name("N"), "at most so many")(
      "json", "an object a line; ids are strings");
  int code = done;
  const auto options = read_options(verb, given, tongue, code);
  if (!options) return code;
  std::int64_t until = std::numeric_limits<std::int64_t>::max();
  if (options->count("until") != 0) {
    const auto read = time_in((*options)["until"].as<std::string>());
    if (!read) return misuse(verb, "--until takes a local time such as 2026-03-01 or \"2026-03-01 14:03\"");
    until = *read;
  }
  const auto what = store_of(verb, *options);
  if (!what) return misused;
  return guarded(*what, tongue, [&]() -> int {
    auto [in, keys] = open_store(*what);
    const store::reader who = reader_of(*options, *what);
    const std::size_t limit = std::clamp<std::size_t>((*options)["limit"].as<std::size_t>(), 1, 100'000);
    const bool person = options->count("NUMBER") != 0;
    const std::int64_t entry = store::note_access(*in, who, person ? "requests of" : "requests due", wall_now());
    const auto found = person ? store::requests_of_number(*in, keys, (*options)["NUMBER"].as<std::string>(), false, limit)
                              : store::due_requests(*in, keys, until, limit);
    store::note_found(*in, entry, found.size());
    for (const store::request_line& one : found) {
      const std::string number = readable(who.clear ? one.number : masked_number(one.number));
      const std::string name = readable(who.clear ? one.name : store::masked_name(one.name));
      const auto status = text(one.status, tongue);
      if (options->count("json") == 0) {
        fmt::print("{:<16}  {:<10}  {}  {}  {}  {}  {}\n", one.shown, one.kind, shown_time(one.due_at), status, one.owner,
                   number, name);
        continue;
      }
      json_object line;
      line.text("request", std::to_string(one.id));
      line.text("no", one.shown);
      line.text("kind", one.kind);
      line.text("status", cordboard::name(one.status));
      line.text("owner", one.owner);
      line.text("opened", shown_time(one.opened_at));
      line.text("due", shown_time(one.due_at));
      line.text("number", number);
      line.text("name", name);
      for (const auto& [field, value] : one.fields)
        line.text("field." + field, readable(who.clear ? value : store::masked_text(value)));
      fmt::print("{}\n", std::move(line).end());
    }
    std::fflush(stdout);
    return found.empty() ? failed : done;
  });
}

}  // namespace cordboard::cli
