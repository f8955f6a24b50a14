// SPDX-License-Identifier: Apache-2.0
// How long what people said of a request is kept, by its kind: then its texts go, and what they are found by; who they are about is known no
// more. The request stays, with its times and results, so that what is counted stays right.
#pragma once
#include <store/access.hpp>
#include <string>
#include <vector>

namespace cordboard::store {

struct keep_rule {
  std::string kind;          ///< name of a kind of request
  std::int64_t keep_ns = 0;  ///< from the end of a request on
};

struct expired_request {
  std::uint64_t id = 0;
  std::string shown{}, kind{};
  std::int64_t closed_at = 0;
  std::uint64_t texts = 0;
};
struct expiry {
  std::vector<expired_request> requests{};  ///< whose texts go, by kind, the oldest first
  std::vector<expired_request> held{};      ///< whose would go, but a part of the log is held in which they were open
};

/// Takes away the texts of closed requests that were kept long enough, a few at a time, so that whoever fills the store waits for no long
/// one; which these were stands in the store, so that a rebuild does not bring them back. It is on record, unless nothing goes.
///
/// Held is a request when a hold of the log (hold_log) that nobody has released names a time, or events, between its beginning and its end.
/// @param dry_run  nothing goes; it is told what would
expiry expire(database& in, vault& keys, const std::vector<keep_rule>& rules, const reader& who, std::int64_t now,
              bool dry_run);

}  // namespace cordboard::store
