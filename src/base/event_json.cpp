// SPDX-License-Identifier: Apache-2.0
#include <base/event_json.hpp>
#include <base/json.hpp>
#include <base/utf8.hpp>
#include <charconv>
#include <fmt/format.h>

namespace cordboard {

std::string hex(command_id id) { return fmt::format("{:016x}{:016x}", id.high, id.low); }

bool read_hex(std::string_view text, command_id& into) {
  constexpr std::size_t half = 16;
  const auto read = [](std::string_view digits, std::uint64_t& number) {
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
    return error == std::errc{} && end == digits.data() + digits.size();
  };
  return text.size() == 2 * half && read(text.substr(0, half), into.high) && read(text.substr(half), into.low) && into;
}

std::string event_json(const event& e, std::string_view text) {
  json_object o;
  o.raw("sequence", std::to_string(e.sequence));
  o.raw("time_ns", fmt::format("\"{}\"", e.time_ns));
  const auto kind = name(e.kind);
  o.text("kind", kind.empty() ? fmt::format("kind_{}", static_cast<unsigned>(e.kind)) : std::string(kind));
  o.number("flags", static_cast<unsigned>(e.flags));
  o.number("batch_left", static_cast<unsigned>(e.batch_left));
  if (e.cause != cause::none) o.text("cause", name(e.cause));
  if (e.layer != layer::none) o.text("layer", name(e.layer));
  o.number("state", static_cast<unsigned>(e.state));
  o.number("detail", e.detail);
  if (e.custodian != custodian::none) o.text("custodian", name(e.custodian));
  if (e.consent != consent::none) o.text("consent", name(e.consent));
  o.number("revision", e.revision);
  o.id("call", e.call.value);
  o.id("leg", e.leg.value);
  o.id("party", e.party.value);
  o.id("other", e.other);
  o.id("request", e.request.value);
  o.id("device", e.device.value);
  o.id("operator", e.operator_.value);
  o.id("queue", e.queue.value);
  o.id("actor", e.actor.value);
  if (e.command) o.text("command", hex(e.command));
  o.id("value", e.value);
  o.number("marks", e.marks);
  if (!text.empty() && is_utf8(text)) o.text("text", text);
  return std::move(o).end();
}

}  // namespace cordboard
