// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cordboard/event.hpp>
#include <string>
#include <string_view>

namespace cordboard {

/// An event as one JSON object without an end of line: sequence and small numbers as numbers; ids, times, `value` and `other` as
/// strings, since a reader in JavaScript would round them. Fields that are zero are left out.
std::string event_json(const event& e, std::string_view text);
/// 32 hexadecimal digits.
std::string hex(command_id id);
/// The same back. False: it is none.
bool read_hex(std::string_view text, command_id& into);

}  // namespace cordboard
