// SPDX-License-Identifier: Apache-2.0
// What happens to the keys of sealed texts while a board runs or not: some are destroyed, or all are sealed with the house's new key.
#pragma once
#include <cordboard/errc.hpp>
#include <cstdint>
#include <log/text_keys.hpp>
#include <set>
#include <string>

namespace cordboard::log {

/// Destroys the keys of all texts of these calls and requests, in memory and in the archive. Slots, times and sums stay. A reader that has
/// opened a text before still has it; copies that were made of the log before have the keys.
///
/// @param path  as `log_reader::open`
/// @returns     how many keys there were; 0: nothing of these is sealed here
/// @errors      not_connected: no log is there; the system's
result<std::uint64_t> erase_texts(const std::string& path, const std::set<text_subject>& whose);

/// Seals every key that is sealed with an older key of the house (FILE.old) with the one in FILE. A board that runs must have FILE already.
///
/// @returns  how many were
/// @errors   as above; access_refused: FILE cannot be used
result<std::uint64_t> seal_keys_anew(const std::string& path, const std::string& key_file);

}  // namespace cordboard::log
