// SPDX-License-Identifier: Apache-2.0
// What all verbs share of reading a command line.
#pragma once
#include <boost/program_options.hpp>
#include <cli/verbs.hpp>
#include <optional>
#include <string>
#include <vector>

namespace cordboard::cli {

struct verb_options {
  std::string usage;  ///< "cordboard check [OPTIONS] FILE"
  std::string about;  ///< what it does, for --help
  boost::program_options::options_description named{"Options"};
  std::string positional{};  ///< the positional argument's name
  std::string second{};      ///< that of another one behind it; empty: there is none
};

/// Says what is wrong with a command line, and how it is meant. @returns  misused
int misuse(const verb_options& verb, const std::string& what);

/// Reads the command line of a verb. Nothing: `code` says how the program ends (help was printed, or misuse told).
std::optional<boost::program_options::variables_map> read_options(verb_options& verb, const arguments& given, language& tongue,
                                                                  int& code);

/// What was given under this name; else `otherwise`.
std::string text_of(const boost::program_options::variables_map& options, const char* name, const std::string& otherwise = {});

/// "a,b" as its parts.
std::vector<std::string> parts_of(const std::string& list);

}  // namespace cordboard::cli
