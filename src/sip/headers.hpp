// SPDX-License-Identifier: Apache-2.0
// Header texts to what the rest of the house reads, and back. What comes out is UTF-8 without control characters, so that it
// may be logged, shown, and put into another header.
#pragma once
#include <cordboard/event.hpp>
#include <sip/su.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace cordboard::sip {

/// UTF-8 with what is not UTF-8 replaced by U+FFFD; control characters (line ends above all) are left out.
std::string clean(std::string_view bytes);
/// A URI's user part as people write it: unescaped and cleaned.
std::string user_of(const url_t* url);
/// A display name without its quotes and escapes, cleaned.
std::string display_of(const char* display);

/// A route set (Route, Path and their like) as one header value without parameters of its own; empty: there is none, or one of
/// it would make the library read over its end.
std::string route_set_of(const sip_route_t* first);

/// `text` as the user part of a URI: everything but what RFC 3261 leaves unreserved is escaped.
std::string as_user(std::string_view text);
/// `"name" <uri>`, or `<uri>` without a name. The name is cleaned, quoted and escaped.
std::string as_address(std::string_view name, std::string_view uri);
/// Display name and URI of a From or To as they stand in the message, without parameters.
std::string address_text(const sip_addr_t* address);

struct identity {
  std::string number;
  std::string name;
};
/// Who calls, by a source that we trust: P-Asserted-Identity (RFC 3325), or else From. Anonymous is an empty number.
identity caller_of(const sip_t& sip);
/// Longest number or name taken, in bytes; a message with a longer one is refused.
inline constexpr std::size_t identity_bytes_max = 256;

enum class body_kind : std::uint8_t { none, description, other };
body_kind body_of(const sip_t& sip);
/// The session description; empty when there is none.
std::string description_of(const sip_t& sip);

/// What a Require header asks for that we do not know for this method; empty: nothing.
std::string unsupported_of(const sip_t& sip);
/// Whether Supported or Require, or Allow, names it.
bool supports(const sip_t& sip, std::string_view extension);
bool allows(const sip_t& sip, std::string_view method);
/// Whether a peer that knows session timers asks for one below `least` (RFC 4028).
bool is_too_short(const sip_t& sip, std::chrono::seconds least);

/// What Reason says (RFC 3326), Q.850 before SIP; none: nothing that we know.
cause reason_of(const sip_t& sip);
/// Reason for our BYE, or for our CANCEL; empty: none.
std::string reason_for(cause why, bool cancels);

inline constexpr const char* allowed_methods =
    "INVITE, ACK, CANCEL, BYE, OPTIONS, REGISTER, UPDATE, INFO, REFER, SUBSCRIBE, NOTIFY";
inline constexpr const char* extensions = "replaces, timer";
inline constexpr const char* description_type = "application/sdp";

}  // namespace cordboard::sip
