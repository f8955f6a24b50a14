// SPDX-License-Identifier: Apache-2.0
// The commit protocol on plain memory: how a batch is published, and how a reader knows that it is whole.
//
//   writer                                         reader
//   bytes 8..127 of every slot of the batch        load-acquire slot[p].sequence
//   store-release slot[last].sequence  ┐             0: the batch does not exist (yet); stop
//        …                             │ last to     p: it and all that follow of its batch are there: every one of
//   store-release slot[first].sequence ┘ first          their stores happened before this one. Go on behind it.
//
// A slot's bytes never change once its sequence is stored, so that after the acquire they may be read plainly.
#pragma once
#include <atomic>
#include <cordboard/event.hpp>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <log/crc32c.hpp>
#include <span>

namespace cordboard::log {

/// Loads a word of a mapping, which may be read-only: the cast serves `atomic_ref`, nothing is stored.
template <class Word>
Word load_acquire(const Word& word) {
  return std::atomic_ref<Word>(const_cast<Word&>(word)).load(std::memory_order_acquire);
}
template <class Word>
void store_release(Word& word, Word value) {
  std::atomic_ref<Word>(word).store(value, std::memory_order_release);
}

inline std::uint32_t checksum(const event& slot) { return crc32c(&slot, offsetof(event, crc32c)); }

/// Publishes `count` events at `to`, which is empty. `record(i)` gives the i-th, complete with sequence and checksum.
template <class Record>
void publish(event* to, std::size_t count, Record&& record) {
  constexpr std::size_t word = sizeof(std::uint64_t);
  for (std::size_t i = 0; i < count; ++i) {
    const event& from = record(i);
    std::memcpy(reinterpret_cast<char*>(to + i) + word, reinterpret_cast<const char*>(&from) + word, sizeof(event) - word);
  }
  // Synchronises with load_acquire in scan(): the store to the first slot, the last made here, publishes them all.
  for (std::size_t i = count; i-- > 0;) store_release(to[i].sequence, record(i).sequence);
}

/// What `batch_left` of the i-th of `count` events is.
constexpr std::uint8_t left_of(std::size_t i, std::size_t count) {
  const std::size_t left = count - 1 - i;
  return static_cast<std::uint8_t>(left < 255 ? left : 255);
}

enum class scan_stop : std::uint8_t {
  nothing,  ///< the next batch is not committed
  limit,    ///< the slots are used up; when `end` is before the limit, the next batch reaches over it
  enough,   ///< `at_most` is reached
  damaged,  ///< the slot at `end` contradicts its place, its batch or its checksum
};
struct scanned {
  std::uint64_t end = 0;  ///< first sequence behind the last whole batch
  scan_stop stop = scan_stop::nothing;
};

/// Goes over whole batches from sequence `from`, the start of one, up to `limit`. `slots[i]` is sequence `base + i`.
inline scanned scan(const event* slots, std::uint64_t base, std::uint64_t from, std::uint64_t limit, std::uint64_t at_most,
                    bool verify) {
  std::uint64_t at = from;
  while (at < limit) {
    if (at - from >= at_most) return {at, scan_stop::enough};
    const event* slot = slots + (at - base);
    const std::uint64_t first = load_acquire(slot->sequence);
    if (first == 0) return {at, scan_stop::nothing};
    std::uint64_t behind = at;
    for (std::uint64_t seen = first;; seen = load_acquire(slot->sequence)) {
      if (seen != behind || (verify && checksum(*slot) != slot->crc32c)) return {at, scan_stop::damaged};
      ++behind;
      const unsigned left = slot->batch_left;
      if (left == 0) break;
      if (behind >= limit) return {at, scan_stop::limit};
      ++slot;
      if (load_acquire(slot->sequence) == 0) return {at, scan_stop::damaged};
      const unsigned then = slot->batch_left;
      if (then + 1 != left && !(left == 255 && then == 255)) return {at, scan_stop::damaged};
    }
    at = behind;
  }
  return {at, scan_stop::limit};
}

/// Whether this slot stands for events that gave way, and not for those that a crash never let be.
inline bool gave_way(const event& slot) { return slot.kind == event_kind::gap && slot.other == slot.sequence + 1; }

/// Whether this slot names the hole before it: what stood there gave way, or was damaged.
inline bool stands_for_lost(const event& slot) { return gave_way(slot) && slot.value > 0; }

/// In a segment of which events gave way: where the batch is that follows on `at`. `at` itself when its slot is filled, or when
/// no gap behind the hole names it, which means that nothing more is there.
inline std::uint64_t behind_hole(const event* slots, std::uint64_t base, std::uint64_t at, std::uint64_t limit) {
  for (std::uint64_t next = at; next < limit; ++next) {
    const event& slot = slots[next - base];
    if (slot.sequence == 0) continue;
    const bool named = slot.sequence == next && stands_for_lost(slot) && static_cast<std::uint64_t>(slot.value) <= at;
    return named ? next : at;
  }
  return at;
}

}  // namespace cordboard::log
