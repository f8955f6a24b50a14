# SPDX-License-Identifier: Apache-2.0
"""Queues and positions with real phones: all ring and one wins, a caller comes back to the place, a break and who grants it."""
import contextlib
import pathlib

import pytest
from cordboard import (Consent, Established, LeaveAnswered, LeaveAsked, OperatorConfigured, OperatorNotReady, OperatorOverdue, Queued,
                       QueueLeft, QueueResult, ShiftHandedOver, errors)
from hospital import Hospital

pytestmark = pytest.mark.needs("baresip", "sipp")
Closing = contextlib.AsyncExitStack
QUEUE = {"number": "9000", "name": "总机", "operators": ["张敏 Zhang Min", "李华 Li Hua"]}
AT_PLACE, BEGINS = 2, 4  # bits of `flags` in Queued


async def test_all_phones_ring_and_the_first_who_answers_has_the_caller(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await Hospital.open(tmp_path, closing, queue=[QUEUE | {"distribution": "ring_all"}])
    phones = [await hospital.staff(number, answer="manual") for number in ("1001", "1002")]
    caller, call = await hospital.call_in()
    for phone in phones:
        await phone.wait("CALL_INCOMING")
    await phones[1].accept()
    left = await hospital.watch.next(QueueLeft, call=call)
    answered = hospital.watch.all(Established, call=call, operator=left.operator)
    assert left.detail is QueueResult.ANSWERED and left.state <= 4 and len(answered) == 1
    await phones[0].wait("CALL_CLOSED")
    await phones[1].wait("CALL_RTPESTAB")
    await hospital.hears(caller)
    assert phones[1].count("CALL_CLOSED") == 0
    await caller.hang_up()
    assert (await caller.result()).exit_code == 0


async def test_a_caller_who_drops_and_calls_again_has_the_old_place_also_after_a_crash(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await Hospital.open(tmp_path, closing, queue=[QUEUE])
    first, dropped = await hospital.call_in("13800000001")
    begun = await hospital.watch.next(Queued, call=dropped)
    assert begun.flags == BEGINS
    second, other = await hospital.call_in("13800000002")
    await hospital.watch.next(Queued, call=other)
    await first.hang_up()
    gone = await hospital.watch.next(QueueLeft, call=dropped)
    assert gone.detail is QueueResult.ABANDONED and gone.value > 0
    await hospital.crash()
    again, back = await hospital.call_in("+8613800000001")  # the same number, spelt otherwise
    queued = await hospital.watch.next(Queued, call=back)
    assert queued.flags == BEGINS | AT_PLACE and queued.other == dropped
    house = hospital.board.snapshot()
    assert [(call, wait.position) for call, wait in house.waits.items()] == [(back, 1), (other, 2)]
    for caller in (again, second):
        await caller.hang_up()
        assert (await caller.result()).exit_code == 0


async def test_a_break_is_granted_overrun_and_handed_over(tmp_path: pathlib.Path, closing: Closing) -> None:
    reasons = [{"number": 1, "name": "小休", "limit": "1s", "times": 1}, {"number": 2, "name": "外出", "approval": True}]
    hospital = await Hospital.open(tmp_path, closing, queue=[QUEUE], reason=reasons, policy={"reasons_required": True})
    await hospital.staff("1001")
    board, watch = hospital.board, hospital.watch
    operator = next(e.operator for e in watch.all(OperatorConfigured) if e.device == hospital.device("1001"))
    with pytest.raises(errors.ReasonMissing):
        await board.not_ready(operator)
    await board.not_ready(operator, reason=1)
    overdue = await watch.next(OperatorOverdue, operator=operator)
    assert overdue.detail == 1 and overdue.value == 1_000_000_000
    await board.ready(operator)
    with pytest.raises(errors.ApprovalNeeded):
        await board.not_ready(operator, reason=1)
    await board.ask_leave(operator, 2)
    await watch.next(LeaveAsked, operator=operator, detail=2)
    await hospital.crash()
    board, watch = hospital.board, hospital.watch
    await board.answer_leave(operator, Consent.YES)
    assert (await watch.next(LeaveAnswered, operator=operator)).consent is Consent.YES
    await watch.next(OperatorNotReady, operator=operator, detail=2)
    await board.hand_over(operator, "床位科的电话还没有回")
    handed = await watch.next(ShiftHandedOver, operator=operator)
    assert handed.text == "床位科的电话还没有回"
    await board.accept_hand_over(operator, handed.sequence)
    with pytest.raises(errors.HandOverUnknown):
        await board.accept_hand_over(operator, handed.sequence)
