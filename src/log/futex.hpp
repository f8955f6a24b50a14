// SPDX-License-Identifier: Apache-2.0
// Sleeping on a word of a mapping. The mapping may be read-only, on both sides of the wake.
#pragma once
#include <chrono>
#include <cstdint>

namespace cordboard::log {

/// Sleeps while `word` is `seen` and `own` is 0, at most `timeout`. May return early.
/// @param word  in a shared mapping; null: only `own` is waited for
void futex_wait(const std::uint32_t* word, std::uint32_t seen, const std::uint32_t& own, std::chrono::nanoseconds timeout);
/// Wakes all who sleep on a word of a shared mapping, in whatever process.
void futex_wake_shared(const std::uint32_t& word);
/// Wakes those of this process who sleep on their `own` word.
void futex_wake_own(const std::uint32_t& own);

}  // namespace cordboard::log
