// SPDX-License-Identifier: Apache-2.0
// What passes between a program and a board on the local socket.
//
//   <run>/socket   SOCK_SEQPACKET; a packet to the board is one `command`, a packet from it one `socket_answer`.
//                  Beside it the log's writer tells where the log is: `log_reader::open` takes <run>
//
//   program                                   board
//      │── command, 512 bytes ──────────────────►│  SO_PEERCRED gives the actor; the record's own is
//      │                                         │  overwritten, unless that user may represent others
//      │◄── answer, 32 bytes, same id ───────────│  in the order of decision, which is not always the order of arrival
//
// A peer whose uid has no user gets one answer with id 0 and access_refused, and is disconnected; so is one that sends a
// packet of another size (command_invalid). Everything else that happens stands in the log.
#pragma once
#include <cordboard/ids.hpp>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace cordboard {

inline constexpr std::string_view socket_file = "socket";

/// The answer to one command. 32 bytes, 8-byte aligned, little endian.
///
///   0              16     20      24         32
///   | id (128 bits) | code | spare | sequence |
struct socket_answer {
  command_id id{};             ///< 0: the command's; zero when the connection itself is refused
  std::int32_t code = 0;       ///< 16: 0: see `sequence`; an `errc` when nothing was logged (queue_full, command_invalid, ...)
  std::uint32_t spare = 0;     ///< 20: zero
  std::uint64_t sequence = 0;  ///< 24: of the command_accepted or command_refused event, also that of the first time; 0: none
};
static_assert(sizeof(socket_answer) == 32);
static_assert(std::is_trivially_copyable_v<socket_answer>);
static_assert(std::is_standard_layout_v<socket_answer>);
static_assert(offsetof(socket_answer, id) == 0);
static_assert(offsetof(socket_answer, code) == 16);
static_assert(offsetof(socket_answer, spare) == 20);
static_assert(offsetof(socket_answer, sequence) == 24);

}  // namespace cordboard
