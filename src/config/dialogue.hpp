// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cordboard/config_file.hpp>
#include <vector>

namespace cordboard::settings {

/// What a script names of the house and the house does not have: queues, prompts, a folder for recordings.
std::vector<config_problem> problems_in_house(const dialogue_config& script, const config& house);

}  // namespace cordboard::settings
