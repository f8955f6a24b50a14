# SPDX-License-Identifier: Apache-2.0
"""Commands: answers, outcomes, refusals, in asyncio and in a plain script."""

import asyncio
import gc
import threading
import time
import weakref

import cordboard
import pytest
from cordboard import Board, CallId, Cause, CommandDone, CommandId, Consent, ConsentOf, DeviceId, OperatorId, errors
from conftest import without_ids

CALL = CallId(42)


@pytest.mark.asyncio
async def test_a_command_is_awaited_for_its_outcome(fake):
    async with Board.attach(fake.run) as board:
        done = await board.hold(CALL, timeout=5.0)
        assert isinstance(done, CommandDone)
        assert done.call == CALL
        accepted = await board.hold(CALL).accepted
        assert accepted > done.sequence


def test_a_command_in_a_plain_script(board):
    pending = board.hold(CALL)
    done = pending.result(timeout=10)
    assert done.command == pending.id
    assert done.value == pending.accepted.result()
    assert pending.done


def test_refusals_carry_both_bases(board):
    with pytest.raises(errors.CallUnknown) as refused:
        board.clear_call(CALL).result()
    assert isinstance(refused.value, cordboard.Error) and isinstance(refused.value, KeyError)
    assert refused.value.errc == cordboard.Errc.CALL_UNKNOWN
    assert str(refused.value).startswith("call unknown: clear_call(call=")
    with pytest.raises(errors.QueueFull):
        board.log_off(OperatorId(1)).result()
    with pytest.raises(errors.QueueFull):
        board.log_off(OperatorId(1)).accepted.result()


def test_an_attempt_that_failed_says_why(board):
    with pytest.raises(errors.CommandError) as failed:
        board.retrieve(CALL).result()
    assert failed.value.cause is Cause.BUSY
    assert failed.value.outcome.call == CALL
    with pytest.raises(errors.CommandTimeout) as late:
        board.alternate(CALL, CallId(43)).result()
    assert isinstance(late.value, TimeoutError)


@pytest.mark.asyncio
async def test_an_outcome_that_never_comes_is_a_timeout(fake, monkeypatch):
    monkeypatch.setattr(Board, "SAYS_NOTHING", 0.1)
    async with Board.attach(fake.run) as board:
        pending = board.reconnect(CALL, CallId(43), timeout=0.2)
        assert await pending.accepted > 0
        with pytest.raises(cordboard.Timeout):
            await pending
        with pytest.raises(cordboard.Timeout):
            board.reconnect(CALL, CallId(43), timeout=60).result(timeout=0.01)


@pytest.mark.asyncio
async def test_many_at_once(fake):
    async with Board.attach(fake.run) as board:
        all_of_them = [board.hold(CallId(i)) for i in range(1, 201)]
        done = await asyncio.gather(*all_of_them)
        assert [d.call for d in done] == list(range(1, 201))


@pytest.mark.asyncio
async def test_what_is_not_awaited_to_its_end_is_carried_out(fake):
    async with Board.attach(fake.run) as board:
        task = asyncio.ensure_future(asyncio.wait_for(board.reconnect(CALL, CallId(43)), 0.05))
        with pytest.raises(asyncio.TimeoutError):
            await task
        assert isinstance(await board.hold(CALL), CommandDone)


def test_the_same_id_again_is_carried_out_once_also_by_a_later_program(fake):
    chosen = CommandId(0x1234_0000_0000_0000_0000_0000_0000_0001)
    with Board.attach(fake.run) as first:
        outcome = first.hold(CALL, id=chosen).result()
        assert first.hold(CALL, id=chosen).result() == outcome
    with Board.attach(fake.run) as second:
        assert second.hold(CALL, id=chosen).result() == outcome


def test_new_ids_are_known_before_the_call_exists(board):
    pending = board.make_call(OperatorId(1), "13800138000")
    assert pending.new_call and pending.new_leg and pending.new_party
    pending.result()
    [who] = [e for e in board.events(after=0, follow=False) if isinstance(e, cordboard.PartyIdentified)]
    assert who.call == pending.new_call
    assert who.text == "13800138000\t王芳"
    assert board.make_call(OperatorId(1), DeviceId(5), new_call=CallId(9)).new_call == 9


def test_repr_masks_numbers_and_shows_no_text(board):
    pending = board.make_call(OperatorId(1), "13800138000")
    assert "138" not in without_ids(repr(pending)) and "*********00" in repr(pending)
    pending.result()
    for event in board.events(after=0, follow=False):
        assert "138" not in without_ids(repr(event)) or event.text == "", repr(event)
    assert cordboard.masked("12") == "**"


def test_what_cannot_be_a_record_is_a_value_error(board):
    with pytest.raises(ValueError):
        board.make_call(OperatorId(1), "1" * 385)
    with pytest.raises(ValueError):
        board.hold(CallId(-1))
    with pytest.raises(ValueError):
        board.hold(CallId(1 << 64))
    with pytest.raises(errors.TextInvalid):
        board.make_call(OperatorId(1), "12\n34").result()
    with pytest.raises(errors.CommandInvalid):
        board.hold(CallId(0)).result()
    assert board.declare_consent(CALL, ConsentOf.CALLER, Consent.YES).result()


def test_attaching_to_nothing(tmp_path):
    with pytest.raises(errors.NotConnected) as nobody:
        Board.attach(str(tmp_path))
    assert isinstance(nobody.value, ConnectionError)
    assert "cordboard serve" in str(nobody.value)


def test_a_peer_without_the_right_is_told(board):
    with pytest.raises(errors.AccessDenied) as refused:
        board.not_ready(OperatorId(1)).result()
    assert isinstance(refused.value, PermissionError)


def test_close_ends_what_waits_and_refuses_what_comes(fake):
    board = Board.attach(fake.run)
    silent = board.ready(OperatorId(1), timeout=60)
    open_ = board.reconnect(CALL, CallId(43), timeout=60)
    open_.accepted.result(timeout=10)
    board.close()
    board.close()
    for pending in (silent, open_):
        with pytest.raises(errors.BoardClosed):
            pending.result(timeout=10)
    with pytest.raises(errors.BoardClosed):
        board.hold(CALL)
    assert not [t for t in threading.enumerate() if t.name.startswith("cordboard")]


def test_losing_the_object_touches_no_call(fake):
    board = Board.attach(fake.run)
    board.hold(CALL).result()
    board.close()
    gone = weakref.ref(board)
    del board
    gc.collect()
    assert gone() is None
    with Board.attach(fake.run) as again:
        kinds = [e.kind.name for e in again.events(after=0, follow=False)]
        assert kinds.count("HELD") == 1 and "CALL_CLEARED" not in kinds


def test_commands_go_on_after_the_board_has_restarted(fake):
    with Board.attach(fake.run) as board:
        before = board.hold(CALL).result()
        fake.end()
        with pytest.raises(cordboard.Error):
            board.hold(CALL, timeout=1.0).result()
        fake.start()
        after = board.hold(CALL).result()
        assert after.sequence > before.sequence
        kinds = [e.kind.name for e in board.events(after=before.sequence, follow=False)]
        assert kinds[0] == "GAP"


def test_the_interpreter_is_free_while_a_command_waits(board):
    pending = board.ready(OperatorId(1), timeout=1.0)
    turns = 0
    end = time.monotonic() + 0.2
    while time.monotonic() < end:
        turns += 1
    assert turns > 1000 and not pending.done
