// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <log/commit.hpp>
#include <log/open_segment.hpp>
#include <log/segment.hpp>

namespace cordboard::log {
namespace {

// 256 KiB at a time: some 15 us of the loop's time, once every 2,048 events.
constexpr std::uint64_t slots_at_once = 2048;

}  // namespace

result<std::unique_ptr<writer::open_segment>> writer::open_segment::make(const folder& in, std::uint64_t number,
                                                                         std::uint64_t previous_end, std::int64_t started_ns) {
  if (number >= segments_max) return failure(errc::log_full);
  auto made = std::make_unique<open_segment>();
  made->number = number;
  made->allocated_end = base_of(number);
  const auto begin = [&]() -> result<void> {
    for (const file_kind kind : {file_kind::slots, file_kind::text, file_kind::dialog}) in.remove(file_name(number, kind));
    auto file_of_slots = in.open_file(file_name(number, file_kind::slots), access::create);
    if (!file_of_slots) return tl::unexpected(file_of_slots.error());
    if (::ftruncate(file_of_slots->get(), static_cast<off_t>(slots_bytes)) != 0) return system_failure();
    auto mapped_slots = mapping::map(file_of_slots->get(), slots_bytes, true);
    if (!mapped_slots) return tl::unexpected(mapped_slots.error());
    made->slots_file = std::move(*file_of_slots);
    made->slots = std::move(*mapped_slots);
    if (const auto given = made->give_memory(first_of(number) + 1); !given) return given;

    for (const bool dialog : {false, true}) {
      const std::size_t which = dialog ? 1 : 0;
      auto file =
          in.open_file(file_name(number, dialog ? file_kind::dialog : file_kind::text), access::create, dialog ? 0600 : 0640);
      if (!file) return tl::unexpected(file.error());
      const tail_head first = make_tail_head(number, dialog);
      const auto written = write_at(file->get(), {reinterpret_cast<const char*>(&first), sizeof first}, 0);
      if (!written) return written;
      made->tails[which] = std::move(*file);
      made->tail_used[which] = sizeof first;
    }

    segment_head head = make_head(number, previous_end, started_ns);
    head.allocated = made->allocated_end - base_of(number);
    std::string bytes(head_file_bytes, '\0');
    std::memcpy(bytes.data(), &head, sizeof head);
    const std::string name = file_name(number, file_kind::head);
    if (const auto written = in.replace(name, bytes, 0640, false); !written) return written;
    auto head_file = in.open_file(name, access::write);
    if (!head_file) return tl::unexpected(head_file.error());
    auto mapped = mapping::map(head_file->get(), sizeof(segment_head), true);
    if (!mapped) return tl::unexpected(mapped.error());
    made->head_bytes = std::move(*mapped);
    return {};
  };
  if (const auto begun = begin(); !begun) {
    for (const file_kind kind : {file_kind::head, file_kind::slots, file_kind::text, file_kind::dialog}) {
      in.remove(file_name(number, kind));
    }
    return tl::unexpected(begun.error());
  }
  return made;
}

result<void> writer::open_segment::give_memory(std::uint64_t end) {
  if (end <= allocated_end) return {};
  const std::uint64_t base = base_of(number);
  const std::uint64_t wanted = std::min(limit_of(number), std::max(end, allocated_end + slots_at_once));
  // When there is no room for a whole chunk, just what this batch needs may still fit.
  for (const std::uint64_t to : {wanted, end}) {
    const auto given = allocate(slots_file.get(), (allocated_end - base) * sizeof(event), (to - base) * sizeof(event));
    if (!given && (given.error() != errc::log_full || to == end)) return given;
    if (!given) continue;
    allocated_end = to;
    if (head_bytes) store_release(head().allocated, to - base);
    return {};
  }
  return failure(errc::log_full);
}

void writer::open_segment::finish() {
  segment_head& mine = head();
  mine.text_bytes = tail_used[0];
  mine.dialog_bytes = tail_used[1];
  // Synchronises with mapped_segment::end: the lengths and every slot before it are there. A batch may be in flight
  // nowhere: this is the thread that writes them.
  store_release(mine.end, load_acquire(mine.committed));
}

}  // namespace cordboard::log
