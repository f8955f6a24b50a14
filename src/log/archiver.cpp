// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>

#include <algorithm>
#include <condition_variable>
#include <cordboard/log_reader.hpp>
#include <log/archive_target.hpp>
#include <log/archiver.hpp>
#include <log/checkpoint.hpp>
#include <log/commit.hpp>
#include <log/futex.hpp>
#include <log/hot_folder.hpp>
#include <log/place.hpp>
#include <log/seal.hpp>
#include <log/segment.hpp>
#include <mutex>
#include <optional>

namespace cordboard::log {
namespace {

using std::chrono::nanoseconds;
using steady = std::chrono::steady_clock;

// How often the hot folder is measured, and the longest pause after a failure.
constexpr nanoseconds room_every = std::chrono::milliseconds(100);
constexpr nanoseconds pause_max = std::chrono::seconds(1);

/// Which folder it is, whatever its path names.
struct identity {
  dev_t device = 0;
  ino_t number = 0;
  bool operator==(const identity&) const = default;
};
identity of_folder(int fd) {
  struct stat is {};
  return ::fstat(fd, &is) == 0 ? identity{is.st_dev, is.st_ino} : identity{};
}
identity at_path(const std::string& path) {
  struct stat is {};
  return ::stat(path.c_str(), &is) == 0 ? identity{is.st_dev, is.st_ino} : identity{};
}

}  // namespace

struct archiver::state {
  state(std::shared_ptr<place> of, const archiver_options& with, log_reader reading)
      : where(std::move(of)),
        options(with),
        path(where->archive.path()),
        reader(std::move(reading)),
        dialogs_from(with.keep_dialogs_from),
        events_from(with.keep_events_from) {
    if (where->archives) known = of_folder(where->archive.fd());
  }

  std::shared_ptr<place> where;
  archiver_options options;

  // The copying thread's own.
  std::string path;   // of the archive
  identity known;     // the folder that was there
  log_reader reader;  // replaced under `lock`
  std::optional<archive_target> target;
  std::uint64_t copied = 0;  // last event in the archive's files, synced or not

  // For `status`, and between the threads.
  std::atomic<std::uint64_t> durable{0};
  std::atomic<std::uint64_t> archived_below{0};
  std::atomic<std::int64_t> waiting_since{0};  // steady ns; 0: nothing is known to wait
  std::atomic<std::uint64_t> hot_bytes{0};
  std::atomic<std::uint64_t> gave_way{0};
  std::atomic<std::uint64_t> retries{0};
  std::atomic<std::uint64_t> dialogs_from;
  std::atomic<std::uint64_t> events_from;

  struct pending_checkpoint {
    std::uint64_t sequence = 0;
    std::string folder;
    std::string bytes;
  };

  mutable std::mutex lock;  // of the rest; never held over anything that may block
  std::condition_variable changed;
  bool stopping = false;
  bool giving_up = false;
  bool finished = false;
  bool room_over = false;
  std::error_code last_error;
  std::optional<pending_checkpoint> checkpoint;

  void run();
  result<void> pass();
  result<void> be_there();
  result<void> fresh_reader();
  result<void> start_over();
  result<void> take_hold(std::uint64_t segment);
  void let_go();
  result<void> seal_if_whole();
  void note_archived();
  result<void> reserve();
  result<void> copy_checkpoint();
  result<void> end_in_order();
  void publish(std::uint64_t sequence);
  bool pause(nanoseconds time);
  void keep_room();
  void look_at_room(hot_folder& folder);
  bool told_to_stop() const {
    const std::lock_guard guard(lock);
    return stopping;
  }
};

// ------------------------------------------------------------------------------------------------- the copying thread

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

/// A disk that was taken away leaves its folder in our hands, where nobody will ever look. It is the archive again when what
/// stands at its path is the same folder, or one that has all that we called durable.
result<void> archiver::state::be_there() {
  if (where->archive && at_path(path) == known) return {};
  target.reset();
  where->archive_lock.reset();
  auto again = folder::open(path);
  if (!again) return tl::unexpected(again.error());
  const identity found = of_folder(again->fd());
  const std::uint64_t promised = durable.load(std::memory_order_relaxed);
  if (found != known && (!read_issued(*again) || (promised != 0 && archived_end(*again) <= promised))) {
    return failure(std::make_error_code(std::errc::no_such_device));
  }
  auto file = again->open_file("log.lock", access::create_or_write);
  if (!file) return tl::unexpected(file.error());
  if (const auto locked = lock_file(file->get()); !locked) return locked;
  where->archive_lock = std::move(*file);
  where->archive = std::move(*again);
  known = found;
  return {};
}

result<void> archiver::state::fresh_reader() {
  auto opened = log_reader::open(where->hot.path());
  if (!opened) return tl::unexpected(opened.error());
  const std::lock_guard guard(lock);
  reader = std::move(*opened);
  return {};
}

/// Maps nothing, so that what we had mapped may give way; holds nothing open, so that a disk can be unmounted and mended.
void archiver::state::let_go() {
  target.reset();
  where->archive_lock.reset();
  where->archive = folder();
  (void)fresh_reader();
  const std::lock_guard guard(where->copying_lock);
  where->copying = place::copies_nothing;
}

/// Keeps the segment in the form that it has now, and maps that one.
result<void> archiver::state::take_hold(std::uint64_t segment) {
  {
    const std::lock_guard guard(where->copying_lock);
    where->copying = segment;
  }
  if (const auto fresh = fresh_reader(); !fresh) return fresh;
  // From memory alone: what is in the archive we have copied, and a disk that fails must not be looked at by mappings. Memory
  // may have kept nothing so old, as when the archive is a new or an old one: then from the oldest segment that is here.
  const auto hot = where->hot.segments();
  if (!hot) return tl::unexpected(hot.error());
  const auto next = std::lower_bound(hot->begin(), hot->end(), segment_of(copied + 1));
  return reader.after(next == hot->end() ? copied : std::max(copied, first_of(*next) - 1));
}

/// What is on disk is asked anew after a failure: a failed sync says nothing about what it left there.
result<void> archiver::state::start_over() {
  target.reset();
  copied = durable.load(std::memory_order_relaxed);
  note_archived();
  return take_hold(place::copies_nothing);
}

/// How far the hot segments are in the archive whole, so that those may be removed from memory without asking the disk.
void archiver::state::note_archived() {
  const auto hot = where->hot.segments();
  if (!hot) return;
  std::uint64_t below = 0;
  for (const std::uint64_t number : *hot) {
    const auto here = read_head(where->hot, number);
    if (!here || here->end == 0) break;
    if (here->end != first_of(number)) {
      const auto archived = read_head(where->archive, number);
      if (!archived || archived->sealed != 1 || archived->end != here->end) break;
    }
    below = number + 1;
  }
  archived_below.store(below);
}

result<void> archiver::state::seal_if_whole() {
  if (!target) return {};
  const auto view = reader.segment(target->segment());
  if (!view) return tl::unexpected(view.error());
  if (!view->closed || copied + 1 < view->end) return {};
  if (const auto sealed = target->seal(*where, *view, options.key.get()); !sealed) return sealed;
  target.reset();
  note_archived();
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
    if (!target || target->segment() != segment) {
      if (target) {
        if (const auto sealed = seal_if_whole(); !sealed) return sealed;
        if (target) {
          if (const auto synced = target->sync(); !synced) return synced;
        }
        publish(copied);
        target.reset();
      }
      // Its form may have changed since it was mapped. From here on it stays, and what is copied is read anew.
      if (const auto held = take_hold(segment); !held) return held;
      auto opened = archive_target::open(*where, segment, durable.load(std::memory_order_relaxed));
      if (!opened) return tl::unexpected(opened.error());
      target.emplace(std::move(*opened));
      continue;
    }
    if (const auto done = target->copy(*events); !done) return done;
    copied = events->back().sequence;
  }
  if (target && copied > durable.load(std::memory_order_relaxed)) {
    if (const auto synced = target->sync(); !synced) return synced;
    publish(copied);
  }
  // What came while this pass was busy has waited since its beginning at most.
  const bool more = where->committed.load(std::memory_order_acquire) > durable.load(std::memory_order_relaxed);
  waiting_since.store(more ? begun : 0);
  if (const auto sealed = seal_if_whole(); !sealed) return sealed;
  return copy_checkpoint();
}

/// A checkpoint that is ahead of its log would be of no use.
result<void> archiver::state::copy_checkpoint() {
  std::optional<pending_checkpoint> due;
  {
    const std::lock_guard guard(lock);
    if (!checkpoint || checkpoint->sequence > durable.load(std::memory_order_relaxed)) return {};
    due.swap(checkpoint);
  }
  const auto saved = save_checkpoint(due->folder, due->sequence, due->bytes);
  if (saved) return {};
  const std::lock_guard guard(lock);
  if (!checkpoint) checkpoint = std::move(due);
  return saved;
}

result<void> archiver::state::end_in_order() {
  const std::uint64_t committed = where->committed.load(std::memory_order_acquire);
  const bool closed = load_acquire(where->control->state) == static_cast<std::uint32_t>(log_state::closed);
  if (!closed || durable.load(std::memory_order_relaxed) < committed) return {};
  return write_issued(where->archive, {load_acquire(where->control->newest_segment) + 1, committed + 1});
}

void archiver::state::run() {
  bool fresh = true;  // the place in the log is to be found first
  nanoseconds next_pause = options.sync_every;
  for (bool go_on = true; go_on;) {
    const bool last = told_to_stop();
    result<void> done;
    done = be_there();
    if (done && fresh) done = seal_left(where->hot, where->archive, options.key.get());
    if (done && fresh) done = start_over();
    if (done) done = pass();
    if (done && last) done = end_in_order();
    fresh = !done;
    if (!done) {
      std::int64_t none = 0;
      const bool waits = where->committed.load(std::memory_order_acquire) > durable.load(std::memory_order_relaxed);
      if (waits) waiting_since.compare_exchange_strong(none, steady::now().time_since_epoch().count());
      let_go();
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

// ---------------------------------------------------------------------------------------------------- the room keeper

void archiver::state::look_at_room(hot_folder& folder) {
  room_rules rules;
  rules.keep_dialogs_from = dialogs_from.load(std::memory_order_acquire);
  rules.keep_events_from = events_from.load(std::memory_order_acquire);
  rules.archived_below = archived_below.load(std::memory_order_acquire);
  hot_bytes.store(folder.make_room(*where, rules));
  gave_way.store(folder.gave_way());
}

void archiver::state::keep_room() {
  hot_folder folder;
  for (bool over = false; !over;) {
    look_at_room(folder);
    std::unique_lock guard(lock);
    over = changed.wait_for(guard, room_every, [&] { return room_over; });
  }
  look_at_room(folder);
}

// ------------------------------------------------------------------------------------------------- the public face

archiver::archiver(std::shared_ptr<state> with) : state_(std::move(with)) {}

result<std::unique_ptr<archiver>> archiver::start(writer& of, archiver_options options) {
  options.sync_every = std::clamp<nanoseconds>(options.sync_every, std::chrono::milliseconds(1), std::chrono::seconds(10));
  auto reader = log_reader::open(of.place_->hot.path());
  if (!reader) return tl::unexpected(reader.error());
  auto with = std::make_shared<state>(of.place_, options, std::move(*reader));
  if (of.place_->archives) {
    const std::uint64_t end = archived_end(of.place_->archive);
    with->publish(end == 0 ? 0 : end - 1);
  }
  std::unique_ptr<archiver> made(new archiver(with));
  with->finished = !of.place_->archives;
  if (of.place_->archives) made->thread_ = std::thread([with] { with->run(); });
  made->room_thread_ = std::thread([with] { with->keep_room(); });
  return made;
}

archiver::~archiver() { stop(nanoseconds(0)); }

archive_status archiver::status() const {
  const state& mine = *state_;
  archive_status now;
  now.durable_sequence = mine.durable.load(std::memory_order_acquire);
  const std::uint64_t committed = mine.where->committed.load(std::memory_order_acquire);
  if (mine.where->archives && committed > now.durable_sequence) {
    now.lag_events = committed - now.durable_sequence;
    const std::int64_t since = mine.waiting_since.load();
    if (since != 0) now.lag = steady::now().time_since_epoch() - nanoseconds(since);
  }
  now.behind = now.lag > mine.options.lag_max;
  now.gave_way = mine.gave_way.load();
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

void archiver::keep_checkpoint(std::uint64_t sequence, std::string folder, std::string bytes) {
  state_->events_from.store(sequence + 1, std::memory_order_release);
  const std::lock_guard guard(state_->lock);
  if (state_->where->archives && !folder.empty()) state_->checkpoint = {sequence, std::move(folder), std::move(bytes)};
}

void archiver::stop(nanoseconds patience) {
  if (!room_thread_.joinable()) return;
  state& mine = *state_;
  std::unique_lock guard(mine.lock);
  mine.stopping = true;
  mine.giving_up = patience <= nanoseconds(0);
  mine.changed.notify_all();
  mine.reader.interrupt();
  const auto ended = [&] { return mine.finished; };
  if (!mine.changed.wait_for(guard, patience, ended)) {
    mine.giving_up = true;
    mine.changed.notify_all();
    // A second more for a thread that only slept; one that the disk holds is left behind with all that it uses.
    mine.changed.wait_for(guard, std::chrono::seconds(1), ended);
  }
  const bool done = mine.finished;
  mine.room_over = true;
  mine.changed.notify_all();
  guard.unlock();
  room_thread_.join();
  if (!thread_.joinable()) return;
  if (done) {
    thread_.join();
  } else {
    thread_.detach();
  }
}

}  // namespace cordboard::log
