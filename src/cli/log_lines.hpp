// SPDX-License-Identifier: Apache-2.0
// An event as a line for people; as one for programs, base/event_json.hpp writes it.
#pragma once
#include <cordboard/event.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace cordboard::cli {

/// Events as lines that a person can follow. Learns the names of devices, operators and queues as they pass by.
class narrator {
public:
  explicit narrator(language tongue) : tongue_(tongue) {}
  /// Takes names from an event without telling it.
  void learn(const event& e, std::string_view text);
  /// "     812  14:03:22.123  Delivered      call 3f9a01  急诊科 Emergency  …"
  std::string line(const event& e, std::string_view text);

private:
  std::string name_of(const std::map<std::uint32_t, std::string>& names, std::string_view kind_en, std::string_view kind_zh,
                      std::uint32_t id) const;
  std::string details(const event& e, std::string_view text) const;

  language tongue_;
  std::map<std::uint32_t, std::string> devices_, operators_, queues_, actors_;
  std::string day_;
};

}  // namespace cordboard::cli
