# SPDX-License-Identifier: Apache-2.0
"""The C++ forms: event.hpp, command.hpp, errc.hpp, and the texts and checks behind them."""

from __future__ import annotations

from .model import (ABOUT, COMMAND, COMMAND_BYTES, COMMAND_TAGS, EVENT, EVENT_BYTES, EVENT_TAGS, HEADER, TEXT_MAX, Field,
                    Record, Schema, Value, bare, member, sentence)

SPDX = "// SPDX-License-Identifier: Apache-2.0\n"
HEAD = f"// clang-format off\n// {HEADER}\n"
TITLED = HEAD.rstrip("\n") + " "  # a title follows in the same line
UNSIGNED = {8: "std::uint8_t", 16: "std::uint16_t", 32: "std::uint32_t"}


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def enum_class(name: str, underlying: str, values: list[Value], about: str) -> str:
    out = [f"/// {about}", f"enum class {name} : {underlying} {{"]
    for v in values:
        out += [f"  /// {sentence(v.en)}", f"  {v.name} = {v.value},"]
    return "\n".join(out) + "\n};\n"


def name_function(enum: str, values: list[Value]) -> str:
    out = ["/// The name in the schema; empty for a value that this version does not know.",
           f"constexpr std::string_view name({enum} x) noexcept {{", "  switch (x) {"]
    out += [f'    case {enum}::{v.name}: return "{bare(v.name)}";' for v in values]
    return "\n".join(out) + '\n  }\n  return "";\n}\n'


def text_declaration(enum: str) -> str:
    return ("/// A few words for people; empty for a value that this version does not know.\n"
            f"std::string_view text({enum} x, language in) noexcept;\n")


def text_function(enum: str, values: list[Value]) -> str:
    out = [f"std::string_view text({enum} x, language in) noexcept {{", "  switch (x) {"]
    for v in values:
        out.append(f"    case {enum}::{v.name}: return pick(in, {quoted(v.en)}, {quoted(v.zh)});")
    return "\n".join(out) + '\n  }\n  return "";\n}\n'


def kinds(records: list[Record]) -> list[Value]:
    return [Value(r.name, r.kind, r.en, r.zh) for r in records]


def struct_members(fields: list[Field], tags: dict[str, str]) -> str:
    out = []
    for name, cpp, _, _, offset, size in fields:
        if cpp == "char":
            line = f"  char {name}[{size}] = {{}};"
        else:
            line = f"  {cpp} {member(name)}{{}};"
        out.append(f"{line:<44}///< {offset}: {tags[name]}")
    return "\n".join(out) + "\n"


def asserts(struct: str, fields: list[Field], total: int) -> str:
    out = [f"static_assert(sizeof({struct}) == {total});", f"static_assert(std::is_trivially_copyable_v<{struct}>);",
           f"static_assert(std::is_standard_layout_v<{struct}>);"]
    out += [f"static_assert(offsetof({struct}, {member(f[0])}) == {f[4]});" for f in fields]
    return "\n".join(out) + "\n"


EVENT_HEAD = """One event is one fixed slot of the log; every reader uses it where it lies.
#pragma once
#include <cordboard/ids.hpp>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace cordboard {

/// The languages that every name in the schema has.
enum class language : std::uint8_t { en, zh };

"""

EVENT_STRUCT = """/// One event, as it stands in the log. 128 bytes, 8-byte aligned, little endian.
///
///   0          8          16   18 19 20   22 23 24    26 27 28      32        40        48        56        64
///   | sequence | time_ns  |kind|fl|bl|caus|ly|st|detai|cu|co|revisio| call    | leg     | party   | other   |
///   64        72       76       80       84       88                     104        112     116 118 120   124
///   | request | device | operat | queue  | actor  | command (high, low)  | value    |text_at|len|mar|spar| crc32c |
///
/// A field that the kind does not list in schema/REFERENCE.md is zero. No field holds personal bytes: text stands in the tails.
///
/// @threads   a committed slot never changes, so any thread and process may read it in place
/// @lifetime  a reader's slot is valid as long as the reader keeps its segment mapped
struct event {
"""


def event_hpp(schema: Schema) -> str:
    out = [SPDX, TITLED, EVENT_HEAD]
    groups = [(e.name, UNSIGNED[e.bits], e.values, ABOUT[e.name]) for e in schema.enums]
    groups.append(("event_kind", "std::uint16_t", kinds(schema.events), "What happened."))
    for name, underlying, values, about in groups:
        out += [enum_class(name, underlying, values, about), "\n"]
    out += [EVENT_STRUCT, struct_members(EVENT, EVENT_TAGS),
            "  friend bool operator==(const event&, const event&) = default;\n};\n", asserts("event", EVENT, EVENT_BYTES)]
    out.append("\n")
    for name, _, values, _ in groups:
        out.append(name_function(name, values))
    out.append("\n")
    for name, *_ in groups:
        out.append(text_declaration(name))
    out.append("\n/// A kind that this version does not know is kept as long as any.\n"
               "constexpr event_weight weight(event_kind x) noexcept {\n  switch (x) {\n")
    out += [f"    case event_kind::{e.name}: return event_weight::{e.weight};\n" for e in schema.events if e.weight != "control"]
    out.append("    default: return event_weight::control;\n  }\n}\n")
    out.append("\n}  // namespace cordboard\n")
    return "".join(out)


def errc_hpp(schema: Schema) -> str:
    return (SPDX + TITLED + """Why an operation failed, and the text that goes with it.
#pragma once
#include <cordboard/event.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <tl/expected.hpp>
#include <type_traits>
#include <utility>

namespace cordboard {

""" + enum_class("errc", "std::int32_t", schema.errors,
                  "Why an operation failed. Part of the C ABI: values are added at the end and never reused; 0 is success.")
            + """
""" + name_function("errc", schema.errors) + """/// The sentence that says what is wrong; empty for an unknown value.
std::string_view text(errc x, language in) noexcept;

/// The category of `errc`: its name is "cordboard", its messages are the English sentences.
const std::error_category& error_category() noexcept;
/// How an `errc` becomes an error code.
inline std::error_code make_error_code(errc x) noexcept { return {static_cast<int>(x), error_category()}; }

/// A value, or why there is none.
template <class T>
using result = tl::expected<T, std::error_code>;

/// `return failure(errc::call_unknown);` in a function that returns a `result`.
inline tl::unexpected<std::error_code> failure(errc x) { return tl::unexpected<std::error_code>(make_error_code(x)); }
/// As above.
inline tl::unexpected<std::error_code> failure(std::error_code x) { return tl::unexpected<std::error_code>(x); }

/// What is known about a failure beyond its code. Our text is ASCII and safe to trace; the peer's text came from outside,
/// may name patients or numbers, and is never traced by default: so the two never stand in one string.
class diagnostics {
 public:
  diagnostics() = default;
  /// What Cordboard says, and what the other side said.
  explicit diagnostics(std::string ours, std::string peers = {}) : ours_(std::move(ours)), peers_(std::move(peers)) {}
  /// What Cordboard says: place, expectation, numbers.
  const std::string& our_text() const noexcept { return ours_; }
  /// What the other side said, unchanged.
  const std::string& peer_text() const noexcept { return peers_; }
  /// Whether nothing is known.
  bool empty() const noexcept { return ours_.empty() && peers_.empty(); }
  /// Forgets both.
  void clear() {
    ours_.clear();
    peers_.clear();
  }

 private:
  std::string ours_;
  std::string peers_;
};

}  // namespace cordboard

/// @cond the standard's own customisation
template <>
struct std::is_error_code_enum<cordboard::errc> : std::true_type {};
/// @endcond
""")


def typed(schema: Schema, record: Record) -> str:
    types = {f[0]: f[1] for f in COMMAND}
    out = [f"/// {sentence(record.en)}"]
    if record.csta or record.tapi:
        out += ["///", f"/// @source  " + ", ".join(x for x in ("CSTA " + record.csta if record.csta else "",
                                                                "TAPI " + record.tapi if record.tapi else "") if x)]
    out.append(f"struct {record.name} {{")
    body = []
    for name, meaning in record.fields.items():
        enum = schema.field_enum(record, name)
        kind = "std::string_view" if name == "text" else types[name]
        if enum and name == "detail":
            kind = f"cordboard::{enum}"
        optional = meaning.endswith("?")
        line = f"  {kind} {member(name)}{{}};"
        out.append(f"{line:<36}///< {meaning.rstrip('?')}" + ("; may be none" if optional else ""))
        if name == "text":
            body.append("    mark_text(c, text);")
        elif enum and name == "detail":
            body.append(f"    c.detail = static_cast<std::uint16_t>({name});")
        else:
            body.append(f"    c.{member(name)} = {member(name)};")
    out += ["  /// The record.", "  explicit operator command() const {", "    command c;", f"    c.kind = command_kind::{record.name};", *body,
            "    return c;", "  }", "};"]
    return "\n".join(out) + "\n"


def command_hpp(schema: Schema) -> str:
    out = [SPDX, TITLED, """One command is one fixed record; it crosses threads, sockets and languages as it is.
#pragma once
#include <cordboard/errc.hpp>
#include <cordboard/event.hpp>
#include <cordboard/ids.hpp>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace cordboard {

""", enum_class("command_kind", "std::uint16_t", kinds(schema.commands), "What a command asks for."), "\n",
           name_function("command_kind", kinds(schema.commands)),
           text_declaration("command_kind"),
           f"""
/// The longest text of a command, in bytes.
inline constexpr std::size_t command_text_max = {TEXT_MAX};

/// One command. 512 bytes, 8-byte aligned, little endian; what a kind does not take is zero.
///
///   0           16           24   26 27 28     30       32     40    48      56      64         72        80
///   | id        | deadline_ns|kind|fl|co|detail|text_len| call | leg | party | other | new_call | new_leg | new_party |
///   88      96       100        104     108     112        116      120       128                                512
///   | value | device | operator | queue | actor | revision | spare0 | request | text                              |
struct command {{
""", struct_members(COMMAND, COMMAND_TAGS), "  friend bool operator==(const command&, const command&) = default;\n};\n",
           asserts("command", COMMAND, COMMAND_BYTES), """
/// The command's text; empty when there is none, or when `text_len` is out of range.
/// @lifetime  points into `c`
std::string_view text_of(const command& c) noexcept;
std::string_view text_of(command&&) = delete;

/// Sets the text.
/// @errors  text_invalid: longer than `command_text_max`, not UTF-8, or with control characters; then `c` is unchanged
result<void> set_text(command& c, std::string_view text) noexcept;

/// Sets the text, or marks the record so that `check` refuses it with text_invalid: never a cut.
void mark_text(command& c, std::string_view text) noexcept;

/// Whether the record is well formed: a known kind, an id, what the kind needs, known enumeration values, zero spares.
/// @errors  command_invalid, text_invalid
result<void> check(const command& c) noexcept;

/// A type per command. The record's id, deadline and revision stay zero: whoever submits it sets them.
/// @lifetime  a text is copied into the record by the conversion
namespace cmd {

"""]
    out.append("\n".join(typed(schema, c) for c in schema.commands))
    out.append("\n}  // namespace cmd\n}  // namespace cordboard\n")
    return "".join(out)


def names_cpp(schema: Schema) -> str:
    groups = [(e.name, e.values) for e in schema.enums]
    groups += [("event_kind", kinds(schema.events)), ("command_kind", kinds(schema.commands)), ("errc", schema.errors)]
    out = [SPDX, HEAD, """#include <cordboard/command.hpp>
#include <cordboard/errc.hpp>
#include <cordboard/event.hpp>

namespace cordboard {
namespace {
constexpr std::string_view pick(language in, std::string_view en, std::string_view zh) { return in == language::zh ? zh : en; }
}  // namespace

"""]
    out.append("\n".join(text_function(*g) for g in groups))
    out.append("\n}  // namespace cordboard\n")
    return "".join(out)


def bits(names: list[str]) -> str:
    return " | ".join(f"field::{member(n)}" for n in names) or "0"


def check_cpp(schema: Schema) -> str:
    """What each kind of command takes, what of it must be given, and that all else is zero."""
    plain = [f[0] for f in COMMAND if f[0] not in ("id", "deadline_ns", "kind", "text_len", "text", "actor", "revision")]
    plain.append("text")
    out = [SPDX, HEAD, """#include <base/utf8.hpp>
#include <cordboard/command.hpp>

namespace cordboard {
namespace {

/// A bit for each field that a kind may take.
namespace field {
"""]
    for i, name in enumerate(plain):
        out.append(f"constexpr std::uint32_t {member(name)} = 1U << {i};\n")
    out.append("""}  // namespace field

/// The fields that are not zero.
std::uint32_t given(const command& c) noexcept {
  std::uint32_t bits = 0;
""")
    for name in plain:
        zero = {"consent": "cordboard::consent{}", "text": "0"}.get(name)
        kind = next(f[1] for f in COMMAND if f[0] == name)
        source = "text_len" if name == "text" else member(name)
        zero = zero or (f"{kind}{{}}" if kind.endswith("_id") else "0")
        out.append(f"  if (c.{source} != {zero}) bits |= field::{member(name)};\n")
    out.append("""  return bits;
}

/// What a kind must be given, and what it may be given beside that.
struct shape {
  std::uint32_t needs = 0;
  std::uint32_t may = 0;
};

bool fits(shape s, const command& c) noexcept {
  const std::uint32_t bits = given(c);
  return (bits & s.needs) == s.needs && (bits & ~(s.needs | s.may)) == 0;
}

bool well_formed(const command& c) noexcept {
  switch (c.kind) {
""")
    for record in schema.commands:
        needs = [n for n, m in record.fields.items() if not m.endswith("?")]
        may = [n for n, m in record.fields.items() if m.endswith("?")]
        known = ""
        for name in record.fields:
            enum = schema.field_enum(record, name)
            if enum:
                one_of_them = f"!name(static_cast<cordboard::{enum}>(c.{member(name)})).empty()"
                zero_is_one = any(v.value == 0 for v in schema.enum(enum).values)
                # What may be left out is then 0, also where that is no value.
                known += f" &&\n             {one_of_them if name in needs or zero_is_one else f'(c.{member(name)} == 0 || {one_of_them})'}"
        out.append(f"    case command_kind::{record.name}:\n"
                   f"      return fits({{{bits(needs)}, {bits(may)}}}, c){known};\n")
    out.append("""  }
  return false;
}

}  // namespace

result<void> check(const command& c) noexcept {
  if (c.text_len > command_text_max || !is_plain_text({c.text, c.text_len})) return failure(errc::text_invalid);
  if (!c.id || !well_formed(c)) return failure(errc::command_invalid);
  return {};
}

}  // namespace cordboard
""")
    return "".join(out)


def files(schema: Schema) -> dict[str, str]:
    return {
        "include/cordboard/event.hpp": event_hpp(schema),
        "include/cordboard/errc.hpp": errc_hpp(schema),
        "include/cordboard/command.hpp": command_hpp(schema),
        "src/base/names.cpp": names_cpp(schema),
        "src/base/command_check.cpp": check_cpp(schema),
    }
