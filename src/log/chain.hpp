// SPDX-License-Identifier: Apache-2.0
// The keyed hash chain of the archive: whoever has not the key cannot change an archived segment without its being seen.
//
//   chain(n) = HMAC-SHA256(key, "cordboard chain 1\n"
//                               head bytes 0 to 127, end u64, text bytes u64, thinned u32,
//                               the slots before the end, the text file, chain(n - 1))
//
// The chain of the segment before stands in the head too, so that what retention has left can be checked from its edge on.
// Sealed texts are hashed as they stand: destroying a person's key leaves them, and the chain, as they are.
#pragma once
#include <array>
#include <cordboard/errc.hpp>
#include <cstdint>
#include <log/files.hpp>
#include <log/layout.hpp>
#include <string>

namespace cordboard::log {

using chain_value = std::array<std::uint8_t, 32>;
constexpr bool keyed(const segment_head& head) { return head.chain != chain_value{}; }

/// A secret that is wiped when it goes.
class chain_key {
public:
  explicit chain_key(std::string bytes) : bytes_(std::move(bytes)) {}
  ~chain_key();
  chain_key(const chain_key&) = delete;
  chain_key& operator=(const chain_key&) = delete;
  const std::string& bytes() const { return bytes_; }

private:
  std::string bytes_;
};

/// The chain value of a segment as it stands in this folder; `head` says its end, the length of its text and what was before.
/// @errors  log_damaged: a file is shorter than the head says; the system's
result<chain_value> chain_of(const chain_key& key, const folder& in, const segment_head& head);

/// The chain value of the newest segment before this one in the folder; zero: there is none, or it has none.
chain_value chain_before(const folder& archive, std::uint64_t segment);

}  // namespace cordboard::log
