// SPDX-License-Identifier: Apache-2.0
// What the verbs under `cordboard log` share.
#pragma once
#include <chrono>
#include <cli/options.hpp>
#include <cli/verbs.hpp>
#include <cstdint>
#include <fmt/format.h>
#include <memory>
#include <optional>
#include <string>
#include <system_error>

namespace cordboard::log {
class chain_key;
}

namespace cordboard::cli {

int log_verify(const arguments& given, language tongue);
int log_repair(const arguments& given, language tongue);
int log_export(const arguments& given, language tongue);
int log_rekey(const arguments& given, language tongue);

/// The folder that PATH, or the option of another name, means: a configuration file stands for its board's; without one, /run/cordboard.
std::string log_place(const boost::program_options::variables_map& options, const char* named = "PATH");
/// "cordboard: PATH: why" on the error stream. @returns `failed`
int tell_failure(const std::error_code& why, const std::string& path, language tongue);
/// `--text-key FILE`: what opens sealed texts where no board says it. Empty: it was not given.
void add_text_key(verb_options& verb);
std::string text_key_in(const boost::program_options::variables_map& options);
/// The key of the hash chain that `--key` names, null without one; nothing: it cannot be read, and why was told.
std::optional<std::shared_ptr<const log::chain_key>> read_chain_key(const boost::program_options::variables_map& options,
                                                                    language tongue);

/// As fmt::format, with a pattern that was chosen by language.
template <class... Values>
std::string said(std::string_view pattern, const Values&... values) {
  return fmt::vformat(fmt::string_view(pattern.data(), pattern.size()), fmt::make_format_args(values...));
}

/// One line on the error stream, when that is a terminal, about ten times a second: percent, events a second, time left.
class progress_line {
public:
  explicit progress_line(language tongue);
  ~progress_line();
  progress_line(const progress_line&) = delete;
  progress_line& operator=(const progress_line&) = delete;
  /// @param events  0: what is counted are no events
  void show(std::uint64_t done, std::uint64_t all, std::uint64_t events);
  /// Takes the line away, so that others can be printed.
  void clear();

private:
  using clock = std::chrono::steady_clock;
  const bool terminal_;
  const bool zh_;
  const clock::time_point begun_ = clock::now();
  clock::time_point shown_{};
  bool there_ = false;
};

}  // namespace cordboard::cli
