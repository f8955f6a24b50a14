// SPDX-License-Identifier: Apache-2.0
#include <log/retention.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <log/checkpoint.hpp>
#include <log/clock.hpp>
#include <log/place.hpp>
#include <log/segment.hpp>
#include <map>
#include <mutex>
#include <utility>

namespace cordboard::log {
namespace {

constexpr std::size_t parts_max = 256;
/// A state can be large, and a disk slow: an edge that does not fit is missing, and then no segment is removed up to it.
constexpr std::size_t edges_waiting_max = 4;

std::int64_t time_of(const folder& in, std::uint64_t sequence) {
  const auto file = in.open_file(file_name(segment_of(sequence), file_kind::slots), access::read);
  event slot{};
  if (!file || ::pread(file->get(), &slot, sizeof slot,
                       static_cast<off_t>((sequence - base_of(segment_of(sequence))) * sizeof slot)) != sizeof slot)
    return 0;
  return slot.time_ns;
}

std::uint64_t bytes_of(const folder& in, std::uint64_t number) {
  std::uint64_t bytes = 0;
  for (const std::string& name : {file_name(number, file_kind::head), file_name(number, file_kind::slots),
                                  file_name(number, file_kind::text), file_name(number, file_kind::keys), edge_name(number)}) {
    struct stat is {};
    if (::fstatat(in.fd(), name.c_str(), &is, AT_SYMLINK_NOFOLLOW) == 0)
      bytes += static_cast<std::uint64_t>(is.st_blocks) * 512;
  }
  return bytes;
}

}  // namespace

std::string edge_name(std::uint64_t segment) {
  const std::string head = file_name(segment, file_kind::head);
  return head.substr(0, head.find('.')) + ".checkpoint";
}

struct retention::state {
  struct edge {
    std::uint64_t segment;
    std::uint64_t sequence;
    std::string bytes;
  };
  struct known_segment {
    due_part part;
    std::uint64_t bytes = 0;
  };

  retention_options how;
  std::function<void(std::vector<due_part>, due_by)> due;
  std::map<std::uint64_t, known_segment> known;  // sealed ones: they change no more

  std::mutex lock;  // of the rest
  std::condition_variable changed;
  std::deque<edge> edges;
  std::uint64_t needed_from = 0;
  std::uint64_t remove_to = 0;
  bool over = false;
  bool finished = false;

  void run();
  void save_edges(std::unique_lock<std::mutex>& held);
  void look(const folder& archive, std::uint64_t needed);
  void remove(std::uint64_t before) const;
  const known_segment* learn(const folder& archive, std::uint64_t number);
};

void retention::state::run() {
  std::unique_lock held(lock);
  while (!over) {
    save_edges(held);
    const std::uint64_t needed = needed_from, before = remove_to;
    held.unlock();
    // A disk that was taken away leaves an empty folder: whatever is no archive is left alone.
    if (const auto archive = folder::open(how.archive); archive && read_issued(*archive)) {
      remove(before);
      look(*archive, needed);
    }
    held.lock();
    if (over) break;
    changed.wait_for(held, how.every, [&] { return over || !edges.empty() || remove_to != before; });
  }
  save_edges(held);
  finished = true;
  changed.notify_all();
}

void retention::state::save_edges(std::unique_lock<std::mutex>& held) {
  while (!edges.empty()) {
    const edge one = std::move(edges.front());
    edges.pop_front();
    held.unlock();
    if (const auto archive = folder::open(how.archive); archive && read_issued(*archive))
      (void)write_checkpoint(*archive, edge_name(one.segment), one.sequence,
                             one.bytes);  // missing: nothing is removed up to it
    held.lock();
  }
}

const retention::state::known_segment* retention::state::learn(const folder& archive, std::uint64_t number) {
  const auto hit = known.find(number);
  if (hit != known.end()) return &hit->second;
  const auto head = read_head(archive, number);
  if (!head || head->sealed != 1 || head->end <= first_of(number) || head->end > limit_of(number)) return nullptr;
  known_segment one;
  one.part.first = first_of(number);
  one.part.end = head->end;
  // The first slot may have given way; the segment was begun no later than its first event.
  one.part.first_ns = time_of(archive, first_of(number));
  if (one.part.first_ns == 0) one.part.first_ns = head->started_ns;
  one.part.last_ns = time_of(archive, head->end - 1);
  one.bytes = bytes_of(archive, number);
  if (one.part.last_ns == 0) return nullptr;
  return &known.emplace(number, one).first->second;
}

void retention::state::look(const folder& archive, std::uint64_t needed) {
  if (needed == 0 || (how.keep_for.count() == 0 && how.bytes_max == 0)) return;
  const auto numbers = archive.segments();
  if (!numbers || numbers->size() < 2) return;
  std::erase_if(known, [&](const auto& one) { return one.first < numbers->front(); });
  // A start goes on from the newest checkpoint on disk; asked for only when something is due, since it can be large.
  bool asked = false;
  const auto restart_needs = [&](std::uint64_t next) {
    if (!std::exchange(asked, true)) {
      const auto newest = load_checkpoint(how.archive + "/checkpoints");
      needed = std::min(needed, newest ? newest->sequence : 0);
    }
    return next > needed;
  };
  std::uint64_t bytes = 0;
  if (how.bytes_max != 0)
    for (const std::uint64_t number : *numbers) {
      const auto* one = learn(archive, number);
      bytes += one != nullptr ? one->bytes : bytes_of(archive, number);
    }
  const std::int64_t now = how.wall ? how.wall() : wall_time_ns();
  for (const due_by why : {due_by::age, due_by::size}) {
    if (why == due_by::age ? how.keep_for.count() == 0 : how.bytes_max == 0) continue;
    std::vector<due_part> parts;
    due_part open;
    std::uint64_t left = bytes;
    for (std::size_t i = 0; i + 1 < numbers->size() && parts.size() < parts_max; ++i) {
      const auto* one = learn(archive, (*numbers)[i]);
      const std::uint64_t next = first_of((*numbers)[i + 1]);
      if (one == nullptr) break;
      const bool is_due = why == due_by::age ? one->part.last_ns < now - how.keep_for.count() : left > how.bytes_max;
      if (!is_due || restart_needs(next)) break;
      left -= std::min(left, one->bytes);
      if (open.end == 0) open = one->part;
      open.end = one->part.end;
      open.last_ns = one->part.last_ns;
      open.next = next;
      if (!read_checkpoint(archive, edge_name((*numbers)[i + 1]))) continue;  // goes together with what follows, or not at all
      parts.push_back(open);
      open = {};
    }
    if (parts.empty()) continue;
    {
      // Whoever left this thread behind hears no more of it.
      const std::lock_guard held(lock);
      if (over) return;
    }
    due(std::move(parts), why);
    return;
  }
}

void retention::state::remove(std::uint64_t before) const {
  if (before == 0) return;
  for (const std::string& path : {how.hot, how.archive}) {
    const auto in = path.empty() ? result<folder>(failure(errc::not_connected)) : folder::open(path);
    const auto all = in ? in->names() : result<std::vector<std::string>>(failure(errc::not_connected));
    if (!all) continue;
    // Heads first: from then on the segments are gone, whenever the rest follows.
    bool some = false;
    for (const bool heads : {true, false}) {
      for (const std::string& name : *all) {
        const std::int64_t number = segment_of_file(name);
        if (number < 0 || static_cast<std::uint64_t>(number) >= segment_of(before) || name.ends_with(".head") != heads)
          continue;
        some = in->remove(name) || some;
      }
      if (some && path == how.archive) (void)in->sync();  // what comes back by a power loss is removed again
    }
  }
}

retention::retention(retention_options how, std::function<void(std::vector<due_part>, due_by)> due)
    : state_(std::make_shared<state>()) {
  state_->how = std::move(how);
  state_->due = std::move(due);
  thread_ = std::thread([with = state_] { with->run(); });
}

retention::~retention() {
  std::unique_lock held(state_->lock);
  state_->over = true;
  state_->changed.notify_all();
  const bool done = state_->changed.wait_for(held, std::chrono::seconds(5), [&] { return state_->finished; });
  held.unlock();
  if (done) {
    thread_.join();
  } else {
    thread_.detach();
  }
}

void retention::keep_from(std::uint64_t sequence) {
  const std::lock_guard held(state_->lock);
  state_->needed_from = sequence;
}

void retention::remove_before(std::uint64_t sequence) {
  const std::lock_guard held(state_->lock);
  state_->remove_to = std::max(state_->remove_to, sequence);
  state_->changed.notify_all();
}

void retention::save_edge(std::uint64_t segment, std::uint64_t sequence, std::string bytes) {
  const std::lock_guard held(state_->lock);
  if (state_->edges.size() == edges_waiting_max) state_->edges.pop_front();
  state_->edges.push_back({segment, sequence, std::move(bytes)});
  state_->changed.notify_all();
}

}  // namespace cordboard::log
