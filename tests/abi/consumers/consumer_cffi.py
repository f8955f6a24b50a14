# SPDX-License-Identifier: Apache-2.0
"""Prints the first twenty events of a board in another process, and holds the call that is up: in Python, with cffi.

    consumer_cffi.py LIBRARY HEADERS RUN      libcordboard_c.so, the folder that holds cordboard/, the board's run folder

cffi reads the two C headers as they are, but for the preprocessor's lines.
"""

import re
import sys

from cffi import FFI

library, headers, run = sys.argv[1:]
ffi = FFI()
for header in ("cordboard_schema.h", "cordboard.h"):
    text = open(f"{headers}/cordboard/{header}", encoding="utf-8").read()
    text = re.sub(r"^#ifdef __cplusplus\n.*?^#endif|^#.*?$|\bCORDBOARD_API\b", "", text, flags=re.DOTALL | re.MULTILINE)
    ffi.cdef(text)
c = ffi.dlopen(library)


def need(told: int) -> None:
    if told != c.CORDBOARD_OK:
        raise RuntimeError(f"{string(c.cordboard_error_text(told))} {string(c.cordboard_error_detail())}")


def string(text: FFI.CData) -> str:
    return ffi.string(text).decode()


board, reader, events = ffi.new("cordboard_board **"), ffi.new("cordboard_reader **"), ffi.new("cordboard_event **")
count, length, accepted = ffi.new("uint64_t *"), ffi.new("uint64_t *"), ffi.new("uint64_t *")
text, call, printed = ffi.new("char[65536]"), ffi.new("cordboard_call *"), 0
if c.cordboard_abi() < 1:
    sys.exit("the library is older than this program")
need(c.cordboard_attach(run.encode(), board))
need(c.cordboard_read(board[0], 0, reader))
while printed < 20 or call.id == 0:
    need(c.cordboard_reader_next(reader[0], 5000, events, count))
    for e in events[0][0 : count[0]]:
        if e.kind == c.CORDBOARD_EVENT_ESTABLISHED:
            call.id = e.call.id
        printed += 1
        if printed <= 20:
            need(c.cordboard_reader_text(reader[0], ffi.addressof(e), text, len(text), length))
            name = string(c.cordboard_event_name(e.kind))
            print(f"{e.sequence} {e.time_ns} {name} call {e.call.id:016x} leg {e.leg.id:016x} party {e.party.id:016x}"
                  f" device {e.device.id} operator {e.operator_.id} queue {e.queue.id} cause {e.cause} value {e.value}"
                  f" [{bytes(ffi.buffer(text, length[0])).decode()}]")
command, outcome = ffi.new("cordboard_command *"), ffi.new("cordboard_event *")
need(c.cordboard_command_init(command, 5000))
c.cordboard_command_hold(command, call[0])
need(c.cordboard_submit(board[0], command, accepted))
need(c.cordboard_outcome(board[0], command.id, accepted[0], 5000, outcome))
print(f"{string(c.cordboard_command_name(command.kind))} call {call.id:016x}: {string(c.cordboard_event_name(outcome.kind))}")
need(c.cordboard_reader_close(reader[0]))
need(c.cordboard_close(board[0]))
