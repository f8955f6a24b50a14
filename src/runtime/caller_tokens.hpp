// SPDX-License-Identifier: Apache-2.0
// The same caller is known again without the number: a token of it, keyed so that nobody can try numbers until one fits.
#pragma once
#include <cordboard/errc.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct evp_mac_ctx_st;  // OpenSSL's

namespace cordboard::runtime {

/// Lives as long as its key, a file of the log's hot folder for its owner alone.
///
/// @threads  one thread at a time
class caller_tokens {
public:
  /// Reads the key, or makes one where there is none.
  /// @errors  errc::access_refused: others may read it; not_supported: OpenSSL has no HMAC-SHA256; those of the file
  static result<caller_tokens> open(const std::string& folder);

  /// The first 8 bytes of HMAC-SHA256 over the number in its one form, never 0; without a number 0.
  std::uint64_t of(std::string_view number) const;

private:
  struct free_hash {
    void operator()(evp_mac_ctx_st* hash) const;
  };
  using hash_ptr = std::unique_ptr<evp_mac_ctx_st, free_hash>;
  explicit caller_tokens(hash_ptr keyed) : keyed_(std::move(keyed)) {}
  hash_ptr keyed_;  ///< holds the key
};

}  // namespace cordboard::runtime
