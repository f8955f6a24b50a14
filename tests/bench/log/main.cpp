// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <sched.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "json_link.hpp"
#include "parts.hpp"

namespace {

using namespace cordboard::bench;

constexpr const char* usage = R"(log_bench [--json -] [--quick] [--realtime] [--disk=FOLDER] [--only PART]...
What the event log costs, each figure beside the least that such a thing can cost on this machine, measured in the same run.

  --quick         a short run that shows that all works; its figures are worth little
  --disk=FOLDER   where the archive of the longest append lies; a folder on a real disk (build)
  --only PART     throughput, latency, python, millions, append; may be repeated
  --realtime      before all other work of the machine, when the system lets us: for a machine that others use too
  --json -        lines of JSON (always so)

Each process is bound to one processor: writers to the first that we may use, readers to the last. Throughput is the median
of rounds that take turns. Progress comes on the error stream.
)";

/// The readers in Python are a script, which calls this program for what it reads.
void python(const effort& how) {
  progress("python: iteration, asyncio and NumPy beside JSON lines");
  const std::string self = std::filesystem::read_symlink("/proc/self/exe");
  const std::string command =
      fmt::format("PYTHONDONTWRITEBYTECODE=1 PYTHONPATH='{}' '{}' '{}/readers.py' '{}' {}", CORDBOARD_BINDINGS,
                  CORDBOARD_PYTHON, CORDBOARD_SCRIPTS, self, how.quick ? "--quick" : "");
  // NOLINTNEXTLINE(concurrency-mt-unsafe,cert-env33-c): one thread; the words are this build's own paths
  must(std::system(command.c_str()) == 0, "readers.py failed");
}

void realtime() {
  sched_param first{};
  first.sched_priority = 1;
  if (::sched_setscheduler(0, SCHED_RR, &first) != 0) progress("the system does not let us go before others");
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  effort how;
  std::string disk = "build";
  std::vector<std::string> only;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto value = [&] {
      must(i + 1 < words.size(), words[i] + " needs a value; see --help");
      return words[++i];
    };
    if (words[i] == "--help" || words[i] == "-h") {
      fmt::print("{}", usage);
      return 0;
    }
    if (words[i] == "--feed-json" || words[i] == "--feed-log") {
      const bool json = words[i] == "--feed-json";
      const std::string path = value();
      (json ? feed_json : feed_log)(path, std::stoull(value()));
      return 0;
    }
    if (words[i] == "--feed-past") {
      const std::string hot = value();
      const std::string archive = value();
      feed_past(hot, archive, std::stoull(value()));
      return 0;
    }
    if (words[i] == "--quick")
      how.quick = true;
    else if (words[i] == "--realtime")
      realtime();
    else if (words[i].rfind("--disk=", 0) == 0)
      disk = words[i].substr(7);
    else if (words[i] == "--only")
      only.push_back(value());
    else if (words[i] == "--json")
      must(value() == "-", "--json writes to standard output: --json -");
    else
      stop(fmt::format("what is {}? See --help", words[i]));
  }
  const std::vector<std::pair<std::string, std::function<void()>>> parts{
      {"throughput", [&] { throughput(how); }},
      {"latency", [&] { latency(how); }},
      {"python", [&] { python(how); }},
      {"millions", [&] { ten_million(how); }},
      {"append", [&] { longest_append(how, disk); }},
  };
  const processors on = usable();
  if (on.two())
    progress(fmt::format("writers on processor {}, readers on processor {}", on.first, on.last));
  else
    progress("there is one processor only: what runs side by side elsewhere takes turns here");
  for (const auto& name : only)
    must(std::any_of(parts.begin(), parts.end(), [&](const auto& p) { return p.first == name; }), "there is no part " + name);
  for (const auto& [name, run] : parts)
    if (only.empty() || std::find(only.begin(), only.end(), name) != only.end()) run();
  return 0;
}
