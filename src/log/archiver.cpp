// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <condition_variable>
#include <cordboard/log_reader.hpp>
#include <log/archive_target.hpp>
#include <log/archiver.hpp>
#include <log/commit.hpp>
#include <log/futex.hpp>
#include <log/hot_folder.hpp>
#include <log/place.hpp>
#include <log/seal.hpp>
#include <mutex>
#include <optional>

namespace cordboard::log {
namespace {

using std::chrono::nanoseconds;
using steady = std::chrono::steady_clock;

// How often the hot folder is measured, and the longest pause after a failure.
constexpr nanoseconds room_every = std::chrono::milliseconds(200);
constexpr nanoseconds pause_max = std::chrono::seconds(1);

}  // namespace

struct archiver::state {
  state(std::shared_ptr<place> of, archiver_options with, log_reader reading)
      : where(std::move(of)), options(with), reader(std::move(reading)) {}

  std::shared_ptr<place> where;
  archiver_options options;
  log_reader reader;

  // The thread's own.
  std::optional<archive_target> target;
  std::uint64_t copied = 0;  // last event in the archive's files, synced or not
  steady::time_point room_looked_at{};

  // For `status`.
  std::atomic<std::uint64_t> durable{0};
  std::atomic<std::int64_t> waiting_since{0};  // steady ns; 0: nothing is known to wait
  std::atomic<std::uint64_t> hot_bytes{0};
  std::atomic<std::uint64_t> retries{0};
  std::atomic<std::uint64_t> dialogs_from{dialogs_go_with_segments};

  mutable std::mutex lock;  // of the rest; never held over anything that may block
  std::condition_variable changed;
  bool stopping = false;
  bool giving_up = false;
  bool finished = false;
  std::error_code last_error;

  void run();
  result<void> pass();
  result<void> start_over();
  result<void> seal_if_whole();
  result<void> reserve();
  result<void> end_in_order();
  void publish(std::uint64_t sequence);
  void look_at_room(bool now);
  bool pause(nanoseconds time);
  bool told_to_stop() const {
    const std::lock_guard guard(lock);
    return stopping;
  }
};

// ---------------------------------------------------------------------------------------------------- the thread

/// Sleeps; false: it is time to give up.
bool archiver::state::pause(nanoseconds time) {
  std::unique_lock guard(lock);
  changed.wait_for(guard, time, [&] { return stopping; });
  return !giving_up;
}

void archiver::state::publish(std::uint64_t sequence) {
  durable.store(sequence, std::memory_order_release);
  control& shared = *where->control;
  // Synchronises with log_reader::durable_sequence: the fdatasync of all up to here has returned.
  store_release(shared.durable_sequence, sequence);
  std::atomic_ref<std::uint32_t>(shared.durable_wake).fetch_add(1, std::memory_order_acq_rel);
  futex_wake_shared(shared.durable_wake);
}

result<void> archiver::state::reserve() {
  const std::uint64_t newest = load_acquire(where->control->newest_segment);
  if (where->reserved.load(std::memory_order_relaxed) > newest + reserve_segments / 2) return {};
  const std::uint64_t upto = newest + reserve_segments;
  if (const auto written = write_issued(where->archive, {upto, 0}); !written) return written;
  where->reserved.store(upto, std::memory_order_release);
  return {};
}

/// What is on disk is asked anew after a failure: a failed sync says nothing about what it left there.
result<void> archiver::state::start_over() {
  target.reset();
  const std::uint64_t last = durable.load(std::memory_order_relaxed);
  copied = last;
  auto found = reader.after(last);
  if (!found && found.error() == errc::log_gone) {
    // Memory kept nothing so old, as when the archive is a new or an old one: from the oldest segment that is here.
    const auto hot = where->hot.segments();
    if (!hot) return tl::unexpected(hot.error());
    found = reader.after(hot->empty() ? 0 : first_of(hot->front()) - 1);
  }
  return found;
}

result<void> archiver::state::seal_if_whole() {
  if (!target) return {};
  const auto view = reader.segment(target->segment());
  if (!view) return tl::unexpected(view.error());
  if (!view->closed || copied + 1 < view->end) return {};
  if (const auto sealed = target->seal(*where, *view, options.key.get()); !sealed) return sealed;
  target.reset();
  return {};
}

/// Copies what is committed, syncs once, tells.
result<void> archiver::state::pass() {
  const std::int64_t begun = steady::now().time_since_epoch().count();
  if (const auto reserved = reserve(); !reserved) return reserved;
  for (;;) {
    const auto events = reader.next();
    if (!events) return tl::unexpected(events.error());
    if (events->empty()) break;
    std::int64_t none = 0;
    waiting_since.compare_exchange_strong(none, begun);
    const std::uint64_t segment = segment_of(events->front().sequence);
    if (target && target->segment() != segment) {
      if (const auto sealed = seal_if_whole(); !sealed) return sealed;
      publish(copied);
      target.reset();
    }
    if (!target) {
      auto opened = archive_target::open(*where, segment);
      if (!opened) return tl::unexpected(opened.error());
      target.emplace(std::move(*opened));
    }
    if (const auto done = target->copy(*events); !done) return done;
    copied = events->back().sequence;
    look_at_room(false);
  }
  if (target && copied > durable.load(std::memory_order_relaxed)) {
    if (const auto synced = target->sync(); !synced) return synced;
    publish(copied);
  }
  // What came while this pass was busy has waited since its beginning at most.
  const bool more = where->committed.load(std::memory_order_acquire) > durable.load(std::memory_order_relaxed);
  waiting_since.store(more ? begun : 0);
  return seal_if_whole();
}

void archiver::state::look_at_room(bool now) {
  const auto time = steady::now();
  if (!now && time - room_looked_at < room_every) return;
  room_looked_at = time;
  hot_bytes.store(make_room(*where, dialogs_from.load(std::memory_order_acquire)));
}

result<void> archiver::state::end_in_order() {
  const std::uint64_t committed = where->committed.load(std::memory_order_acquire);
  const bool closed = load_acquire(where->control->state) == static_cast<std::uint32_t>(log_state::closed);
  if (!closed || durable.load(std::memory_order_relaxed) < committed) return {};
  return write_issued(where->archive, {load_acquire(where->control->newest_segment) + 1, committed + 1});
}

void archiver::state::run() {
  const bool copies = static_cast<bool>(where->archive);
  bool fresh = true;  // the place in the log is to be found first
  nanoseconds next_pause = options.sync_every;
  for (bool go_on = true; go_on;) {
    const bool last = told_to_stop();
    result<void> done;
    if (copies && fresh) done = seal_left(where->hot, where->archive, options.key.get());
    if (copies && fresh && done) done = start_over();
    if (copies && done) done = pass();
    if (copies && done && last) done = end_in_order();
    look_at_room(last);
    fresh = !done;
    if (!done) {
      retries.fetch_add(1);
      next_pause = std::min(next_pause * 2, pause_max);
    } else {
      next_pause = options.sync_every;
    }
    {
      const std::lock_guard guard(lock);
      last_error = done ? std::error_code() : done.error();
      go_on = !(last && (done || giving_up));
    }
    if (!go_on) break;
    if (last) {
      // On the way out a failing disk is tried again until patience ends, without hurry.
      std::unique_lock guard(lock);
      changed.wait_for(guard, options.sync_every, [&] { return giving_up; });
      continue;
    }
    if (!pause(next_pause)) continue;
    if (done && !told_to_stop()) reader.wait(room_every);
  }
  const std::lock_guard guard(lock);
  finished = true;
  changed.notify_all();
}

// ------------------------------------------------------------------------------------------------- the public face

archiver::archiver(std::shared_ptr<state> with) : state_(std::move(with)) {}

result<std::unique_ptr<archiver>> archiver::start(writer& of, archiver_options options) {
  options.sync_every = std::clamp<nanoseconds>(options.sync_every, std::chrono::milliseconds(1), std::chrono::seconds(10));
  auto reader = log_reader::open(of.place_->hot.path());
  if (!reader) return tl::unexpected(reader.error());
  auto with = std::make_shared<state>(of.place_, options, std::move(*reader));
  if (of.place_->archive) {
    const std::uint64_t end = archived_end(of.place_->archive);
    with->publish(end == 0 ? 0 : end - 1);
  }
  std::unique_ptr<archiver> made(new archiver(with));
  made->thread_ = std::thread([with] { with->run(); });
  return made;
}

archiver::~archiver() { stop(nanoseconds(0)); }

archive_status archiver::status() const {
  const state& mine = *state_;
  archive_status now;
  now.durable_sequence = mine.durable.load(std::memory_order_acquire);
  const std::uint64_t committed = mine.where->committed.load(std::memory_order_acquire);
  if (mine.where->archive && committed > now.durable_sequence) {
    now.lag_events = committed - now.durable_sequence;
    const std::int64_t since = mine.waiting_since.load();
    if (since != 0) now.lag = steady::now().time_since_epoch() - nanoseconds(since);
  }
  now.behind = now.lag > mine.options.lag_max;
  now.hot_bytes = mine.hot_bytes.load();
  now.hot_bytes_bound = mine.where->hot_bytes_bound;
  now.retries = mine.retries.load();
  const std::lock_guard guard(mine.lock);
  now.last_error = mine.last_error;
  return now;
}

void archiver::keep_dialogs_from(std::uint64_t sequence) {
  state_->dialogs_from.store(std::min(sequence, dialogs_go_with_segments - 1), std::memory_order_release);
}

void archiver::stop(nanoseconds patience) {
  if (!thread_.joinable()) return;
  state& mine = *state_;
  std::unique_lock guard(mine.lock);
  mine.stopping = true;
  mine.giving_up = patience <= nanoseconds(0);
  mine.changed.notify_all();
  guard.unlock();
  mine.reader.interrupt();
  guard.lock();
  const auto ended = [&] { return mine.finished; };
  if (!mine.changed.wait_for(guard, patience, ended)) {
    mine.giving_up = true;
    mine.changed.notify_all();
    // A second more for a thread that only slept; one that the disk holds is left behind with all that it uses.
    mine.changed.wait_for(guard, std::chrono::seconds(1), ended);
  }
  const bool done = mine.finished;
  guard.unlock();
  if (done) {
    thread_.join();
  } else {
    thread_.detach();
  }
}

}  // namespace cordboard::log
