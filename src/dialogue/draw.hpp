// SPDX-License-Identifier: Apache-2.0
// A script as a picture.
#pragma once
#include <cordboard/dialogue.hpp>
#include <string>

namespace cordboard::dialogue {

/// SVG that needs nothing else: the steps from the first one downwards, what they say and wait for, and the ways between them, in
/// Chinese and English.
std::string draw(const dialogue_config& script);

}  // namespace cordboard::dialogue
