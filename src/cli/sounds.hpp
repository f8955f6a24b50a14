// SPDX-License-Identifier: Apache-2.0
// What of a configuration only whoever decodes sound can tell: a file that is there, and cannot be played.
#pragma once
#include <cordboard/config.hpp>
#include <cordboard/config_file.hpp>
#include <vector>

namespace cordboard::cli {

std::vector<config_problem> problems_of_sounds(const config& of);

}  // namespace cordboard::cli
