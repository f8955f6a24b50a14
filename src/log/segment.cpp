// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <log/segment.hpp>
#include <log/thin.hpp>

namespace cordboard::log {
namespace {

result<void> check_tail(const mapping& bytes, std::uint64_t segment, bool dialog) {
  tail_head head{};
  std::memcpy(&head, bytes.data(), sizeof head);
  if (head.magic != tail_magic || head.which != (dialog ? 1U : 0U) || head.segment != segment)
    return failure(errc::log_damaged);
  if (head.layout != layout_version) return failure(errc::log_incompatible);
  return {};
}

}  // namespace

segment_head make_head(std::uint64_t segment, std::uint64_t previous_end, std::int64_t started_ns) {
  segment_head head{};
  head.magic = head_magic;
  head.layout = layout_version;
  head.bytes = sizeof(segment_head);
  head.slot_bytes = sizeof(event);
  head.slots = static_cast<std::uint32_t>(slots_per_segment);
  head.segment = segment;
  head.previous_end = previous_end;
  head.started_ns = started_ns;
  head.writer_pid = static_cast<std::uint32_t>(::getpid());
  head.boot_id = boot_id();
  head.crc32c = crc32c(&head, offsetof(segment_head, crc32c));
  head.committed = first_of(segment);
  return head;
}

tail_head make_tail_head(std::uint64_t segment, bool dialog) {
  return {tail_magic, layout_version, dialog ? 1U : 0U, segment, 0};
}

result<void> check_head(const segment_head& head, std::uint64_t segment) {
  if (head.magic != head_magic) return failure(errc::log_damaged);
  if (head.layout != layout_version) return failure(errc::log_incompatible);
  if (head.crc32c != crc32c(&head, offsetof(segment_head, crc32c)) || head.bytes != sizeof(segment_head) ||
      head.slot_bytes != sizeof(event) || head.slots != slots_per_segment || head.segment != segment ||
      head.previous_end > first_of(segment)) {
    return failure(errc::log_damaged);
  }
  return {};
}

result<segment_head> read_head(const folder& in, std::uint64_t segment) {
  const auto bytes = in.read(file_name(segment, file_kind::head), head_file_bytes);
  if (!bytes) return tl::unexpected(bytes.error());
  segment_head head{};
  if (bytes->size() < sizeof head) return failure(errc::log_damaged);
  std::memcpy(&head, bytes->data(), sizeof head);
  if (const auto good = check_head(head, segment); !good) return tl::unexpected(good.error());
  return head;
}

result<std::shared_ptr<mapped_segment>> mapped_segment::open_in(const folder& in, std::uint64_t segment, bool copy) {
  const auto bytes_of = [copy](int fd, std::size_t bytes) {
    return copy ? mapping::copy(fd, bytes) : mapping::map(fd, bytes, false);
  };
  auto head_file = in.open_file(file_name(segment, file_kind::head), access::read);
  if (!head_file) return tl::unexpected(head_file.error());
  const auto head_size = size_of(head_file->get());
  if (!head_size || *head_size < sizeof(segment_head)) return failure(errc::log_damaged);
  auto made = std::make_shared<mapped_segment>();
  made->number_ = segment;
  auto head = bytes_of(head_file->get(), sizeof(segment_head));
  if (!head) return tl::unexpected(head.error());
  made->head_ = std::move(*head);
  if (const auto good = check_head(made->head(), segment); !good) return tl::unexpected(good.error());
  auto slots_file = in.open_file(file_name(segment, file_kind::slots), access::read);
  if (!slots_file && is_missing(slots_file.error()) && made->thinned()) {
    auto put_together = read_thin(in, segment, thin_part::slots);
    if (!put_together) return tl::unexpected(put_together.error());
    made->slots_ = std::move(put_together->bytes);
    return made;
  }
  if (!slots_file) return tl::unexpected(slots_file.error());
  const auto slots_size = size_of(slots_file->get());
  if (!slots_size || *slots_size != slots_bytes) return failure(errc::log_damaged);
  auto slots = bytes_of(slots_file->get(), slots_bytes);
  if (!slots) return tl::unexpected(slots.error());
  made->slots_ = std::move(*slots);
  return made;
}

result<std::shared_ptr<mapped_segment>> mapped_segment::open(const folder* hot, const folder* archive, std::uint64_t segment,
                                                             bool copy_archive) {
  // While it is opened, a hot segment may be thinned: then the hot folder has it in another form. Or it is taken away: then
  // the archive has all of it.
  for (const folder* in : {hot, hot, archive}) {
    if (in == nullptr) continue;
    auto found = open_in(*in, segment, copy_archive && in == archive);
    if (found) (*found)->copy_archive_ = copy_archive;
    if (found || !is_missing(found.error())) return found;
  }
  return failure(errc::log_gone);
}

std::uint64_t mapped_segment::end() const {
  const std::uint64_t end = load_acquire(head().end);
  return end >= first() && end <= limit_of(number_) ? end : 0;
}

std::uint64_t mapped_segment::allocated_end() const {
  return base() + std::min(load_acquire(head().allocated), slots_per_segment);
}

std::uint64_t mapped_segment::committed() const {
  const std::uint64_t end_now = end();
  const std::uint64_t highest = std::min(end_now != 0 ? end_now : limit_of(number_), allocated_end());
  return std::clamp(load_acquire(head().committed), first(), std::max(first(), highest));
}

scanned mapped_segment::committed_end() const { return batches(committed(), slots_per_segment, false); }

std::uint64_t mapped_segment::skip_hole(std::uint64_t at) const {
  if (!thinned() || at < first()) return at;
  const std::uint64_t end_now = end();
  return behind_hole(slots(), base(), at, std::min(end_now != 0 ? end_now : limit_of(number_), allocated_end()));
}

std::uint64_t mapped_segment::checked_end() const {
  for (std::uint64_t at = first();;) {
    const std::uint64_t from = skip_hole(at);
    const std::uint64_t end = batches(from, slots_per_segment, true).end;
    if (end == from) return at;
    at = end;
  }
}

scanned mapped_segment::batches(std::uint64_t from, std::uint64_t at_most, bool verify) const {
  for (;;) {
    const std::uint64_t end_now = end();
    const std::uint64_t allocated = allocated_end();
    const std::uint64_t limit = std::min(end_now != 0 ? end_now : limit_of(number_), allocated);
    if (from >= limit) return {from, scan_stop::limit};
    scanned found = scan(slots(), base(), from, limit, at_most, verify);
    if (found.end > from || found.stop == scan_stop::damaged) return found;
    const bool crosses = found.stop == scan_stop::limit;
    // A batch that reaches over the slots that had memory is one that was committed since we looked how far they go.
    if (crosses && limit == allocated && allocated_end() > allocated) continue;
    if (crosses || end_now != 0) found.stop = scan_stop::damaged;
    return found;
  }
}

result<const event*> mapped_segment::at(std::uint64_t sequence, bool verify) {
  if (sequence < first()) return nullptr;
  if (sequence >= whole_to_) {
    // The writer's hint is a batch behind at most, and only while it stores it; an archive's open segment is gone over once.
    whole_to_ = std::max(whole_to_, committed());
    if (sequence >= whole_to_) whole_to_ = std::max(whole_to_, batches(whole_to_, slots_per_segment, false).end);
    if (sequence >= whole_to_) return nullptr;
  }
  const event& found = slot(sequence);
  // Holes lie in memory of our own, or on disk: they may be touched.
  const std::uint64_t is = load_acquire(found.sequence);
  if (is == 0) return failure(errc::log_gone);
  if (is != sequence || (verify && checksum(found) != found.crc32c)) return failure(errc::log_damaged);
  return &found;
}

std::uint64_t mapped_segment::first_since(std::int64_t time_ns) const {
  std::uint64_t low = first();
  std::uint64_t high = committed_end().end;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    // In a hole it is the gap behind it that says when.
    const std::uint64_t speaks = skip_hole(middle);
    if (slot(speaks).time_ns < time_ns) {
      low = speaks + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

result<void> mapped_segment::open_tail(tail& which, const folder* hot, const folder* archive, bool dialog) const {
  const std::string name = file_name(number_, dialog ? file_kind::dialog : file_kind::text);
  for (const folder* in : {hot, archive}) {
    if (in == nullptr) continue;
    auto file = in->open_file(name, access::read);
    if (!file && is_missing(file.error())) {
      if (dialog) continue;
      auto put_together = read_thin(*in, number_, thin_part::text);
      if (!put_together && is_missing(put_together.error())) continue;
      if (!put_together) return tl::unexpected(put_together.error());
      which.bytes = std::move(put_together->bytes);
      which.size = put_together->end;
      which.thinned = true;
      return {};
    }
    if (!file) return tl::unexpected(file.error());
    if (copy_archive_ && in == archive) {
      const auto size = size_of(file->get());
      if (!size) return tl::unexpected(size.error());
      if (*size < sizeof(tail_head)) return failure(errc::log_damaged);
      auto copied = mapping::copy(file->get(), *size);
      if (!copied) return tl::unexpected(copied.error());
      if (const auto good = check_tail(*copied, number_, dialog); !good) return good;
      which.bytes = std::move(*copied);
      which.size = *size;
      return {};
    }
    // Mapped once to its greatest length: it grows, and texts that were handed out must stay where they are.
    auto bytes = mapping::map(file->get(), tail_bytes_max, false);
    if (!bytes) return tl::unexpected(bytes.error());
    which.file = std::move(*file);
    which.bytes = std::move(*bytes);
    return {};
  }
  return failure(errc::log_gone);
}

/// Where an event's entry stands, all of it within the tail.
result<const std::byte*> mapped_segment::find_entry(const folder* hot, const folder* archive, const event& of) {
  const bool dialog = (of.text_at & text_at_dialog) != 0;
  tail& which = tails_[dialog ? 1 : 0];
  if (!which.bytes) {
    if (const auto opened = open_tail(which, hot, archive, dialog); !opened) return tl::unexpected(opened.error());
  }
  const std::uint64_t at = std::uint64_t{of.text_at & ~text_at_dialog} * 8;
  const std::uint64_t behind = at + sizeof(tail_entry) + of.text_len;
  if (at < sizeof(tail_head) || behind > tail_bytes_max) return failure(errc::log_damaged);
  if (behind > which.size) {
    if (which.thinned || !which.file) return failure(errc::log_gone);
    const auto size = size_of(which.file.get());
    if (!size) return tl::unexpected(size.error());
    which.size = *size;
    if (behind > which.size) return failure(errc::log_damaged);
    if (const auto good = check_tail(which.bytes, number_, dialog); !good) return tl::unexpected(good.error());
  }
  const std::byte* from = which.bytes.data() + at;
  tail_entry entry{};
  std::memcpy(&entry, from, sizeof entry);
  if (entry.length == 0 && (which.thinned || thinned())) return failure(errc::log_gone);
  return from;
}

result<std::string_view> mapped_segment::text(const folder* hot, const folder* archive, const event& of,
                                              const house_keys* keys) {
  if (of.text_len == 0) return std::string_view();
  const auto from = find_entry(hot, archive, of);
  if (!from) return tl::unexpected(from.error());
  tail_entry entry{};
  std::memcpy(&entry, *from, sizeof entry);
  if (entry.length != of.text_len) return failure(errc::log_damaged);
  const std::byte* bytes = *from + sizeof entry;
  if (crc32c(bytes, entry.length, crc32c(&entry, offsetof(tail_entry, crc32c))) != entry.crc32c) {
    return failure(errc::log_damaged);
  }
  const std::string_view stands(reinterpret_cast<const char*>(bytes), entry.length);
  if ((entry.flags & entry_sealed) == 0) return stands;
  if (const auto known = opened_.find(of.text_at); known != opened_.end()) return std::string_view(known->second);
  auto clear = ring_.open(hot, archive, number_, keys, entry, of.sequence, stands);
  if (!clear) return tl::unexpected(clear.error());
  return std::string_view(opened_.emplace(of.text_at, std::move(*clear)).first->second);
}

result<std::string_view> mapped_segment::entry(const folder* hot, const folder* archive, const event& of) {
  const auto from = find_entry(hot, archive, of);
  if (!from) return tl::unexpected(from.error());
  return std::string_view(reinterpret_cast<const char*>(*from), padded(sizeof(tail_entry) + of.text_len));
}

}  // namespace cordboard::log
