# SPDX-License-Identifier: Apache-2.0
"""The log: events, texts, arrays."""

import asyncio
import gc
import threading

import cordboard
import numpy as np
import pytest
from cordboard import Board, BoardStarted, CallId, CommandAccepted, CommandDone, DeviceConfigured, Held, Log, errors
from cordboard._schema import COMMAND_STRUCT, EVENT_LAYOUT

CALL = CallId(42)


def test_events_from_the_oldest_to_the_newest(board):
    board.hold(CALL).result()
    events = list(board.events(after=0, follow=False))
    assert isinstance(events[0], BoardStarted)
    assert [e.sequence for e in events] == sorted({e.sequence for e in events})
    assert [type(e) for e in events[-3:]] == [CommandAccepted, Held, CommandDone]
    assert events[-1].sequence == board.log.newest
    assert board.log.oldest == events[0].sequence
    later = list(board.events(after=events[0].sequence, follow=False))
    assert later == events[1:]
    assert list(board.events(after=board.log.newest, follow=False)) == []


def test_match_by_field(board):
    board.hold(CALL).result()
    for event in board.events(after=0, follow=False):
        match event:
            case Held(call, state=state):
                assert call == CALL and state is cordboard.ConnectionState.HOLD
                assert event.revision == 7 and event.time == pytest.approx(event.time_ns / 1e9)
                return
    pytest.fail("no Held")


def test_texts_are_read_when_asked_for(board):
    [device] = [e for e in board.events(after=0, follow=False) if isinstance(e, DeviceConfigured)]
    assert device.text == "8001\t放射科"
    assert board.log.text(device.sequence) == device.text
    [started] = [e for e in board.events(after=0, follow=False) if isinstance(e, BoardStarted)]
    assert started.text == "" and board.log.text(started.sequence) == ""
    with pytest.raises(errors.LogGone):
        board.log.text(1 << 40)


@pytest.mark.asyncio
async def test_async_iteration_sees_what_comes_later(fake):
    async with Board.attach(fake.run) as board:
        seen = []

        async def follow():
            async for event in board.events():
                seen.append(event)
                if isinstance(event, CommandDone):
                    return

        task = asyncio.create_task(follow())
        await asyncio.sleep(0)
        await board.hold(CALL)
        await asyncio.wait_for(task, 10)
        assert [type(e) for e in seen] == [CommandAccepted, Held, CommandDone]


@pytest.mark.asyncio
async def test_several_iterations_know_nothing_of_each_other(fake):
    async with Board.attach(fake.run) as board:
        async def count():
            return [e.sequence async for e in board.events(after=0, follow=False)]

        await board.hold(CALL)
        first, second = await asyncio.gather(count(), count())
        assert first == second and len(first) >= 6


@pytest.mark.asyncio
async def test_close_ends_an_iteration(fake):
    board = Board.attach(fake.run)

    async def follow():
        return [e async for e in board.events(after=0)]

    task = asyncio.create_task(follow())
    await board.hold(CALL)
    await asyncio.to_thread(board.close)
    assert len(await asyncio.wait_for(task, 10)) >= 3


def test_close_ends_a_plain_iteration_in_another_thread(fake):
    board = Board.attach(fake.run)
    seen = []
    begun = threading.Event()

    def follow():
        for event in board.events(after=0):
            seen.append(event)
            begun.set()

    thread = threading.Thread(target=follow)
    thread.start()
    assert begun.wait(10)
    board.close()
    thread.join(10)
    assert not thread.is_alive() and seen


def test_a_timeout_without_events(board):
    with pytest.raises(cordboard.Timeout) as late:
        list(board.events(timeout=0.05))
    assert isinstance(late.value, TimeoutError)


@pytest.mark.asyncio
async def test_a_timeout_without_events_in_asyncio(fake):
    async with Board.attach(fake.run) as board:
        with pytest.raises(cordboard.Timeout):
            async for _ in board.events(timeout=0.05):
                pass


def test_a_segment_is_a_read_only_array_without_a_copy(board):
    board.hold(CALL).result()
    array = board.log.array()
    assert array.dtype.itemsize == 128 and not array.flags.writeable and not array.flags.owndata
    with pytest.raises(ValueError):
        array["value"][0] = 1
    events = list(board.events(after=0, follow=False))
    assert array["sequence"].tolist() == [e.sequence for e in events]
    assert array["kind"].tolist() == [e.kind for e in events]
    assert array[array["kind"] == cordboard.EventKind.HELD]["call"].tolist() == [CALL]
    # The memory is the log's own: the same address is a mapping of the slots' file.
    address = array.__array_interface__["data"][0]
    with open("/proc/self/maps", encoding="utf-8") as maps:
        [name] = [line.split()[-1] for line in maps
                  if int(line.split("-")[0], 16) <= address < int(line.split()[0].split("-")[1], 16)]
    assert name.endswith(".slots")


def test_an_array_outlives_its_log(fake):
    with Board.attach(fake.run) as board:
        array = board.log.array()
        copy = array.copy()
    del board
    gc.collect()
    assert np.array_equal(array, copy)


def test_a_log_is_read_without_its_board(fake):
    with Board.attach(fake.run) as board:
        board.hold(CALL).result()
    fake.end()
    with Log(fake.run) as log:
        assert not log.writer_alive
        assert [e.kind.name for e in log.events(after=0, follow=False)][-1] == "COMMAND_DONE"
        assert len(log.array()) == 6
        assert log.durable == 0


def test_no_log_there(tmp_path):
    with pytest.raises(errors.NotConnected):
        Log(str(tmp_path))


def test_the_layouts_agree():
    columns = np.dtype(cordboard.EVENT_DTYPE)
    assert columns.itemsize == cordboard.EVENT_BYTES == 128
    for name, (offset, size, signed) in EVENT_LAYOUT.items():
        column, at = columns.fields[name if size < 16 else f"{name}_high"]
        assert (at, column.kind == "i") == (offset, signed) and column.itemsize == min(size, 8)
    assert COMMAND_STRUCT.size == 512
