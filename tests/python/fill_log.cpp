// SPDX-License-Identifier: Apache-2.0
// fill_log FOLDER COUNT... [--keep N]: writes a log with so many events in each segment, in batches as a board makes them, and
// ends. --keep: the first segment gives way then, as when memory is short, but for its first N events.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <log/thin.hpp>
#include <log/writer.hpp>
#include <vector>

using namespace cordboard;

namespace {

constexpr std::int64_t second = 1'000'000'000;

logged one(event_kind kind, std::uint64_t number) {
  logged made;
  made.record.kind = kind;
  made.record.time_ns = 1'700'000'000 * second + static_cast<std::int64_t>(number) * 1'000'000;
  made.record.call = {number / 4 + 1};
  made.record.leg = {0x9000'0000'0000'0000 + number};
  made.record.party = {0x8000'0000'0000'0000 + number};
  made.record.device = {static_cast<std::uint32_t>(number % 100 + 1)};
  made.record.operator_ = {static_cast<std::uint32_t>(number % 7 + 1)};
  made.record.cause = cause::new_call;
  made.record.value = static_cast<std::int64_t>(number);
  made.record.state = static_cast<std::uint8_t>(connection_state::alerting);
  return made;
}

/// A call's way: offered, delivered, established, held.
void write(log::writer& to, std::uint64_t& number, std::uint64_t count) {
  constexpr event_kind kinds[] = {event_kind::offered, event_kind::delivered, event_kind::established, event_kind::held};
  while (count > 0) {
    std::vector<logged> batch;
    for (std::uint64_t i = 0; i < std::min<std::uint64_t>(count, 4); ++i) {
      batch.push_back(one(kinds[i], number));
      ++number;
    }
    if (!to.append(batch)) {
      std::fputs("fill_log: append failed\n", stderr);
      std::exit(1);  // NOLINT(concurrency-mt-unsafe): there is one thread
    }
    count -= batch.size();
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  log::writer_options options;
  options.hot = argv[1];
  options.hot_bytes_max = std::uint64_t{8} << 30;
  options.room_min = 0;
  diagnostics why;
  auto to = log::writer::open(options, &why);
  if (!to) {
    std::fprintf(stderr, "fill_log: %s\n", why.our_text().c_str());
    return 1;
  }
  const std::uint64_t first = (*to)->next(4);
  std::uint64_t number = 0;
  int at = 2;
  for (; at < argc && std::strcmp(argv[at], "--keep") != 0; ++at) {
    if (at > 2 && !(*to)->roll()) return 1;
    write(**to, number, std::strtoull(argv[at], nullptr, 10));
  }
  (*to)->close();
  if (at + 1 < argc) {
    const auto hot = log::folder::open(options.hot);
    const std::uint64_t keep_to = first + std::strtoull(argv[at + 1], nullptr, 10) - 1;
    const auto thinned =
        hot ? log::thin(*hot, log::segment_of(first), log::thinning::calls, keep_to) : tl::unexpected(hot.error());
    if (!thinned || thinned->events == 0) return 1;
  }
  return 0;
}
