// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <log/checkpoint.hpp>
#include <log/layout.hpp>
#include <runtime/follower.hpp>
#include <runtime/recovery.hpp>
#include <snapshot/history.hpp>

namespace cordboard::runtime {
namespace {

/// Nobody waits for it: a wake for each event would only take a processor from a reader for whom somebody does.
constexpr auto look_every = std::chrono::milliseconds(50);

/// The oldest dialog text that a restart from this state would ask for.
std::uint64_t oldest_dialog(const board_state& state) {
  auto oldest = state.last_sequence;
  for (const auto& [id, leg] : state.legs.own())
    if (leg && leg->saved != 0) oldest = std::min(oldest, leg->saved);
  return oldest;
}

}  // namespace

std::uint64_t oldest_needed(const board_state& state) {
  auto oldest = oldest_dialog(state);
  for (const std::uint64_t needed : texts_of(state)) oldest = std::min(oldest, needed);
  return oldest;
}

result<std::unique_ptr<follower>> follower::start(const log_config& where, board_state from, const options& how, saved told,
                                                  trace_line trace) {
  auto reader = log_reader::open(where.hot, {.copy_archive = true});
  if (!reader) return failure(reader.error());
  if (const auto at = reader->after(from.last_sequence); !at) return failure(at.error());
  return std::unique_ptr<follower>(
      new follower(where, std::move(*reader), std::move(from), how, std::move(told), std::move(trace)));
}

follower::follower(const log_config& where, log_reader reader, board_state from, const options& how, saved told,
                   trace_line trace)
    : where_(where),
      options_(how),
      reader_(std::move(reader)),
      state_(std::move(from)),
      told_(std::move(told)),
      trace_(std::move(trace)),
      saved_(state_.last_sequence),
      since_(how.events_before),
      thread_([this] { run(); }) {}

follower::~follower() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  asked_.notify_one();
  thread_.join();
}

void follower::find(command_id id, std::uint64_t sequence, std::function<void(const event&)> found) {
  {
    const std::lock_guard lock(mutex_);
    searches_.push_back({id, sequence, std::move(found)});
  }
  asked_.notify_one();
}

void follower::run() {
  for (bool last = false;;) {
    while (read()) {
    }
    answer_searches();
    if (last) break;
    std::unique_lock lock(mutex_);
    asked_.wait_for(lock, look_every, [this] { return over_ || !searches_.empty(); });
    last = over_;
  }
  if (state_.last_sequence != saved_) save();
}

/// Takes what is new. False: there was nothing, or it cannot be read.
bool follower::read() {
  const auto events = reader_.next();
  if (!events) {
    trace_(fmt::format("the follower of the log stopped at {}: {}", state_.last_sequence, events.error().message()));
    // A restart reads from the last good checkpoint, and will meet the same: nothing better can be done here.
    return false;
  }
  for (const auto& e : *events) {
    const bool rolled = log::segment_of(e.sequence) != log::segment_of(state_.last_sequence);
    if (rolled && at_batch_start_ && state_.last_sequence != 0 && options_.edge)
      options_.edge(log::segment_of(e.sequence), state_.last_sequence, cordboard::save(state_));
    if (state_.last_sequence != saved_ && (rolled || since_ >= options_.events_between) && at_batch_start_) save();
    evolve(state_, history::with_text(reader_, e));
    at_batch_start_ = e.batch_left == 0;
    ++since_;
  }
  return !events->empty();
}

void follower::save() {
  auto bytes = cordboard::save(state_);
  const std::string in_memory = history::checkpoint_folders(places_in(where_)).front();
  const auto written = log::save_checkpoint(in_memory, state_.last_sequence, bytes);
  if (!written) trace_(fmt::format("no checkpoint at {}: {}", state_.last_sequence, written.error().message()));
  saved_ = state_.last_sequence;
  since_ = 0;
  if (written && told_) told_(saved_, oldest_dialog(state_), std::move(bytes));
  ++checkpoints_;
  if (options_.needed) options_.needed(oldest_needed(state_));
}

void follower::answer_searches() {
  std::deque<search> asked;
  {
    const std::lock_guard lock(mutex_);
    asked.swap(searches_);
  }
  for (auto& one : asked) {
    auto reader = log_reader::open(where_.hot, {.copy_archive = true});
    if (!reader || !reader->after(one.sequence)) continue;
    for (bool looking = true; looking;) {
      const auto events = reader->next();
      if (!events || events->empty()) break;
      for (const auto& e : *events) {
        const bool outcome = e.kind == event_kind::command_done || e.kind == event_kind::command_failed ||
                             e.kind == event_kind::command_timed_out;
        if (!outcome || e.command != one.id) continue;
        one.found(e);
        looking = false;
        break;
      }
    }
  }
}

}  // namespace cordboard::runtime
