# SPDX-License-Identifier: Apache-2.0
"""The Python form: enumerations, the NumPy dtype, a class per event, a builder and a Board method per command."""

from __future__ import annotations

from .model import (ABOUT, COMMAND, EVENT, EVENT_BYTES, EVENT_TAGS, HEADER, TEXT_MAX, Field, Record, Schema, SchemaError,
                    Value, bare, camel, sentence)

ID_TYPES = {"call": "CallId", "leg": "LegId", "party": "PartyId", "request": "RequestId", "device": "DeviceId",
            "operator": "OperatorId", "queue": "QueueId", "actor": "ActorId", "command": "CommandId",
            "new_call": "CallId", "new_leg": "LegId", "new_party": "PartyId"}
BASE = ("text", "revision", "marks")  # what every event has already
STRUCT = {1: "B", 2: "H", 4: "I", 8: "Q"}


def struct_format(fields: list[Field]) -> str:
    out = "<"
    for name, _, _, dtype, _, size in fields:
        if name == "text":
            out += f"{size}s"
        elif size == 16:
            out += "QQ"
        else:
            out += STRUCT[size].lower() if dtype[-2:-1] == "i" else STRUCT[size]
    return out


def positions(fields: list[Field]) -> dict[str, int]:
    at, out = 0, {}
    for name, _, _, _, _, size in fields:
        out[name] = at
        at += 2 if size == 16 else 1
    return out


def dtype(fields: list[Field]) -> list[str]:
    out = []
    for name, _, _, kind, _, _ in fields:
        if kind == "<u8*2":
            out += [f'        ("{name}_high", "<u8"),', f'        ("{name}_low", "<u8"),']
        else:
            out.append(f'        ("{name}", "{kind}"),')
    return out


def enum_class(name: str, values: list[Value], about: str) -> str:
    base = "IntFlag" if name in ("Right", "Mark") else "OpenEnum"
    out = [f"class {name}({base}):", f'    """{about}"""', ""]
    for v in values:
        out.append(f"    {bare(v.name).upper()} = {v.value}")
        out.append(f'    """{sentence(v.en)} {v.zh}"""')
    return "\n".join(out) + "\n\n\n"


def field_type(schema: Schema, r: Record, name: str) -> str:
    enum = schema.field_enum(r, name)
    if enum == "errc":
        return "Errc"
    if enum:
        return camel(enum)
    return ID_TYPES.get(name, "int")


def event_class(schema: Schema, r: Record) -> str:
    names = [n for n in r.fields if n not in BASE]
    out = ["@_core.event_class", f"class {camel(r.name)}(Event):", f'    """{sentence(r.en)} {r.zh}', ""]
    for n in r.fields:
        out.append(f"    {n}: {r.fields[n] or EVENT_TAGS.get(n, n)}")
    source = ", ".join(x for x in (f"CSTA {r.csta}" if r.csta else "", f"TAPI {r.tapi}" if r.tapi else "") if x)
    if source:
        out += ["", f"    {source}"]
    out += ['    """', "", f"    kind: ClassVar[EventKind] = EventKind.{r.name.upper()}"]
    if names:
        matched = ", ".join(f'"{n}"' for n in names)
        out.append(f"    __match_args__ = ({matched},)")
    for n in names:
        kind = field_type(schema, r, n)
        given = f"{n!r}, {kind}".replace("'", '"') if kind not in (*ID_TYPES.values(), "int") else f'"{n}"'
        out.append(f"    {n}: Final[{kind}] = _field({given})")
    return "\n".join(out) + "\n\n\n"


def unknown_class() -> str:
    """All that a slot has: nobody knows here what of it the kind uses."""
    out = ["@_core.event_class", "class Unknown(Event):",
           '    """An event of a kind that this version does not know: `number` is its kind, and every field of the slot is there."""', "",
           '    __match_args__ = ("number",)', '    number: Final[int] = _field("kind")']
    for name, _, _, _, _, _ in EVENT:
        if name not in ("sequence", "time_ns", "kind", "revision", "text_at", "text_len", "crc32c", "marks") and not name.startswith("spare"):
            out.append(f'    {name}: Final[{ID_TYPES.get(name, "int")}] = _field("{name}")')
    return "\n".join(out) + "\n\n\n"


def layout_table() -> str:
    out = ["EVENT_LAYOUT: dict[str, tuple[int, int, bool]] = {\n"]
    out += [f'    "{name}": ({offset}, {size}, {kind[-2:-1] == "i"}),\n' for name, _, _, kind, offset, size in EVENT]
    return "".join(out) + '}\n"""Where each field stands in an event: offset, bytes, signed. Little-endian; `command` is its high half, then the low one."""\n\n\n'


# What fields of some commands are called: those on the log name no call, and keys are no words.
NAMED = {"hold_log": {"detail": "by", "text": "reason", "value": "first", "other": "last"}, "release_log_hold": {"value": "hold"},
         "generate_digits": {"text": "keys"}, "start_code_call": {"text": "code", "detail": "drill"},
         "open_request": {"text": "what", "detail": "source", "value": "call_at_ns"}, "note_request": {"other": "corrects"},
         "change_request": {"text": "what"}, "advance_request": {"text": "stage"},
         "promise_request": {"detail": "which", "value": "at_ns", "text": "told", "other": "slot"}, "tell_request": {"detail": "of"},
         "pass_request": {"text": "reason"}, "ask_approval": {"text": "reason"}, "answer_approval": {"text": "reason"},
         "refuse_request": {"text": "reason"}, "cancel_request": {"text": "reason"}, "close_request": {"text": "what"},
         "call_request": {"text": "number", "detail": "by_dialogue"}, "release_booking": {"text": "number"},
         "offer_slot": {"text": "what", "value": "at_ns", "detail": "places"}, "excuse_owner": {"text": "reason"},
         "link_request": {"other": "to"}, "announce_request": {"detail": "on"},
         "send_message": {"detail": "way", "text": "template", "other": "about"},
         "report_message": {"other": "asked", "detail": "result"}, "note_call": {"other": "corrects"}, "report_access": {"other": "user", "value": "count"},
         "report_equipment": {"detail": "state", "text": "what"}, "sign_check": {"text": "what", "detail": "found"},
         "set_activity": {"detail": "activity", "value": "until_ns"}, "use_card": {"text": "card"},
         "report_post": {"text": "post", "detail": "state", "value": "until_ns"}}


def parameters(schema: Schema, r: Record) -> tuple[list[str], list[str], list[str]]:
    """Positional parameters, keyword ones, and lines that fill the record."""
    first, rest, lines = [], [], []
    # A device or a number is called; a request has an owner, and words besides.
    dialled = "device" in r.fields and "text" in r.fields and "request" not in r.fields
    for n, meaning in r.fields.items():
        optional = meaning.endswith("?")
        if dialled and n in ("device", "text"):
            if n == "device":
                first.append("to: DeviceId | str")
                lines += ["    if isinstance(to, str):", '        fields["text"] = to', "    else:", '        fields["device"] = to']
            continue
        kind = "str" if n == "text" else field_type(schema, r, n)
        name = n
        enum = schema.field_enum(r, n)
        if n == "detail":
            name = {"consent_of": "of", "participation": "part", None: "reason"}.get(enum, n)
        if r.name in NAMED and n in NAMED[r.name]:
            name = NAMED[r.name][n]
        elif n == "other":
            name, kind = {"alternate": "held"}.get(r.name, "consultation"), "CallId"
        if n.startswith("new_"):
            rest.append(f"{n}: {kind} | None = None")
            lines.append(f'    fields["{n}"] = new_id() if {n} is None else {n}')
        elif optional and kind == "str":
            first.append(f'{name}: str = ""')
            lines.append(f'    fields["{n}"] = {name}')
        elif optional:
            rest.append(f"{name}: {kind} = {kind}(0)" if kind != "int" else f"{name}: int = 0")
            lines.append(f'    fields["{n}"] = {name}')
        else:
            first.append(f"{name}: {kind}")
            lines.append(f'    fields["{n}"] = {name}')
    return first, rest, lines


def names_of(items: list[str]) -> list[str]:
    return [i.split(":")[0] for i in items]


def builder(schema: Schema, r: Record) -> str:
    first, rest, lines = parameters(schema, r)
    listed = ", ".join(first + (["*"] + rest if rest else []))
    out = [f"def {r.name}({listed}) -> Command:", f'    """{sentence(r.en)} {r.zh}"""',
           "    fields: dict[str, int | str] = {}", *lines,
           f"    return Command(kind=CommandKind.{r.name.upper()}, fields=fields)"]
    return "\n".join(out) + "\n\n\n"


def method(schema: Schema, r: Record, of: str = "") -> str:
    """The command as a method of the board, or of a handle whose id is the first parameter."""
    first, rest, _ = parameters(schema, r)
    given = names_of(first) + [f"{n}={n}" for n in names_of(rest)]
    if of:
        first, given = first[1:], ["self.id", *given[1:]]
    keywords = rest + ["timeout: float = COMMAND_TIMEOUT", "revision: int = 0", "id: CommandId | None = None"]
    listed = ", ".join(["self", *first, "*", *keywords])
    out = [f"    def {r.name}({listed}) -> P:", f'        """{sentence(r.en)} {r.zh}"""',
           f"        return self._give({r.name}({', '.join(given)}), timeout=timeout, revision=revision, id=id)"]
    return "\n".join(out) + "\n\n"


def handle(schema: Schema, of: str) -> str:
    """The commands that begin with a call, or with an operator, as methods of a handle."""
    kind = ID_TYPES[of]
    out = [f'''class {camel(of)}Commands(Generic[P]):
    """The commands of one {of}: those of the board that begin with its id."""

    id: {kind}

    def _give(self, command: Command, *, timeout: float, revision: int, id: CommandId | None) -> P:
        raise NotImplementedError

''']
    out += [method(schema, c, of) for c in schema.commands if parameters(schema, c)[0][:1] == [f"{of}: {kind}"]]
    return "".join(out).rstrip() + "\n\n\n"


HEAD = '''"""The schema as Python: enumerations, events, commands and the NumPy layout. Public names are re-exported by `cordboard`."""

from __future__ import annotations

import functools
import secrets
import struct
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import Any, ClassVar, Final, Generic, NewType, Protocol, TypeVar

from . import _core

CallId = NewType("CallId", int)
LegId = NewType("LegId", int)
PartyId = NewType("PartyId", int)
RequestId = NewType("RequestId", int)
DeviceId = NewType("DeviceId", int)
OperatorId = NewType("OperatorId", int)
QueueId = NewType("QueueId", int)
ActorId = NewType("ActorId", int)
CommandId = NewType("CommandId", int)

COMMAND_TIMEOUT = 10.0
"""Seconds until a command's deadline, unless said otherwise."""


class OpenEnum(IntEnum):
    """An enumeration that takes values of a newer board too: they are called UNKNOWN_n."""

    @classmethod
    def _missing_(cls, value: object) -> OpenEnum | None:
        if not isinstance(value, int):
            return None
        member = int.__new__(cls, value)
        member._name_ = f"UNKNOWN_{value}"
        member._value_ = value
        return member


'''

EVENT_BASE = '''class TextSource(Protocol):
    """What an event asks for its text."""

    def text(self, sequence: int) -> str: ...


def masked(number: str) -> str:
    """A number with all but its last two characters hidden, for texts that developers read."""
    return "*" * max(0, len(number) - 2) + number[-2:] if len(number) > 2 else "*" * len(number)


@functools.cache
def _members(enumeration: type[IntEnum]) -> tuple[IntEnum | None, ...]:
    """The members by value, so that an event finds its own without a call."""
    known = {int(member): member for member in enumeration}
    return tuple(known.get(value) for value in range(max(known) + 1))


def _field(name: str, enumeration: type[IntEnum] | None = None) -> Any:
    offset, size, signed = EVENT_LAYOUT[name]
    members = () if enumeration is None else _members(enumeration)
    return _core.Field(offset, size, signed=signed, enumeration=enumeration, members=members)


@_core.event_class
class Event(_core.Slot):
    """One event of the log: its slot, with names. A field that its kind does not list is not there.

    sequence: place in the log, from 1
    time_ns: event time, ns since 1970; never decreases
    revision: of the call, after this event; 0 where there is no call
    text_len: bytes of text that stand outside the event; 0 none
    marks: what it belongs to, a bit for each `Mark`; who counts passes over `Mark.DRILL`

    Events never change; they are equal when they say the same, may be hashed, copied and pickled (a pickled one has lost its
    log, and its text with it). A program's tests make one by its fields: `Held(sequence=1, call=CallId(42))`.
    """

    __match_args__: ClassVar[tuple[str, ...]] = ()
    kind: ClassVar[EventKind] = _field("kind", EventKind)
    sequence: Final[int] = _field("sequence")
    time_ns: Final[int] = _field("time_ns")
    revision: Final[int] = _field("revision")
    text_len: Final[int] = _field("text_len")
    marks: Final[int] = _field("marks")

    @staticmethod
    def from_slot(slot: bytes | bytearray | memoryview | Any, log: TextSource | None = None) -> Event:
        """The event of 128 bytes, as one row of `Log.array`. `log` is asked for its text."""
        event: Event = _MAKER.event(slot, log)
        return event

    @property
    def time(self) -> float:
        """Event time in seconds since 1970, as `time.time()`."""
        return self.time_ns / 1e9

    @property
    def text(self) -> str:
        """The text that stands outside the event; read from the log when asked for. Whoever prints it shows numbers and names.

        Raises LogGone when retention has removed it meanwhile, or when the event has no log.
        """
        if self.text_len == 0:
            return ""
        if self.log is None:
            from .errors import LogGone

            raise LogGone("the event has no log: it was pickled, or made of a slot alone")
        log: TextSource = self.log
        return log.text(self.sequence)

    def __repr__(self) -> str:
        shown = [f"sequence={self.sequence}"]
        for name in type(self).__match_args__:
            value = getattr(self, name)
            if isinstance(value, IntEnum):
                shown.append(f"{name}={value.name}")
            elif value:
                shown.append(f"{name}={value:x}" if name in _RANDOM else f"{name}={value}")
        if self.text_len:
            shown.append(f"text=<{self.text_len} bytes>")
        return f"{type(self).__name__}({', '.join(shown)})"

    def __reduce__(self) -> tuple[Any, ...]:
        return Event.from_slot, (bytes(self),)

    def __copy__(self) -> Event:
        return self

    def __deepcopy__(self, memo: object) -> Event:
        return self


_RANDOM = frozenset(("call", "leg", "party", "request", "command"))


'''

COMMAND_BASE = '''@dataclass(frozen=True, repr=False)
class Command:
    """A command that is not given yet; `Board.submit` gives it. Build one with the function of its name."""

    kind: CommandKind
    fields: dict[str, int | str]

    def record(self, *, id: CommandId, deadline_ns: int, revision: int = 0) -> bytes:
        """The 512 bytes that cross to the board. A text that does not fit is a ValueError."""
        values: list[int | bytes] = [0] * COMMAND_VALUES
        text = str(self.fields.get("text", "")).encode()
        if len(text) > COMMAND_TEXT_MAX:
            raise ValueError(f"text: {len(text)} bytes, at most {COMMAND_TEXT_MAX}")
        for name, value in self.fields.items():
            if not isinstance(value, str):
                values[COMMAND_AT[name]] = value
        values[COMMAND_AT["id"]] = id >> 64
        values[COMMAND_AT["id"] + 1] = id & 0xFFFF_FFFF_FFFF_FFFF
        values[COMMAND_AT["deadline_ns"]] = deadline_ns
        values[COMMAND_AT["kind"]] = int(self.kind)
        values[COMMAND_AT["revision"]] = revision
        values[COMMAND_AT["text_len"]] = len(text)
        values[COMMAND_AT["text"]] = text
        try:
            return COMMAND_STRUCT.pack(*values)
        except struct.error as error:
            raise ValueError(f"{self.kind.name.lower()}: {error}") from None

    def __repr__(self) -> str:
        shown = [f"{n}={masked(v) if isinstance(v, str) else v}" for n, v in self.fields.items() if v]
        return f"{self.kind.name.lower()}({', '.join(shown)})"


def new_id() -> int:
    """A random 64-bit id that is not 0."""
    return secrets.randbits(64) or new_id()


def new_command_id() -> CommandId:
    """A random 128-bit id that is not 0."""
    return CommandId(secrets.randbits(128)) or new_command_id()


'''


def check_names(schema: Schema) -> None:
    taken: set[str] = {"Event", "Unknown", "Command", "Commands", "Board", "Error", "Timeout", "EventKind", "CommandKind", "Errc"}
    for name in [camel(e.name) for e in schema.enums] + [camel(e.name) for e in schema.events]:
        if name in taken:
            raise SchemaError(f"Python: two classes are called {name}")
        taken.add(name)


def module(schema: Schema) -> str:
    check_names(schema)
    out = ["# SPDX-License-Identifier: Apache-2.0\n", f"# {HEADER}\n", HEAD]
    for e in schema.enums:
        out.append(enum_class(camel(e.name), e.values, ABOUT[e.name]))
    out.append(enum_class("EventKind", [Value(e.name, e.kind, e.en, e.zh) for e in schema.events], "What happened."))
    out.append(enum_class("CommandKind", [Value(c.name, c.kind, c.en, c.zh) for c in schema.commands], "What a command asks for."))
    out.append(enum_class("Errc", [Value("ok", 0, "Success", "成功"), *schema.errors], "Why an operation failed."))
    out.append(layout_table())
    out.append(EVENT_BASE)
    out.append(unknown_class())
    out += [event_class(schema, e) for e in schema.events]
    out.append(f'EVENT_BYTES = {EVENT_BYTES}\n"""Of one event."""\n')
    out.append("EVENT_DTYPE: list[tuple[str, str]] = [\n" + "\n".join(d[4:] for d in dtype(EVENT)) + "\n]\n")
    out.append('"""One event for NumPy: `numpy.dtype(EVENT_DTYPE)`."""\n\n')
    out.append("_CLASSES: dict[int, type[Event]] = {\n")
    out += [f"    {e.kind}: {camel(e.name)},\n" for e in schema.events]
    out.append("}\n_MAKER = _core.EventMaker(tuple(_CLASSES.get(kind) for kind in range(max(_CLASSES) + 1)), Unknown)\n\n")
    out.append(f'COMMAND_STRUCT = struct.Struct("{struct_format(COMMAND)}")\nCOMMAND_TEXT_MAX = {TEXT_MAX}\n')
    command_at = positions(COMMAND)
    out.append("COMMAND_AT = {\n" + "".join(f'    "{n}": {i},\n' for n, i in command_at.items()) + "}\n")
    out.append(f"COMMAND_VALUES = {max(command_at.values()) + 1}\n\n\n")
    out.append(COMMAND_BASE)
    out += [builder(schema, c) for c in schema.commands]
    out.append('P = TypeVar("P")\n\n\n')
    out.append('''class Commands(Generic[P]):
    """A method per command. Each returns at once what `_give` makes of it: see `Board`."""

    def _give(self, command: Command, *, timeout: float, revision: int, id: CommandId | None) -> P:
        raise NotImplementedError

''')
    out += [method(schema, c) for c in schema.commands]
    out[-1] += "\n"
    out += [handle(schema, of) for of in ("call", "operator", "request")]
    text = "".join(out).rstrip() + "\n"
    return text


def package(schema: Schema) -> str:
    """The public names, spelled out so that type checkers see each."""
    names = ["ActorId", "CallId", "Command", "CommandId", "CommandKind", "DeviceId", "EVENT_BYTES", "EVENT_DTYPE", "Errc", "Event",
             "EventKind", "LegId", "OperatorId", "PartyId", "QueueId", "RequestId", "Unknown", "masked", "new_command_id", "new_id"]
    names += [camel(e.name) for e in schema.enums] + [camel(e.name) for e in schema.events]
    ours = [("board", ["Board"]),
            ("directory", ["Directory", "DirectoryEntry", "DirectoryError", "DirectoryKind", "DirectoryNumber", "Disclosure", "Duty",
                           "DutyTrouble", "DutyWarning", "NumberKind", "PhoneNumber", "normalise_number"]),
            ("errors", ["CommandError", "CommandTimeout", "Error", "Timeout"]),
            ("handles", ["Call", "Operator"]), ("log", ["Events", "Link", "Log"]), ("loopback", ["Loopback", "LoopbackPhone"]),
            ("pending", ["Pending"]), ("report", ["figure_entries", "figures"]), ("requests", ["Attempt", "Request", "Requests", "Slot", "Slots"]),
            ("snapshot", ["CallSnapshot", "ConnectionSnapshot", "DeviceSnapshot", "OperatorSnapshot", "PartySnapshot",
                          "QueueSnapshot", "RequestSnapshot", "Snapshot", "WaitSnapshot"]), ("_schema", names)]
    out = ["# SPDX-License-Identifier: Apache-2.0\n", f"# {HEADER}\n",
           '"""Cordboard: a hospital\'s switchboard in software. Commands go in by `Board`, events come out of its log."""\n\n',
           "from . import errors as errors\nfrom ._core import VERSION as __version__\n"]
    for module_name, listed in ours:
        out.append(f"from .{module_name} import (\n" + "".join(f"    {n} as {n},\n" for n in sorted(listed)) + ")\n")
    every = sorted(["errors", "__version__", *(n for _, listed in ours for n in listed)])
    out.append("\n__all__ = [\n" + "".join(f'    "{n}",\n' for n in every) + "]\n")
    return "".join(out)


def files(schema: Schema) -> dict[str, str]:
    return {"bindings/python/cordboard/_schema.py": module(schema), "bindings/python/cordboard/__init__.py": package(schema)}
