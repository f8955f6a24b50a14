// SPDX-License-Identifier: Apache-2.0
// Digest authentication, the client's side: RFC 7616, and RFC 8760 for SHA-256. Knows nothing of SIP's parser.
#pragma once
#include <sip/digest.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cordboard::sip {

/// What a server asks for: one WWW-Authenticate or Proxy-Authenticate, unquoted.
struct challenge {
  std::string realm, nonce, opaque, algorithm, qop;
  bool stale = false;
  bool proxy = false;
};
/// @param parameters  `name=value` texts up to a null
/// @returns           nothing when we cannot answer it: another scheme, an algorithm that we do not know, no qop that we offer
std::optional<challenge> read_challenge(const char* scheme, const char* const* parameters, bool proxy);

/// Our account with one provider or PBX. Remembers the newest nonce of each realm, so that only the first request is refused.
class digest_client {
public:
  digest_client(std::string user, std::string password) : user_(std::move(user)), password_(std::move(password)) {}
  bool has_account() const { return !user_.empty(); }

  /// Takes what a request was refused with.
  /// @param asked  in the server's order; the first of each realm counts (RFC 8760 2.4)
  /// @param sent   credentials that the refused request carried
  /// @returns      false when the same request with `answers` would be refused again: the password is wrong, or nothing is asked
  bool take(const std::vector<challenge>& asked, const std::vector<credentials>& sent);

  struct header {
    bool proxy = false;
    std::string value;  ///< of Authorization, or with `proxy` of Proxy-Authorization
  };
  /// For a request that is sent now: one for each realm that is known.
  std::vector<header> answers(std::string_view method, std::string_view uri);

  /// A request is sent again so often at most, whatever it is refused with.
  static constexpr unsigned rounds_max = 3;

private:
  struct realm {
    challenge asked;
    std::uint32_t uses = 0;
  };
  std::string user_, password_;
  std::map<std::pair<bool, std::string>, realm> realms_;  ///< by proxy or not, and name
  static constexpr std::size_t realms_max = 8;
};

}  // namespace cordboard::sip
