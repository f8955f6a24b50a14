// SPDX-License-Identifier: Apache-2.0
// What a kind of request asks for, read from the text in which it stands in the log.
#pragma once
#include <base/fields.hpp>
#include <base/request_words.hpp>
#include <board/board_state.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace cordboard {

/// A kind's text, taken apart. @lifetime  of the text
struct request_rules {
  explicit request_rules(std::string_view text);

  std::string_view name, zh, en, prefix, owner, backup;
  std::vector<request_field> fields;
  std::vector<std::string_view> results, stages, chain;
  std::vector<std::uint8_t> reminders;
  request_limit first_contact, completion;
  std::int64_t escalate_ns = 0, call_every_ns = 0;
  std::uint32_t calls_max = 0;
  bool has_hours = false;
  std::int64_t book_ahead_ns = 0, book_until_ns = 0, remind_ns = 0, no_show_ns = 0, barred_ns = 0, tell_ns = 0;
  std::uint8_t no_shows_max = 0;
  std::uint32_t per_person_max = 0;
  std::string_view dialogue;  ///< that leads its calls when no operator does

  const request_field* field(std::string_view wanted) const;
};

/// Whether a field of this type may hold that. Empty always: it is then not known.
bool is_of_type(std::string_view type, std::string_view value);
/// What people read: "A-2026-000123".
std::string request_number(std::string_view prefix, std::uint16_t year, std::uint32_t number);
/// The text of `request_kind_configured`.
std::string write_kind(const request_kind_config& from);
/// What its flags say.
inline constexpr std::uint8_t kind_approval = 1, kind_tells_result = 2, kind_calls_back = 4, kind_slots = 8,
                              kind_late_no_show = 16;
std::uint8_t kind_flags(const request_kind_config& from);

}  // namespace cordboard
