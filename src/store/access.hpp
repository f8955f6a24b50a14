// SPDX-License-Identifier: Apache-2.0
// Who looked at what is on record, and the end of a person's record.
#pragma once
#include <store/vault.hpp>
#include <string>
#include <vector>

namespace cordboard::store {

struct reader {
  std::int64_t uid = 0;
  std::string name;
  bool clear = false;  ///< unmasked
};

/// Written before anything is shown, so that nobody looks unseen by breaking off.
/// @param what  "search", "calls", "export calls"
/// @returns     the entry, for `note_found`
std::int64_t note_access(database& in, const reader& who, const std::string& what, std::int64_t now);
void note_found(database& in, std::int64_t entry, std::size_t found);

/// The calls and requests in which a number is known, so that what the log has of them can be erased too.
/// @errors  database_error: it is no number
struct said_of {
  std::vector<std::uint64_t> calls, requests;
};
said_of said_of_number(database& in, const vault& keys, const std::string& number);

/// Erases what is known under a telephone number, up to the newest event that the store has: its key is destroyed, and its texts and what
/// they are found by are taken out. Calls, times and figures stay. A rebuild does not bring it back; a copy from before still has it.
/// @returns  how many texts went
std::uint64_t erase_number(database& in, vault& keys, const std::string& number);
/// The same for whatever is sealed for an owner.
std::uint64_t erase_owner(database& in, vault& keys, std::int64_t owner);

}  // namespace cordboard::store
