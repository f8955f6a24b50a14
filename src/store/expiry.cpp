// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <store/expiry.hpp>
#include <store/fold.hpp>

namespace cordboard::store {
namespace {

constexpr std::size_t at_once = 100;

/// A part of the log that is held back: of times or of sequences.
struct hold {
  log_span by{};
  std::int64_t first = 0, last = 0;  ///< last 0: all that follows
  bool has(std::int64_t from, std::int64_t to) const { return first <= to && (last == 0 || last >= from); }
};

std::vector<hold> holds_of(database& in) {
  std::vector<hold> out;
  in.each("SELECT span, first, last FROM hold WHERE released_at IS NULL", std::initializer_list<value>{}, [&](row r) {
    out.push_back({static_cast<log_span>(number_of(r[0])), number_of(r[1]), number_of(r[2])});
    return true;
  });
  return out;
}

void find_due(database& in, const keep_rule& rule, const std::vector<hold>& holds, std::int64_t now, expiry& to) {
  in.each(
      "SELECT r.id, r.shown, r.closed_at, r.opened_at, r.sequence, (SELECT MAX(e.sequence) FROM request_event e WHERE "
      "e.request "
      "= r.id), (SELECT COUNT(*) FROM passage p WHERE p.request = r.id) FROM request r JOIN request_kind k ON k.number = "
      "r.kind "
      "WHERE k.name = $1 AND r.closed_at <= $2 AND NOT EXISTS (SELECT 1 FROM expired x WHERE x.request = r.id) ORDER BY "
      "r.closed_at, r.id",
      {rule.kind, now - rule.keep_ns}, [&](row r) {
        const bool held = std::any_of(holds.begin(), holds.end(), [&](const hold& one) {
          return one.by == log_span::times ? one.has(number_of(r[3]), number_of(r[2]))
                                           : one.has(number_of(r[4]), number_of(r[5]));
        });
        (held ? to.held : to.requests)
            .push_back({static_cast<std::uint64_t>(number_of(r[0])), text_of(r[1]), rule.kind, number_of(r[2]),
                        static_cast<std::uint64_t>(number_of(r[6]))});
        return true;
      });
}

}  // namespace

expiry expire(database& in, vault& keys, const std::vector<keep_rule>& rules, const reader& who, std::int64_t now,
              bool dry_run) {
  expiry out;
  const auto holds = holds_of(in);
  for (const keep_rule& rule : rules) find_due(in, rule, holds, now, out);
  if (dry_run || out.requests.empty()) return out;
  const std::int64_t entry = note_access(in, who, "expire", now);
  for (std::size_t i = 0; i < out.requests.size();) {
    transaction some(in);
    // Whoever fills the store waits here, and not between a text and what it is found by.
    in.change("UPDATE meta SET value = value WHERE name = 'position'", {});
    for (const std::size_t end = std::min(i + at_once, out.requests.size()); i < end; ++i) {
      expired_request& one = out.requests[i];
      one.texts = remove_passages(in, keys, one.id);
      in.change("UPDATE request SET token = NULL, person = NULL, barred_until = NULL WHERE id = $1", {known(one.id)});
      in.change("INSERT INTO expired (request, at, texts) VALUES ($1, $2, $3) ON CONFLICT (request) DO NOTHING",
                {known(one.id), now, static_cast<std::int64_t>(one.texts)});
    }
    some.commit();
  }
  note_found(in, entry, out.requests.size());
  in.wipe();
  return out;
}

}  // namespace cordboard::store
