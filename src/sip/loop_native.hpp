// SPDX-License-Identifier: Apache-2.0
// The inside of `loop`: what only files that include sofia-sip may see.
#pragma once
#include <sip/su.hpp>
#include <sip/loop.hpp>

namespace cordboard::sip {

struct loop::native {
  su_root_t* root = nullptr;
  int event = -1;         ///< eventfd that wakes the loop for posted jobs
  int registration = -1;  ///< of `event` in the root
};

}  // namespace cordboard::sip
