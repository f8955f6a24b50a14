// SPDX-License-Identifier: Apache-2.0
// Time that passes only when the simulation says so. Process-wide, as the library's clock is.
#pragma once
#include <cstdint>

namespace sip_sim {

using milliseconds = std::int64_t;

/// The library's timers run by it from here on; after the first `sip::loop` was made.
void use_virtual_clock();
milliseconds now();
void advance(milliseconds by);

}  // namespace sip_sim
