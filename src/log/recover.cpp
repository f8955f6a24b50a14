// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>
#include <log/commit.hpp>
#include <log/recover.hpp>
#include <log/segment.hpp>

namespace cordboard::log {
namespace {

/// Every number that a file of ours in this folder speaks of, with or without a head.
std::uint64_t above_all_files(const folder& in) {
  std::uint64_t above = 0;
  const auto all = in.names();
  if (!all) return 0;
  for (const std::string& name : *all) {
    const std::int64_t number = segment_of_file(name);
    if (number >= 0) above = std::max(above, static_cast<std::uint64_t>(number) + 1);
  }
  return above;
}

void remove_segment(const folder& in, std::uint64_t number) {
  for (const file_kind kind :
       {file_kind::head, file_kind::slots, file_kind::text, file_kind::thin, file_kind::dialog, file_kind::keys}) {
    in.remove(file_name(number, kind));
  }
}

/// A crash between naming a thinned segment and removing what it replaces, or before it was named.
void remove_replaced(const folder& in, const std::vector<std::uint64_t>& heads) {
  for (const std::uint64_t number : heads) {
    const auto head = read_head(in, number);
    if (!head) continue;
    if (head->thinned == 0) {
      in.remove(file_name(number, file_kind::thin));
    } else if (in.open_file(file_name(number, file_kind::thin), access::read)) {
      in.remove(file_name(number, file_kind::slots));
      in.remove(file_name(number, file_kind::text));
    }
  }
}

/// A crash between making the files and naming the head leaves files that no reader ever saw.
void remove_headless(const folder& in, const std::vector<std::uint64_t>& heads) {
  const auto all = in.names();
  if (!all) return;
  for (const std::string& name : *all) {
    if (name.size() > 4 && name.compare(name.size() - 4, 4, ".new") == 0) in.remove(name);
    if (!is_file(name, file_kind::slots) && !is_file(name, file_kind::text) && !is_file(name, file_kind::thin)) continue;
    const auto number = static_cast<std::uint64_t>(segment_of_file(name));
    if (!std::binary_search(heads.begin(), heads.end(), number)) remove_segment(in, number);
  }
}

/// What lies on a disk is copied and written, never mapped: a disk that fails must be an error and not a signal.
enum class lies { in_memory, on_disk };

result<std::shared_ptr<mapped_segment>> open_where_it_lies(const folder& in, std::uint64_t number, lies where) {
  if (where == lies::in_memory) return mapped_segment::open(&in, nullptr, number);
  return mapped_segment::open(nullptr, &in, number, true);
}

/// Writes an open segment's end into its head: the last whole batch whose checksums hold.
result<void> end_segment(const folder& in, std::uint64_t number, lies where) {
  auto file = in.open_file(file_name(number, file_kind::head), access::write);
  if (!file) return tl::unexpected(file.error());
  const auto segment = open_where_it_lies(in, number, where);
  if (!segment) return tl::unexpected(segment.error());
  segment_head head = (*segment)->head();
  head.end = head.committed = (*segment)->checked_end();
  for (std::uint64_t at = (*segment)->first(); at < head.end; ++at) {
    const event& slot = (*segment)->slot(at);
    if (slot.sequence == 0 || slot.text_len == 0) continue;
    std::uint64_t& length = (slot.text_at & text_at_dialog) != 0 ? head.dialog_bytes : head.text_bytes;
    length = std::max(length, std::uint64_t{slot.text_at & ~text_at_dialog} * 8 + padded(sizeof(tail_entry) + slot.text_len));
  }
  if (where == lies::on_disk) {
    if (auto written = write_at(file->get(), {reinterpret_cast<const char*>(&head), sizeof head}, 0); !written) return written;
    return ::fsync(file->get()) == 0 ? result<void>() : system_failure();
  }
  // Readers have it mapped and look at it now: each word must change at once.
  const auto bytes = mapping::map(file->get(), sizeof(segment_head), true);
  if (!bytes) return tl::unexpected(bytes.error());
  auto& shared = *reinterpret_cast<segment_head*>(bytes->data());
  shared.text_bytes = head.text_bytes;
  shared.dialog_bytes = head.dialog_bytes;
  store_release(shared.committed, head.committed);
  store_release(shared.end, head.end);
  return {};
}

/// A hot folder on disk can come back from a power loss with less than the archive has: then the archive's segment counts.
void prefer_archive(const place& in) {
  const auto numbers = in.hot.segments();
  if (!numbers) return;
  for (const std::uint64_t number : *numbers) {
    const auto hot = read_head(in.hot, number);
    const auto archived = read_head(in.archive, number);
    if (hot && archived && archived->end > hot->end) remove_segment(in.hot, number);
  }
}

struct ended {
  std::uint64_t end = 0;     // first sequence behind the newest event; 0: no event
  std::int64_t time_ns = 0;  // of that event
  bool was_open = false;     // some segment had no end: the writer did not close
};

/// The time of an ended segment's last event; 0: it has none. Only that is read of the archive's, of which there may be thousands.
result<std::int64_t> last_time(const folder& in, const segment_head& head, lies where) {
  const bool empty = head.end == first_of(head.segment);
  if (where == lies::in_memory) {
    const auto segment = open_where_it_lies(in, head.segment, where);
    if (!segment) return tl::unexpected(segment.error());
    return empty ? 0 : (*segment)->slot(head.end - 1).time_ns;
  }
  const auto file = in.open_file(file_name(head.segment, file_kind::slots), access::read);
  if (!file) return tl::unexpected(file.error());
  const auto size = size_of(file->get());
  if (!size) return tl::unexpected(size.error());
  if (*size != slots_bytes) return failure(errc::log_damaged);
  if (empty) return 0;
  event last{};
  if (const auto read = read_at(file->get(), &last, sizeof last, (head.end - 1 - base_of(head.segment)) * sizeof last); !read) {
    return tl::unexpected(read.error());
  }
  return last.time_ns;
}

/// A segment's head, ended if it was open. @errors  log_damaged: it was never whole
result<segment_head> ended_head(const folder& in, std::uint64_t number, lies where, bool& was_open) {
  auto head = read_head(in, number);
  if (!head || (head->end >= first_of(number) && head->end <= limit_of(number))) return head;
  was_open = true;
  if (const auto done = end_segment(in, number, where); !done) return tl::unexpected(done.error());
  return read_head(in, number);
}

/// Ends what is open, newest last. A segment whose head is garbage was never whole: in the hot folder it goes.
result<ended> end_segments(const folder& in, lies where) {
  ended found;
  const auto numbers = in.segments();
  if (!numbers) return tl::unexpected(numbers.error());
  for (const std::uint64_t number : *numbers) {
    const auto head = ended_head(in, number, where, found.was_open);
    const auto time = head ? last_time(in, *head, where) : result<std::int64_t>(tl::unexpected(head.error()));
    const std::error_code why = time ? std::error_code() : time.error();
    if (why == errc::log_damaged || why == errc::log_gone || is_missing(why)) {
      found.was_open = true;
      if (where == lies::in_memory) remove_segment(in, number);
      continue;
    }
    if (why) return tl::unexpected(why);
    if (head->end == first_of(number)) {
      found.end = std::max(found.end, head->previous_end);
    } else {
      found.end = head->end;
      found.time_ns = *time;
    }
  }
  return found;
}

}  // namespace

std::uint64_t segment_by_clock(std::int64_t wall_ns) {
  constexpr std::int64_t since = 1'577'836'800'000'000'000;  // 2020-01-01
  constexpr std::int64_t each = 64'000'000'000;
  return wall_ns > since ? static_cast<std::uint64_t>((wall_ns - since) / each) : 0;
}

result<found_log> recover_log(const place& in, bool same_boot, bool was_closed, std::uint64_t newest, std::int64_t wall_ns) {
  found_log found;
  const std::uint64_t above_hot = above_all_files(in.hot);
  const auto heads = in.hot.segments();
  if (!heads) return tl::unexpected(heads.error());
  remove_headless(in.hot, *heads);
  remove_replaced(in.hot, *heads);
  const bool memory_is_there = same_boot && !heads->empty();
  const auto hot = end_segments(in.hot, lies::in_memory);
  if (!hot) return tl::unexpected(hot.error());

  ended end = *hot;
  std::optional<issued> known;
  std::uint64_t above_archive = 0;
  if (in.archive) {
    known = read_issued(in.archive);
    above_archive = above_all_files(in.archive);
    // While the memory is there, the archive is just behind it, and the archiver goes on where it stopped.
    if (!memory_is_there) {
      const auto archived = end_segments(in.archive, lies::on_disk);
      if (!archived) return tl::unexpected(archived.error());
      prefer_archive(in);
      if (archived->end > end.end) end = *archived;
    }
  }

  found.previous_end = end.end;
  found.told.last_sequence = end.end == 0 ? 0 : end.end - 1;
  found.told.last_time_ns = end.time_ns;
  found.told.found = end.end != 0 || known.has_value() || above_hot != 0 || newest != 0;
  const bool clean_memory = memory_is_there && was_closed && !hot->was_open;
  const bool clean_archive = known && known->clean_end != 0 && known->clean_end == std::max<std::uint64_t>(end.end, 1);
  found.told.clean = !found.told.found || clean_memory || clean_archive;
  if (!found.told.clean) found.told.gap_from = std::max<std::uint64_t>(end.end, 1);

  found.first_segment = std::max({above_hot, above_archive, newest == 0 ? 0 : newest + 1});
  if (!memory_is_there) {
    if (known) found.first_segment = std::max(found.first_segment, known->reserved);
    found.first_segment = std::max(found.first_segment, segment_by_clock(wall_ns));
  }
  return found;
}

}  // namespace cordboard::log
