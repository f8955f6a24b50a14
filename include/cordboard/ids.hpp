// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <compare>
#include <cstdint>

namespace cordboard {

/// An id of its own type: a number that is never reused; 0 is none. Trivial, so that it can stand in a mapped record.
///
/// @lifetime  a value: it outlives what it names, and naming something that ended is an error code, never a crash
template <class Tag, class Value>
struct basic_id {
  Value value = 0;  ///< 0: none
  /// Whether it names something.
  constexpr explicit operator bool() const { return value != 0; }
  friend constexpr auto operator<=>(basic_id, basic_id) = default;
};

/// A call relates devices (CSTA callID). Random 64 bits.
using call_id = basic_id<struct call_tag, std::uint64_t>;
/// One signalling relation with one device. (call, leg) is a CSTA connection. Random 64 bits.
using leg_id = basic_id<struct leg_tag, std::uint64_t>;
/// A person in a conversation; stays over transfers, merges and replaced legs. Random 64 bits.
using party_id = basic_id<struct party_tag, std::uint64_t>;
/// A matter that somebody owes somebody: a callback, an appointment, a complaint. Random 64 bits.
using request_id = basic_id<struct request_tag, std::uint64_t>;
/// A phone or a trunk. Small, given out by the board in the order of configuration.
using device_id = basic_id<struct device_tag, std::uint32_t>;
/// A person who answers for the house. Small, as above.
using operator_id = basic_id<struct operator_tag, std::uint32_t>;
/// A queue. Small, as above.
using queue_id = basic_id<struct queue_tag, std::uint32_t>;
/// A user or program that gives commands. Small, as above; 0 is the board itself.
using actor_id = basic_id<struct actor_tag, std::uint32_t>;

/// A command's id: 128 bits that the caller chooses at random, so that repeating it is safe.
struct command_id {
  std::uint64_t high = 0;  ///< the first half
  std::uint64_t low = 0;   ///< the second half
  /// Whether it names a command.
  constexpr explicit operator bool() const { return (high | low) != 0; }
  friend constexpr auto operator<=>(const command_id&, const command_id&) = default;
};

}  // namespace cordboard
