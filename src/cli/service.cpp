// SPDX-License-Identifier: Apache-2.0
#include <cli/service.hpp>

#include <csignal>
#include <sys/prctl.h>

namespace cordboard::cli {

std::optional<std::string> service_file(verb_options verb, const arguments& given, language tongue, int& code) {
  verb.positional = "FILE";
  verb.named.add_options()("with-parent", "end when the program that started this ends, however it does");
  const auto options = read_options(verb, given, tongue, code);
  if (!options) return std::nullopt;
  if (options->count("FILE") == 0) {
    code = misuse(verb, "which file?");
    return std::nullopt;
  }
  if (options->count("with-parent") != 0) ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  return (*options)["FILE"].as<std::string>();
}

}  // namespace cordboard::cli
