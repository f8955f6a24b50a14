// SPDX-License-Identifier: Apache-2.0
// The tables, and how a store of an older version becomes one of this version.
#pragma once
#include <store/database.hpp>

namespace cordboard::store {

/// Makes what is missing, in one transaction for each version.
/// @errors  database_error: it is of a newer version than this program, or the database's own
void migrate(database& in);
/// For whoever only reads. @errors  database_error: it is of another version, or no store
void expect_version(database& in);
std::int64_t schema_version();

/// The tables that the fold of the log fills, parents first, each with its key's columns.
struct folded_table {
  std::string_view name;
  std::string_view key;
  std::string_view sequence = "sequence";  ///< column that says with which event a row began
};
std::span<const folded_table> folded_tables();

}  // namespace cordboard::store
