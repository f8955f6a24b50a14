// SPDX-License-Identifier: Apache-2.0
// Fence 4: sofia's timers must not follow the wall clock. A step forward would time out every pending transaction at once, a
// step back would stall retransmissions, and a step of 15 days runs into an assert.
#pragma once

namespace cordboard::sip {

/// Puts sofia on the monotonic clock, offset to the wall time at the first call: a CSeq that the library makes from its time
/// then still grows over a restart. Process-wide, before su_init; further calls do nothing.
void use_monotonic_clock();

}  // namespace cordboard::sip
