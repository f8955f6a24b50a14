// SPDX-License-Identifier: Apache-2.0
#include <gateway/command_json.hpp>

#include <algorithm>
#include <array>
#include <base/event_json.hpp>
#include <boost/json/object.hpp>
#include <charconv>
#include <cordboard/client.hpp>
#include <limits>

namespace cordboard::gateway {
namespace {

namespace json = boost::json;
constexpr std::int64_t ms = 1'000'000, deadline_ms = 10'000, deadline_ms_max = 600'000;

/// A whole number as JSON has it, or as a string of digits. False: it is none, or does not fit.
template <class Number>
bool read_number(const json::value& from, Number& into) {
  if (from.is_string()) {
    const auto& text = from.get_string();
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
    return error == std::errc{} && end == text.data() + text.size() && !text.empty();
  }
  json::error_code wrong;
  const auto number = from.to_number<Number>(wrong);
  if (wrong || from.is_double()) return false;
  into = number;
  return true;
}

template <class Enum>
bool read_word(std::string_view word, std::uint16_t& into) {
  constexpr unsigned values = 64;
  for (unsigned number = 0; number < values; ++number) {
    if (word.empty() || name(static_cast<Enum>(number)) != word) continue;
    into = static_cast<std::uint16_t>(number);
    return true;
  }
  return false;
}

/// Where a kind's `detail` is an enumeration, its name is taken.
bool read_detail(command_kind kind, const json::value& from, std::uint16_t& into) {
  if (read_number(from, into)) return true;
  if (!from.is_string()) return false;
  const std::string_view word = from.get_string();
  switch (kind) {
    case command_kind::declare_consent: return read_word<consent_of>(word, into);
    case command_kind::single_step_conference: return read_word<participation>(word, into);
    case command_kind::switch_night_service: return read_word<night_mode>(word, into);
    case command_kind::hold_log: return read_word<log_span>(word, into);
    case command_kind::open_request: return read_word<request_source>(word, into);
    case command_kind::promise_request: return read_word<request_time>(word, into);
    case command_kind::tell_request: return read_word<told_of>(word, into);
    case command_kind::send_message: return read_word<message_way>(word, into);
    case command_kind::report_message: return read_word<message_result>(word, into);
    case command_kind::report_access: return read_word<access_report>(word, into);
    case command_kind::report_equipment:
    case command_kind::sign_check: return read_word<equipment_state>(word, into);
    case command_kind::set_activity: return read_word<activity>(word, into);
    default: return false;
  }
}

bool read_consent(const json::value& from, consent& into) {
  std::uint16_t value = 0;
  if (!from.is_string() || !read_word<consent>(std::string_view(from.get_string()), value)) return false;
  into = static_cast<consent>(value);
  return true;
}

bool read_field(command& c, std::string_view key, const json::value& from) {
  if (key == "id") return from.is_string() && read_hex(std::string_view(from.get_string()), c.id);
  if (key == "deadline_ns") return read_number(from, c.deadline_ns) && c.deadline_ns > 0;
  if (key == "call") return read_number(from, c.call.value);
  if (key == "leg") return read_number(from, c.leg.value);
  if (key == "party") return read_number(from, c.party.value);
  if (key == "other") return read_number(from, c.other);
  if (key == "new_call") return read_number(from, c.new_call.value);
  if (key == "new_leg") return read_number(from, c.new_leg.value);
  if (key == "new_party") return read_number(from, c.new_party.value);
  if (key == "value") return read_number(from, c.value);
  if (key == "device") return read_number(from, c.device.value);
  if (key == "operator") return read_number(from, c.operator_.value);
  if (key == "queue") return read_number(from, c.queue.value);
  if (key == "request") return read_number(from, c.request.value);
  if (key == "revision") return read_number(from, c.revision);
  if (key == "detail") return read_detail(c.kind, from, c.detail);
  if (key == "consent") return read_consent(from, c.consent);
  if (key == "text") return from.is_string() && set_text(c, std::string_view(from.get_string())).has_value();
  return false;
}

/// Ids of what the command creates, where it needs them and the body has none: a kind needs a fixed set, so one of these fits.
void draw_ids(command& c) {
  if (check(c)) return;
  for (unsigned which = 1; which < 8; ++which) {
    command full = c;
    if ((which & 1U) != 0 && !full.new_call) full.new_call.value = random_id();
    if ((which & 2U) != 0 && !full.new_leg) full.new_leg.value = random_id();
    if ((which & 4U) != 0 && !full.new_party) full.new_party.value = random_id();
    if (!check(full)) continue;
    c = full;
    return;
  }
}

}  // namespace

std::optional<command_kind> command_named(std::string_view name) {
  for (std::uint32_t number = 1; number < 256; ++number) {
    const auto kind = static_cast<command_kind>(number);
    if (!name.empty() && cordboard::name(kind) == name) return kind;
  }
  return std::nullopt;
}

asked_command read_command(command_kind kind, const json::object& body, std::int64_t now_ns) {
  asked_command out;
  out.what.kind = kind;
  std::int64_t timeout = deadline_ms;
  for (const auto& [key, value] : body) {
    const std::string_view name = key;
    // Of the envelope, read by whoever took it.
    if (name == "command" || name == "wait") continue;
    const bool good = name == "timeout_ms" ? read_number(value, timeout) && timeout >= 1 && timeout <= deadline_ms_max
                                           : read_field(out.what, name, value);
    if (good) continue;
    out.wrong = name;
    return out;
  }
  if (!out.what.id) out.what.id = random_command_id();
  if (out.what.deadline_ns == 0) out.what.deadline_ns = now_ns + timeout * ms;
  draw_ids(out.what);
  return out;
}

}  // namespace cordboard::gateway
