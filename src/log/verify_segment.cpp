// SPDX-License-Identifier: Apache-2.0
#include <log/verify_segment.hpp>

#include <algorithm>
#include <cstring>
#include <log/commit.hpp>
#include <log/segment.hpp>
#include <log/text_keys.hpp>
#include <log/thin.hpp>

namespace cordboard::log {

raw_segment raw_segment::open(const folder& in, std::uint64_t number, bool texts) {
  raw_segment made;
  made.number = number;
  if (auto head = read_head(in, number)) {
    made.head = *head;
  } else {
    made.head_error = head.error();
  }
  if (made.thinned() && !in.open_file(file_name(number, file_kind::slots), access::read)) {
    if (auto slots = read_thin(in, number, thin_part::slots)) {
      made.slots = std::move(slots->bytes);
      made.slots_there = slots_per_segment;
      made.slots_sized = true;
    }
    if (auto text = read_thin(in, number, thin_part::text)) {
      made.text = std::move(text->bytes);
      made.text_size = std::min<std::uint64_t>(text->end, made.text.size());
      made.thin_text = true;
    }
    return made;
  }
  if (const auto file = in.open_file(file_name(number, file_kind::slots), access::read)) {
    const auto size = size_of(file->get());
    made.slots_sized = size && *size == slots_bytes;
    made.slots_there = size ? std::min<std::uint64_t>(*size, slots_bytes) / sizeof(event) : 0;
    if (made.slots_there != 0) {
      auto bytes = mapping::copy(file->get(), made.slots_there * sizeof(event));
      if (bytes) {
        made.slots = std::move(*bytes);
      } else {
        made.slots_there = 0;
        made.slots_sized = false;
      }
    }
  }
  if (!texts) return made;
  if (const auto keys = read_keys(in, number)) made.keys = keys->size();
  if (const auto file = in.open_file(file_name(number, file_kind::text), access::read)) {
    const auto size = size_of(file->get());
    made.text_size = size ? std::min(*size, tail_bytes_max) : 0;
    if (made.text_size != 0) {
      auto bytes = mapping::copy(file->get(), made.text_size);
      if (bytes) {
        made.text = std::move(*bytes);
      } else {
        made.text_size = 0;
      }
    }
  }
  return made;
}

text_state look_at_text(const raw_segment& in, const event& of) {
  if (of.text_len == 0 || (of.text_at & text_at_dialog) != 0) return text_state::none;
  const std::uint64_t at = std::uint64_t{of.text_at} * 8;
  if (at < sizeof(tail_head)) return text_state::damaged;
  // What stands behind the last text that is left has gone, too.
  if (at + sizeof(tail_entry) > in.text_size) return in.thin_text ? text_state::gone : text_state::damaged;
  tail_entry entry{};
  const std::byte* from = in.text.data() + at;
  std::memcpy(&entry, from, sizeof entry);
  const std::array<std::byte, sizeof entry> nothing{};
  if (std::memcmp(&entry, nothing.data(), sizeof entry) == 0) return text_state::gone;
  const bool sealed = (entry.flags & entry_sealed) != 0;
  if (sealed && (entry.key_id == 0 || entry.key_id > in.keys)) return text_state::damaged;
  if (at + sizeof entry + entry.length > in.text_size || entry.length != of.text_len) return text_state::damaged;
  const std::uint32_t sum = crc32c(from + sizeof entry, entry.length, crc32c(&entry, offsetof(tail_entry, crc32c)));
  if (sum != entry.crc32c) return text_state::damaged;
  return sealed ? text_state::sealed : text_state::good;
}

std::uint64_t skip_hole(const raw_segment& in, std::uint64_t at, std::uint64_t end) {
  const auto* slots = reinterpret_cast<const event*>(in.slots.data());
  return behind_hole(slots, base_of(in.number), at, std::min(end, base_of(in.number) + in.slots_there));
}

std::uint64_t whole_batch(const raw_segment& in, std::uint64_t at, std::uint64_t end) {
  const std::uint64_t limit = std::min(end, base_of(in.number) + in.slots_there);
  if (at >= limit) return at;
  const auto* slots = reinterpret_cast<const event*>(in.slots.data());
  return scan(slots, base_of(in.number), at, limit, 1, true).end;
}

}  // namespace cordboard::log
