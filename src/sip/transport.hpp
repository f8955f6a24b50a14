// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string_view>

namespace cordboard::sip {

enum class transport : std::uint8_t { udp, tcp, tls };

/// As in `;transport=`.
constexpr const char* name_of(transport one) {
  constexpr const char* names[] = {"udp", "tcp", "tls"};
  return names[static_cast<std::size_t>(one)];
}

}  // namespace cordboard::sip
