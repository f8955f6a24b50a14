# SPDX-License-Identifier: Apache-2.0
"""The TypeScript form: enumerations, an interface per event and command as JSON has them, and their words in two languages."""

from __future__ import annotations

import json

from .model import EVENT_TAGS, HEADER, Record, Schema, bare, camel, sentence

# JSON has these by name, as `cordboard log --json` does; other enumerations are numbers by kind of event.
NAMED = ("cause", "layer", "custodian", "consent")
IDS = {"call": "CallId", "leg": "LegId", "party": "PartyId", "request": "RequestId", "device": "DeviceId", "operator": "OperatorId",
       "queue": "QueueId", "actor": "ActorId", "command": "CommandId", "new_call": "CallId", "new_leg": "LegId",
       "new_party": "PartyId"}
BASE = ("revision", "marks")  # what every event has already
# Wider than a number of JavaScript is exact.
WIDE = ("value", "other")
FILE = f"// SPDX-License-Identifier: Apache-2.0\n// {HEADER}\n"


def quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def enumeration(schema: Schema, name: str) -> str:
    values = schema.enum(name).values
    kind = camel(name)
    if name in NAMED:
        return f"export type {kind} = " + " | ".join(quoted(bare(v.name)) for v in values) + ";\n"
    members = ", ".join(f"{bare(v.name)}: {v.value}" for v in values)
    return (f"export const {kind} = {{ {members} }} as const;\nexport type {kind} = (typeof {kind})[keyof typeof {kind}];\n"
            f"export type {kind}Name = keyof typeof {kind};\n")


def field_type(schema: Schema, r: Record, name: str) -> str:
    if name in NAMED:
        return camel(name)
    if name in WIDE:
        return "string"
    enum = schema.field_enum(r, name)
    if enum in ("errc", "command_kind"):
        return "number"
    if enum and enum not in NAMED:
        return camel(enum)
    if name == "text":
        return "string"
    return IDS.get(name, "number")


def event(schema: Schema, r: Record) -> str:
    out = [f"/** {sentence(r.en)} {r.zh} */", f"export interface {camel(r.name)} extends EventBase {{", f"  kind: {quoted(r.name)};"]
    for name, meaning in r.fields.items():
        if name not in BASE:
            out.append(f"  /** {meaning or EVENT_TAGS.get(name, name)} */\n  {name}?: {field_type(schema, r, name)};")
    return "\n".join([*out, "}"]) + "\n"


def command(schema: Schema, r: Record) -> str:
    out = [f"  /** {sentence(r.en)} {r.zh} */", f"  {r.name}: {{"]
    for name, meaning in r.fields.items():
        # Ids of what it makes may be left out: the client chooses them at random.
        optional = "?" if meaning.endswith("?") or name.startswith("new_") else ""
        kind = field_type(schema, r, name)
        out.append(f"    /** {meaning.rstrip('?')} */\n    {name}{optional}: {kind};")
    return "\n".join([*out, "  };"]) + "\n"


def schema_file(schema: Schema) -> str:
    out = [FILE, "// The schema as types. Ids are texts, since JavaScript's numbers are exact to 53 bits only; what is 0 is left out.\n\n"]
    for name in sorted({*IDS.values()}):
        out.append(f"export type {name} = string & {{ readonly is?: {quoted(name)} }};\n")
    out.append("\n")
    out += [enumeration(schema, e.name) for e in schema.enums]
    out.append("export const Errc = { " + ", ".join(f"{e.name}: {e.value}" for e in schema.errors) + " } as const;\n")
    out.append("export type Errc = keyof typeof Errc;\n\n")
    out.append("""/** What every event has. */
export interface EventBase {
  /** place in the log, from 1; rises, and is never used twice */
  sequence: number;
  /** event time, ns since 1970; never decreases */
  time_ns: string;
  /** of the call, after this event */
  revision?: number;
  /** what it belongs to, a bit for each `Mark` */
  marks?: number;
}

""")
    out += [event(schema, e) + "\n" for e in schema.events]
    out.append("export interface Events {\n" + "".join(f"  {e.name}: {camel(e.name)};\n" for e in schema.events) + "}\n")
    out.append("export type EventKind = keyof Events;\n")
    out.append("/** Any event, told apart by `kind`. A newer board may send kinds that are not here: pass over them. */\n")
    out.append("export type Event = Events[EventKind];\n\n")
    out.append("/** What each command takes beside its id and deadline. */\nexport interface Commands {\n")
    out += [command(schema, c) for c in schema.commands]
    out.append("}\nexport type CommandName = keyof Commands;\n\n")
    out.append("/** The numbers of commands, as `detail` of command_accepted and the outcomes has them. */\nexport const CommandKind = {\n")
    out += [f"  {c.name}: {c.kind},\n" for c in schema.commands]
    out.append("} as const;\n\n/** The ids that a command makes. */\nexport const CREATES: { readonly [name in CommandName]?: readonly string[] } = {\n")
    for c in schema.commands:
        made = [quoted(n) for n in c.fields if n.startswith("new_")]
        if made:
            out.append(f"  {c.name}: [{', '.join(made)}],\n")
    out.append("};\n")
    return "".join(out)


def words_file(schema: Schema) -> str:
    """Apart, so that a program which shows none of them does not carry them."""
    def pair(en: str, zh: str) -> str:
        return f"[{quoted(zh)}, {quoted(en)}]"

    out = [FILE, "// What the schema's names are called: Chinese, then English.\n\nexport type Words = readonly [zh: string, en: string];\n"]
    for title, rows in (("EVENT_WORDS", schema.events), ("COMMAND_WORDS", schema.commands)):
        out.append(f"\nexport const {title}: Readonly<Record<string, Words>> = {{\n")
        out += [f"  {r.name}: {pair(r.en, r.zh)},\n" for r in rows]
        out.append("};\n")
    out.append("\nexport const ERROR_WORDS: Readonly<Record<string, Words>> = {\n")
    out += [f"  {e.name}: {pair(e.en, e.zh)},\n" for e in schema.errors]
    out.append("};\n\n/** By enumeration, then by the value's name. */\nexport const ENUM_WORDS = {\n")
    for e in schema.enums:
        out.append(f"  {e.name}: {{\n" + "".join(f"    {bare(v.name)}: {pair(v.en, v.zh)},\n" for v in e.values) + "  },\n")
    out.append("} as const satisfies Readonly<Record<string, Readonly<Record<string, Words>>>>;\n")
    return "".join(out)


def files(schema: Schema) -> dict[str, str]:
    return {"bindings/typescript/src/schema.ts": schema_file(schema), "bindings/typescript/src/words.ts": words_file(schema)}
