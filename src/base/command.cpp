// SPDX-License-Identifier: Apache-2.0
#include <cordboard/command.hpp>
#include <base/utf8.hpp>
#include <algorithm>
#include <limits>

namespace cordboard {

std::string_view text_of(const command& c) noexcept {
  if (c.text_len > command_text_max) return {};
  return {c.text, c.text_len};
}

result<void> set_text(command& c, std::string_view text) noexcept {
  if (text.size() > command_text_max || !is_plain_text(text)) return failure(errc::text_invalid);
  std::fill(std::copy(text.begin(), text.end(), c.text), c.text + command_text_max, '\0');
  c.text_len = static_cast<std::uint16_t>(text.size());
  return {};
}

void mark_text(command& c, std::string_view text) noexcept {
  if (!set_text(c, text)) c.text_len = std::numeric_limits<std::uint16_t>::max();
}

}  // namespace cordboard
