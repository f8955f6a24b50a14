// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <chrono>
#include <cli/log_tools.hpp>
#include <cli/store_tools.hpp>
#include <cordboard/config_file.hpp>
#include <ctime>
#include <fmt/format.h>
#include <iostream>
#include <pwd.h>
#include <store/schema.hpp>
#include <unistd.h>

namespace po = boost::program_options;

namespace cordboard::cli {

namespace {

/// Whether the user of this process may read numbers, names and notes.
bool may_read_texts(const config& house) {
  for (const user_config& user : house.house.users)
    if (user.uid == ::getuid()) return (user.rights & static_cast<std::uint32_t>(right::read_text)) != 0;
  return false;
}

}  // namespace

void add_store_options(verb_options& verb) {
  verb.named.add_options()("config", po::value<std::string>()->value_name("FILE"),
                           "a board's configuration file: its [store], its log, and who may read texts")(
      "store", po::value<std::string>()->value_name("PLACE"),
      "SQLite's file, or PostgreSQL's connection: \"host=/run/postgresql dbname=cordboard\"")(
      "key", po::value<std::string>()->value_name("FILE"),
      "master key of what is personal, mode 0600; else the store's file with .key behind it")(
      "log", po::value<std::string>()->value_name("PATH"),
      "a board's run folder, the folder of its log, or its configuration file; else /run/cordboard");
}

std::optional<store_choice> store_of(const verb_options& verb, const po::variables_map& options) {
  store_choice out;
  if (options.count("config") != 0) {
    const auto loaded = load_config(text_of(options, "config"));
    for (const auto& problem : loaded.problems)
      std::cerr << describe(problem, text_of(options, "config"), language_of_environment()) << '\n';
    if (!loaded.problems.empty()) return std::nullopt;
    const store_config& of = loaded.value.store;
    out.where = {of.path, of.postgresql, of.key_file};
    out.log = loaded.value.log.hot;
    out.may_read = may_read_texts(loaded.value);
    for (const request_kind_config& kind : loaded.value.house.request_kinds)
      if (kind.keep_days != 0) out.keep.push_back({kind.name, std::int64_t{kind.keep_days} * 86'400'000'000'000});
  }
  if (out.log.empty() || options.count("log") != 0) out.log = log_place(options, "log");
  if (const std::string store = text_of(options, "store"); !store.empty()) {
    const bool server =
        store.starts_with("postgresql:") || store.starts_with("postgres:") || store.find('=') != std::string::npos;
    out.where = {server ? std::string() : store, server ? store : std::string(), {}};
  }
  if (options.count("key") != 0) out.where.key_file = text_of(options, "key");
  if (out.where.key_file.empty() && !out.where.path.empty()) out.where.key_file = out.where.path + ".key";
  if (!out.where.key_file.empty() && !(out.where.path.empty() && out.where.postgresql.empty())) return out;
  misuse(verb, out.where.postgresql.empty() ? "which store? (--store PLACE, or --config FILE with a [store])"
                                            : "a store in PostgreSQL needs --key FILE");
  return std::nullopt;
}

void add_reader_options(verb_options& verb) {
  verb.named.add_options()("plain", "numbers, names and notes in the clear; that is on record");
}

store::reader reader_of(const po::variables_map& options, const store_choice& what) {
  store::reader out;
  out.uid = ::getuid();
  std::array<char, 4096> room{};
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(::getuid(), &entry, room.data(), room.size(), &found) == 0 && found != nullptr) out.name = entry.pw_name;
  out.clear = options.count("plain") != 0;
  if (out.clear && what.may_read == false)
    throw store::database_error(
        "--plain takes the right read_text, which this user does not have in the configuration's [[user]]", false);
  return out;
}

int tell_store_failure(const store_choice& what, const std::exception& wrong, language tongue) {
  const std::string place = what.where.path.empty() ? "PostgreSQL" : what.where.path;
  std::cerr << fmt::format("cordboard: {} {}: {}\n", tongue == language::zh ? "数据库" : "the store", place, wrong.what());
  return failed;
}

opened_store open_store(const store_choice& what) {
  auto in = what.where.open(store::purpose::writes);
  store::expect_version(*in);
  auto keys = store::vault::open(*in, store::read_master(what.where.key_file), false);
  return {std::move(in), std::move(keys)};
}

std::string shown_time(std::int64_t ns) {
  if (ns == 0) return {};
  const std::time_t seconds = ns / 1'000'000'000;
  std::tm parts{};
  localtime_r(&seconds, &parts);
  std::array<char, 32> out{};
  return {out.data(), std::strftime(out.data(), out.size(), "%Y-%m-%d %H:%M:%S", &parts)};
}

std::optional<std::int64_t> time_in(const std::string& text) {
  for (const char* form : {"%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"}) {
    std::tm parts{};
    parts.tm_isdst = -1;
    const char* end = ::strptime(text.c_str(), form, &parts);
    if (end != nullptr && *end == '\0') return static_cast<std::int64_t>(std::mktime(&parts)) * 1'000'000'000;
  }
  return std::nullopt;
}

std::int64_t wall_now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace cordboard::cli
