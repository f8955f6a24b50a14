// SPDX-License-Identifier: Apache-2.0
// Digest authentication: RFC 7616, and RFC 8760 for SHA-256. What both sides share, and the server's side; the client's is
// digest_client.hpp. Knows nothing of SIP's parser.
#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cordboard::sip {

/// The parameters of an Authorization header, unquoted.
struct credentials {
  std::string username, realm, nonce, uri, response, algorithm, qop, cnonce, nc;
  bool proxy = false;  ///< of Proxy-Authorization
};
/// @param parameters  `name=value` texts up to a null
credentials read_credentials(const char* const* parameters);
/// Puts the values with these names, unquoted, where they belong.
void read_parameters(const char* const* parameters, std::initializer_list<std::pair<const char*, std::string*>> fields);

/// Whether we know this algorithm; empty is MD5.
bool digest_knows(const std::string& algorithm);
/// The response that goes with these credentials (RFC 7616 3.4.1), whose own `response` does not matter; empty: an algorithm
/// that we do not know. Without qop as RFC 2069 has it.
std::string digest_response(const credentials& with, std::string_view method, std::string_view password);

/// Gives out nonces and judges answers.
///
/// A nonce carries its time and a keyed hash, so that what was never used needs no memory. A used one is remembered with the
/// counts seen, so that a request cannot be replayed; when too many are remembered the oldest are dropped and all as old become
/// stale, which costs their owners one more round trip and nobody anything else.
class digest_server {
public:
  using clock = std::chrono::steady_clock;
  enum class verdict : std::uint8_t { good, stale, bad };

  explicit digest_server(std::string realm);

  /// Values of WWW-Authenticate, the best algorithm first. An answer by either is judged.
  /// @param md5_only  for clients that refuse to go on as soon as SHA-256 is offered too, in whatever order
  std::vector<std::string> challenges(clock::time_point now, bool stale, bool md5_only = false);
  /// `stale`: the answer is right, but to a nonce that is too old, or of another process. A password that does not exist is
  /// judged like a wrong one when the caller passes an arbitrary text for it.
  verdict check(const credentials& answer, std::string_view method, std::string_view password, clock::time_point now);

  static constexpr std::chrono::seconds nonce_life{300};
  static constexpr std::size_t nonces_max = 65536;

private:
  struct used {
    std::uint32_t highest = 0;
    std::uint64_t window = 0;  ///< bit i: count `highest - i` was seen
  };
  std::string make_nonce(std::int64_t second) const;
  bool is_ours(std::string_view nonce) const;
  bool count(const std::string& nonce, std::uint32_t nc);

  std::string realm_;
  std::array<unsigned char, 32> key_{};
  std::map<std::string, used, std::less<>> used_;  ///< by nonce, which begins with its time: the oldest first
  std::int64_t not_before_ = 0;
};

}  // namespace cordboard::sip
