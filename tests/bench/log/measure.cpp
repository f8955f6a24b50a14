// SPDX-License-Identifier: Apache-2.0
#include "measure.hpp"

#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>

namespace cordboard::bench {

void tell(std::string_view name, double value, std::string_view unit) {
  fmt::print("{{\"name\": \"{}\", \"value\": {:.6g}, \"unit\": \"{}\", \"baseline\": null, \"ratio\": null}}\n", name, value,
             unit);
  std::fflush(stdout);
}

void tell(std::string_view name, double value, std::string_view unit, std::string_view baseline, double ratio) {
  fmt::print("{{\"name\": \"{}\", \"value\": {:.6g}, \"unit\": \"{}\", \"baseline\": \"{}\", \"ratio\": {:.4g}}}\n", name,
             value, unit, baseline, ratio);
  std::fflush(stdout);
}

void progress(std::string_view what) {
  fmt::print(stderr, "      {}\n", what);
  std::fflush(stderr);
}

void stop(std::string_view what) {
  fmt::print(stderr, "log_bench: {}\n", what);
  std::fflush(stderr);
  std::_Exit(1);
}

void must(bool so, std::string_view what) {
  if (!so) stop(what);
}

std::int64_t now_ns() {
  timespec at{};
  ::clock_gettime(CLOCK_MONOTONIC, &at);
  return at.tv_sec * 1'000'000'000LL + at.tv_nsec;
}

double thread_cpu_ns() {
  timespec used{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) * 1e9 + static_cast<double>(used.tv_nsec);
}

processors usable() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return {};
  processors found{-1, 0};
  for (int i = 0; i < CPU_SETSIZE; ++i) {
    if (!CPU_ISSET(i, &set)) continue;
    if (found.first < 0) found.first = i;
    found.last = i;
  }
  return found;
}

bool pin(int processor) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(processor, &set);
  return ::sched_setaffinity(0, sizeof set, &set) == 0;
}

double median(std::vector<double> of) { return percentile(std::move(of), 0.5); }

double percentile(std::vector<double> of, double part) {
  must(!of.empty(), "nothing was measured");
  std::sort(of.begin(), of.end());
  const auto at = static_cast<std::size_t>(part * static_cast<double>(of.size()));
  return of[std::min(at, of.size() - 1)];
}

scratch::scratch(const std::string& under) : path_(under + "/cordboard-bench-XXXXXX") {
  must(::mkdtemp(path_.data()) != nullptr, "no folder can be made in " + under);
}
scratch::~scratch() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::unique_ptr<log::writer> open_writer(const std::string& hot, const std::string& archive) {
  log::writer_options options;
  options.hot = hot;
  options.archive = archive;
  diagnostics why;
  auto opened = log::writer::open(options, &why);
  must(opened.has_value(), why.our_text());
  return std::move(*opened);
}

std::vector<logged> typical_batch(std::size_t count) {
  constexpr event_kind kinds[] = {event_kind::originated,    event_kind::party_identified, event_kind::queued,
                                  event_kind::custody_moved, event_kind::offered,          event_kind::delivered,
                                  event_kind::established,   event_kind::operator_busy};
  std::vector<logged> batch(count);
  for (std::size_t i = 0; i < count; ++i) {
    event& e = batch[i].record;
    e.kind = kinds[i % std::size(kinds)];
    e.time_ns = first_time_ns;
    e.cause = cause::distributed;
    e.layer = layer::party;
    e.state = 3;
    e.revision = static_cast<std::uint32_t>(i + 1);
    e.call = call_id{0x8f3b'52aa'91c7'0d1eU};
    e.leg = leg_id{0x19d2'7741'5ab3'6e08U + i};
    e.party = party_id{0x6d51'0c9f'e2a4'83b7U};
    e.device = device_id{7};
    e.operator_ = operator_id{2};
    e.queue = queue_id{1};
    e.value = 1'800'000'020'000'000'000;
  }
  return batch;
}

void write_events(log::writer& to, std::uint64_t count, std::size_t at_once) {
  constexpr std::uint64_t batches_a_turn = 8;
  auto batch = typical_batch(at_once);
  std::uint64_t batches = 0;
  for (std::uint64_t done = 0; done < count; done += at_once) {
    // A batch has one time, as on a board: here a microsecond after the other.
    for (logged& one : batch) one.record.time_ns = first_time_ns + static_cast<std::int64_t>(done) * 1000;
    to.next(at_once);
    must(to.append(batch).has_value(), "append");
    if (++batches % batches_a_turn == 0) to.wake();
  }
  to.wake();
}

}  // namespace cordboard::bench
