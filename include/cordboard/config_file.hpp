// SPDX-License-Identifier: Apache-2.0
// A configuration file: TOML to the structs of config.hpp, and everything that is wrong with it at once.
#pragma once
#include <cordboard/config.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cordboard {

/// One text in the languages that people are told things in.
struct phrase {
  std::string en;  ///< English
  std::string zh;  ///< Chinese
  /// The text in this language.
  const std::string& in(language tongue) const { return tongue == language::zh ? zh : en; }
};

/// One wrong key or value. Secrets never stand in it.
struct config_problem {
  std::uint32_t line = 0;    ///< from 1; 0: the file as a whole
  std::uint32_t column = 0;  ///< from 1, in characters
  std::string key;           ///< "phone.ring"; empty where there is none
  phrase found;              ///< what stands there
  phrase expected;           ///< what may stand there
  std::string file{};        ///< the file that it stands in; empty: the configuration itself
};

/// What a file says, and what is wrong with it.
struct loaded_config {
  config value;                          ///< to be used only when there are no problems
  std::vector<config_problem> problems;  ///< by line
};

/// Reads a configuration file, and tells everything that is wrong with it.
///
/// @param path  a TOML file of at most 32 MiB; a relative `password_file` in it is relative to its folder
/// @returns     the configuration and all problems; a file that cannot be read, or is not TOML, is one problem
/// @errors      none: problems are the result
/// @threads     any
loaded_config load_config(const std::string& path);

/// The same for a text. `folder` is what a relative `password_file` is relative to.
loaded_config read_config(std::string_view text, const std::string& folder);

/// "hospital.toml:12:8: phone.ring: found "20 sec"; expected a duration …", one line without its end.
std::string describe(const config_problem& problem, std::string_view file, language tongue);

/// The script of a dialogue, and everything that is wrong with it.
struct loaded_dialogue {
  dialogue_config value;                 ///< to be used only when there are no problems; without a number
  std::vector<config_problem> problems;  ///< by line
};

/// Reads the script of a dialogue: a TOML file of `[dialogue]` and `[[step]]`. What it names of the house is looked at by `load_config`.
///
/// @param path  a file of at most 1 MiB
/// @errors      none: problems are the result
/// @threads     any
loaded_dialogue load_dialogue(const std::string& path);

/// Every key with type, range, default and meaning, from the table that validates.
std::string config_schema(language tongue);

/// What LC_ALL, LC_MESSAGES and LANG say.
language language_of_environment();

}  // namespace cordboard
