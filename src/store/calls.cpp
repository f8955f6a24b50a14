// SPDX-License-Identifier: Apache-2.0
// Calls as lines that people read.
#include <fmt/format.h>
#include <limits>
#include <store/search.hpp>
#include <store/terms.hpp>

namespace cordboard::store {
namespace {

constexpr std::string_view columns =
    "SELECT c.id, c.began_at, c.ended_at, c.answered_at, c.cause, q.number, q.name, o.number, o.name FROM call c LEFT JOIN "
    "named q ON q.kind = 3 AND "
    "q.id = c.queue LEFT JOIN named o ON o.kind = 2 AND o.id = c.operator ";

std::string called(const value& number, const value& name) {
  const std::string a = text_of(number), b = text_of(name);
  return a.empty() || a == b ? b : fmt::format("{} {}", a, b);
}

call_line line_of(row r) {
  call_line out;
  out.id = static_cast<std::uint64_t>(number_of(r[0]));
  out.began_at = number_of(r[1]);
  out.ended_at = number_of(r[2]);
  out.answered_at = number_of(r[3]);
  out.cause = static_cast<std::uint16_t>(number_of(r[4]));
  out.queue = called(r[5], r[6]);
  out.operator_ = called(r[7], r[8]);
  return out;
}

/// Who called, whom, and what was noted.
void add_texts(database& in, vault& keys, call_line& to) {
  for (const auto& r : in.all("SELECT kind, seal, sealed FROM passage WHERE call = $1 ORDER BY sequence", {known(to.id)})) {
    const auto kind = static_cast<passage_kind>(number_of(r[0]));
    const bool note = kind == passage_kind::note || kind == passage_kind::call_note;
    if (!note && kind != passage_kind::identity && kind != passage_kind::dialled) continue;
    const auto text = keys.open_text(in, number_of(r[1]), text_of(r[2]));
    if (!text) continue;
    if (note) to.notes.push_back(*text);
    const auto tab = text->find('\t');
    if (kind == passage_kind::identity && to.name.empty() && tab != std::string::npos) to.name = text->substr(tab + 1);
    // Who calls is known better than whom a call was for.
    if (kind == passage_kind::identity && tab != 0) to.number = text->substr(0, tab);
    // What was dialled inside the house is nobody's number.
    if (kind == passage_kind::dialled && to.number.empty() && text->size() > 5) to.number = *text;
  }
}

}  // namespace

std::vector<call_line> calls_of_number(database& in, vault& keys, const std::string& number, std::size_t limit) {
  std::vector<call_line> out;
  const std::int64_t token = term_of_number(keys, number);
  if (token == 0) throw database_error("that is no telephone number", false);
  in.each(std::string(columns) + "WHERE c.token = $1 ORDER BY c.began_at DESC LIMIT $2",
          {token, static_cast<std::int64_t>(limit)}, [&](row r) {
            out.push_back(line_of(r));
            return true;
          });
  for (call_line& one : out) add_texts(in, keys, one);
  return out;
}

void each_call(database& in, vault& keys, std::int64_t from, std::int64_t to,
               const std::function<bool(const call_line&)>& take) {
  constexpr std::int64_t page = 500;
  std::int64_t last = std::numeric_limits<std::int64_t>::min();
  for (;;) {
    std::vector<call_line> lines;
    // By time and id, a page at a time: so much memory, and no more.
    in.each(
        std::string(columns) +
            "WHERE c.began_at >= $1 AND c.began_at < $2 AND (c.began_at > $1 OR c.id > $3) ORDER BY c.began_at, c.id LIMIT $4",
        {from, to, last, page}, [&](row r) {
          lines.push_back(line_of(r));
          return true;
        });
    for (call_line& one : lines) {
      add_texts(in, keys, one);
      if (!take(one)) return;
    }
    if (static_cast<std::int64_t>(lines.size()) < page) return;
    from = lines.back().began_at;
    last = static_cast<std::int64_t>(lines.back().id);
  }
}

}  // namespace cordboard::store
