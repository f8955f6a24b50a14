// SPDX-License-Identifier: Apache-2.0
// Memory that nobody uses, held in a file of the hot folder: when others have filled the file system, the writer lets some of
// it go and writes there, and the room keeper makes it whole again by what gives way.
#pragma once
#include <cstdint>
#include <log/files.hpp>

namespace cordboard::log {

/// @threads  any: what it holds is what the file says
class reserve {
public:
  reserve() = default;
  /// @param bytes  how much it holds when it is whole
  static result<reserve> open(const folder& hot, std::uint64_t bytes);

  /// Lets a part of it go. False: there was none.
  bool let_go() const;
  /// The same, for whoever will give back more than he takes. Half of it is the writer's alone, unless `little` is taken: what the
  /// next step would throw away for want of that little is worth more.
  bool lend(bool little) const;
  /// Makes it whole, as far as there is room.
  void fill() const;
  /// What it lacks.
  std::uint64_t missing() const;

private:
  std::uint64_t held() const;
  unique_fd file_;
  std::uint64_t bytes_ = 0;
};

}  // namespace cordboard::log
