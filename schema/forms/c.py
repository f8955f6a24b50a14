# SPDX-License-Identifier: Apache-2.0
"""The C form: records and constants (cordboard_schema.h), and the functions that fill in a command."""

from __future__ import annotations

from .cpp import HEAD, quoted
from .model import (ABOUT, COMMAND, COMMAND_BYTES, COMMAND_TAGS, EVENT, EVENT_BYTES, EVENT_TAGS, HEADER, Field, Record, Schema,
                    SchemaError, bare, member, sentence)

C_HEAD = f"/* {HEADER} */\n/* clang-format off */\n"
NOUNS = {
    "call": (64, "A call relates devices (CSTA callID)."),
    "leg": (64, "One signalling relation with one device."),
    "party": (64, "A person in a conversation; stays over transfers."),
    "request": (64, "A matter that somebody owes somebody."),
    "device": (32, "A phone or a trunk; given out by the board in the order of configuration, as those that follow."),
    "operator": (32, "A person who answers for the house."),
    "queue": (32, "A queue."),
    "actor": (32, "A user or program that gives commands; 0 is the board itself."),
}
IDS = {name + "_id": f"cordboard_{name}" for name in NOUNS}
IDS["command_id"] = "cordboard_command_id"


def c_type(field: Field) -> str:
    return IDS.get(field[1], field[2])


def constants(schema: Schema) -> str:
    groups = [(f"CORDBOARD_{bare(e.name)}", ABOUT[e.name], [(v.name, v.value, v.en) for v in e.values]) for e in schema.enums]
    groups.append(("CORDBOARD_EVENT", "What happened: `kind` of an event.", [(e.name, e.kind, e.en) for e in schema.events]))
    groups.append(("CORDBOARD_COMMAND", "What a command asks for: `kind` of a command.", [(c.name, c.kind, c.en) for c in schema.commands]))
    groups.append(("CORDBOARD", "Why a call failed. Every function that returns int32_t returns 0 or one of these.",
                   [("ok", 0, "Success")] + [(e.name, e.value, e.en) for e in schema.errors]))
    out, seen = [], set()
    for prefix, about, values in groups:
        out.append(f"/* {about} */\nenum {{\n")
        for i, (name, value, en) in enumerate(values):
            constant = f"{prefix}_{bare(name)}".upper()
            if constant in seen:
                raise SchemaError(f"C: two constants are called {constant}")
            seen.add(constant)
            comma = "," if i + 1 < len(values) else ""
            out.append(f"  {constant} = {value}{comma}".ljust(52) + f" /* {sentence(en)} */\n")
        out.append("};\n\n")
    return "".join(out)


def record(name: str, fields: list[Field], tags: dict[str, str]) -> str:
    out = [f"typedef struct {name} {{\n"]
    for f in fields:
        suffix = f"[{f[5]}]" if f[1] == "char" else ""
        out.append(f"  {c_type(f)} {member(f[0])}{suffix};".ljust(40) + f"/* {f[4]}: {tags[f[0]]} */\n")
    return "".join(out) + f"}} {name};\n"


def signature(schema: Schema, r: Record) -> tuple[str, list[tuple[str, str]]]:
    """The return type and the parameters after the command."""
    types = {f[0]: c_type(f) for f in COMMAND}
    parameters = [("const char*" if n == "text" else types[n], member(n)) for n in r.fields]
    return ("int32_t" if "text" in r.fields else "void"), parameters


def prototype(schema: Schema, r: Record) -> str:
    returns, parameters = signature(schema, r)
    listed = ", ".join(["cordboard_command* command"] + [f"{t} {n}" for t, n in parameters])
    return f"{returns} cordboard_command_{r.name}({listed})"


def header(schema: Schema) -> str:
    out = ["/* SPDX-License-Identifier: Apache-2.0 */\n", C_HEAD,
           """/* The records and constants of the C ABI. Include cordboard.h instead of this file.
 * Values never move; new ones are added at the end of their group. */
#ifndef CORDBOARD_SCHEMA_H
#define CORDBOARD_SCHEMA_H
#include <stdint.h>

#ifndef CORDBOARD_API
#define CORDBOARD_API
#endif
#ifdef __cplusplus
extern "C" {
#endif

/* --- Ids: a type per noun, passed by value. They are never reused; 0 is none; an id of something that ended gives an error. */

"""]
    for name, (width, about) in NOUNS.items():
        out.append(f"/* {about} */\ntypedef struct {{\n  uint{width}_t id; /* 0: none */\n}} cordboard_{name};\n")
    out.append("""/* A command's id: 128 bits that the caller chooses at random, so that repeating it is safe. */
typedef struct {
  uint64_t high; /* the first half */
  uint64_t low;  /* the second half */
} cordboard_command_id;

""")
    out.append(constants(schema))
    out.append(f"""/* One event, as it stands in the log: {EVENT_BYTES} bytes, little endian. What the kind does not list is zero; which fields
 * a kind lists, and what they mean, stands in schema/REFERENCE.md. */
{record("cordboard_event", EVENT, EVENT_TAGS)}
/* One command: {COMMAND_BYTES} bytes, little endian. What a kind does not take is zero. */
{record("cordboard_command", COMMAND, COMMAND_TAGS)}
/* --- One function per kind. Each sets the kind and its fields, and clears every other field but `id`, `deadline_ns` and
 * `revision`. A null command is left alone. Where a text is taken, it is UTF-8 that ends in a zero byte, null for none;
 * CORDBOARD_TEXT_INVALID is returned when it is too long, not UTF-8, or holds control characters, and
 * CORDBOARD_COMMAND_INVALID for a null command. */
""")
    for r in schema.commands:
        out.append(f"\n/* {sentence(r.en)}\n")
        for n, m in r.fields.items():
            out.append(f" * @param {member(n)}  {m.rstrip('?')}{'; may be none' if m.endswith('?') else ''}\n")
        out.append(f" * @since {r.since} */\nCORDBOARD_API {prototype(schema, r)};\n")
    out.append("\n#ifdef __cplusplus\n}\n#endif\n#endif\n")
    return "".join(out)


def fill_in(schema: Schema) -> str:
    """The bodies of the fill-in functions."""
    out = ["// SPDX-License-Identifier: Apache-2.0\n", HEAD, """#include "fill_in.hpp"
#include <cordboard/cordboard.h>

"""]
    for r in schema.commands:
        out.append(f"{prototype(schema, r)} {{\n")
        text = "text" in r.fields
        kind = f"CORDBOARD_COMMAND_{r.name.upper()}"
        out.append(f"  if (!cordboard::c::begin(command, {kind})) return{' CORDBOARD_COMMAND_INVALID' if text else ''};\n")
        for n in r.fields:
            if n != "text":
                out.append(f"  command->{member(n)} = {member(n)};\n")
        if text:
            out.append("  return cordboard::c::put_text(*command, text);\n")
        out.append("}\n\n")
    return "".join(out).rstrip() + "\n"


def names(schema: Schema) -> list[str]:
    return [f"cordboard_command_{r.name}" for r in schema.commands]


def abi_values(schema: Schema) -> str:
    """For the test: every value of the C header once more, from the C++ side."""
    out = ["// SPDX-License-Identifier: Apache-2.0\n", HEAD,
           "// The C constants and offsets, held against the C++ ones by the compiler.\n",
           "#include <cordboard/command.hpp>\n#include <cordboard/cordboard.h>\n#include <cordboard/errc.hpp>\n"
           "#include <cordboard/event.hpp>\n#include <cstddef>\n\nnamespace cordboard {\n"]
    for e in schema.enums:
        for v in e.values:
            out.append(f"static_assert(CORDBOARD_{bare(e.name).upper()}_{bare(v.name).upper()} == static_cast<int>({e.name}::{v.name}));\n")
    for r in schema.events:
        out.append(f"static_assert(CORDBOARD_EVENT_{r.name.upper()} == static_cast<int>(event_kind::{r.name}));\n")
    for r in schema.commands:
        out.append(f"static_assert(CORDBOARD_COMMAND_{r.name.upper()} == static_cast<int>(command_kind::{r.name}));\n")
    for v in schema.errors:
        out.append(f"static_assert(CORDBOARD_{v.name.upper()} == static_cast<int>(errc::{v.name}));\n")
    for name, fields in (("event", EVENT), ("command", COMMAND)):
        out.append(f"static_assert(sizeof(cordboard_{name}) == sizeof({name}));\nstatic_assert(alignof(cordboard_{name}) == alignof({name}));\n")
        for f in fields:
            out.append(f"static_assert(offsetof(cordboard_{name}, {member(f[0])}) == offsetof({name}, {member(f[0])}));\n")
    out.append("}  // namespace cordboard\n")
    return "".join(out)


def abi_table(schema: Schema) -> str:
    """For the test: what a C99 compiler makes of the header, as lines that the other side compares."""
    out = ["/* SPDX-License-Identifier: Apache-2.0 */\n", C_HEAD,
           "/* What the C compiler makes of each record: a row is a name, an offset and a size; offset 0xffffffff is a whole record. */\n",
           "#include \"layout_table.h\"\n#include <cordboard/cordboard.h>\n#include <stddef.h>\n\n",
           "const struct layout_row layout_table[] = {\n"]
    for name, fields in (("event", EVENT), ("command", COMMAND)):
        record_type = f"cordboard_{name}"
        out.append(f"  {{{quoted(name)}, 0xffffffffu, (uint32_t)sizeof({record_type})}},\n")
        for f in fields:
            m = member(f[0])
            out.append(f"  {{{quoted(name + '.' + f[0])}, (uint32_t)offsetof({record_type}, {m}), (uint32_t)sizeof((({record_type}*)0)->{m})}},\n")
    out.append("};\nconst uint32_t layout_rows = (uint32_t)(sizeof(layout_table) / sizeof(layout_table[0]));\n")
    return "".join(out)


def files(schema: Schema) -> dict[str, str]:
    return {
        "include/cordboard/cordboard_schema.h": header(schema),
        "bindings/c/fill_in.cpp": fill_in(schema),
        "tests/abi/values.cpp": abi_values(schema),
        "tests/abi/layout_table.c": abi_table(schema),
    }
