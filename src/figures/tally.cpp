// SPDX-License-Identifier: Apache-2.0
#include <figures/tally.hpp>

#include <algorithm>
#include <base/assert.hpp>
#include <figures/bytes.hpp>
#include <numeric>

namespace cordboard::figures {

std::uint64_t tally::hash(const cell_key& key) {
  const auto place = static_cast<std::uint64_t>(static_cast<std::uint32_t>(key.bin)) << 32 | key.queue;
  const auto who = static_cast<std::uint64_t>(key.operator_) << 32 | key.device;
  const auto what = static_cast<std::uint64_t>(key.kind) << 16 | static_cast<std::uint64_t>(key.channel) << 8 |
                    static_cast<std::uint64_t>(key.mark);
  return mix(place ^ mix(who + (what << 20)));
}

cell_key tally::key_of(const record& one, const amount& what) {
  const bool histogram = what.kind != one.kind;
  return {bin_of(one.at), one.queue, histogram ? 0 : one.operator_, histogram ? what.bucket : one.device, what.kind, one.mark,
          one.channel,    0};
}

std::span<std::int64_t> tally::cell(const cell_key& key) {
  const std::size_t width = measures_of(key.kind);
  std::uint32_t& newest = newest_[static_cast<std::size_t>(key.kind) % newest_.size()];
  if (newest < keys_.size() && keys_[newest] == key) return std::span(pool_).subspan(starts_[newest], width);
  const std::uint64_t h = hash(key);
  std::uint32_t place = index_.find(h, [&](std::uint32_t at) { return keys_[at] == key; });
  if (place == place_index::nowhere) {
    place = static_cast<std::uint32_t>(keys_.size());
    CORDBOARD_ASSERT(pool_.size() + width < place_index::nowhere);
    keys_.push_back(key);
    starts_.push_back(static_cast<std::uint32_t>(pool_.size()));
    pool_.resize(pool_.size() + width);
    index_.insert(h, place, [&](std::uint32_t at) { return hash(keys_[at]); });
  }
  newest = place;
  return std::span(pool_).subspan(starts_[place], width);
}

void tally::apply(const record& one, std::int64_t sign) {
  amounts counted;
  measure_record(one, counted);
  apply(one, counted, 0, sign);
}

void tally::apply(const record& one, const amounts& counted, std::size_t first, std::int64_t sign) {
  for (std::size_t i = first; i < counted.count; ++i) {
    const amount& from = counted.of[i];
    const auto to = cell(key_of(one, from));
    for (std::size_t m = 0; m < to.size(); ++m) to[m] += sign * from.sums[m];
  }
}

/// Mostly the record stays in its cells: then one look at each is enough.
void tally::change(const record& from, const record& to) {
  amounts was, is;
  measure_record(from, was);
  measure_record(to, is);
  std::size_t same = 0;
  for (; same < was.count && same < is.count; ++same) {
    const cell_key key = key_of(to, is.of[same]);
    if (key_of(from, was.of[same]) != key) break;
    const auto sums = cell(key);
    for (std::size_t m = 0; m < sums.size(); ++m) sums[m] += is.of[same].sums[m] - was.of[same].sums[m];
  }
  apply(from, was, same, -1);
  apply(to, is, same, 1);
}

void tally::add(const cell_key& key, std::span<const std::int64_t> sums) {
  const auto to = cell(key);
  for (std::size_t m = 0; m < to.size(); ++m) to[m] += sums[m];
}

void tally::merge(const tally& other) {
  other.for_each([&](const cell_key& key, std::span<const std::int64_t> sums) { add(key, sums); });
}

std::string tally::save() const {
  std::vector<std::uint32_t> order(keys_.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) { return keys_[a] < keys_[b]; });
  std::string out;
  for (const std::uint32_t i : order) {
    const auto sums = std::span(pool_).subspan(starts_[i], measures_of(keys_[i].kind));
    if (std::all_of(sums.begin(), sums.end(), [](std::int64_t n) { return n == 0; })) continue;
    put(out, keys_[i]);
    for (const std::int64_t n : sums) put(out, n);
  }
  return out;
}

std::optional<tally> tally::load(std::string_view bytes) {
  tally out;
  byte_source from(bytes);
  while (!from.whole()) {
    const auto key = from.get<cell_key>();
    const std::size_t width = measures_of(key.kind);
    if (from.broken() || width == 0) return std::nullopt;
    for (std::int64_t& n : out.cell(key)) n += from.get<std::int64_t>();
    if (from.broken()) return std::nullopt;
  }
  return out;
}

}  // namespace cordboard::figures
