# SPDX-License-Identifier: Apache-2.0
"""A whole board in this process, without SIP: calls come in, are answered, held, consulted on and transferred."""

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import cordboard
import pytest
from cordboard import (Board, CallCleared, CallId, ConnectionState, Consent, ConsentOf, DeviceConfigured, Established, Held, LoopbackPhone,
                       OperatorConfigured, OperatorId, OperatorState, Queued, Retrieved, TransferEnded, Transferred, TransferResult, TransferStarted,
                       errors)
from conftest import without_ids

HOUSE = Path(__file__).parents[1] / "fake_board" / "house.toml"


@pytest.fixture
def folder() -> Iterator[Path]:
    # The log is in memory, as in a hospital.
    with tempfile.TemporaryDirectory(prefix="cordboard_loopback_", dir="/dev/shm") as name:
        yield Path(name)


@pytest.fixture
def house(folder: Path) -> Iterator[Board]:
    with Board.open(HOUSE, run=folder / "run", log=folder / "log") as board:
        yield board


def wait_for(board: Board, kind, after: int = 0, **fields):
    for event in board.events(after=after, timeout=10):
        if isinstance(event, kind) and all(getattr(event, k) == v for k, v in fields.items()):
            return event
    raise AssertionError("unreachable")


def operator(board: Board) -> OperatorId:
    return wait_for(board, OperatorConfigured).operator


def device(board: Board, number: str):
    for event in board.events(after=0, follow=False):
        if isinstance(event, DeviceConfigured) and event.text.startswith(number + "\t"):
            return event.device
    raise AssertionError(f"no device {number}")


def answered_call(board: Board) -> CallId:
    board.log_on(operator(board)).result()
    board.ready(operator(board)).result()
    call = board.loopback.call_in("city", "9000", number="13800138000", name="王芳")
    wait_for(board, Queued, call=call)
    wait_for(board, Established, call=call, operator=operator(board))
    return call


def test_a_call_comes_in_is_held_retrieved_and_cleared(house):
    call = answered_call(house)
    held = house.hold(call).result()
    assert wait_for(house, Held, call=call).sequence <= held.sequence
    house.retrieve(call).result()
    wait_for(house, Retrieved, call=call)
    house.clear_call(call).result()
    cleared = wait_for(house, CallCleared, call=call)
    assert cleared.value > 0
    with pytest.raises(errors.CallUnknown):
        house.hold(call).result()


def test_a_caller_is_put_through_with_consent(house):
    call = answered_call(house)
    asked = house.consult(call, device(house, "8002"))
    asked.result()
    consultation = asked.new_call
    wait_for(house, Established, call=consultation, leg=asked.new_leg)
    with pytest.raises(errors.ConsentMissing):
        house.transfer(call, consultation).result()
    house.declare_consent(call, ConsentOf.CALLER, Consent.YES).result()
    house.declare_consent(call, ConsentOf.TARGET, Consent.YES).result()
    house.transfer(call, consultation).result()
    wait_for(house, Transferred, call=call)
    assert wait_for(house, TransferEnded, call=call).detail is TransferResult.CONNECTED


def test_a_busy_department_gives_the_caller_back(house):
    house.loopback.behave("8001", LoopbackPhone.BUSY)
    call = answered_call(house)
    house.declare_consent(call, ConsentOf.CALLER, Consent.YES).result()
    with pytest.raises(errors.CommandError) as failed:
        house.single_step_transfer(call, device(house, "8001")).result()
    assert failed.value.cause is cordboard.Cause.BUSY
    assert wait_for(house, TransferEnded, call=call).detail is TransferResult.RECALLED
    began = wait_for(house, TransferStarted, call=call).sequence
    wait_for(house, Established, after=began, call=call, operator=operator(house))


def test_a_snapshot_and_what_follows_it(house):
    call = answered_call(house)
    handle, who = house.call(call), house.operator(operator(house))
    now = house.snapshot()
    assert now.calls[call].state is ConnectionState.CONNECTED is handle.state
    assert now.calls[call].operator == who.id and now.operators[who.id].calls == (call,) and now.operators[who.id].name == "Anna"
    assert who.state is OperatorState.BUSY and now.calls[call].custodian is cordboard.Custodian.OPERATOR
    caller = now.parties[now.calls[call].caller]
    assert (caller.number, caller.name) == ("13800138000", "王芳") and "138" not in without_ids(repr(caller))
    assert {c.call for c in now.connections} == {call} and {d.number for d in now.devices.values()} >= {"1001", "8001", "city"}
    [queue] = now.queues.values()
    assert queue.number == "9000" and queue.waiting == ()
    handle.hold().result()
    assert [type(e) for e in house.events(after=now.sequence, follow=False, kinds=[Held])] == [Held]
    assert handle.state is ConnectionState.HOLD
    assert house.snapshot(at=now.sequence) == now
    handle.clear_call().result()
    wait_for(house, CallCleared, call=call)
    assert handle.state is ConnectionState.NULL and handle.snapshot() is None
    with pytest.raises(OSError):
        house.snapshot(at=1 << 60)


def test_a_snapshot_has_the_open_requests_and_not_whose_they_are(house):
    assert house.snapshot().requests == {}
    request = cordboard.RequestId(cordboard.new_id())
    what = '{"kind":"complaint","name":"王芳","number":"13800138000","matter":"等候太久"}'
    house.open_request(request, what, consent=Consent.NO).result()
    house.take_request(request, operator=operator(house)).result()
    now = house.snapshot()
    shown = now.requests[request]
    assert (shown.id, shown.kind, shown.status, shown.may_call) == (request, "complaint", cordboard.RequestStatus.TAKEN, Consent.NO)
    assert shown.shown == f"T-{shown.year}-000001" and shown.number == 1
    assert (shown.operator, shown.device, shown.backup) == (operator(house), 0, operator(house))
    assert shown.due_ns == shown.opened_ns + 2 * 86400 * 10**9 and shown.attempts == 0 and not shown.call_due
    assert "138" not in without_ids(repr(shown)) and "王芳" not in repr(now)
    assert house.snapshot(at=now.sequence) == now
    house.close_request(request, '{"result":"founded"}').result()
    assert house.snapshot().requests == {}


def test_another_program_attaches_to_the_same_board(house):
    call = answered_call(house)
    seen = subprocess.run([sys.executable, "-c", f"""
import cordboard
with cordboard.Board.attach({house.path!r}) as board:
    board.hold(cordboard.CallId({call})).result()
    print(sum(isinstance(e, cordboard.Held) for e in board.events(after=0, follow=False)))
"""], capture_output=True, text=True, check=True, timeout=60, env=dict(os.environ))
    assert seen.stdout == "1\n"
    wait_for(house, Held, call=call)


@pytest.mark.asyncio
async def test_the_program_of_the_manual(folder):
    """A call is announced on the operator's phone and held, in one `async for` with `match`."""
    async with Board.open(HOUSE, run=folder / "run", log=folder / "log") as board:
        who = operator(board)
        await board.log_on(who)
        await board.ready(who)
        board.loopback.call_in("city", "9000")
        async with asyncio.timeout(20):
            async for event in board.events(after=0):
                match event:
                    case Established(call=call, operator=op) if op == who:
                        await board.hold(call, timeout=2.0)
                    case Held(call=call):
                        await board.clear_call(call)
                    case CallCleared(call=call):
                        return


def test_the_log_goes_on_where_it_ended(folder):
    with Board.open(HOUSE, run=folder / "run", log=folder / "log") as board:
        call = answered_call(board)
        wait_for(board, Established, call=call)
        last = board.log.newest
    with Board.open(HOUSE, run=folder / "run", log=folder / "log") as board:
        kinds = [e.kind.name for e in board.events(after=last, follow=False)]
        assert "BOARD_STARTED" in kinds and "GAP" not in kinds
        assert board.log.text(next(e.sequence for e in board.events(after=0) if isinstance(e, DeviceConfigured)))


def test_a_second_board_on_the_same_log_is_refused(house, folder):
    with pytest.raises(errors.LogBusy) as busy:
        Board.open(HOUSE, run=folder / "run2", log=folder / "log")
    assert str(os.getpid()) in str(busy.value)


def test_a_wrong_configuration_is_told_whole(folder):
    wrong = folder / "wrong.toml"
    wrong.write_text("[board]\nloopback = 7\nnonsense = 1\n", encoding="utf-8")
    with pytest.raises(errors.CommandInvalid) as told:
        Board.open(wrong, run=folder / "run", log=folder / "log")
    assert "wrong.toml:2" in str(told.value) and "wrong.toml:3" in str(told.value)


def test_a_loopback_is_for_boards_of_this_process(house, folder):
    with Board.attach(folder / "run") as attached:
        with pytest.raises(errors.HandleInvalid):
            attached.loopback.answer("1001")


def test_a_stop_command_ends_the_board(house):
    assert house.stop().accepted.result() > 0
    wait_for(house, cordboard.BoardStopped)
