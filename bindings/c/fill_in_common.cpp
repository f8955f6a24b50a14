// SPDX-License-Identifier: Apache-2.0
#include "fill_in.hpp"
#include <cordboard/command.hpp>
#include <algorithm>
#include <cstring>

namespace cordboard::c {

bool begin(cordboard_command* command, std::uint16_t kind) noexcept {
  if (command == nullptr) return false;
  cordboard_command fresh{};
  fresh.id = command->id;
  fresh.deadline_ns = command->deadline_ns;
  fresh.revision = command->revision;
  fresh.kind = kind;
  *command = fresh;
  return true;
}

std::int32_t put_text(cordboard_command& command, const char* text) noexcept {
  if (text == nullptr) return CORDBOARD_OK;
  // One byte more than fits is enough to know that it is too long.
  cordboard::command checked;
  if (!set_text(checked, {text, ::strnlen(text, command_text_max + 1)})) return CORDBOARD_TEXT_INVALID;
  std::copy_n(checked.text, checked.text_len, command.text);
  command.text_len = checked.text_len;
  return CORDBOARD_OK;
}

}  // namespace cordboard::c
