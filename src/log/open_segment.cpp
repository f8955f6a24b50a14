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
constexpr std::uint64_t tail_at_once = std::uint64_t{256} << 10;

/// Gives a file memory from `from` to `to`, or when there is not so much, to `least`. @returns how far
result<std::uint64_t> give(int fd, std::uint64_t from, std::uint64_t least, std::uint64_t to) {
  const auto given = allocate(fd, from, to);
  if (given) return to;
  if (given.error() != errc::log_full || least == to) return tl::unexpected(given.error());
  if (const auto just = allocate(fd, from, least); !just) return tl::unexpected(just.error());
  return least;
}

}  // namespace

result<std::unique_ptr<writer::open_segment>> writer::open_segment::make(const folder& in, std::uint64_t number,
                                                                         std::uint64_t previous_end, std::int64_t started_ns,
                                                                         std::shared_ptr<const house_keys> keys) {
  if (number >= segments_max) return failure(errc::log_full);
  auto made = std::make_unique<open_segment>();
  made->number = number;
  if (keys) made->keys.emplace(std::move(keys), in, number);
  made->allocated_end = base_of(number);
  const auto begin = [&]() -> result<void> {
    for (const file_kind kind : {file_kind::slots, file_kind::text, file_kind::dialog, file_kind::keys})
      in.remove(file_name(number, kind));
    auto file_of_slots = in.open_file(file_name(number, file_kind::slots), access::create);
    if (!file_of_slots) return tl::unexpected(file_of_slots.error());
    if (::ftruncate(file_of_slots->get(), static_cast<off_t>(slots_bytes)) != 0) return system_failure();
    auto mapped_slots = mapping::map(file_of_slots->get(), slots_bytes, true);
    if (!mapped_slots) return tl::unexpected(mapped_slots.error());
    made->slots_file = std::move(*file_of_slots);
    made->slots = std::move(*mapped_slots);
    if (const auto given = made->give_memory(first_of(number) + 1, {}); !given) return given;

    for (const bool dialog : {false, true}) {
      tail& mine = made->tails[dialog ? 1 : 0];
      auto file =
          in.open_file(file_name(number, dialog ? file_kind::dialog : file_kind::text), access::create, dialog ? 0600 : 0640);
      if (!file) return tl::unexpected(file.error());
      const tail_head first = make_tail_head(number, dialog);
      const auto written = write_at(file->get(), {reinterpret_cast<const char*>(&first), sizeof first}, 0);
      if (!written) return written;
      // Mapped once to its greatest length: it grows by being given memory.
      auto mapped = mapping::map(file->get(), tail_bytes_max, true);
      if (!mapped) return tl::unexpected(mapped.error());
      mine.file = std::move(*file);
      mine.bytes = std::move(*mapped);
      mine.used = mine.allocated = sizeof first;
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

result<void> writer::open_segment::give_memory(std::uint64_t end, const std::array<std::uint64_t, 2>& tail_bytes) {
  if (end > allocated_end) {
    const std::uint64_t base = base_of(number);
    const std::uint64_t wanted = std::min(limit_of(number), std::max(end, allocated_end + slots_at_once));
    const auto given = give(slots_file.get(), (allocated_end - base) * sizeof(event), (end - base) * sizeof(event),
                            (wanted - base) * sizeof(event));
    if (!given) return tl::unexpected(given.error());
    allocated_end = base + *given / sizeof(event);
    if (head_bytes) store_release(head().allocated, allocated_end - base);
  }
  for (const std::size_t which : {0, 1}) {
    tail& mine = tails[which];
    const std::uint64_t needed = mine.used + tail_bytes[which];
    if (tail_bytes[which] == 0 || needed <= mine.allocated) continue;
    const std::uint64_t wanted = std::min(tail_bytes_max, std::max(needed, mine.allocated + tail_at_once));
    const auto given = give(mine.file.get(), mine.allocated, needed, wanted);
    if (!given) return tl::unexpected(given.error());
    mine.allocated = *given;
  }
  return {};
}

std::uint64_t writer::open_segment::put_entry(bool dialog, std::uint64_t at, std::string_view text) {
  std::byte* to = tails[dialog ? 1 : 0].bytes.data() + at;
  tail_entry entry{};
  entry.length = static_cast<std::uint32_t>(text.size());
  entry.crc32c = crc32c(text.data(), text.size(), crc32c(&entry, offsetof(tail_entry, crc32c)));
  const std::uint64_t length = padded(sizeof entry + text.size());
  // The zeros are stored too: a batch that was not committed may have stood here.
  std::memset(to + length - 8, 0, 8);
  std::memcpy(to, &entry, sizeof entry);
  std::memcpy(to + sizeof entry, text.data(), text.size());
  return at + length;
}

std::uint64_t writer::open_segment::put_sealed(std::uint64_t at, std::string_view text, const key_maker::made_key& with,
                                               std::uint64_t sequence) {
  std::byte* to = tails[0].bytes.data() + at;
  tail_entry entry{};
  entry.length = static_cast<std::uint32_t>(text.size() + text_seal_bytes);
  entry.flags = entry_sealed;
  entry.key_id = with.id;
  std::memcpy(entry.nonce.data(), &sequence, sizeof sequence);
  const std::uint64_t length = padded(sizeof entry + entry.length);
  std::memset(to + length - 8, 0, 8);
  std::byte* const bytes = to + sizeof entry;
  if (!keys->seal(with, sequence, text, bytes)) return 0;
  entry.crc32c = crc32c(bytes, entry.length, crc32c(&entry, offsetof(tail_entry, crc32c)));
  std::memcpy(to, &entry, sizeof entry);
  return at + length;
}

void writer::open_segment::finish() {
  segment_head& mine = head();
  mine.text_bytes = tails[0].used;
  mine.dialog_bytes = tails[1].used;
  // What was given and not used goes back: an old segment takes no more than it holds.
  for (const tail& one : tails) {
    if (one.allocated > one.used) [[maybe_unused]]
      const int shorter = ::ftruncate(one.file.get(), static_cast<off_t>(one.used));
  }
  // Synchronises with mapped_segment::end: the lengths and every slot before it are there. A batch may be in flight
  // nowhere: this is the thread that writes them.
  store_release(mine.end, load_acquire(mine.committed));
}

}  // namespace cordboard::log
