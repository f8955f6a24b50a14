# SPDX-License-Identifier: Apache-2.0
"""The objects of events: small, unchanging, and what Python expects of a value."""

import copy
import gc
import pickle
import sys

import cordboard
import numpy as np
import pytest
from cordboard import (CallId, Cause, CommandDone, CommandId, CommandKind, CommandRefused, ConnectionState, Delivered, Errc, Event, Held,
                       Unknown, errors)

BIG = (1 << 64) - 1


def test_an_event_by_its_fields():
    event = Held(sequence=7, time_ns=-5, revision=3, call=BIG, device=9, cause=Cause.BUSY, state=ConnectionState.HOLD, value=-1)
    assert (event.sequence, event.time_ns, event.revision, event.call, event.device, event.value) == (7, -5, 3, BIG, 9, -1)
    assert event.cause is Cause.BUSY and event.state is ConnectionState.HOLD and event.kind is cordboard.EventKind.HELD
    assert event.leg == 0 and event.text == ""
    assert CommandRefused(value=Errc.QUEUE_FULL).value is Errc.QUEUE_FULL
    id = CommandId(0x0123_4567_89AB_CDEF_FEDC_BA98_7654_3210)
    assert CommandDone(command=id).command == id and CommandDone(command=id, detail=CommandKind.HOLD).detail is CommandKind.HOLD


def test_what_is_no_field_or_does_not_fit():
    for wrong in (lambda: Held(queue=1), lambda: Held(nonsense=1), lambda: Held(7), lambda: Held(call="42")):
        with pytest.raises(TypeError):
            wrong()
    for wrong in (lambda: Held(call=-1), lambda: Held(call=BIG + 1), lambda: Held(device=1 << 32), lambda: CommandDone(command=1 << 128)):
        with pytest.raises(OverflowError):
            wrong()
    with pytest.raises(ValueError):
        Event.from_slot(b"short")
    with pytest.raises(TypeError):
        vars(Event)["sequence"].__get__(object())


def test_fields_of_another_kind_are_not_there():
    event = Held(sequence=1)
    assert not hasattr(event, "queue") and not hasattr(event, "command") and not hasattr(event, "__dict__")


def test_an_event_never_changes():
    event = Held(sequence=1, call=CallId(42))
    for change in (lambda: setattr(event, "call", 43), lambda: delattr(event, "call"), lambda: setattr(event, "more", 1)):
        with pytest.raises(AttributeError):
            change()
    assert event.call == 42


def test_equal_when_it_says_the_same():
    event = Held(sequence=1, call=CallId(42))
    assert event == Held(sequence=1, call=CallId(42)) and hash(event) == hash(Held(sequence=1, call=CallId(42)))
    assert event != Held(sequence=1, call=CallId(43)) and event != Delivered(sequence=1, call=CallId(42)) and event != 1
    assert len({event, Held(sequence=1, call=CallId(42)), Held(sequence=2)}) == 2


def test_where_it_was_stored_is_no_part_of_it():
    slot = bytearray(bytes(Held(sequence=1, call=CallId(42))))
    slot[19], slot[112:116], slot[124:128] = 3, b"\1\2\3\4", b"\5\6\7\10"
    assert Event.from_slot(slot) == Held(sequence=1, call=CallId(42))


def test_copied_and_pickled():
    event = Held(sequence=1, call=CallId(42), cause=Cause.BUSY)
    assert copy.copy(event) is event and copy.deepcopy([event])[0] is event
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        again = pickle.loads(pickle.dumps(event, protocol))
        assert again == event and type(again) is Held and bytes(again) == bytes(event)


def test_without_its_log_it_has_no_text(board):
    [device] = [e for e in board.events(after=0, follow=False) if isinstance(e, cordboard.DeviceConfigured)]
    assert device.text == "8001\t放射科" and device.log is board.log
    assert "8001" not in repr(device) and "放射科" not in repr(device) and "8001" not in str(device)
    with pytest.raises(errors.LogGone):
        _ = pickle.loads(pickle.dumps(device)).text


def test_a_row_of_the_array_is_an_event(board):
    board.hold(CallId(42)).result()
    assert [Event.from_slot(row, board.log) for row in board.log.array()] == list(board.events(after=0, follow=False))


def test_every_kind_and_every_field_as_numpy_reads_it():
    """Each field of each class, against the same bytes read by NumPy."""
    random = np.random.default_rng(7)
    for kind in [*cordboard.EventKind, 60_000]:
        row = np.frombuffer(random.bytes(128), np.dtype(cordboard.EVENT_DTYPE)).copy()
        row["kind"] = kind
        event = Event.from_slot(row)
        assert event.kind == kind and (kind != 60_000 or type(event) is Unknown)
        for name in ("sequence", "time_ns", "revision", "text_len", *type(event).__match_args__):
            column = "kind" if name == "number" else name
            real = int(row["command_high"][0]) << 64 | int(row["command_low"][0]) if name == "command" else int(row[column][0])
            assert getattr(event, name) == real, (kind, name)


def test_an_event_is_small_and_no_work_for_the_collector():
    event = Held(sequence=1)
    assert sys.getsizeof(event) == 152 and not gc.is_tracked(event)


def test_events_come_and_go_without_a_trace(board):
    """References: neither classes nor logs are kept, or let go once too often."""
    board.hold(CallId(42)).result()
    slot = bytes(next(iter(board.events(after=0, follow=False))))

    def counted():
        return [sys.getrefcount(o) for o in (board.log, Held, Unknown, Event)]

    before = counted()
    for _ in range(1000):
        list(board.events(after=0, follow=False))
        Event.from_slot(slot, board.log)
        Held(sequence=1)
        with pytest.raises(TypeError):
            Held(nonsense=1)
    gc.collect()
    # A thread of the board may hold a few for the moment.
    assert all(abs(now - then) < 100 for now, then in zip(counted(), before)), (before, counted())


def test_a_class_of_ones_own():
    class Mine(Held):
        pass

    mine = Mine(sequence=1, call=CallId(42))
    mine.note = "more"
    assert mine.call == 42 and mine.note == "more" and isinstance(mine, Held)
    del mine
    gc.collect()


def test_help_tells_every_field():
    assert "CSTA Held" in (Held.__doc__ or "")
    for name in Held.__match_args__:
        assert f"    {name}: " in Held.__doc__
