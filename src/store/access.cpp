// SPDX-License-Identifier: Apache-2.0
#include <store/access.hpp>
#include <store/follower.hpp>
#include <store/terms.hpp>

namespace cordboard::store {

std::int64_t note_access(database& in, const reader& who, const std::string& what, std::int64_t now) {
  transaction one(in);
  const std::int64_t entry = number_of(in.one("SELECT COALESCE(MAX(id), 0) FROM access")) + 1;
  in.change("INSERT INTO access (id, at, uid, who, what, clear, found) VALUES ($1, $2, $3, $4, $5, $6, 0)",
            {entry, now, who.uid, who.name, what, std::int64_t{who.clear}});
  one.commit();
  return entry;
}

void note_found(database& in, std::int64_t entry, std::size_t found) {
  in.change("UPDATE access SET found = $2 WHERE id = $1", {entry, static_cast<std::int64_t>(found)});
}

said_of said_of_number(database& in, const vault& keys, const std::string& number) {
  const std::int64_t owner = term_of_number(keys, number);
  if (owner == 0) throw database_error("that is no telephone number", false);
  said_of out;
  const auto take = [](std::vector<std::uint64_t>& to) {
    return [&to](row r) {
      to.push_back(static_cast<std::uint64_t>(number_of(r[0])));
      return true;
    };
  };
  in.each(
      "SELECT id FROM call WHERE token = $1 UNION SELECT call FROM party WHERE token = $1 UNION "
      "SELECT p.call FROM passage p JOIN seal s ON s.id = p.seal WHERE s.owner = $1 AND p.call IS NOT NULL",
      {owner}, take(out.calls));
  in.each(
      "SELECT id FROM request WHERE token = $1 UNION "
      "SELECT p.request FROM passage p JOIN seal s ON s.id = p.seal WHERE s.owner = $1 AND p.request IS NOT NULL",
      {owner}, take(out.requests));
  return out;
}

std::uint64_t erase_number(database& in, vault& keys, const std::string& number) {
  const std::int64_t owner = term_of_number(keys, number);
  if (owner == 0) throw database_error("that is no telephone number", false);
  return erase_owner(in, keys, owner);
}

std::uint64_t erase_owner(database& in, vault& keys, std::int64_t owner) {
  transaction all(in);
  // The place in the log is held while this decides what came before the erasure.
  in.change("UPDATE meta SET value = value WHERE name = 'position'", {});
  const std::uint64_t until = position_of(in);
  in.change(
      "DELETE FROM term WHERE sequence IN (SELECT p.sequence FROM passage p JOIN seal s ON s.id = p.seal WHERE s.owner = $1)",
      {owner});
  const std::uint64_t gone = in.change("DELETE FROM passage WHERE seal IN (SELECT id FROM seal WHERE owner = $1)", {owner});
  vault::erase(in, owner, until);
  in.change("UPDATE meta SET value = value + 1 WHERE name = 'erasures'", {});
  all.commit();
  keys.forget();
  in.wipe();
  return gone;
}

}  // namespace cordboard::store
