// SPDX-License-Identifier: Apache-2.0
// When somebody who is recorded has said all: by how long nothing is said.
#pragma once
#include <cstdint>
#include <media/mixer.hpp>
#include <span>

namespace cordboard::media {

/// In frames of 20 ms; 0: never.
struct pause_limits {
  std::int64_t first = 0;    ///< before anything was said
  std::int64_t silence = 0;  ///< behind something that was said
};

/// Voice is what is louder than the line's own noise, which is learned in the pauses, for longer than a click.
class pauses {
public:
  explicit pauses(pause_limits limits) : limits_(limits) {}
  void take(std::span<const std::int16_t, mix_frame> frame);
  bool spoken() const { return spoken_; }
  /// The pause has lasted as long as it may. True once.
  bool over();

private:
  pause_limits limits_;
  double noise_ = 50;  ///< root of the mean square
  std::int64_t quiet_ = 0, loud_ = 0;
  bool spoken_ = false, told_ = false;
};

}  // namespace cordboard::media
