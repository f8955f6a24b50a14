// SPDX-License-Identifier: Apache-2.0
// A store of a test's own, and a log that is written down by hand or by a play of the simulated house.
#pragma once
#include <base/logged.hpp>
#include <log/world.hpp>
#include <memory>
#include <store/follower.hpp>
#include <store/search.hpp>
#include <string>
#include <vector>

namespace cordboard::store_test {

inline constexpr std::int64_t second = 1'000'000'000;
/// 2023-11-15 09:00 in Shanghai.
inline constexpr std::int64_t nine = 1'700'010'000 * second;

/// SQLite's file in a folder; or, when the environment has CORDBOARD_POSTGRESQL, the server that it names. Empty at first, gone at the end.
class own_store {
public:
  own_store();
  ~own_store();
  own_store(const own_store&) = delete;
  own_store& operator=(const own_store&) = delete;

  store::place where;
  std::unique_ptr<store::database> open() const { return where.open(store::purpose::makes); }
  store::vault keys(store::database& in) const { return store::vault::open(in, store::read_master(where.key_file), true); }
  bool on_server() const { return !where.postgresql.empty(); }
  const std::string& folder() const { return folder_.path(); }

private:
  void drop() const;
  log_test::scratch folder_;
};

/// A log of calls that are written down.
class story {
public:
  story();
  const std::string& path() const { return options_.hot; }
  /// At so many seconds after nine.
  void at(double seconds) { now_ = nine + static_cast<std::int64_t>(seconds * 1e9); }
  event& next(event_kind kind);
  std::uint64_t say(const event& e, const std::string& text = {});
  /// A caller is answered by an operator and hangs up: five minutes. @returns  the call
  std::uint64_t call(const std::string& number, const std::string& name, const std::string& note = {}, std::uint32_t who = 7);

private:
  log_test::scratch folder_;
  log::writer_options options_;
  std::unique_ptr<log::writer> writer_;
  std::int64_t now_ = nine;
  std::uint64_t ids_ = 0x8000'0000'0000'0000;
  event made_{};
};

/// Everything of a play of the simulated house in a log.
/// @returns  events
std::uint64_t play_into(log::writer& to, std::uint64_t seed, std::uint64_t steps);

/// Brings a store to the end of a log. @returns  events
std::uint64_t fill(const own_store& to, const std::string& log);
/// All rows that the log gives, table by table, in an order of their own.
std::vector<std::string> rows_of(store::database& in);

}  // namespace cordboard::store_test
