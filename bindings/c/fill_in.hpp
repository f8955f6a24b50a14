// SPDX-License-Identifier: Apache-2.0
// What the generated fill-in functions share.
#pragma once
#include <cordboard/cordboard.h>
#include <cstdint>

namespace cordboard::c {

/// Clears all but id, deadline and revision, and sets the kind. @returns false for a null command
bool begin(cordboard_command* command, std::uint16_t kind) noexcept;
/// Sets the text, null for none. @returns CORDBOARD_OK or CORDBOARD_TEXT_INVALID
std::int32_t put_text(cordboard_command& command, const char* text) noexcept;

}  // namespace cordboard::c
