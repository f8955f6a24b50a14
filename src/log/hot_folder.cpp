// SPDX-License-Identifier: Apache-2.0
#include <log/commit.hpp>
#include <log/hot_folder.hpp>
#include <log/segment.hpp>
#include <log/thin.hpp>

namespace cordboard::log {
namespace {

void remove_old_dialogs(const place& in, std::uint64_t from_segment) {
  const auto all = in.hot.names();
  if (!all) return;
  for (const std::string& name : *all) {
    if (is_file(name, file_kind::dialog) && static_cast<std::uint64_t>(segment_of_file(name)) < from_segment)
      in.hot.remove(name);
  }
}

void remove_segment(const place& in, std::uint64_t number, bool dialog) {
  // The head first: from then on readers look for it in the archive.
  for (const file_kind kind : {file_kind::head, file_kind::slots, file_kind::text, file_kind::thin, file_kind::keys}) {
    in.hot.remove(file_name(number, kind));
  }
  if (dialog) in.hot.remove(file_name(number, file_kind::dialog));
}

}  // namespace

std::uint64_t hot_folder::make_room(place& in, const room_rules& rules) {
  if (rules.keep_dialogs_from != dialogs_go_with_segments) remove_old_dialogs(in, segment_of(rules.keep_dialogs_from));
  for (;;) {
    in.reserve.fill();
    const std::uint64_t bytes = in.hot.bytes_used();
    if (bytes <= in.hot_bytes_bound && in.reserve.missing() == 0) return bytes;
    if (!take_one_step(in, rules)) return bytes;
  }
}

bool hot_folder::take_one_step(place& in, const room_rules& rules) {
  const auto numbers = in.hot.segments();
  if (!numbers || numbers->empty()) return false;
  const std::uint64_t newest = load_acquire(in.control->newest_segment);
  const std::uint64_t oldest = numbers->front();
  if (oldest >= newest) return false;
  const auto head = read_head(in.hot, oldest);
  if (!head || head->end == 0) return false;
  const bool told = rules.keep_dialogs_from != dialogs_go_with_segments;
  const bool empty = head->end == first_of(oldest);
  if (empty || (in.archives ? oldest < rules.archived_below : head->end <= rules.keep_events_from)) {
    remove_segment(in, oldest, !told);
    tried_.erase(oldest);
    return true;
  }
  return in.archives && thin_one(in, rules);
}

bool hot_folder::thin_one(place& in, const room_rules& rules) {
  const auto numbers = in.hot.segments();
  const std::uint64_t newest = load_acquire(in.control->newest_segment);
  if (!numbers) return false;
  for (const thinning what : {thinning::routine, thinning::calls, thinning::all}) {
    const auto level = static_cast<std::uint32_t>(what);
    for (const std::uint64_t number : *numbers) {
      if (number >= newest) break;
      const auto head = read_head(in.hot, number);
      if (!head || head->end == 0 || head->thinned >= level || head->end > rules.keep_events_from) continue;
      if (tried_[number] >= level) continue;
      // Neither what the archiver has mapped, which would free nothing while it has, nor what it is about to map.
      const std::lock_guard guard(in.copying_lock);
      if (in.copying == number) continue;
      // What is on disk does not give way: it will go whole. As it is now, since the archiver has had the lock.
      const std::uint64_t durable = load_acquire(in.control->durable_sequence);
      auto done = thin(in.hot, number, what, durable);
      // What control leaves is so little that it must not fail for want of it: else control would give way before the rest.
      const bool little = what != thinning::routine;
      while (!done && done.error() == errc::log_full && in.reserve.lend(little)) done = thin(in.hot, number, what, durable);
      if (done && done->events > 0) {
        gave_way_ += done->events;
        return true;
      }
      if (done) tried_[number] = level;
      if (!done && what == thinning::all && done.error() == errc::log_full) {
        // Not even its gap finds room.
        remove_segment(in, number, rules.keep_dialogs_from == dialogs_go_with_segments);
        return true;
      }
    }
  }
  return false;
}

}  // namespace cordboard::log
