// SPDX-License-Identifier: Apache-2.0
// The same rows from the log: in place of those that are there, or beside them, to be compared.
#pragma once
#include <functional>
#include <store/database.hpp>
#include <string>
#include <vector>

namespace cordboard::store {

/// @param done  events, of how many
using progress = std::function<void(std::uint64_t done, std::uint64_t all)>;

/// Takes out what the log says and puts it in anew, batch by batch: whoever reads meanwhile finds less. A crash on the way costs nothing,
/// since `run` goes on right there. What only the store keeps stays, and so do rows from before the oldest event that the log has.
/// @returns  events that were applied
std::uint64_t rebuild(const place& where, const std::string& log, const progress& tell);

struct comparison {
  std::uint64_t position = 0;  ///< up to which event
  std::uint64_t rows = 0;
  std::uint64_t differing = 0;
  std::vector<std::string> first{};  ///< table and key of some of these
};

/// Folds the log into a database of its own (a file beside SQLite's, a schema in PostgreSQL), which is gone afterwards, and compares.
/// The store is looked at as it is when this begins, and is not held up.
comparison verify(const place& where, const std::string& log, const progress& tell);

}  // namespace cordboard::store
