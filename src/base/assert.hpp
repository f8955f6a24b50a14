// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace cordboard {
/// Says what broke and ends the process: a board that contradicts itself must not decide about anyone.
[[noreturn]] void assertion_failed(const char* what, const char* file, int line);
}  // namespace cordboard

/// For our own bugs only, on in release too. Input of any kind is never asserted.
#define CORDBOARD_ASSERT(what) ((what) ? void() : ::cordboard::assertion_failed(#what, __FILE__, __LINE__))
