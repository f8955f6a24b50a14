// SPDX-License-Identifier: Apache-2.0
#include <sip/headers.hpp>
#include <base/utf8.hpp>
#include <strings.h>
#include <cctype>
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

const char* required_of(const sip_t& sip, su_home_t* pool) {
  if (sip.sip_require == nullptr || sip.sip_require->k_items == nullptr || sip.sip_require->k_items[0] == nullptr)
    return nullptr;
  return sip_header_as_string(pool, reinterpret_cast<const sip_header_t*>(sip.sip_require));
}

}  // namespace cordboard::sip
