// SPDX-License-Identifier: Apache-2.0
#include <base/utf8.hpp>
#include <cli/json.hpp>
#include <cli/log_lines.hpp>
#include <cordboard/command.hpp>
#include <cordboard/errc.hpp>
#include <ctime>
#include <fmt/format.h>

namespace cordboard::cli {

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      out += {'\\', c};
    else if (byte < 0x20)
      out += fmt::format("\\u{:04x}", byte);
    else
      out += c;
  }
  return out + '"';
}

void json_object::raw(std::string_view key, std::string_view json) {
  out_ += fmt::format("{}\"{}\":{}", out_.size() > 1 ? "," : "", key, json);
}

namespace {

class object : public json_object {
public:
  template <class Number>
  void number(std::string_view key, Number value) {
    if (value != 0) raw(key, fmt::format("{}", value));
  }
  template <class Number>
  void id(std::string_view key, Number value) {
    if (value != 0) raw(key, fmt::format("\"{}\"", value));
  }
};

}  // namespace

std::string json_line(const event& e, std::string_view text) {
  object o;
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
  if (e.command) o.raw("command", fmt::format("\"{:016x}{:016x}\"", e.command.high, e.command.low));
  o.id("value", e.value);
  o.number("marks", e.marks);
  if (!text.empty() && is_utf8(text)) o.text("text", text);
  return std::move(o).end();
}

}  // namespace cordboard::cli
