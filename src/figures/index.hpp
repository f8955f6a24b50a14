// SPDX-License-Identifier: Apache-2.0
// Where something stands, by a hash: an open table of places, in the order of nothing. What is equal is the owner's to say.
#pragma once
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace cordboard::figures {

/// Mixes 64 bits so that each decides about all.
constexpr std::uint64_t mix(std::uint64_t x) {
  x ^= x >> 32;
  x *= 0xD6E8FEB86659FD93ULL;
  x ^= x >> 32;
  x *= 0xD6E8FEB86659FD93ULL;
  return x ^ x >> 32;
}

class place_index {
public:
  static constexpr std::uint32_t nowhere = ~std::uint32_t{0};

  template <class Equal>
  std::uint32_t find(std::uint64_t hash, Equal&& equal) const {
    if (slots_.empty()) return nowhere;
    for (std::size_t i = hash & mask();; i = (i + 1) & mask()) {
      const slot& s = slots_[i];
      if (s.place == nowhere) return nowhere;
      if (s.tag == tag_of(hash) && equal(s.place)) return s.place;
    }
  }

  /// @param hash_at  the hash of what stands at a place
  template <class HashAt>
  void insert(std::uint64_t hash, std::uint32_t place, HashAt&& hash_at) {
    if ((used_ + 1) * 4 > slots_.size() * 3) grow(hash_at);
    put(slots_, hash, place);
    ++used_;
  }

  /// Takes out what stands at a place; what stood behind it moves up, so that nothing is left that a search must pass.
  template <class HashAt>
  void erase(std::uint64_t hash, std::uint32_t place, HashAt&& hash_at) {
    std::size_t i = hash & mask();
    while (slots_[i].place != place) i = (i + 1) & mask();
    for (std::size_t next = (i + 1) & mask(); slots_[next].place != nowhere; next = (next + 1) & mask()) {
      const std::size_t home = hash_at(slots_[next].place) & mask();
      if (((next - home) & mask()) >= ((next - i) & mask())) {
        slots_[i] = slots_[next];
        i = next;
      }
    }
    slots_[i] = {};
    --used_;
  }

private:
  struct slot {
    std::uint32_t place = nowhere;
    std::uint32_t tag = 0;
  };
  static std::uint32_t tag_of(std::uint64_t hash) { return static_cast<std::uint32_t>(hash >> 32); }
  std::size_t mask() const { return slots_.size() - 1; }
  static void put(std::vector<slot>& in, std::uint64_t hash, std::uint32_t place) {
    std::size_t i = hash & (in.size() - 1);
    while (in[i].place != nowhere) i = (i + 1) & (in.size() - 1);
    in[i] = {place, tag_of(hash)};
  }
  template <class HashAt>
  void grow(HashAt&& hash_at) {
    std::vector<slot> wider(slots_.empty() ? 64 : slots_.size() * 2);
    for (const slot& s : slots_)
      if (s.place != nowhere) put(wider, hash_at(s.place), s.place);
    slots_ = std::move(wider);
  }

  std::vector<slot> slots_;
  std::size_t used_ = 0;
};

}  // namespace cordboard::figures
