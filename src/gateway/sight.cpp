// SPDX-License-Identifier: Apache-2.0
#include <gateway/sight.hpp>

#include <algorithm>
#include <base/masked.hpp>
#include <base/utf8.hpp>

namespace cordboard::gateway {

std::string masked_name(std::string_view name) {
  const auto first = utf8_character(name);
  if (first == 0) return {};
  return std::string(name.substr(0, first)) + std::string(std::min<std::size_t>(utf8_length(name) - 1, 3), '*');
}

std::string masked_text(const event& e, std::string_view text) {
  constexpr std::uint16_t house_first = 32, house_end = 64;
  const auto kind = static_cast<std::uint16_t>(e.kind);
  if (kind >= house_first && kind < house_end) return std::string(text);
  if (e.kind != event_kind::party_identified) return {};
  const auto tab = text.find('\t');
  std::string out = masked_number(text.substr(0, tab));
  if (tab != std::string_view::npos) out += '\t' + masked_name(text.substr(tab + 1));
  return out;
}

}  // namespace cordboard::gateway
