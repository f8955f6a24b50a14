// SPDX-License-Identifier: Apache-2.0
#include <sip/headers.hpp>
#include <base/utf8.hpp>
#include <strings.h>
#include <cctype>
#include <charconv>
#include <cstring>

namespace cordboard::sip {
namespace {

bool is_control(std::string_view character) {
  const auto lead = static_cast<std::uint8_t>(character[0]);
  if (lead < 0x20U || lead == 0x7FU) return true;
  return lead == 0xC2U && static_cast<std::uint8_t>(character[1]) < 0xA0U;  // C1
}

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string unescaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex(text[i + 1]) >= 0 && hex(text[i + 2]) >= 0) {
      out += static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

bool is_anonymous(const url_t* url) { return url->url_host != nullptr && strcasecmp(url->url_host, "anonymous.invalid") == 0; }

}  // namespace

std::string clean(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  while (!bytes.empty()) {
    const auto size = utf8_character(bytes);
    if (size == 0) {
      out += "\xEF\xBF\xBD";
      bytes.remove_prefix(1);
      continue;
    }
    if (!is_control(bytes)) out += bytes.substr(0, size);
    bytes.remove_prefix(size);
  }
  return out;
}

std::string user_of(const url_t* url) {
  if (url == nullptr || url->url_user == nullptr) return {};
  std::string_view user = url->url_user;
  // Parameters of the user part (RFC 3261 19.1.6) are not part of the number.
  if (url->url_type == url_tel || url->url_type == url_sip || url->url_type == url_sips) user = user.substr(0, user.find(';'));
  return clean(unescaped(user));
}

std::string display_of(const char* display) {
  if (display == nullptr) return {};
  std::string_view text = display;
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return clean(text);
  text = text.substr(1, text.size() - 2);
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    out += text[i];
  }
  return clean(out);
}

std::string route_set_of(const sip_route_t* first) {
  home pool;
  std::string out;
  for (const auto* each = first; each != nullptr; each = each->r_next) {
    const char* const uri = reads_over(each->r_url) ? nullptr : url_as_string(pool, each->r_url);
    if (uri == nullptr) return {};
    out += (out.empty() ? "<" : ", <") + std::string(uri) + ">";
  }
  return out;
}

std::string as_user(std::string_view text) {
  constexpr std::string_view plain = "-_.!~*'()&=+$,/";
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<std::uint8_t>(c);
    if (byte < 0x80U && (std::isalnum(byte) != 0 || plain.find(c) != plain.npos)) {
      out += c;
    } else {
      out += '%';
      out += digits[byte >> 4U];
      out += digits[byte & 15U];
    }
  }
  return out;
}

std::string as_address(std::string_view name, std::string_view uri) {
  std::string out;
  if (const std::string text = clean(name); !text.empty()) {
    out += '"';
    for (const char c : text) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    out += "\" ";
  }
  out += '<';
  out += uri;
  out += '>';
  return out;
}

std::string address_text(const sip_addr_t* address) {
  home pool;
  const char* const uri = url_as_string(pool, address->a_url);
  std::string out;
  if (address->a_display != nullptr && address->a_display[0] != '\0') {
    out += address->a_display;
    out += ' ';
  }
  return out + '<' + (uri != nullptr ? uri : "sip:invalid") + '>';
}

identity caller_of(const sip_t& sip) {
  if (const auto* asserted = sip_p_asserted_identity(&sip); asserted != nullptr)
    return {user_of(asserted->paid_url), display_of(asserted->paid_display)};
  if (sip.sip_from == nullptr || is_anonymous(sip.sip_from->a_url)) return {};
  return {user_of(sip.sip_from->a_url), display_of(sip.sip_from->a_display)};
}

body_kind body_of(const sip_t& sip) {
  if (sip.sip_payload == nullptr || sip.sip_payload->pl_len == 0) return body_kind::none;
  const auto* const type = sip.sip_content_type;
  const bool plain = sip.sip_content_encoding == nullptr;
  if (plain && type != nullptr && type->c_type != nullptr && strcasecmp(type->c_type, description_type) == 0)
    return body_kind::description;
  return body_kind::other;
}

std::string description_of(const sip_t& sip) {
  if (body_of(sip) != body_kind::description) return {};
  return {sip.sip_payload->pl_data, static_cast<std::size_t>(sip.sip_payload->pl_len)};
}

std::string unsupported_of(const sip_t& sip) {
  std::string out;
  if (sip.sip_require == nullptr || sip.sip_require->k_items == nullptr) return out;
  const bool registers = sip.sip_request != nullptr && sip.sip_request->rq_method == sip_method_register;
  for (const auto* each = sip.sip_require->k_items; *each != nullptr; ++each) {
    if (strcasecmp(*each, "replaces") == 0 || strcasecmp(*each, "timer") == 0) continue;
    if (registers && strcasecmp(*each, "path") == 0) continue;
    out += (out.empty() ? "" : ", ") + std::string(*each);
  }
  return out;
}

namespace {
template <class List>
bool holds(const List* list, std::string_view what) {
  for (; list != nullptr; list = reinterpret_cast<const List*>(list->k_next)) {
    if (list->k_items == nullptr) continue;
    for (const auto* each = list->k_items; *each != nullptr; ++each)
      if (std::string_view(*each).size() == what.size() && strncasecmp(*each, what.data(), what.size()) == 0) return true;
  }
  return false;
}
}  // namespace

bool supports(const sip_t& sip, std::string_view extension) {
  return holds(sip.sip_supported, extension) || holds(sip.sip_require, extension);
}

bool allows(const sip_t& sip, std::string_view method) { return holds(sip.sip_allow, method); }

bool is_too_short(const sip_t& sip, std::chrono::seconds least) {
  const auto* const asked = sip.sip_session_expires;
  return asked != nullptr && asked->x_delta < static_cast<unsigned long>(least.count()) && supports(sip, "timer");
}

namespace {

/// ITU-T Q.850 table 1, as far as the house tells them apart.
cause of_q850(int value) {
  switch (value) {
    case 16:
    case 31: return cause::normal_clearing;
    case 17: return cause::busy;
    case 18:
    case 19: return cause::call_not_answered;
    case 21: return cause::call_rejected;
    case 1:
    case 3:
    case 22:
    case 28: return cause::dest_not_obtainable;
    case 20:
    case 27:
    case 38:
    case 41: return cause::dest_out_of_order;
    case 34:
    case 42:
    case 44:
    case 47: return cause::resources_not_available;
    case 65:
    case 88: return cause::incompatible_destination;
    default: return cause::none;
  }
}

int to_q850(cause why) {
  switch (why) {
    case cause::busy: return 17;
    case cause::call_not_answered: return 19;
    case cause::call_rejected: return 21;
    case cause::dest_not_obtainable: return 1;
    case cause::dest_out_of_order:
    case cause::media_lost:
    case cause::interrupted: return 27;
    case cause::resources_not_available: return 34;
    case cause::maintenance: return 41;
    case cause::incompatible_destination: return 88;
    default: return 16;
  }
}

}  // namespace

cause reason_of(const sip_t& sip) {
  cause found = cause::none;
  for (const auto* each = sip.sip_reason; each != nullptr; each = each->re_next) {
    if (each->re_protocol == nullptr || each->re_cause == nullptr) continue;
    int value = 0;
    const std::string_view text = each->re_cause;
    std::from_chars(text.data(), text.data() + text.size(), value);
    if (strcasecmp(each->re_protocol, "Q.850") == 0 && of_q850(value) != cause::none) return of_q850(value);
    if (strcasecmp(each->re_protocol, "SIP") != 0) continue;
    if (value == 486 || value == 600) found = cause::busy;
    if (value == 603) found = cause::call_rejected;
    if (value == 480) found = cause::call_not_answered;
    if (value == 408 || value == 500 || value == 503) found = cause::dest_out_of_order;
  }
  return found;
}

std::string reason_for(cause why, bool cancels) {
  if (why == cause::none) return {};
  // A phone whose call somebody else has taken counts it as none that was missed.
  if (cancels && (why == cause::call_pickup || why == cause::redirected))
    return "SIP;cause=200;text=\"Call completed elsewhere\"";
  return "Q.850;cause=" + std::to_string(to_q850(why)) + ";text=\"" + std::string(name(why)) + "\"";
}

}  // namespace cordboard::sip
