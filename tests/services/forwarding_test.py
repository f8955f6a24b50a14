# SPDX-License-Identifier: Apache-2.0
"""RFC 5359 2.7 to 2.9 Call Forwarding and 2.12 Find-Me: what the house does for a phone that cannot or will not answer.

    caller            house              operator 1               operator 2
      │─ INVITE ──────►│─ INVITE ────────►│                         │
      │◄─ 200, tone ───│◄─ 486 ───────────│ 2.8    (busy)           │
      │                │   or nothing     │ 2.9    (no answer)      │
      │                │─ INVITE ─────────────────────────────────► │
      │◄══ talk ═══════╪══════════════════════════════════════════► │
"""
import pathlib

import pytest
from cordboard import Cause, Custodian, Diverted, Established, OperatorNotReady, Queued
from office import BUSY, SILENT, Closing, agent, custodian, desk, leaves, listens, on_duty, opened, operator_of

pytestmark = pytest.mark.needs("sipp")


async def two_operators(tmp_path: pathlib.Path, closing: Closing, first: int):
    """The one who is asked first does what the test wants; the other has a phone with keys."""
    hospital = await opened(tmp_path, closing, policy={"offer_ring": "2s"})
    one = await agent(hospital, "1001", first)
    await hospital.board.log_on(operator_of(hospital, "1001"))
    await hospital.board.ready(operator_of(hospital, "1001"))
    return hospital, one, await on_duty(hospital, "1002")


@pytest.mark.parametrize(("answer", "cause"), [
    pytest.param(302, Cause.REDIRECTED, id="2.7 unconditional: wants to be called elsewhere"),
    pytest.param(BUSY, Cause.BUSY, id="2.8 busy"),
    pytest.param(SILENT, Cause.CALL_NOT_ANSWERED, id="2.9 no answer"),
])
async def test_2_8_2_9_the_queue_goes_on_to_the_next(tmp_path: pathlib.Path, closing: Closing, answer: int, cause: Cause) -> None:
    """The caller waits at the head of the queue meanwhile. A phone's own 302 is not followed: the house decides who is rung."""
    hospital, first, second = await two_operators(tmp_path, closing, answer)
    caller, call = await hospital.call_in()
    assert (await hospital.watch.next(Diverted, call=call)).cause == cause
    line = await second.rings()
    assert custodian(hospital, call) == Custodian.QUEUE
    await line.answer()
    await listens(caller.voice, line)
    assert first.invites >= 1
    if answer != 302:
        # Whoever did not answer is not asked again before saying so.
        assert hospital.watch.all(OperatorNotReady, operator=operator_of(hospital, "1001"), cause=cause)
        assert first.invites == 1
    await leaves(hospital, caller, call)


async def test_2_9_nobody_answers_and_the_superior_is_rung(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await opened(tmp_path, closing, policy={"offer_ring": "2s"}, queue_wait="2s")
    superior = await desk(hospital, "1000")
    caller, call = await hospital.call_in()
    line = await superior.rings(timeout=20)
    await line.answer()
    await listens(caller.voice, line)
    assert custodian(hospital, call) == Custodian.TARGET
    await leaves(hospital, caller, call)


async def test_2_7_an_operator_sends_an_offer_elsewhere(tmp_path: pathlib.Path, closing: Closing) -> None:
    """CSTA's Deflect: before an answer, and by command."""
    hospital = await opened(tmp_path, closing)
    first = await on_duty(hospital, "1001")
    caller, call = await hospital.call_in()
    rings = await first.rings()
    second = await on_duty(hospital, "1002")
    await hospital.board.deflect(call, operator_of(hospital, "1002"))
    assert (await rings.over()).method == "CANCEL"
    line = await second.rings()
    await line.answer()
    await hospital.watch.next(Established, call=call, operator=operator_of(hospital, "1002"))
    await listens(caller.voice, line)
    await leaves(hospital, caller, call)


async def test_2_7_whoever_it_was_sent_to_does_not_answer_either(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await opened(tmp_path, closing, policy={"offer_ring": "2s"})
    first = await on_duty(hospital, "1001")
    caller, call = await hospital.call_in()
    await first.rings()
    await on_duty(hospital, "1002")
    await hospital.board.deflect(call, operator_of(hospital, "1002"))
    await first.lines[0].over()
    mark = hospital.watch.now
    await hospital.watch.next(Queued, call=call, after=mark)
    line = await first.rings()
    await line.answer()
    await listens(caller.voice, line)
    await leaves(hospital, caller, call)


async def test_2_12_find_me_one_after_another(tmp_path: pathlib.Path, closing: Closing) -> None:
    """The queue finds somebody: its operators are rung one after another, the one who is idle longest first."""
    hospital, first, second = await two_operators(tmp_path, closing, SILENT)
    caller, call = await hospital.call_in()
    line = await second.rings()
    assert first.statuses[-1] == 487, "the first phone has stopped ringing before the second one rings"
    await line.answer()
    await listens(caller.voice, line)
    await leaves(hospital, caller, call)
