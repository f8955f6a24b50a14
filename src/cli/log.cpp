// SPDX-License-Identifier: Apache-2.0
// cordboard log: the event log as lines, from the oldest event or after a sequence, once or following.
#include <base/event_json.hpp>
#include <cli/log_lines.hpp>
#include <array>
#include <atomic>
#include <cli/log_tools.hpp>
#include <cli/options.hpp>
#include <cli/signals.hpp>
#include <cordboard/log_reader.hpp>
#include <fmt/format.h>
#include <iostream>

namespace po = boost::program_options;

namespace cordboard::cli {
int log(const arguments& given, language tongue) {
  constexpr std::array<std::pair<std::string_view, int (*)(const arguments&, language)>, 4> verbs{
      {{"verify", log_verify}, {"repair", log_repair}, {"export", log_export}, {"rekey", log_rekey}}};
  for (const auto& [name, run] : verbs)
    if (!given.empty() && given[0] == name) return run(arguments(given.begin() + 1, given.end()), tongue);
  verb_options verb{.usage =
                        "cordboard log [--follow] [--after N] [--json] [PATH]\n"
                        "       cordboard log verify|repair|export|rekey --help",
                    .about =
                        "Prints the event log, oldest first. PATH: a board's run folder, the folder of its log, or its\n"
                        "configuration file; else /run/cordboard.",
                    .positional = "PATH"};
  verb.named.add_options()("follow,f", "wait for more events, until interrupted")(
      "after,a", po::value<std::uint64_t>()->value_name("N"), "only events after this sequence")(
      "json", "an object a line; ids and times are strings");
  add_text_key(verb);
  int code = done;
  const auto options = read_options(verb, given, tongue, code);
  if (!options) return code;
  const auto path = log_place(*options);
  const bool json = options->count("json") != 0, follow = options->count("follow") != 0;
  const auto after = options->count("after") != 0 ? (*options)["after"].as<std::uint64_t>() : 0;

  auto reader = log_reader::open(path, {.copy_archive = true, .text_key_file = text_key_in(*options)});
  if (!reader) return tell_failure(reader.error(), path, tongue);
  // Only a follower ends in order; whoever prints once is ended as any program.
  std::atomic<bool> stopped{false};
  std::optional<signals> ending;
  if (follow) ending.emplace([&](int) { stopped = true, reader->interrupt(); });
  narrator people(tongue);
  const auto text_of_event = [&](const event& e) -> std::string_view {
    // What a restart needs of a dialog is neither for people nor for programs.
    if (e.kind == event_kind::dialog_saved || e.text_len == 0) return {};
    const auto text = reader->text(e);
    return text ? *text : std::string_view{};
  };
  // Names are learnt from the start, so that a line after N can say who was meant.
  if (const auto start = reader->after(json ? after : 0); !start) return tell_failure(start.error(), path, tongue);

  while (!stopped) {
    const auto events = reader->next();
    if (!events) return tell_failure(events.error(), path, tongue);
    for (const auto& e : *events) {
      const auto text = text_of_event(e);
      if (e.sequence <= after)
        people.learn(e, text);
      else
        std::cout << (json ? event_json(e, text) : people.line(e, text)) << '\n';
    }
    if (!events->empty()) continue;
    if (!std::cout.flush()) return failed;  // whoever read the output is gone
    if (!follow) break;
    reader->wait(std::chrono::minutes(1));
  }
  return done;
}

}  // namespace cordboard::cli
