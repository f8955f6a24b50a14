// SPDX-License-Identifier: Apache-2.0
// What a board handle stands for: a board in another process, or one that runs in this.
#pragma once
#include <chrono>
#include <cordboard/command.hpp>
#include <cordboard/config.hpp>
#include <cordboard/errc.hpp>
#include <cordboard/event.hpp>
#include <cstdint>
#include <memory>
#include <string>

namespace cordboard::c {

/// @threads  all functions from any; `close` ends the waits of the others
class door {
 public:
  virtual ~door() = default;
  virtual result<std::uint64_t> submit(const command& c, std::chrono::nanoseconds timeout) = 0;
  virtual result<event> outcome(command_id id, std::uint64_t accepted, std::chrono::nanoseconds timeout) = 0;
  virtual std::string path() const = 0;  ///< what `log_reader::open` takes
  virtual void close() = 0;
};

result<std::shared_ptr<door>> attach(const std::string& path, diagnostics& why);

}  // namespace cordboard::c
