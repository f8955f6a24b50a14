// SPDX-License-Identifier: Apache-2.0
// What a board in a binding stands for: one in another process, or one that runs in this.
#pragma once
#include <chrono>
#include <cordboard/command.hpp>
#include <cordboard/config.hpp>
#include <cordboard/errc.hpp>
#include <cordboard/event.hpp>
#include <cordboard/loopback.hpp>
#include <cstdint>
#include <memory>
#include <string>

namespace cordboard::bindings {

/// @threads  all functions from any; `close` ends the waits of the others
class door {
public:
  virtual ~door() = default;
  virtual result<std::uint64_t> submit(const command& c, std::chrono::nanoseconds timeout) = 0;
  virtual result<event> outcome(command_id id, std::uint64_t accepted, std::chrono::nanoseconds timeout) = 0;
  virtual const std::string& path() const = 0;  ///< what `log_reader::open` takes
  virtual void close() = 0;                     ///< a board of this process has stopped when it returns

  /// On a loopback board of this process; elsewhere `false`, and nothing happens.
  virtual bool behave(const std::string& number, loopback_phone how) = 0;
  virtual bool call_in(const loopback_call& call) = 0;
  virtual bool answer(const std::string& number) = 0;
  virtual bool hang_up(const std::string& number) = 0;
};

/// How a board in this process is to be; what is empty or 0 stays as the file or the defaults say.
struct own_options {
  std::string file;  ///< a configuration file
  std::string run;   ///< folder of the local socket
  std::string log;   ///< folder of the hot segments
  std::uint32_t calls_max = 0;
  bool loopback = false;
};

/// @errors  as `client::attach`
result<std::shared_ptr<door>> attach(const std::string& path, diagnostics& why);

/// Starts a board in this process. Commands go to it over its own socket, as those of any other program do; so that it takes
/// them, this process's user gets every right, unless the configuration says otherwise.
///
/// @errors  command_invalid: the configuration; log_busy; the system's, as for a port that is taken
result<std::shared_ptr<door>> open(const own_options& options, diagnostics& why);

}  // namespace cordboard::bindings
