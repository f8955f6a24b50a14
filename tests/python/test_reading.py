# SPDX-License-Identifier: Apache-2.0
"""Where a reader begins, what it asks for, and where it goes on."""

import asyncio
import datetime
import gc
import threading
import time
import weakref

import cordboard
import pytest
from cordboard import (Board, BoardStarted, Call, CallId, CommandAccepted, CommandDone, DeviceConfigured, EventKind, Gap, Held, LinkState,
                       Log, OperatorConfigured, OperatorId, errors)

CALL, OTHER = CallId(42), CallId(43)


def names(events):
    return [type(e).__name__ for e in events]


def test_only_some_kinds(board):
    board.hold(CALL).result()
    assert names(board.events(after=0, follow=False, kinds=(Held, OperatorConfigured))) == ["OperatorConfigured", "Held"]
    assert names(board.events(after=0, follow=False, kinds=[EventKind.HELD])) == ["Held"]
    assert names(board.events(after=0, follow=False, kinds=[60_000])) == []


def test_only_one_call(board):
    board.hold(CALL).result()
    board.hold(OTHER).result()
    for call in (CALL, OTHER):
        events = list(board.events(after=0, follow=False, call=call))
        assert events and {e.call for e in events} == {call}
    assert names(board.events(after=0, follow=False, call=CALL, kinds=[Held])) == ["Held"]
    assert names(board.events(after=0, follow=False, device=1)) == ["DeviceConfigured"]
    assert names(board.events(after=0, follow=False, operator=1)) == ["OperatorConfigured"]
    given = board.hold(CALL)
    given.result()
    assert names(board.events(after=0, follow=False, command=given.id, kinds=[CommandAccepted, CommandDone])) == [
        "CommandAccepted", "CommandDone"]


@pytest.mark.asyncio
async def test_a_filter_in_asyncio(fake):
    async with Board.attach(fake.run) as board:
        async def follow():
            async for event in board.call(OTHER).events(kinds=[Held]):
                return event

        task = asyncio.create_task(follow())
        await asyncio.sleep(0)
        await board.hold(CALL)
        await board.hold(OTHER)
        assert (await asyncio.wait_for(task, 10)).call == OTHER


def test_a_bookmark_goes_on_right_there(board):
    board.hold(CALL).result()
    everything = list(board.events(after=0, follow=False))
    for count in range(len(everything) + 1):
        reading = board.events(after=0, follow=False)
        assert reading.position == 0
        rest = iter(reading)
        seen = [next(rest) for _ in range(count)]
        assert reading.position == (seen[-1].sequence if seen else 0)
        assert seen + list(board.events(after=reading.position, follow=False)) == everything


def test_a_bookmark_passes_what_does_not_match(board):
    board.hold(CALL).result()
    reading = board.events(after=0, follow=False, call=CallId(7))
    assert list(reading) == []
    assert reading.position == board.log.newest


def test_since_a_time(board):
    board.hold(CALL).result()
    events = list(board.events(after=0, follow=False))
    middle = events[3].time_ns / 1e9
    # A float has no nanoseconds: what is within a microsecond of the edge may be on either side.
    later = [e for e in events if e.time_ns > events[3].time_ns + 1000]
    found = list(board.events(since=middle, follow=False))
    assert found[-len(later):] == later if later else True
    assert all(e.time_ns >= events[3].time_ns - 1000 for e in found)
    assert list(board.events(since=0, follow=False)) == events
    soon = datetime.datetime.now() + datetime.timedelta(days=1)
    assert list(board.events(since=soon, follow=False)) == []
    assert len(board.log.array(since=soon)) == 0 and len(board.log.array(until=soon)) == len(events)
    assert len(board.log.array(until=0)) == 0 and len(board.log.array(since=0)) == len(events)


def test_one_event_by_its_sequence(board):
    board.hold(CALL).result()
    for event in board.events(after=0, follow=False):
        assert board.log.at(event.sequence) == event
        assert board.log.at(event.sequence).text == event.text
    assert board.log.at(board.log.newest + 1) is None


def test_a_gap_is_told_whatever_was_asked_for(fake):
    with Board.attach(fake.run) as board:
        board.hold(CALL).result()
        fake.end()
        fake.start()
        found = list(board.events(after=0, follow=False, kinds=[Held]))
        assert [type(e) for e in found] == [Held, Gap]


def test_whether_a_board_is_there(fake):
    with Log(fake.run) as log:
        assert log.link.state in (LinkState.SERVING, LinkState.SILENT) and log.link.age >= 0
        fake.end()
        end = time.monotonic() + 10
        while log.link.state is not LinkState.LOST:
            assert time.monotonic() < end, log.link


def test_handles_are_an_id_and_a_board(board):
    call = board.call(CALL)
    assert call.hold().result().call == CALL
    assert call == board.call(CALL) and call != board.call(OTHER) and len({call, board.call(CALL)}) == 1
    assert call != board.operator(OperatorId(CALL)) and "2a" in repr(call)
    assert {e.call for e in call.events(after=0, follow=False)} == {CALL}
    with pytest.raises(errors.CallUnknown):
        call.clear_call().result()
    with pytest.raises(errors.QueueFull):
        board.operator(OperatorId(1)).log_off().result()
    assert names(board.operator(OperatorId(1)).events(after=0, follow=False)) == ["OperatorConfigured"]
    made = board.operator(OperatorId(1)).make_call("13800138000")
    made.result()
    assert made.new_call and board.call(made.new_call).id == made.new_call


@pytest.mark.asyncio
async def test_a_handle_is_awaited(fake):
    async with Board.attach(fake.run) as board:
        assert isinstance(await board.call(CALL).hold(timeout=5.0), CommandDone)


def test_every_command_of_a_call_or_an_operator_is_a_method_of_its_handle():
    for kind, first in ((Call, "call"), (cordboard.Operator, "operator")):
        own = {name for name in vars(kind.__mro__[2]) if not name.startswith("_")}
        assert {"hold", "clear_call", "consult"} <= own if first == "call" else {"ready", "make_call"} <= own
        for name in own:
            assert getattr(kind, name).__doc__ == getattr(Board, name).__doc__


def test_a_handle_may_be_lost_at_any_time(fake):
    with Board.attach(fake.run) as board:
        pending = [board.call(CallId(i)).hold() for i in range(1, 50)]
        gc.collect()
        assert [p.result().call for p in pending] == list(range(1, 50))
        gone = weakref.ref(board.call(CALL))
        gc.collect()
        assert gone() is None
        assert "CALL_CLEARED" not in [e.kind.name for e in board.events(after=0, follow=False)]


def test_a_board_that_nobody_closed_leaves_no_thread(fake):
    def alive():
        return [t.name for t in threading.enumerate() if t.name.startswith("cordboard")]

    board = Board.attach(fake.run)
    board.hold(CALL).result()
    assert alive()
    gone = weakref.ref(board)
    del board
    end = time.monotonic() + 10
    while gone() is not None or alive():
        gc.collect()
        assert time.monotonic() < end, alive()


def test_a_command_is_awaited_though_its_board_was_lost(fake):
    pending = Board.attach(fake.run).hold(CALL)
    gc.collect()
    assert pending.result(timeout=10).call == CALL


def test_events_are_read_on_though_their_board_was_lost(fake):
    with Board.attach(fake.run) as other:
        reading = iter(Board.attach(fake.run).events(after=0))
        gc.collect()
        assert isinstance(next(reading), BoardStarted) and isinstance(next(reading), DeviceConfigured)
        next(reading)
        other.hold(CALL).result()
        assert isinstance(next(reading), CommandAccepted)
