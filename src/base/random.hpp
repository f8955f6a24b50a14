// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>

namespace cordboard {

/// Bytes that nobody can guess, out of the kernel. Not by std::random_device, which asks the processor what it can each time that
/// it is made: on a virtual machine that alone was 8 % of a call.
///
/// @errors   throws std::system_error when the kernel has none
/// @threads  any
void fill_random(void* bytes, std::size_t size);

}  // namespace cordboard
