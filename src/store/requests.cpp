// SPDX-License-Identifier: Apache-2.0
// Requests as lines that people read.
#include <base/fields.hpp>
#include <limits>
#include <store/search.hpp>
#include <store/terms.hpp>

namespace cordboard::store {
namespace {

constexpr std::string_view columns =
    "SELECT r.id, r.shown, k.name, r.status, o.name, d.name, r.opened_at, r.due_at, r.call_at, r.closed_at, r.attempts, "
    "r.level FROM request r LEFT JOIN "
    "request_kind k ON k.number = r.kind LEFT JOIN named o ON o.kind = 2 AND o.id = r.owner_operator LEFT JOIN named d ON "
    "d.kind = 1 AND d.id = r.owner_device ";

request_line line_of(row r) {
  request_line out;
  out.id = static_cast<std::uint64_t>(number_of(r[0]));
  out.shown = text_of(r[1]);
  out.kind = text_of(r[2]);
  out.status = static_cast<request_status>(number_of(r[3]));
  out.owner = text_of(r[4]).empty() ? text_of(r[5]) : text_of(r[4]);
  out.opened_at = number_of(r[6]);
  out.due_at = number_of(r[7]);
  out.call_at = number_of(r[8]);
  out.closed_at = number_of(r[9]);
  out.attempts = number_of(r[10]);
  out.level = number_of(r[11]);
  return out;
}

/// What it says now: what was changed is said anew, what was taken away is empty.
void add_fields(database& in, vault& keys, request_line& to) {
  fields now;
  for (const auto& r : in.all("SELECT seal, sealed FROM passage WHERE request = $1 AND kind = $2 ORDER BY sequence",
                              {known(to.id), static_cast<std::int64_t>(passage_kind::request)})) {
    const auto text = keys.open_text(in, number_of(r[0]), text_of(r[1]));
    const auto said = text ? read_fields(*text) : std::nullopt;
    if (!said) continue;
    for (const auto& [name, content] : said->all) now.set(name, content);
  }
  to.number = now.take("number");
  to.name = now.take("name");
  now.take("no");
  for (auto& one : now.all)
    if (!one.second.empty()) to.fields.push_back(std::move(one));
}

std::vector<request_line> lines_of(database& in, vault& keys, const std::string& sql, std::initializer_list<value> with) {
  std::vector<request_line> out;
  in.each(sql, with, [&](row r) {
    out.push_back(line_of(r));
    return true;
  });
  for (request_line& one : out) add_fields(in, keys, one);
  return out;
}

}  // namespace

std::vector<request_line> due_requests(database& in, vault& keys, std::int64_t until, std::size_t limit) {
  return lines_of(
      in, keys,
      std::string(columns) + "WHERE r.closed_at IS NULL AND r.due_at IS NOT NULL AND r.due_at <= $1 ORDER BY r.due_at LIMIT $2",
      {until, static_cast<std::int64_t>(limit)});
}

std::vector<request_line> requests_of_number(database& in, vault& keys, const std::string& number, bool open,
                                             std::size_t limit) {
  const std::int64_t token = term_of_number(keys, number);
  if (token == 0) throw database_error("that is no telephone number", false);
  return lines_of(in, keys,
                  std::string(columns) + "WHERE r.token = $1" + (open ? " AND r.closed_at IS NULL" : "") +
                      " ORDER BY r.opened_at DESC LIMIT $2",
                  {token, static_cast<std::int64_t>(limit)});
}

void each_request(database& in, vault& keys, std::int64_t from, std::int64_t to,
                  const std::function<bool(const request_line&)>& take) {
  constexpr std::int64_t page = 500;
  std::int64_t last = std::numeric_limits<std::int64_t>::min();
  for (;;) {
    const auto lines = lines_of(in, keys,
                                std::string(columns) +
                                    "WHERE r.opened_at >= $1 AND r.opened_at < $2 AND (r.opened_at > $1 OR r.id > $3) ORDER BY "
                                    "r.opened_at, r.id LIMIT $4",
                                {from, to, last, page});
    for (const request_line& one : lines)
      if (!take(one)) return;
    if (static_cast<std::int64_t>(lines.size()) < page) return;
    from = lines.back().opened_at;
    last = static_cast<std::int64_t>(lines.back().id);
  }
}

}  // namespace cordboard::store
