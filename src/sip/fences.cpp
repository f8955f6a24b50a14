// SPDX-License-Identifier: Apache-2.0
// The parser with two fences in it. Header classes are replaced by copies whose parse function looks at what the library's own
// has parsed; the parsed objects keep the library's class, so that nothing else sees a difference.
#include <sip/su.hpp>
#include <sofia-sip/msg_mclass.h>
#include <strings.h>
#include <array>
#include <cstring>
#include <new>
#include <string_view>

namespace cordboard::sip {
namespace {

/// Parameters that the library looks for with the function that reads over.
constexpr std::array<std::string_view, 6> searched = {"lr", "maddr", "transport", "method", "comp", "ttl"};

bool begins(std::string_view text, std::string_view with) {
  return text.size() >= with.size() && strncasecmp(text.data(), with.data(), with.size()) == 0;
}

/// One class of the table, replaced. `Original` is the library's.
template <msg_hclass_t* Original, bool (*Accept)(su_home_t*, msg_header_t*)>
issize_t parse(su_home_t* pool, msg_header_t* h, char* text, isize_t size) {
  h->sh_class = Original;
  const issize_t parsed = Original->hc_parse(pool, h, text, size);
  if (parsed < 0) return parsed;
  for (msg_header_t* each = h; each != nullptr; each = each->sh_next)
    if (!Accept(pool, each)) return -1;
  return parsed;
}

bool without_maddr(su_home_t*, msg_header_t* h) {
  auto* const via = reinterpret_cast<sip_via_t*>(h);
  if (via->v_maddr != nullptr) msg_header_remove_param(via->v_common, "maddr");
  return true;
}
bool sound_contact(su_home_t*, msg_header_t* h) { return !reads_over(reinterpret_cast<sip_contact_t*>(h)->m_url); }
bool sound_route(su_home_t*, msg_header_t* h) { return !reads_over(reinterpret_cast<sip_route_t*>(h)->r_url); }

template <msg_hclass_t* Original, bool (*Accept)(su_home_t*, msg_header_t*)>
void replace(msg_mclass_t* parser, unsigned short must_parse) {
  static msg_hclass_t fenced = [] {
    auto copy = *Original;
    copy.hc_parse = parse<Original, Accept>;
    return copy;
  }();
  const auto fence = [must_parse](msg_href_t& reference) {
    reference.hr_class = &fenced;
    reference.hr_flags |= must_parse;
  };
  // The clone has its own table of short forms; the library's structure merely says const.
  for (int i = 0; parser->mc_short != nullptr && i < 26; ++i)
    if (auto& reference = const_cast<msg_href_t*>(parser->mc_short)[i]; reference.hr_class == Original) fence(reference);
  // Names are looked up from their hash onwards: the fenced class first, then the original, which is what the library looks for
  // when it adds a header of ours to a message.
  const int size = parser->mc_hash_size;
  int at = Original->hc_hash % size;
  while (parser->mc_hash[at].hr_class != Original) at = (at + 1) % size;
  const msg_href_t original = parser->mc_hash[at];
  fence(parser->mc_hash[at]);
  while (parser->mc_hash[at].hr_class != nullptr) at = (at + 1) % size;
  parser->mc_hash[at] = original;
  ++parser->mc_hash_used;
}

const msg_mclass_t* make_parser() {
  msg_mclass_t* const parser = sip_extend_mclass(nullptr);
  if (parser == nullptr) throw std::bad_alloc();
  constexpr unsigned short always = sip_mask_request | sip_mask_response;
  replace<sip_via_class, without_maddr>(parser, always);
  replace<sip_contact_class, sound_contact>(parser, always);
  replace<sip_route_class, sound_route>(parser, always);
  replace<sip_record_route_class, sound_route>(parser, always);
  sip_update_default_mclass(parser);
  return parser;
}

}  // namespace

const msg_mclass_t* parser_class() {
  static const msg_mclass_t* const parser = make_parser();
  return parser;
}

bool reads_over(const url_t* url) {
  if (url == nullptr || url->url_params == nullptr) return false;
  std::string_view last = url->url_params;
  if (const auto semicolon = last.rfind(';'); semicolon != last.npos) last.remove_prefix(semicolon + 1);
  for (const auto name : searched)
    if (begins(last, name) && last.size() > name.size() && last[name.size()] != '=') return true;
  return false;
}

}  // namespace cordboard::sip
