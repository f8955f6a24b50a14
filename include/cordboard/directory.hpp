// SPDX-License-Identifier: Apache-2.0
// The hospital's directory: people, departments, numbers, who is on duty; searched by name, part, pinyin, initials, sound and number.
#pragma once
#include <cordboard/config_file.hpp>
#include <cordboard/hours.hpp>
#include <cordboard/numbers.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cordboard {

/// What an entry of the directory is.
enum class directory_kind : std::uint8_t {
  department,  ///< a department or ward
  place,       ///< a desk, a room, a line
  person,      ///< somebody
};

/// Who may learn a number. Each includes those before it.
enum class disclosure : std::uint8_t {
  told,      ///< may be told to callers
  through,   ///< callers are put through and not told
  internal,  ///< for the house alone
};

/// A number of an entry.
struct directory_number {
  phone_number number;         ///< in its one form
  disclosure see{};            ///< who may learn it
  std::vector<day_span> when;  ///< parts of the day in which it is the one to call; empty: always
  friend bool operator==(const directory_number&, const directory_number&) = default;
};

/// One line of the directory.
struct directory_entry {
  std::string id;                         ///< staff or department number; unique
  directory_kind kind{};                  ///< what it is
  std::string name;                       ///< as people are shown
  std::vector<std::string> other_names;   ///< in other languages, short, former
  std::string department;                 ///< id of the department that it belongs to; empty: none
  std::string title;                      ///< of a person
  std::vector<std::string> specialities;  ///< what they are for
  std::vector<std::string> languages;     ///< that are spoken there
  std::vector<directory_number> numbers;  ///< the first that holds is called first
  friend bool operator==(const directory_entry&, const directory_entry&) = default;
};

/// Somebody is on duty for a post: [from, to).
struct duty {
  std::string post;       ///< id of an entry, or a post's own name (总值班)
  std::string person;     ///< id of a person
  std::int64_t from = 0;  ///< ns since 1970 UTC
  std::int64_t to = 0;    ///< as above
  bool backup = false;    ///< the B of A and B
  friend bool operator==(const duty&, const duty&) = default;
};

/// What is wrong with the duties of a post.
struct duty_warning {
  /// What it is.
  enum class kind : std::uint8_t {
    gap,      ///< nobody is on duty, not even a backup
    overlap,  ///< two have the same duty
    twice,    ///< one person is on duty at two posts
  };
  kind what{};            ///< which
  std::string post;       ///< where
  std::string person;     ///< who, with `overlap` and `twice`
  std::string other;      ///< the other person, or the other post
  std::int64_t from = 0;  ///< from when
  std::int64_t to = 0;    ///< to when
  friend bool operator==(const duty_warning&, const duty_warning&) = default;
};

/// What callers are told who ask for it: the way, the price, how to prepare, which department a complaint belongs to.
struct answer_card {
  std::string id;                  ///< unique; what the command use_card gives
  std::string title;               ///< what it is about
  std::vector<std::string> words;  ///< by which it is found too
  std::string department;          ///< id of the department that it is of; empty: none
  std::string text;                ///< what is told
  std::string owner;               ///< who keeps it right: id of a person or department, or a name
  std::int64_t until = 0;          ///< ns since 1970 UTC: then it is to be looked at again, and is marked; 0: it holds
  friend bool operator==(const answer_card&, const answer_card&) = default;
};

/// A card that was found.
struct card_hit {
  const answer_card* card = nullptr;  ///< lives as long as the directory
  std::uint16_t score = 0;            ///< as directory_hit has it: the two can be put in one order
  bool expired = false;               ///< its time is over
  friend bool operator==(const card_hit&, const card_hit&) = default;
};

/// What a search is to find.
struct directory_query {
  disclosure see = disclosure::told;  ///< numbers beyond that are neither searched nor told
  std::size_t count = 20;             ///< so many at most
};

/// An entry that was found.
struct directory_hit {
  const directory_entry* entry = nullptr;  ///< lives as long as the directory
  std::uint16_t score = 0;                 ///< 0 is exact; less is better
  friend bool operator==(const directory_hit&, const directory_hit&) = default;
};

/// How the files of a directory are read.
struct directory_options {
  number_plan plan;                         ///< how its numbers are written
  std::string time_zone = "Asia/Shanghai";  ///< of duties and of parts of the day
  std::string cards{};                      ///< CSV of answer cards; empty: there are none
};

struct loaded_directory;

/// A directory, read once and then only asked.
///
/// @threads   const functions from any
/// @lifetime  cheap to copy: copies share what was read
class directory {
public:
  /// Empty.
  directory();

  /// Reads a directory and, when it is there, a roster: CSV with a header row, RFC 4180, UTF-8.
  ///
  /// The directory has the columns id, kind, name, other_names, department, title, specialities, languages, numbers (id, kind and
  /// name must be there; the Chinese names of the columns are known too); lists within a cell are separated by `;`. A number may be followed by
  /// told, through or internal, and by parts of the day: `8021; 13800138000 internal; 8022 20:00-08:00`. What is not said is
  /// `told` for departments and places, `through` for persons.
  /// The roster has post, person, from, to, and role (A or B): `8021,zhang,2026-11-23 08:00,2026-11-24 08:00,A`.
  ///
  /// Answer cards have id, title, text, owner, and may have words, department, until (`2026-12-31`: the last day that it holds).
  ///
  /// @returns  what was read, and everything that is wrong with it by line and column; to be used only without problems
  static loaded_directory read(std::string_view csv, std::string_view roster = {}, const directory_options& how = {});

  /// All of them, in the order of the file.
  const std::vector<directory_entry>& entries() const;
  /// The entry with this id; null: none.
  const directory_entry* find(std::string_view id) const;
  /// All duties, by post and time.
  const std::vector<duty>& duties() const;

  /// Finds entries by name, part of a name, speciality, department or number; by pinyin (fangshe), initials (fsk), both mixed, or
  /// characters that sound the same. Several words must all be found. The best comes first.
  std::vector<directory_hit> search(std::string_view query, const directory_query& how = {}) const;

  /// All answer cards, in the order of the file.
  const std::vector<answer_card>& cards() const;
  /// Finds cards as search() finds entries, by title, words and department. The best comes first; those whose time is over last.
  ///
  /// @param at  ns since 1970 UTC
  std::vector<card_hit> search_cards(std::string_view query, std::int64_t at, std::size_t count = 10) const;

  /// The numbers to call at a time, in their order, as far as they may be seen.
  ///
  /// @param at  ns since 1970 UTC
  std::vector<directory_number> numbers_of(const directory_entry& entry, std::int64_t at,
                                           disclosure see = disclosure::told) const;

  /// Who is on duty for a post at a time: A first, then B.
  ///
  /// @param post  id or name of an entry, or a post's own name
  /// @param at    ns since 1970 UTC
  std::vector<duty> on_duty(std::string_view post, std::int64_t at) const;

  /// Gaps and overlaps of all posts within [from, to), by post and time.
  std::vector<duty_warning> check_duties(std::int64_t from, std::int64_t to) const;

  /// The directory as CSV that read() takes, with the numbers that may be seen.
  std::string to_csv(disclosure see = disclosure::internal) const;

  /// An instant from the wall of the directory's time zone, "2026-11-23 08:00"; -1 when it is not written so.
  std::int64_t instant(std::string_view text) const;
  /// The wall there at an instant, as above.
  std::string wall(std::int64_t at) const;

private:
  struct contents;
  std::shared_ptr<const contents> contents_;
};

/// What files say, and what is wrong with them.
struct loaded_directory {
  directory value;                              ///< to be used only when there are no problems
  std::vector<config_problem> problems;         ///< of the directory, by line; `describe` writes them
  std::vector<config_problem> roster_problems;  ///< of the roster
  std::vector<config_problem> card_problems;    ///< of the answer cards
};

}  // namespace cordboard
