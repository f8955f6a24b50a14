# SPDX-License-Identifier: Apache-2.0
"""Prints the first twenty events of a board in another process, and holds the call that is up: in Python, with ctypes.

    consumer_ctypes.py LIBRARY HEADERS RUN      libcordboard_c.so, the folder that holds cordboard/, the board's run folder

The records and constants come from cordboard_schema.h: nothing of a layout is written here.
"""

import ctypes
import re
import sys
from ctypes import POINTER, byref, c_char, c_char_p, c_int32, c_int64, c_uint16, c_uint32, c_uint64, c_void_p

library, headers, run = sys.argv[1:]
header = re.sub(r"/\*.*?\*/", "", open(f"{headers}/cordboard/cordboard_schema.h", encoding="utf-8").read(), flags=re.DOTALL)
constants = {name: int(value) for name, value in re.findall(r"(CORDBOARD_\w+) = (\d+)", header)}
types = {f"{sign}int{bits}_t": getattr(ctypes, f"c_{sign}int{bits}") for sign in ("u", "") for bits in (8, 16, 32, 64)}
types["char"] = c_char


def fields(body: str) -> list:
    found = []
    for kind, names in re.findall(r"(\w+) ([^;]+);", body):
        for name, length in re.findall(r"(\w+)(?:\[(\d+)\])?", names):
            found.append((name, types[kind] * int(length) if length else types[kind]))
    return found


for body, name in re.findall(r"typedef struct \w* ?\{([^}]*)\} (\w+);", header):
    types[name] = type(name, (ctypes.Structure,), {"_fields_": fields(body)})
Event, Command = types["cordboard_event"], types["cordboard_command"]

c = ctypes.CDLL(library)
for name in ("error_text", "error_detail", "event_name", "command_name"):
    getattr(c, f"cordboard_{name}").restype = c_char_p
c.cordboard_error_text.argtypes = [c_int32]
c.cordboard_event_name.argtypes = c.cordboard_command_name.argtypes = [c_uint16]
c.cordboard_command_hold.argtypes = [POINTER(Command), types["cordboard_call"]]
c.cordboard_command_hold.restype = None
c.cordboard_abi.restype = c_uint32


def need(told: int) -> None:
    """What a function that returns int32_t says."""
    if told != 0:
        raise RuntimeError(f"{c.cordboard_error_text(told).decode()} {c.cordboard_error_detail().decode()}")


for name, arguments in {
    "attach": [c_char_p, POINTER(c_void_p)],
    "read": [c_void_p, c_uint64, POINTER(c_void_p)],
    "reader_next": [c_void_p, c_int64, POINTER(POINTER(Event)), POINTER(c_uint64)],
    "reader_text": [c_void_p, POINTER(Event), c_char_p, c_uint64, POINTER(c_uint64)],
    "command_init": [POINTER(Command), c_int64],
    "submit": [c_void_p, POINTER(Command), POINTER(c_uint64)],
    "outcome": [c_void_p, types["cordboard_command_id"], c_uint64, c_int64, POINTER(Event)],
    "reader_close": [c_void_p],
    "close": [c_void_p],
}.items():
    getattr(c, f"cordboard_{name}").argtypes = arguments
    getattr(c, f"cordboard_{name}").restype = need

board, reader, events, count, length, accepted = c_void_p(), c_void_p(), POINTER(Event)(), c_uint64(), c_uint64(), c_uint64()
text, call, printed = ctypes.create_string_buffer(65536), None, 0
if c.cordboard_abi() < 1:
    sys.exit("the library is older than this program")
c.cordboard_attach(run.encode(), byref(board))
c.cordboard_read(board, 0, byref(reader))
while printed < 20 or call is None:
    c.cordboard_reader_next(reader, 5000, byref(events), byref(count))
    for i in range(count.value):
        e = events[i]
        if e.kind == constants["CORDBOARD_EVENT_ESTABLISHED"]:
            call = types["cordboard_call"](e.call.id)  # a copy: `e` lies in the log
        printed += 1
        if printed <= 20:
            c.cordboard_reader_text(reader, byref(e), text, len(text), byref(length))
            name = c.cordboard_event_name(e.kind).decode()
            print(f"{e.sequence} {e.time_ns} {name} call {e.call.id:016x} leg {e.leg.id:016x} party {e.party.id:016x}"
                  f" device {e.device.id} operator {e.operator_.id} queue {e.queue.id} cause {e.cause} value {e.value}"
                  f" [{text.raw[:length.value].decode()}]")
command, outcome = Command(), Event()
c.cordboard_command_init(byref(command), 5000)
c.cordboard_command_hold(byref(command), call)
c.cordboard_submit(board, byref(command), byref(accepted))
c.cordboard_outcome(board, command.id, accepted, 5000, byref(outcome))
print(f"{c.cordboard_command_name(command.kind).decode()} call {call.id:016x}: {c.cordboard_event_name(outcome.kind).decode()}")
c.cordboard_reader_close(reader)
c.cordboard_close(board)
