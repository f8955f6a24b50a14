// SPDX-License-Identifier: Apache-2.0
// Events to rows. The tables are the fold's whole state, so a store that was away goes on where it stood, and an event that is
// applied once more changes nothing: each statement sets what its own event says, and leaves alone what a later one began.
#pragma once
#include <cordboard/event.hpp>
#include <optional>
#include <store/vault.hpp>
#include <string_view>
#include <unordered_map>

namespace cordboard::store {

/// What a passage is. Numbers stand in the database.
enum class passage_kind : std::uint8_t {
  identity = 1,  ///< number TAB name of a party
  dialled,       ///< a number
  note,          ///< bound to a call
  dialogue,      ///< what a caller has answered
  command,       ///< what was given with a command
  handed_over,   ///< a shift's note
  called,        ///< the number that a caller dialled
  call_note,     ///< what a call was about
  request,       ///< what a request says: fields by name
  request_text,  ///< what was said or noted of a request
  // Of persons, who come from no event (persons.hpp).
  person_name = 32,
  person_number,
  person_card,
  person_note,
  person_family,
  person_group,
};

/// What somebody or something of the house is; numbers stand in the database.
enum class named_kind : std::uint8_t { device = 1, operator_, queue, user };

/// @threads  that of the database
/// @errors   database_error
class fold {
public:
  fold(database& in, vault& keys) : in_(&in), keys_(&keys) {}

  /// Whether an event's text is asked for.
  static bool reads_text(event_kind kind);
  /// The next event, inside a transaction of the caller's.
  void apply(const event& e, std::string_view text);
  /// After a transaction was undone: what was remembered of it is not so.
  void forget() { calls_.clear(), requests_.clear(), any_expired_.reset(); }

private:
  /// What of a call decides under which person's key its texts are sealed.
  struct call_owner {
    std::uint64_t caller = 0;
    std::int64_t token = 0;  ///< of the caller's number; 0: not known
  };

  void apply_call(const event& e, std::string_view text);
  void apply_party(const event& e, std::string_view text);
  void apply_command(const event& e, std::string_view text);
  void apply_request(const event& e, std::string_view text);
  void change_request(const event& e);
  void apply_entry(const event& e, std::string_view text);
  void apply_house(const event& e, std::string_view text);
  void name(named_kind kind, std::uint32_t id, const event& e, std::string_view number, std::string_view name);
  void unname(named_kind kind, std::uint32_t id);

  /// What of a request decides whether and under which person's key its texts are sealed.
  struct request_owner {
    std::int64_t token = 0;  ///< of the person's number; 0: not known
    bool expired = false;    ///< its texts were taken away, and stay so
  };
  std::int64_t owner_of_request(const event& e);
  bool is_expired(std::uint64_t request);
  void release_booking(const event& e);
  call_owner* find(std::uint64_t call);
  /// The event's call, which is there from now on.
  call_owner& call(const event& e);
  void served(const event& e, std::uint64_t party);
  std::int64_t owner_of_call(const event& e);
  void write(const event& e, passage_kind kind, std::string_view text, std::int64_t owner, std::string_view number = {});

  database* in_;
  vault* keys_;
  std::unordered_map<std::uint64_t, call_owner> calls_;
  std::unordered_map<std::uint64_t, request_owner> requests_;  ///< that are there
  std::optional<bool> any_expired_;                            ///< whether any request is
};

/// A field of a text with tabs between them; empty when there are not so many.
std::string_view field(std::string_view text, int n);
/// What of a text is looked for: of fields by name, what stands in them.
std::string searchable(passage_kind kind, std::string_view text);

/// Puts a sealed text where it is found. @param sequence  its key; negative: it is no event's
struct passage {
  std::int64_t sequence = 0;
  std::int64_t at = 0;
  passage_kind kind{};
  std::uint64_t call = 0, party = 0, request = 0, person = 0;
};
void write_passage(database& in, vault& keys, const passage& what, std::string_view text, std::int64_t owner,
                   std::string_view number);
/// Takes away what a request says, and what it is found by. @returns  how many texts went
std::uint64_t remove_passages(database& in, vault& keys, std::uint64_t request);

}  // namespace cordboard::store
