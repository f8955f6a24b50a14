// SPDX-License-Identifier: Apache-2.0
// Sums by interval, queue, operator and device: counted once, added up for any report, merged in any order.
#pragma once
#include <array>
#include <figures/index.hpp>
#include <figures/measure.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cordboard::figures {

struct cell_key {
  std::int32_t bin = 0;         ///< base interval: bin_of(record::at)
  std::uint32_t queue = 0;      ///< 0 none; of requests: their kind
  std::uint32_t operator_ = 0;  ///< 0 none; always 0 in a histogram
  std::uint32_t device = 0;     ///< 0 none; in a histogram the bucket
  record_kind kind{};
  call_mark mark = call_mark::none;
  std::uint8_t channel = 0;  ///< of requests: request_source
  std::uint8_t reserved = 0;
  friend auto operator<=>(const cell_key&, const cell_key&) = default;
};
static_assert(sizeof(cell_key) == 20);

class tally final : public record_sink {
public:
  void add(const record& one) override { apply(one, 1); }
  void take_back(const record& one) override { apply(one, -1); }
  void change(const record& from, const record& to) override;
  /// Adds what was counted elsewhere for a cell.
  void add(const cell_key& key, std::span<const std::int64_t> sums);
  /// Adds all that another one has counted.
  void merge(const tally& other);

  /// Every cell with its sums, in no order; some may be all zero.
  template <class Each>
  void for_each(Each&& each) const {
    for (std::size_t i = 0; i < keys_.size(); ++i)
      each(keys_[i], std::span<const std::int64_t>(pool_).subspan(starts_[i], measures_of(keys_[i].kind)));
  }
  std::size_t cells() const { return keys_.size(); }

  /// In order and without zeros, so that equal counts are equal bytes.
  std::string save() const;
  /// Nothing: these are no such bytes.
  static std::optional<tally> load(std::string_view bytes);
  friend bool operator==(const tally& a, const tally& b) { return a.save() == b.save(); }

private:
  void apply(const record& one, std::int64_t sign);
  void apply(const record& one, const amounts& counted, std::size_t first, std::int64_t sign);
  std::span<std::int64_t> cell(const cell_key& key);
  static std::uint64_t hash(const cell_key& key);
  static cell_key key_of(const record& one, const amount& what);

  std::vector<cell_key> keys_;
  std::vector<std::uint32_t> starts_;
  std::vector<std::int64_t> pool_;
  place_index index_;
  std::array<std::uint32_t, 32> newest_{};  ///< by kind, the cell asked for last: what changes is mostly what has just been
};

}  // namespace cordboard::figures
