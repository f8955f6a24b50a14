// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <base/random.hpp>
#include <store/persons.hpp>
#include <store/terms.hpp>

namespace cordboard::store {
namespace {

constexpr std::size_t text_max = 4096;

database_error no_such_person() { return {"there is no such person", false}; }

void write_change(database& in, const change& by, std::uint64_t id, const std::string& what, std::uint64_t other = 0) {
  const std::int64_t entry = number_of(in.one("SELECT COALESCE(MAX(id), 0) FROM person_change")) + 1;
  in.change("INSERT INTO person_change (id, at, uid, who, person, what, other) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            {entry, by.at, by.who.uid, by.who.name, known(id), what, known(other)});
}

void expect_person(database& in, std::uint64_t id) {
  if (std::holds_alternative<std::monostate>(in.one("SELECT id FROM person WHERE id = $1", {known(id)})))
    throw no_such_person();
}

/// Whom an entry belongs to.
std::uint64_t root_of(database& in, std::uint64_t id) {
  expect_person(in, id);
  // Merging keeps these chains short and without circles; the bound is for what somebody else has written.
  for (int steps = 0; steps < 100; ++steps) {
    const auto to = static_cast<std::uint64_t>(number_of(in.one("SELECT merged_into FROM person WHERE id = $1", {known(id)})));
    if (to == 0) break;
    id = to;
  }
  return id;
}

/// An entry and all that point to it.
std::vector<std::uint64_t> entries_of(database& in, std::uint64_t root) {
  std::vector<std::uint64_t> all{root};
  for (std::size_t i = 0; i < all.size(); ++i)
    for (const auto& r : in.all("SELECT id FROM person WHERE merged_into = $1 ORDER BY at, id", {known(all[i])}))
      all.push_back(static_cast<std::uint64_t>(number_of(r[0])));
  return all;
}

std::int64_t owner_of(const vault& keys, std::uint64_t id) {
  return keys.token("person", {reinterpret_cast<const char*>(&id), sizeof id});
}

void write_texts(database& in, vault& keys, std::uint64_t id, const person_texts& texts, std::int64_t at) {
  std::int64_t sequence = number_of(in.one("SELECT COALESCE(MIN(sequence), 0) FROM passage WHERE sequence < 0"));
  for (const auto& [kind, text] : texts) {
    if (text.size() > text_max) throw database_error("a text of a person is longer than 4096 bytes", false);
    std::string number;
    if (kind == passage_kind::person_number) {
      const std::int64_t token = term_of_number(keys, text);
      if (token == 0) throw database_error("\"" + readable(text) + "\" is no telephone number", false);
      in.change("INSERT INTO person_number (person, token) VALUES ($1, $2) ON CONFLICT (person, token) DO NOTHING",
                {known(id), token});
      number = text;
    }
    if (kind == passage_kind::person_family || kind == passage_kind::person_group)
      in.change(
          "INSERT INTO person_group (person, kind, token) VALUES ($1, $2, $3) ON CONFLICT (person, kind, token) DO NOTHING",
          {known(id), static_cast<std::int64_t>(kind), keys.token("group", text)});
    write_passage(in, keys, {--sequence, at, kind, 0, 0, 0, id}, text, owner_of(keys, id), number);
  }
}

}  // namespace

std::uint64_t add_person(database& in, vault& keys, const person_texts& texts, const change& by) {
  if (texts.empty()) throw database_error("a person has a name or a number", false);
  std::uint64_t id = 0;
  fill_random(&id, sizeof id);
  id &= 0x7FFF'FFFF'FFFF'FFFF;
  transaction all(in);
  in.change("INSERT INTO person (id, at) VALUES ($1, $2)", {known(id), by.at});
  write_texts(in, keys, id, texts, by.at);
  write_change(in, by, id, "added");
  all.commit();
  return id;
}

void add_to_person(database& in, vault& keys, std::uint64_t id, const person_texts& texts, const change& by) {
  transaction all(in);
  expect_person(in, id);
  write_texts(in, keys, id, texts, by.at);
  write_change(in, by, id, "changed");
  all.commit();
}

void merge_persons(database& in, std::uint64_t into, std::uint64_t from, const change& by) {
  transaction all(in);
  const std::uint64_t one = root_of(in, into), other = root_of(in, from);
  if (one == other) throw database_error("they are one person already", false);
  in.change("UPDATE person SET merged_into = $2 WHERE id = $1", {known(other), known(one)});
  write_change(in, by, one, "merged", other);
  all.commit();
}

void split_person(database& in, std::uint64_t id, const change& by) {
  transaction all(in);
  expect_person(in, id);
  const auto from = static_cast<std::uint64_t>(number_of(in.one("SELECT merged_into FROM person WHERE id = $1", {known(id)})));
  if (from == 0) throw database_error("this entry is not merged into another", false);
  in.change("UPDATE person SET merged_into = NULL WHERE id = $1", {known(id)});
  write_change(in, by, from, "split", id);
  all.commit();
}

person read_person(database& in, vault& keys, std::uint64_t id) {
  person out;
  out.merged = entries_of(in, root_of(in, id));
  for (const std::uint64_t entry : out.merged)
    for (const auto& r :
         in.all("SELECT kind, seal, sealed FROM passage WHERE person = $1 ORDER BY sequence DESC", {known(entry)}))
      if (auto text = keys.open_text(in, number_of(r[1]), text_of(r[2])))
        out.texts.emplace_back(static_cast<passage_kind>(number_of(r[0])), std::move(*text));
  out.id = out.merged.front();
  out.merged.erase(out.merged.begin());
  return out;
}

recognised recognise(database& in, vault& keys, const std::string& number, std::size_t limit) {
  const std::int64_t token = term_of_number(keys, number);
  if (token == 0) throw database_error("that is no telephone number", false);
  recognised out;
  std::vector<std::string> numbers{number};
  std::vector<std::int64_t> seen{token};
  for (const auto& r : in.all("SELECT person FROM person_number WHERE token = $1 ORDER BY person", {token})) {
    person one = read_person(in, keys, static_cast<std::uint64_t>(number_of(r[0])));
    const bool twice =
        std::any_of(out.persons.begin(), out.persons.end(), [&](const person& other) { return other.id == one.id; });
    if (twice) continue;
    for (const auto& [kind, text] : one.texts) {
      const std::int64_t its = kind == passage_kind::person_number ? term_of_number(keys, text) : 0;
      if (its == 0 || std::find(seen.begin(), seen.end(), its) != seen.end()) continue;
      seen.push_back(its);
      numbers.push_back(text);
    }
    out.persons.push_back(std::move(one));
  }
  for (const std::string& each : numbers) {
    for (call_line& one : calls_of_number(in, keys, each, limit)) out.calls.push_back(std::move(one));
    for (request_line& one : requests_of_number(in, keys, each, true, limit)) out.requests.push_back(std::move(one));
  }
  std::stable_sort(out.calls.begin(), out.calls.end(),
                   [](const call_line& a, const call_line& b) { return a.began_at > b.began_at; });
  if (out.calls.size() > limit) out.calls.resize(limit);
  return out;
}

std::uint64_t erase_person(database& in, vault& keys, std::uint64_t id, const change& by) {
  const person all_of = read_person(in, keys, id);
  std::uint64_t gone = 0;
  for (const auto& [kind, text] : all_of.texts)
    if (kind == passage_kind::person_number) gone += erase_number(in, keys, text);
  std::vector<std::uint64_t> entries = all_of.merged;
  entries.push_back(all_of.id);
  for (const std::uint64_t entry : entries) {
    gone += erase_owner(in, keys, owner_of(keys, entry));
    in.change("DELETE FROM person_number WHERE person = $1", {known(entry)});
    in.change("DELETE FROM person_group WHERE person = $1", {known(entry)});
  }
  write_change(in, by, all_of.id, "erased");
  return gone;
}

}  // namespace cordboard::store
