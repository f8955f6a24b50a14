// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <fmt/format.h>
#include <limits>
#include <store/search.hpp>
#include <store/terms.hpp>

namespace cordboard::store {
namespace {

constexpr std::int64_t window = 2048;     // places of the rarest term that are looked at in one statement
constexpr int windows_max = 64;           // then the search says where it ended
constexpr std::int64_t count_max = 4096;  // more places than this are many
constexpr std::size_t terms_max = 4;      // the rarest; the text itself decides

std::vector<std::int64_t> rarest(database& in, const std::vector<std::int64_t>& terms) {
  std::vector<std::pair<std::int64_t, std::int64_t>> counted;
  counted.reserve(terms.size());
  for (const std::int64_t term : terms)
    counted.emplace_back(
        number_of(in.one("SELECT COUNT(*) FROM (SELECT 1 FROM term WHERE term = $1 LIMIT $2) AS few", {term, count_max})),
        term);
  std::sort(counted.begin(), counted.end());
  counted.resize(std::min(counted.size(), terms_max));
  std::vector<std::int64_t> out;
  for (const auto& [count, term] : counted) {
    if (count == 0) return {};
    out.push_back(term);
  }
  return out;
}

std::string window_sql(std::size_t terms) {
  std::string sql =
      "SELECT t.sequence, p.at, p.kind, p.call, p.request, p.person, p.seal, p.sealed, r.shown FROM term t JOIN passage p ON "
      "p.sequence "
      "= t.sequence LEFT JOIN request r ON r.id = p.request WHERE "
      "t.term = $1 AND t.sequence < $2 AND t.sequence >= $3";
  for (std::size_t i = 1; i < terms; ++i)
    sql += fmt::format(" AND EXISTS (SELECT 1 FROM term o WHERE o.term = ${} AND o.sequence = t.sequence)", i + 3);
  return sql + " ORDER BY t.sequence DESC";
}

}  // namespace

hits search(database& in, vault& keys, const std::string& wanted, std::size_t limit, std::int64_t before) {
  const std::u32string folded_wanted = folded(wanted);
  const std::int64_t number = term_of_number(keys, wanted);
  std::vector<std::int64_t> terms = number != 0 ? std::vector{number} : terms_of(keys, wanted);
  if (terms.empty()) throw database_error("a search takes two characters that stand side by side", false);
  terms = rarest(in, terms);
  hits out;
  if (terms.empty()) return out;
  const std::string sql = window_sql(terms.size());
  std::int64_t below = before == 0 ? std::numeric_limits<std::int64_t>::max() : before;
  for (int i = 0; i < windows_max; ++i) {
    const value edge =
        in.one("SELECT sequence FROM term WHERE term = $1 AND sequence < $2 ORDER BY sequence DESC LIMIT 1 OFFSET $3",
               {terms[0], below, window - 1});
    const bool last = std::holds_alternative<std::monostate>(edge);
    const std::int64_t down = last ? std::numeric_limits<std::int64_t>::min() : number_of(edge);
    std::vector<value> with{terms[0], below, down};
    with.insert(with.end(), terms.begin() + 1, terms.end());
    std::vector<std::vector<value>> candidates;
    in.each(sql, with, [&](row r) {
      candidates.emplace_back(r.begin(), r.end());
      return candidates.size() < limit * 4 || candidates.size() < 64;
    });
    for (const auto& r : candidates) {
      const auto text = keys.open_text(in, number_of(r[6]), text_of(r[7]));
      const auto kind = static_cast<passage_kind>(number_of(r[2]));
      below = number_of(r[0]);
      if (!text || (number == 0 && !holds(folded(searchable(kind, *text)), folded_wanted))) continue;
      out.found.push_back({number_of(r[0]), number_of(r[1]), kind, static_cast<std::uint64_t>(number_of(r[3])),
                           static_cast<std::uint64_t>(number_of(r[4])), static_cast<std::uint64_t>(number_of(r[5])), *text,
                           text_of(r[8])});
      if (out.found.size() < limit) continue;
      out.older = below;
      return out;
    }
    // A window that was not read to its end goes on behind its last candidate.
    const bool cut = candidates.size() >= 64 && candidates.size() >= limit * 4;
    if (last && !cut) return out;
    if (!cut) below = down;
  }
  out.older = below;
  return out;
}

}  // namespace cordboard::store
