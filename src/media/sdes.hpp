// SPDX-License-Identifier: Apache-2.0
// Keys for SRTP that stand in a session description: a=crypto, RFC 4568.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cordboard::media::sdes {

/// What seals a packet (RFC 4568 §6.2, RFC 6188). The number is the length of the packet's tag.
enum class suite : std::uint8_t { aes_256_80 = 0, aes_128_80 = 1, aes_128_32 = 2 };
inline constexpr std::size_t suite_count = 3;
std::string_view name(suite x);
/// Master key and master salt together.
std::size_t key_bytes(suite x);

/// One a=crypto line: what its writer seals his packets with. A key is a secret: it stands in descriptions and in what a restart
/// reads back, and in no trace and no event.
struct crypto {
  std::uint32_t tag = 0;
  suite with = suite::aes_128_80;
  std::string key;  ///< `key_bytes` of it

  /// A tag does not belong to the key.
  bool same_key(const crypto& other) const { return with == other.with && key == other.key; }
};

/// A line with a key that nobody knows yet.
crypto fresh(std::uint32_t tag, suite with);
/// The value of a=crypto as it is written.
std::string write(const crypto& line);
/// Reads such a value. A lifetime is passed over: nothing of ours lasts for 2^31 packets.
/// @returns nothing if it is malformed, or asks for what we cannot do: another suite, several keys, a key identifier (MKI), or a
///          session parameter that changes what is sent
std::optional<crypto> read(std::string_view value);

}  // namespace cordboard::media::sdes
