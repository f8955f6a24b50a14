// SPDX-License-Identifier: Apache-2.0
// A verb that runs beside the switchboard by a file of its own until it is told to end.
#pragma once
#include <cli/options.hpp>
#include <optional>
#include <string>

namespace cordboard::cli {

/// The file that the command line names, with `--with-parent` obeyed.
/// @param code  with nothing returned: what the program ends with
std::optional<std::string> service_file(verb_options verb, const arguments& given, language tongue, int& code);

}  // namespace cordboard::cli
