// SPDX-License-Identifier: Apache-2.0
#include <log/seal.hpp>

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <log/crc32c.hpp>
#include <log/segment.hpp>
#include <log/verify_segment.hpp>

namespace cordboard::log {
namespace {

/// Behind the last text of the events before `end`; 0: some text or some batch is not there.
std::uint64_t texts_end(const raw_segment& raw, std::uint64_t end) {
  std::uint64_t behind = sizeof(tail_head);
  std::uint64_t at = first_of(raw.number);
  while (at < end) {
    if (raw.thinned()) at = skip_hole(raw, at, end);
    const std::uint64_t next = whole_batch(raw, at, end);
    if (next == at) return 0;
    for (; at < next; ++at) {
      const event& slot = raw.slot(at);
      const text_state state = look_at_text(raw, slot);
      if (state == text_state::damaged || (state == text_state::gone && !raw.thinned())) return 0;
      if (state == text_state::none || state == text_state::gone) continue;
      behind = std::max(behind, std::uint64_t{slot.text_at} * 8 + padded(sizeof(tail_entry) + slot.text_len));
    }
  }
  return behind <= raw.text_size ? behind : 0;
}

}  // namespace

result<void> seal_left(const folder& hot, const folder& archive, const chain_key* key) {
  const auto numbers = archive.segments();
  if (!numbers) return tl::unexpected(numbers.error());
  for (const std::uint64_t number : *numbers) {
    const auto known = read_head(archive, number);
    if (!known || known->sealed == 1) continue;
    const auto in_memory = read_head(hot, number);
    if (in_memory && (in_memory->end == 0 || in_memory->thinned != known->thinned)) continue;
    segment_head head = *known;
    head.end = in_memory ? in_memory->end : known->end;
    if (head.end <= first_of(number) || head.end > limit_of(number)) continue;
    const raw_segment raw = raw_segment::open(archive, number);
    if (!raw.slots_sized) continue;
    const std::uint64_t texts = texts_end(raw, head.end);
    if (texts == 0) continue;
    head.text_bytes = in_memory ? in_memory->text_bytes : texts;
    if (head.text_bytes > raw.text_size) continue;
    head.committed = head.end;
    head.slots_crc32c = crc32c(raw.slots.data(), (head.end - base_of(number)) * sizeof(event));
    head.text_crc32c = crc32c(raw.text.data(), head.text_bytes);
    head.sealed = 1;
    if (key != nullptr) {
      head.previous_chain = chain_before(archive, number);
      const auto chain = chain_of(*key, archive, head);
      if (!chain) return tl::unexpected(chain.error());
      head.chain = *chain;
    }
    for (const file_kind kind : {file_kind::keys, file_kind::slots, file_kind::text}) {
      const auto file = archive.open_file(file_name(number, kind), access::write);
      if (!file && kind == file_kind::keys && is_missing(file.error())) continue;
      if (!file) return tl::unexpected(file.error());
      if (::fdatasync(file->get()) != 0) return system_failure();
    }
    std::string bytes(head_file_bytes, '\0');
    std::memcpy(bytes.data(), &head, sizeof head);
    const auto written = archive.replace(file_name(number, file_kind::head), bytes, 0640, true);
    if (!written) return written;
  }
  return {};
}

}  // namespace cordboard::log
