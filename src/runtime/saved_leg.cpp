// SPDX-License-Identifier: Apache-2.0
#include <charconv>
#include <fmt/format.h>
#include <runtime/saved_leg.hpp>

namespace cordboard::runtime {
namespace {

constexpr std::string_view magic = "cordboard-leg 1";

}  // namespace

std::string write_leg(const saved_leg& leg) {
  return fmt::format("{} {} {} {}\n{}{}{}", magic, leg.media.size(), leg.description.size(), leg.dialog.size(), leg.media,
                     leg.description, leg.dialog);
}

std::optional<saved_leg> read_leg(std::string_view text) {
  if (!text.starts_with(magic)) return std::nullopt;
  text.remove_prefix(magic.size());
  saved_leg leg;
  std::size_t length[3] = {};
  for (auto& one : length) {
    if (!text.starts_with(' ')) return std::nullopt;
    text.remove_prefix(1);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), one);
    if (error != std::errc{} || one > text.size()) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  }
  if (!text.starts_with('\n')) return std::nullopt;
  text.remove_prefix(1);
  if (length[0] + length[1] + length[2] != text.size()) return std::nullopt;
  leg.media = text.substr(0, length[0]);
  leg.description = text.substr(length[0], length[1]);
  leg.dialog = text.substr(length[0] + length[1]);
  return leg;
}

}  // namespace cordboard::runtime
