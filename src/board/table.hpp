// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <optional>
#include <utility>

namespace cordboard {

/// An ordered table that can lie over another one: a decision evolves a thin copy of the state and leaves the state
/// itself untouched. Ordered, so that a replay visits entries in the same order everywhere.
///
/// @lifetime  a table over another must not outlive it
template <class Key, class Value>
class table {
public:
  table() = default;
  explicit table(const table* under) : under_(under) {}

  const Value* find(const Key& key) const {
    const auto it = own_.find(key);
    if (it != own_.end()) return it->second ? &*it->second : nullptr;
    return under_ != nullptr ? under_->find(key) : nullptr;
  }

  /// The value to change; made empty when it is not there.
  Value& edit(const Key& key) {
    auto [it, fresh] = own_.try_emplace(key);
    if (fresh || !it->second) {
      const Value* below = (fresh && under_ != nullptr) ? under_->find(key) : nullptr;
      it->second = below != nullptr ? *below : Value{};
    }
    return *it->second;
  }

  void erase(const Key& key) {
    if (under_ != nullptr) {
      own_[key] = std::nullopt;
    } else {
      own_.erase(key);
    }
  }

  /// Own entries only: all of a bottom table, the changed ones of a table over another (empty: erased there).
  const std::map<Key, std::optional<Value>>& own() const { return own_; }

private:
  const table* under_ = nullptr;
  std::map<Key, std::optional<Value>> own_;
};

}  // namespace cordboard
