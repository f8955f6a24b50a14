// SPDX-License-Identifier: Apache-2.0
// People whom the house knows: several numbers, a family, groups, a card. Two entries of one person are merged, and split again, without
// anything lost: a merged entry stays as it was and points to the other.
#pragma once
#include <optional>
#include <store/access.hpp>
#include <store/search.hpp>
#include <string>
#include <utility>
#include <vector>

namespace cordboard::store {

/// What is said of a person: what it is, and the text.
using person_texts = std::vector<std::pair<passage_kind, std::string>>;

struct person {
  std::uint64_t id = 0;
  std::vector<std::uint64_t> merged{};  ///< entries that point to this one
  person_texts texts{};                 ///< of all of them, in the order in which they were said
};

/// Who changed what, and when.
struct change {
  reader who;
  std::int64_t at = 0;
};

/// @errors  database_error: a number that is none; no text at all
std::uint64_t add_person(database& in, vault& keys, const person_texts& texts, const change& by);
/// Adds to what is known. @errors database_error: no such person; a number that is none
void add_to_person(database& in, vault& keys, std::uint64_t id, const person_texts& texts, const change& by);
/// From now on `from`, and whoever was merged into it, is `into`. @errors database_error: no such person; they are one already
void merge_persons(database& in, std::uint64_t into, std::uint64_t from, const change& by);
/// A merged entry is a person of its own again. @errors database_error: it is not merged
void split_person(database& in, std::uint64_t id, const change& by);
/// @errors  database_error: no such person. @returns the whole of whom it is an entry
person read_person(database& in, vault& keys, std::uint64_t id);

/// Whoever may be calling from a number, as the call rings.
struct recognised {
  std::vector<person> persons{};         ///< several share a family's telephone
  std::vector<call_line> calls{};        ///< of all numbers of these, newest first
  std::vector<request_line> requests{};  ///< of all these numbers, those that are open
};
recognised recognise(database& in, vault& keys, const std::string& number, std::size_t limit);

/// Erases a person: what is said in the entries, and all under their numbers, as erase_number does. @returns texts that went
std::uint64_t erase_person(database& in, vault& keys, std::uint64_t id, const change& by);

/// A list in CSV (RFC 4180, UTF-8) with a header: name, numbers (by ;), card, family, groups (by ;), note, in any order.
struct imported {
  std::size_t added = 0;
  std::size_t known = 0;                ///< lines with a number that somebody has already: left alone
  std::vector<std::string> problems{};  ///< "line 3: ..."; with one, nothing at all is taken
};
imported import_persons(database& in, vault& keys, const std::string& csv, bool dry_run, const change& by);

}  // namespace cordboard::store
