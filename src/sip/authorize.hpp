// SPDX-License-Identifier: Apache-2.0
// Our credentials on requests: what a 401 or 407 asks for, and the request once more with it (RFC 3261 22.2, 22.3).
#pragma once
#include <sip/digest_client.hpp>
#include <sip/su.hpp>
#include <string>
#include <vector>

namespace cordboard::sip {

/// What a request carries: kept until it has been sent, since tags only point to it.
class authorization {
public:
  /// Nothing.
  authorization() = default;
  /// What `account` has for this request; nothing as long as nobody has asked, or it has no user.
  authorization(digest_client& account, const char* method, const std::string& uri) : headers_(account.answers(method, uri)) {}
  void add_to(tags& with) const;

private:
  std::vector<digest_client::header> headers_;
};

/// Takes the challenges of `answer`, which is 401 or 407, to `refused`.
/// @returns  whether it is worth while to send the request again with what `account` has now
bool take_challenge(digest_client& account, nta_outgoing_t* refused, const sip_t& answer);

/// The URI that this request went out with.
std::string uri_of(nta_outgoing_t* request);

}  // namespace cordboard::sip
