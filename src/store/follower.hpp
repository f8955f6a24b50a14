// SPDX-License-Identifier: Apache-2.0
// From the log into the database: each batch of events is one transaction, and the place in the log stands in the same.
#pragma once
#include <atomic>
#include <cordboard/log_reader.hpp>
#include <functional>
#include <store/expiry.hpp>
#include <store/fold.hpp>

namespace cordboard::store {

/// @threads  that of the database
class follower {
public:
  /// Goes on where the database says it stands.
  /// @errors  database_error: also when the store is that of another log
  follower(database& in, vault& keys, log_reader& from);

  /// Applies the next events. A batch that fails leaves no trace; whoever then makes another follower goes on right there.
  /// @param until  no event behind this one
  /// @returns      how many; 0: nothing new
  std::uint64_t step(std::uint64_t until = ~std::uint64_t{0});
  std::uint64_t position() const { return position_; }

private:
  [[noreturn]] static void refuse(const std::error_code& why);
  void read_again();

  database* in_;
  vault* keys_;
  log_reader* from_;
  fold rows_;
  std::uint64_t position_ = 0;
  std::int64_t erasures_ = 0;
};

/// Where a store stands in its log.
std::uint64_t position_of(database& in);

/// The store is filled from the log for good: opened, brought up to date, and opened again when the database was away. Calls know
/// nothing of it.
struct run_options {
  place where;
  std::string log;
  std::vector<keep_rule> keep{};  ///< how long the texts of closed requests stay; looked at once a day
  std::chrono::milliseconds retry_first{500}, retry_max{10'000};  ///< between two tries, doubling
  std::function<void(const std::string&)> tell{};                 ///< what the keeper of the machine should know
  std::function<void(std::uint64_t position)> at_end{};           ///< all that the log has is in the store
};
/// @param stop  makes it return, within a second
/// @errors      database_error: what trying again does not mend
void run(const run_options& how, const std::atomic<bool>& stop);

}  // namespace cordboard::store
