// SPDX-License-Identifier: Apache-2.0
// Keeping the hot folder below its bound.
#pragma once
#include <cstdint>
#include <log/place.hpp>

namespace cordboard::log {

/// `keep_dialogs_from` was never called: dialog tails go with their segments.
inline constexpr std::uint64_t dialogs_go_with_segments = UINT64_MAX;

/// Removes the oldest segments until the folder is below its bound: never the newest, never one that is not archived
/// whole, unless there is no archive at all. Then the dialog tails that no restart needs any more.
/// @returns  what the folder holds, in bytes
std::uint64_t make_room(const place& in, std::uint64_t keep_dialogs_from);

}  // namespace cordboard::log
