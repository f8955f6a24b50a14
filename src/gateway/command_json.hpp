// SPDX-License-Identifier: Apache-2.0
// A command from JSON, by the schema's names.
#pragma once
#include <cordboard/command.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace boost::json {
class object;
}

namespace cordboard::gateway {

std::optional<command_kind> command_named(std::string_view name);

/// What a body asks for. Ids that it leaves out are drawn.
struct asked_command {
  command what;
  std::string wrong;  ///< which key is; empty: none
};
asked_command read_command(command_kind kind, const boost::json::object& body, std::int64_t now_ns);

}  // namespace cordboard::gateway
