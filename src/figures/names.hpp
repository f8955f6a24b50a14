// SPDX-License-Identifier: Apache-2.0
// What queues, operators and devices are called: as the log said it last.
#pragma once
#include <cordboard/log_reader.hpp>
#include <cstdint>
#include <map>
#include <string>

namespace cordboard::figures {

class names {
public:
  /// Takes what an event of the configuration says; where its text cannot be read, the number stands for the name.
  void hear(const event& e, log_reader& from);
  std::string queue(std::uint32_t id) const { return of(queues_, id); }
  std::string operator_(std::uint32_t id) const { return of(operators_, id); }
  std::string device(std::uint32_t id) const { return of(devices_, id); }
  /// Whether the device is a line to the outside.
  bool is_trunk(std::uint32_t id) const { return trunks_.count(id) != 0 && trunks_.at(id); }

private:
  using table = std::map<std::uint32_t, std::string>;
  static std::string of(const table& all, std::uint32_t id);
  table queues_, operators_, devices_;
  std::map<std::uint32_t, bool> trunks_;
};

}  // namespace cordboard::figures
