// SPDX-License-Identifier: Apache-2.0
// What queues, operators and devices are called: as the log said it last.
#pragma once
#include <cordboard/log_reader.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cordboard::figures {

class names {
public:
  /// Whether an event tells names.
  static bool tells(const event& e);
  /// Takes what an event of the configuration says; where its text cannot be read, the number stands for the name.
  void hear(const event& e, log_reader& from);
  std::string queue(std::uint32_t id) const { return of(queues_, id); }
  /// All queues that were ever configured.
  const std::map<std::uint32_t, std::string>& queues() const { return queues_; }
  std::string operator_(std::uint32_t id) const { return of(operators_, id); }
  std::string device(std::uint32_t id) const { return of(devices_, id); }
  /// A kind of request, by its word in the configuration: "complaint"; a result of it: "came". Empty: not known.
  std::string_view kind_word(std::uint32_t id) const;
  std::string_view result_word(std::uint32_t kind, std::uint32_t place) const;
  /// Its word, or its number.
  std::string kind(std::uint32_t id) const;
  /// What people call the kind with this word.
  std::string kind_title(std::string_view word, language in) const;
  /// Whether the device is a line to the outside.
  bool is_trunk(std::uint32_t id) const { return trunks_.count(id) != 0 && trunks_.at(id); }

  /// All names as bytes.
  std::string save() const;
  static std::optional<names> load(std::string_view bytes);

private:
  using table = std::map<std::uint32_t, std::string>;
  static std::string of(const table& all, std::uint32_t id);
  table queues_, operators_, devices_;
  std::map<std::uint32_t, bool> trunks_;
  struct request_kind {
    std::string word, zh, en;
    std::vector<std::string> results;
  };
  std::map<std::uint32_t, request_kind> kinds_;
};

}  // namespace cordboard::figures
