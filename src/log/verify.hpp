// SPDX-License-Identifier: Apache-2.0
// Looks at every byte of a log that can be checked, and says what is not as it should be. Changes nothing; a board may run.
#pragma once
#include <cordboard/errc.hpp>
#include <cstdint>
#include <functional>
#include <log/chain.hpp>
#include <string>
#include <vector>

namespace cordboard::log {

/// What can be wrong. The numbers are nobody's: the names go out.
enum class damage : std::uint8_t {
  head_damaged,       ///< a segment's head is missing, or contradicts itself
  head_incompatible,  ///< another layout version
  slots_damaged,      ///< the slots' file is missing or of another size
  slot_misplaced,     ///< a slot says another sequence than its place
  slot_checksum,      ///< a slot's bytes are not those that were written
  batch_torn,         ///< a batch is not whole
  time_back,          ///< an event is older than the one before
  hole,               ///< no event stands where one should, and no gap says so
  text_damaged,       ///< an event's text is missing, or is not the one that was written
  slots_sum,          ///< the sum over all slots of a sealed segment is another
  text_sum,           ///< the same of its text file
  not_ended,          ///< an archived segment has no end, and nobody writes it
  not_sealed,         ///< an archived segment is ended, and carries no sums
  missing,            ///< a segment between two others is not there
  overlap,            ///< a segment begins before the one before it ended
  copies_differ,      ///< memory and archive have the same segment with different events
  not_keyed,          ///< a segment has no chain, although one before it has
  chain_broken,       ///< the segment was changed by somebody who has not the key
  chain_link,         ///< the segment before was exchanged or removed
  issued_damaged,     ///< log.issued, which keeps numbers from being used again
};
std::string_view name(damage what);

struct finding {
  damage what{};
  std::string file;            ///< its path
  std::uint64_t sequence = 0;  ///< the first event concerned; 0: none in particular
  std::string expected;
  std::string found;
};

struct verify_progress {
  std::uint64_t bytes = 0;  ///< looked at
  std::uint64_t bytes_all = 0;
  std::uint64_t events = 0;
};

struct verify_options {
  const chain_key* key = nullptr;
  std::size_t findings_max = 1000;  ///< more are counted, not kept
  std::function<void(const verify_progress&)> progress;
};

struct stated_gap {
  std::uint64_t from = 0;
  std::uint64_t to = 0;  ///< the first sequence behind it
};

struct verified {
  std::uint64_t archived = 0, hot = 0;  ///< segments
  std::uint64_t events = 0, texts = 0, bytes = 0;
  std::uint64_t texts_sealed = 0, texts_gone = 0;  ///< not looked into, or given way
  std::uint64_t first = 0, last = 0;               ///< sequences
  std::uint64_t keyed = 0;                         ///< segments whose chain was compared and holds
  std::uint64_t open_end = 0;                      ///< the segment in memory that goes on, or that a start will end; 0: none
  std::vector<stated_gap> gaps;
  std::vector<finding> findings;
  std::uint64_t findings_count = 0;
};

/// @param path   as `log_reader::open`: a run folder, a folder of hot segments, or an archive alone
/// @errors       not_connected: no log is there; the system's, for a folder. What is wrong with a file is a finding
result<verified> verify_log(const std::string& path, const verify_options& how);

}  // namespace cordboard::log
