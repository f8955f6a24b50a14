// SPDX-License-Identifier: Apache-2.0
// The script of a dialogue as one text, in which it stands in the log: what a run began with is there after any restart.
#pragma once
#include <cordboard/dialogue.hpp>
#include <string>
#include <string_view>

namespace cordboard {

/// "number TAB name TAB …" and a line for each step.
std::string write_script(const dialogue_config& script);
/// What write_script() gave; of anything else, what can be made of it.
dialogue_config read_script(std::string_view text);

}  // namespace cordboard
