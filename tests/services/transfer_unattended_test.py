# SPDX-License-Identifier: Apache-2.0
"""RFC 5359 2.4 Transfer - Unattended, and what RFC 5589 section 6 says may go wrong: nobody gets lost.

    caller            house                operator's phone          department
      │◄═══ talk ══════╪═══════════════════════►│                         │
      │                │◄──── REFER Refer-To ───│   or the command        │
      │                │───── 202, NOTIFY 200 ─►│                         │
      │                │───── BYE ─────────────►│                         │
      │◄── ringback ───│──────────────── INVITE ─────────────────────────►│
      │◄═══ talk ══════╪════════════════ 200 ─────────────────────────────│
      │                │             or 486, 603, nothing, nobody there   │
      │                │───── INVITE ──────────►│  the caller comes back  │
      │◄═══ talk ══════╪═══════════════════════►│
"""
import asyncio
import pathlib

import pytest
from cordboard import CallId, Cause, CommandError, ConsentOf, Custodian, Queued, Transferred, TransferResult
from desk import Line
from hospital import Hospital
from office import (BUSY, REFUSES, SILENT, Closing, agent, agreed, custodian, desk, ended, leaves, listens, on_duty, opened,
                    recalled, talk)

pytestmark = pytest.mark.needs("baresip", "sipp")
by_key_and_by_command = pytest.mark.parametrize("key", [True, False], ids=["by the key", "by command"])


async def send_on(hospital: Hospital, line: Line, call: CallId, to: str, key: bool) -> "asyncio.Future[object] | None":
    """The operator sends the caller on; with a command its outcome comes later."""
    if key:
        got = await line.refer(line.desk.uri(to))
        assert got.status == 202, got.start
        return None
    await agreed(hospital, call, ConsentOf.CALLER)
    return asyncio.ensure_future(outcome(hospital, call, to))


async def outcome(hospital: Hospital, call: CallId, to: str) -> Cause:
    try:
        await hospital.board.single_step_transfer(call, to, timeout=40)
    except CommandError as error:
        return error.cause
    return Cause.NONE


@by_key_and_by_command
async def test_2_4_the_caller_is_put_through(tmp_path: pathlib.Path, closing: Closing, key: bool) -> None:
    hospital = await opened(tmp_path, closing)
    department = await hospital.phone("8001", hz=380)
    _, line, caller, call = await talk(hospital)
    told = await send_on(hospital, line, call, "8001", key)
    await hospital.watch.next(Transferred, call=call)
    await line.over()
    await listens(caller.voice, 380.0)
    assert custodian(hospital, call) == Custodian.TARGET
    if told:
        assert await told == Cause.NONE
    else:
        assert line.told() == ["SIP/2.0 100 Trying", "SIP/2.0 200 OK"]
    await leaves(hospital, caller, call)
    await department.wait("CALL_CLOSED")


@by_key_and_by_command
@pytest.mark.parametrize(("answer", "cause"), [
    pytest.param(BUSY, Cause.BUSY, id="busy"),
    pytest.param(REFUSES, Cause.CALL_REJECTED, id="refuses"),
    pytest.param(SILENT, Cause.CALL_NOT_ANSWERED, id="does not answer"),
    pytest.param(302, Cause.REDIRECTED, id="wants to be called elsewhere"),
    pytest.param(-1, Cause.DEST_OUT_OF_ORDER, id="is dead"),
])
async def test_2_4_the_target(tmp_path: pathlib.Path, closing: Closing, answer: int, cause: Cause, key: bool) -> None:
    hospital = await opened(tmp_path, closing)
    target = await agent(hospital, "8001", answer)
    if answer < 0:
        target.fall_silent()
    phone, line, caller, call = await talk(hospital)
    told = await send_on(hospital, line, call, "8001", key)
    await line.over()
    again = await phone.rings()
    assert custodian(hospital, call) == Custodian.WAIT
    await again.answer()
    assert (await ended(hospital, call, TransferResult.RECALLED)).cause == cause
    await listens(caller.voice, again)
    assert custodian(hospital, call) == Custodian.OPERATOR
    if told:
        assert await told == cause
    assert target.invites == (0 if answer < 0 else 1)
    await leaves(hospital, caller, call)
    await again.over()


async def test_2_4_the_target_vanishes_while_ringing(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await opened(tmp_path, closing)
    target = await hospital.phone("8001", answer="manual")
    phone, line, caller, call = await talk(hospital)
    await send_on(hospital, line, call, "8001", True)
    await target.wait("CALL_INCOMING")
    await target.kill()
    await recalled(hospital, call, phone, caller)
    await leaves(hospital, caller, call)


async def test_2_4_the_transferor_hangs_up_half_way(tmp_path: pathlib.Path, closing: Closing) -> None:
    """RFC 5589 6.1: BYE right behind the REFER. The house has the caller, who is put through."""
    hospital = await opened(tmp_path, closing)
    target = await hospital.phone("8001", hz=380, answer="manual")
    _, line, caller, call = await talk(hospital)
    await send_on(hospital, line, call, "8001", True)
    await line.bye()
    await target.wait("CALL_INCOMING")
    await target.accept()
    await ended(hospital, call, TransferResult.CONNECTED)
    await listens(caller.voice, 380.0)
    await leaves(hospital, caller, call)


@pytest.mark.parametrize("gone", ["not there", "busy", "does not answer"])
async def test_2_4_the_target_refuses_and_the_transferor_is_gone(tmp_path: pathlib.Path, closing: Closing, gone: str) -> None:
    """Nobody is left who had the caller: the caller is at the head of the queue again, and the next operator answers."""
    hospital = await opened(tmp_path, closing, policy={"recall_ring": "2s"})
    target = await hospital.phone("8001", answer="manual")
    phone, line, caller, call = await talk(hospital)
    second = await on_duty(hospital, "1002")
    await send_on(hospital, line, call, "8001", True)
    await line.over()
    await target.wait("CALL_INCOMING")
    if gone == "not there":
        phone.vanish()
    mark = hospital.watch.now
    await target.hangup()
    if gone == "busy":
        (await phone.rings()).refuse(486)
    await hospital.watch.next(Queued, call=call, after=mark, timeout=20)
    there = await second.rings()
    await there.answer()
    await ended(hospital, call, TransferResult.ESCALATED)
    await listens(caller.voice, there)
    await leaves(hospital, caller, call)


@by_key_and_by_command
async def test_2_4_the_caller_hangs_up_half_way(tmp_path: pathlib.Path, closing: Closing, key: bool) -> None:
    hospital = await opened(tmp_path, closing)
    target = await desk(hospital, "8001")
    _, line, caller, call = await talk(hospital)
    told = await send_on(hospital, line, call, "8001", key)
    rings = await target.rings()
    await leaves(hospital, caller, call)
    assert (await rings.over()).method == "CANCEL"
    await ended(hospital, call, TransferResult.CALLER_LEFT)
    if told:
        assert await told != Cause.NONE


async def test_2_4_a_number_that_cannot_be_reached(tmp_path: pathlib.Path, closing: Closing) -> None:
    """Refused before anything is torn down: the caller and the operator talk on. What is no number of the house is outside, and
    the outside must have agreed: 403."""
    hospital = await opened(tmp_path, closing)
    _, line, caller, call = await talk(hospital)
    for to, status in (("8006", 480), ("77x", 403), ("1001", 482)):
        assert (await line.refer(line.desk.uri(to))).status == status
    await listens(caller.voice, line)
    assert custodian(hospital, call) == Custodian.OPERATOR
    await leaves(hospital, caller, call)
