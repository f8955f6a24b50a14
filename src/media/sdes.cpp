// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <base/random.hpp>
#include <charconv>
#include <fmt/format.h>
#include <media/sdes.hpp>

namespace cordboard::media::sdes {
namespace {

struct known_suite {
  std::string_view name;
  std::size_t key_bytes;
};
constexpr std::array<known_suite, suite_count> suites{
    {{"AES_256_CM_HMAC_SHA1_80", 46}, {"AES_CM_128_HMAC_SHA1_80", 30}, {"AES_CM_128_HMAC_SHA1_32", 30}}};

constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string base64(std::string_view bytes) {
  std::string out;
  std::uint32_t bits = 0;
  int waiting = 0;
  for (const unsigned char byte : bytes) {
    bits = (bits << 8) | byte;
    for (waiting += 8; waiting >= 6; waiting -= 6) out += digits[(bits >> (waiting - 6)) & 0x3F];
  }
  if (waiting != 0) out += digits[(bits << (6 - waiting)) & 0x3F];
  while (out.size() % 4 != 0) out += '=';
  return out;
}

/// Padding may be missing, as some leave it out.
std::optional<std::string> from_base64(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string out;
  std::uint32_t bits = 0;
  int waiting = 0;
  for (const char c : text) {
    const auto digit = digits.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    bits = (bits << 6) | static_cast<std::uint32_t>(digit);
    waiting += 6;
    if (waiting < 8) continue;
    waiting -= 8;
    out += static_cast<char>((bits >> waiting) & 0xFF);
  }
  return out;
}

std::string_view word(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  const auto out = text.substr(0, text.find(' '));
  text.remove_prefix(out.size());
  return out;
}

/// RFC 4568 §6.3: what may be passed over. A window size is a hint; "-" marks what is no condition.
bool harmless(std::string_view parameter) { return parameter.starts_with("WSH=") || parameter.starts_with('-'); }

}  // namespace

std::string_view name(suite x) { return suites.at(static_cast<std::size_t>(x)).name; }
std::size_t key_bytes(suite x) { return suites.at(static_cast<std::size_t>(x)).key_bytes; }

crypto fresh(std::uint32_t tag, suite with) {
  crypto out{tag, with, std::string(key_bytes(with), '\0')};
  fill_random(out.key.data(), out.key.size());
  return out;
}

std::string write(const crypto& line) { return fmt::format("{} {} inline:{}", line.tag, name(line.with), base64(line.key)); }

std::optional<crypto> read(std::string_view value) {
  crypto out;
  const auto tag = word(value);
  const auto [end, error] = std::from_chars(tag.data(), tag.data() + tag.size(), out.tag);
  if (tag.empty() || tag.size() > 9 || error != std::errc{} || end != tag.data() + tag.size()) return std::nullopt;
  const auto named = word(value);
  const auto known = std::find_if(suites.begin(), suites.end(), [&](const auto& x) { return x.name == named; });
  if (known == suites.end()) return std::nullopt;
  out.with = static_cast<suite>(known - suites.begin());

  // inline:KEY[|lifetime][|MKI:length]; a lifetime is a number or a power of two, and the only other field has a colon.
  constexpr std::string_view method = "inline:";
  auto keys = word(value);
  if (!keys.starts_with(method) || keys.find(';') != std::string_view::npos) return std::nullopt;
  keys.remove_prefix(method.size());
  const auto bar = std::min(keys.find('|'), keys.size());
  if (keys.substr(bar).find(':') != std::string_view::npos) return std::nullopt;
  auto key = from_base64(keys.substr(0, bar));
  if (!key || key->size() != known->key_bytes) return std::nullopt;
  out.key = std::move(*key);
  for (auto parameter = word(value); !parameter.empty(); parameter = word(value))
    if (!harmless(parameter)) return std::nullopt;
  return out;
}

}  // namespace cordboard::media::sdes
