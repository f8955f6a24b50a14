// SPDX-License-Identifier: Apache-2.0
// A program's way to a board that runs in another process: commands by the local socket, events by the log.
#pragma once
#include <chrono>
#include <cordboard/command.hpp>
#include <cordboard/errc.hpp>
#include <cordboard/event.hpp>
#include <cordboard/ids.hpp>
#include <cordboard/log_reader.hpp>
#include <cstdint>
#include <memory>
#include <string>

namespace cordboard {

/// A random id for a command, from the kernel; never 0.
command_id random_command_id();
/// A random id for what a command creates, from the kernel; never 0.
std::uint64_t random_id();

/// Gives commands to a board.
///
/// A program that wants events opens a `log_reader` on the same path: the two know nothing of each other.
///
/// @threads   every function from any thread, also at the same time; commands do not wait for each other's answers
/// @lifetime  may be destroyed when no call runs; `close` ends those that do
class client {
public:
  /// Connects to the board that serves this folder.
  ///
  /// @param run   the board's run folder, as `/run/cordboard`
  /// @param why   set on failure: our sentence, with the remedy
  /// @errors      not_connected: nothing listens there; access_refused: the socket may not be opened by this user;
  ///              the system's
  static result<client> attach(const std::string& run, diagnostics* why = nullptr);

  /// Takes over the connection; `other` may only be assigned to or destroyed.
  client(client&& other) noexcept;
  /// As above.
  client& operator=(client&& other) noexcept;
  ~client();

  /// Gives a command and waits for its answer, not for its outcome. Connects again when the board has restarted.
  ///
  /// @param c        `id` and `deadline_ns` set; giving it again under the same id carries it out once
  /// @param timeout  how long to wait for the answer
  /// @param answer   set to the event that says so, `command_accepted` or `command_refused`, when there is one
  /// @returns        the sequence of its `command_accepted` event; exactly one outcome follows
  /// @errors         what the board refused it for, then nothing has happened and a `command_refused` event says the rest;
  ///                 queue_full, nothing was logged, try again; command_invalid, text_invalid;
  ///                 access_refused; not_connected;
  ///                 board_closed or timed_out: it may have been accepted, giving it again under the same id is safe
  result<std::uint64_t> submit(const command& c, std::chrono::nanoseconds timeout = std::chrono::seconds(5),
                               event* answer = nullptr);

  /// Waits for the outcome of an accepted command.
  ///
  /// @param id        the command's id
  /// @param accepted  what `submit` returned
  /// @returns         the `command_done`, `command_failed` or `command_timed_out` event
  /// @errors          timed_out: no outcome yet; board_closed: `close` was called; those of `log_reader::next`
  result<event> outcome(command_id id, std::uint64_t accepted, std::chrono::nanoseconds timeout);

  /// Ends the connection and every wait that runs; later calls get board_closed.
  void close();

  /// The folder that it was attached to; `log_reader::open` takes it.
  const std::string& path() const;

private:
  struct impl;
  explicit client(std::unique_ptr<impl> with);
  std::unique_ptr<impl> impl_;
};

}  // namespace cordboard
