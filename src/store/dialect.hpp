// SPDX-License-Identifier: Apache-2.0
// Where the two databases' words for the same thing differ. The schema is written in SQLite's.
#pragma once
#include <string>
#include <string_view>
#include <utility>

namespace cordboard::store {

/// SQLite's INTEGER has 64 bits, PostgreSQL's 32; tables that are one tree by their key, and strict types, PostgreSQL has anyway or not.
inline std::string in_postgresql(std::string sql) {
  constexpr std::pair<std::string_view, std::string_view> words[] = {
      {" INTEGER", " BIGINT"}, {" BLOB", " BYTEA"}, {" STRICT, WITHOUT ROWID", ""}, {" STRICT", ""}};
  for (const auto& [from, to] : words)
    for (std::size_t at = sql.find(from); at != std::string::npos; at = sql.find(from, at + to.size()))
      sql.replace(at, from.size(), to);
  return sql;
}

}  // namespace cordboard::store
