# SPDX-License-Identifier: Apache-2.0
"""The reference page."""

from __future__ import annotations

from .model import ABOUT, COMMAND, COMMAND_TAGS, EVENT, EVENT_TAGS, HEADER, Field, Record, Schema, bare, camel

UNITS = {"time_ns": "ns since 1970", "deadline_ns": "ns since 1970", "text": "UTF-8", "sequence": "count"}


def cell(text: str) -> str:
    return text.replace("|", "\\|") or "–"


def unit(name: str, meaning: str) -> str:
    if name in UNITS:
        return UNITS[name]
    if "ns" in meaning.replace(",", " ").split():
        return "ns since 1970" if meaning.startswith(("when", "with wait: when", "its deadline")) else "ns"
    if "nanoseconds" in meaning:
        return "ns"
    if "seconds" in meaning:
        return "s"
    return "–"


def type_of(name: str, fields: list[Field]) -> str:
    if name == "text":
        return "text"
    return next(f[1] for f in fields if f[0] == name).replace("std::", "").replace("cordboard::", "")


def section(schema: Schema, r: Record, fields: list[Field], tags: dict[str, str], python: str) -> str:
    out = [f"### {r.name}\n\n{r.en}. {r.zh}。\n\n",
           "| number | CSTA | TAPI | Python | C | since |\n|---|---|---|---|---|---|\n",
           f"| {r.kind} | {cell(r.csta)} | {cell(r.tapi)} | `{python}` | "
           f"`CORDBOARD_{'EVENT' if fields is EVENT else 'COMMAND'}_{r.name.upper()}` | {r.since} |\n\n"]
    if fields is EVENT and r.weight != "control":
        out.append(f"[Weight](#event_weight): {r.weight}.\n\n")
    if r.fields:
        out.append("| field | type | meaning | unit or values |\n|---|---|---|---|\n")
    for name, meaning in r.fields.items():
        enum = schema.field_enum(r, name)
        told = meaning.rstrip("?") or tags.get(name, "")
        if meaning.endswith("?"):
            told += " (may be none)"
        values = f"[{enum}](#{enum})" if enum and enum not in ("errc", "command_kind") else unit(name, meaning)
        values = {"errc": "[errors](#errors)", "command_kind": "[commands](#commands)"}.get(enum or "", values)
        out.append(f"| `{name}` | {type_of(name, fields)} | {cell(told)} | {values} |\n")
    return "".join(out) + ("\n" if r.fields else "")


def page(schema: Schema) -> str:
    out = ["<!-- SPDX-License-Identifier: Apache-2.0 -->\n", f"<!-- {HEADER} -->\n", """# Events, commands and errors

One command record goes in, one event record comes out. Both have one fixed layout; which of its fields a kind uses, and
what they mean there, stands below. A field that a kind does not list is zero, and so is a spare one. Numbers and meanings
never change once released; new ones are added.

Every event has a `sequence` (its place in the log), a `time_ns` (ns since 1970, never decreasing), a `kind` and, when it
belongs to a call, the call's `revision` after it. Every command has an `id` (128 random bits, chosen by whoever gives it),
a `deadline_ns` (ns since 1970) and may state the `revision` that it expects (0: any).

""", "[Events](#events) · [Commands](#commands) · [Errors](#errors) · [Enumerations](#enumerations) · [Layouts](#layouts)\n\n",
           "## Events\n\n"]
    out += [section(schema, e, EVENT, EVENT_TAGS, camel(e.name)) for e in schema.events]
    out.append("## Commands\n\nAn outcome follows every accepted command: `command_done`, `command_failed` or "
               "`command_timed_out`, under its id.\n\n")
    out += [section(schema, c, COMMAND, COMMAND_TAGS, f"Board.{c.name}") for c in schema.commands]
    out.append("## Errors\n\n| number | name | English | Chinese | CSTA | C |\n|---|---|---|---|---|---|\n")
    for v in schema.errors:
        out.append(f"| {v.value} | {v.name} | {cell(v.en)} | {cell(v.zh)} | {cell(schema.csta_of[v.name])} | `CORDBOARD_{v.name.upper()}` |\n")
    out.append("\n## Enumerations\n\n")
    for e in schema.enums:
        out.append(f"### {e.name}\n\n{ABOUT[e.name]}\n\n| value | name | English | Chinese |\n|---|---|---|---|\n")
        out += [f"| {v.value} | {bare(v.name)} | {cell(v.en)} | {cell(v.zh)} |\n" for v in e.values]
        out.append("\n")
    out.append("## Layouts\n\nLittle endian; every offset is asserted in C++, C and Python.\n\n")
    for name, fields, tags in (("event", EVENT, EVENT_TAGS), ("command", COMMAND, COMMAND_TAGS)):
        out.append(f"| {name} | offset | bytes | meaning |\n|---|---|---|---|\n")
        out += [f"| `{f[0]}` | {f[4]} | {f[5]} | {cell(tags[f[0]])} |\n" for f in fields]
        out.append("\n")
    return "".join(out).rstrip() + "\n"


def files(schema: Schema) -> dict[str, str]:
    return {"schema/REFERENCE.md": page(schema)}
