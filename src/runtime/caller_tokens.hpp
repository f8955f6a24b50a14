// SPDX-License-Identifier: Apache-2.0
// The same caller is known again without the number: a token of it, keyed so that nobody can try numbers until one fits.
#pragma once
#include <cordboard/errc.hpp>
#include <cstdint>
#include <string>
#include <string_view>

namespace cordboard::runtime {

/// Lives as long as its key, a file of the log's hot folder for its owner alone.
///
/// @threads  one thread at a time
class caller_tokens {
public:
  /// Reads the key, or makes one where there is none.
  /// @errors  errc::access_refused: others may read it; those of the file
  static result<caller_tokens> open(const std::string& folder);

  /// The first 8 bytes of HMAC-SHA256 over the number in its one form, never 0; without a number 0.
  std::uint64_t of(std::string_view number) const;

private:
  explicit caller_tokens(std::string key) : key_(std::move(key)) {}
  std::string key_;
};

}  // namespace cordboard::runtime
