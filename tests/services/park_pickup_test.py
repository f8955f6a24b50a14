# SPDX-License-Identifier: Apache-2.0
"""RFC 5359 2.15 Call Park and 2.16 Call Pickup: a caller waits where nobody's phone is, or is taken from where it rings.

    caller            house              operator 1               operator 2
      │◄══ talk ═══════╪═════════════════►│                         │
      │◄─ waiting tone │─ BYE ───────────►│  park                   │
      │                │─ INVITE (answers by itself) ─────────────► │  unpark
      │◄══ talk ═══════╪══════════════════════════════════════════► │

      │─ INVITE ──────►│─ INVITE ────────►│  rings                  │
      │                │─ CANCEL ────────►│                         │  pickup
      │                │─ INVITE (answers by itself) ─────────────► │
      │◄══ talk ═══════╪══════════════════════════════════════════► │
"""
import pathlib

import pytest
from cordboard import Cause, CommandError, Custodian, CustodyMoved, Queued
from cordboard.errors import CallWrongState
from office import TONE, Closing, custodian, leaves, listens, on_duty, opened, operator_of, talk

pytestmark = pytest.mark.needs("baresip", "sipp")


async def test_2_15_parked_here_and_taken_there(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await opened(tmp_path, closing)
    _, line, caller, call = await talk(hospital)
    await hospital.board.park(call)
    await line.over()
    await listens(caller.voice, TONE, 0.2)
    assert custodian(hospital, call) == Custodian.WAIT
    other = await hospital.staff("1002", hz=700)
    await hospital.board.unpark(call, operator_of(hospital, "1002"), timeout=20)
    await other.wait("CALL_ESTABLISHED")
    await listens(caller.voice, 700.0)
    assert custodian(hospital, call) == Custodian.OPERATOR
    await leaves(hospital, caller, call)


async def test_2_15_whoever_was_to_take_the_parked_caller_refuses(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await opened(tmp_path, closing)
    _, _, caller, call = await talk(hospital)
    await hospital.board.park(call)
    other = await on_duty(hospital, "1002")
    pending = hospital.board.unpark(call, operator_of(hospital, "1002"), timeout=20)
    mark = hospital.watch.now
    (await other.rings()).refuse(603)
    with pytest.raises(CommandError):
        await pending
    await hospital.watch.next(CustodyMoved, call=call, cause=Cause.PARK, after=mark)
    await listens(caller.voice, TONE, 0.2)
    await leaves(hospital, caller, call)


async def test_2_15_a_parked_caller_is_not_forgotten(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await opened(tmp_path, closing, policy={"park_limit": "5s"})
    phone, _, caller, call = await talk(hospital)
    await hospital.board.park(call)
    again = await phone.rings(timeout=15)
    await again.answer()
    await listens(caller.voice, again)
    await leaves(hospital, caller, call)


async def test_2_15_the_parked_caller_hangs_up(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await opened(tmp_path, closing)
    _, _, caller, call = await talk(hospital)
    await hospital.board.park(call)
    await leaves(hospital, caller, call)


async def test_2_16_directed_pickup(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await opened(tmp_path, closing)
    first = await on_duty(hospital, "1001")
    caller, call = await hospital.call_in()
    rings = await first.rings()
    second = await hospital.staff("1002", hz=700)
    await hospital.board.pickup(call, operator_of(hospital, "1002"), timeout=20)
    assert (await rings.over()).method == "CANCEL"
    await second.wait("CALL_ESTABLISHED")
    await listens(caller.voice, 700.0)
    await leaves(hospital, caller, call)


async def test_2_16_whoever_picks_up_does_not_answer(tmp_path: pathlib.Path, closing: Closing) -> None:
    """The caller has lost nothing but time: at the head of the queue, and the first operator is rung again."""
    hospital = await opened(tmp_path, closing, policy={"offer_ring": "2s"})
    first = await on_duty(hospital, "1001")
    caller, call = await hospital.call_in()
    await first.rings()
    second = await on_duty(hospital, "1002")
    pending = hospital.board.pickup(call, operator_of(hospital, "1002"), timeout=20)
    await first.lines[0].over()
    mark = hospital.watch.now
    (await second.rings()).refuse(486)
    with pytest.raises(CommandError):
        await pending
    await hospital.watch.next(Queued, call=call, after=mark)
    again = await first.rings()
    await again.answer()
    await listens(caller.voice, again)
    await leaves(hospital, caller, call)


async def test_2_16_a_call_that_was_answered_meanwhile(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await opened(tmp_path, closing)
    _, line, caller, call = await talk(hospital)
    await on_duty(hospital, "1002")
    with pytest.raises(CallWrongState):
        await hospital.board.pickup(call, operator_of(hospital, "1002"))
    await listens(caller.voice, line)
    await leaves(hospital, caller, call)
