// SPDX-License-Identifier: Apache-2.0
// What the verbs under `cordboard store` share.
#pragma once
#include <cli/options.hpp>
#include <cli/verbs.hpp>
#include <cstdint>
#include <exception>
#include <optional>
#include <store/access.hpp>
#include <store/expiry.hpp>
#include <store/search.hpp>
#include <store/terms.hpp>
#include <string>

namespace cordboard::cli {

int store_run(const arguments& given, language tongue);
int store_rebuild(const arguments& given, language tongue);
int store_verify(const arguments& given, language tongue);
int store_backup(const arguments& given, language tongue);
int store_rekey(const arguments& given, language tongue);
int store_search(const arguments& given, language tongue);
int store_calls(const arguments& given, language tongue);
int store_requests(const arguments& given, language tongue);
int store_who(const arguments& given, language tongue);
int store_import(const arguments& given, language tongue);
int store_merge(const arguments& given, language tongue);
int store_split(const arguments& given, language tongue);
int store_access(const arguments& given, language tongue);
int store_erase(const arguments& given, language tongue);
int store_export(const arguments& given, language tongue);
int store_expire(const arguments& given, language tongue);

/// Which store and which log are meant.
struct store_choice {
  store::place where;
  std::string log;
  std::vector<store::keep_rule> keep{};  ///< how long the texts of closed requests stay, by the configuration
  std::optional<bool> may_read{};        ///< whether this user has the right read_text; nothing: no configuration says so
};
void add_store_options(verb_options& verb);
/// Nothing: the command line does not say which store, and that was told.
std::optional<store_choice> store_of(const verb_options& verb, const boost::program_options::variables_map& options);

/// Who looks at what is on record: the user of this process; in the clear only with --plain, for which a configuration asks a right. Without
/// one, who may read the master key's file may read all.
/// @errors  database_error: the right is missing
void add_reader_options(verb_options& verb);
store::reader reader_of(const boost::program_options::variables_map& options, const store_choice& what);

/// Runs a verb's work. @returns  its exit code; `failed` when the store refuses, and why was told
template <class Work>
int guarded(const store_choice& what, language tongue, Work&& work);
int tell_store_failure(const store_choice& what, const std::exception& wrong, language tongue);

template <class Work>
int guarded(const store_choice& what, language tongue, Work&& work) {
  try {
    return work();
  } catch (const store::database_error& wrong) {
    return tell_store_failure(what, wrong, tongue);
  }
}

using store::readable;

/// A store that is there and of this version, with its keys.
struct opened_store {
  std::unique_ptr<store::database> in;
  store::vault keys;
};
opened_store open_store(const store_choice& what);

/// "2026-03-01 14:03:22", local; empty for 0.
std::string shown_time(std::int64_t ns);
/// A local day or time, "2026-03-01" or "2026-03-01 14:03"; nothing: it is neither.
std::optional<std::int64_t> time_in(const std::string& text);
std::int64_t wall_now();

}  // namespace cordboard::cli
