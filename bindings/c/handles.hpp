// SPDX-License-Identifier: Apache-2.0
// Handles: numbers that look like pointers. They are looked up, never followed, so a wrong one is an error and no crash.
#pragma once
#include <bit>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace cordboard::c {

/// The objects of one kind that C code holds. Numbers are never reused, and each kind has its own, so that one is never taken for
/// another.
template <class Object, class Handle>
class handles {
public:
  /// @param first  1 to 4, another for each kind
  explicit handles(std::uintptr_t first) : next_(first) {}

  Handle* add(std::shared_ptr<Object> object) {
    const std::lock_guard lock(mutex_);
    const std::uintptr_t number = next_;
    objects_.emplace(number, std::move(object));
    next_ += kinds;
    return std::bit_cast<Handle*>(number);
  }
  /// @returns  null for a handle that is wrong or closed
  std::shared_ptr<Object> find(Handle* handle) {
    const std::lock_guard lock(mutex_);
    const auto at = objects_.find(std::bit_cast<std::uintptr_t>(handle));
    return at == objects_.end() ? nullptr : at->second;
  }
  std::shared_ptr<Object> remove(Handle* handle) {
    const std::lock_guard lock(mutex_);
    const auto at = objects_.find(std::bit_cast<std::uintptr_t>(handle));
    if (at == objects_.end()) return nullptr;
    auto object = std::move(at->second);
    objects_.erase(at);
    return object;
  }

private:
  static constexpr std::uintptr_t kinds = 4;

  std::mutex mutex_;
  std::uintptr_t next_;
  std::unordered_map<std::uintptr_t, std::shared_ptr<Object>> objects_;
};

}  // namespace cordboard::c
