# SPDX-License-Identifier: Apache-2.0
"""Transfer defects that others are known for, as tests that pass here. Each names the complaint and where it is told."""
import asyncio
import pathlib
from itertools import permutations

import cordboard
import pytest
from cordboard import (CallCleared, Cause, CommandAccepted, CommandError, CommandId, ConsentOf, Custodian, CustodyMoved,
                       DeviceOutOfService, LegId, PartyId, TransferResult)
from cordboard.errors import DeviceUnavailable, TransferUnknown
from office import (BUSY, SILENT, Closing, agent, agreed, custodian, desk, ended, leaves, listens, nothing_stays, on_duty, opened,
                    recalled, talk)
from peers import until
from transfer_attended_test import asked, replacing

pytestmark = pytest.mark.needs("baresip", "sipp")


async def test_pain_9_the_operators_own_line_is_cut_by_an_attended_transfer(tmp_path: pathlib.Path, closing: Closing) -> None:
    """signalwire/freeswitch 2118. The operator has a third line; the transfer of the caller to the second leaves it alone."""
    hospital = await opened(tmp_path, closing)
    await hospital.phone("8004", hz=380)
    await hospital.phone("8003", hz=520)
    phone, line, caller, call = await talk(hospital)
    await line.hold()
    private = await phone.dial("8003")
    await listens(private.voice, 520.0)
    await private.hold()
    second = await phone.dial("8004")
    assert (await line.refer(replacing(second, "8004"))).status == 202
    await ended(hospital, call, TransferResult.CONNECTED)
    await line.over()
    await second.over()
    await listens(caller.voice, 380.0)
    await private.resume()
    await listens(private.voice, 520.0)
    assert private.ended is None
    assert not hospital.watch.all(DeviceOutOfService)
    await private.bye()
    await leaves(hospital, caller, call)
    again, next_call = await hospital.call_in("13800000002")  # and the operator gets the next caller at once
    rings = await phone.rings()
    await rings.answer()
    await listens(again.voice, rings)
    await leaves(hospital, again, next_call)


@pytest.mark.parametrize("how", ["consult", "single_step_transfer", "key"])
async def test_pain_10_a_transfer_to_a_number_that_is_not_there_destroys_the_call(
        tmp_path: pathlib.Path, closing: Closing, how: str) -> None:
    """GlomarGadaffi/pocket-dial 204, adhearsion 509. The target is looked at first; the two talk on."""
    hospital = await opened(tmp_path, closing)
    _, line, caller, call = await talk(hospital)
    if how == "key":
        assert (await line.refer(line.desk.uri("8006"))).status == 480
    else:
        await agreed(hospital, call, ConsentOf.CALLER)
        with pytest.raises(DeviceUnavailable):
            await getattr(hospital.board, how)(call, "8006")
    await listens(caller.voice, line)
    assert line.ended is None and custodian(hospital, call) == Custodian.OPERATOR
    await leaves(hospital, caller, call)


async def test_pain_11_hold_and_refer_collide(tmp_path: pathlib.Path, closing: Closing) -> None:
    """baresip 1678, 2083. Hold and REFER leave the phone in one breath, and again behind a refusal: no step is lost."""
    hospital = await opened(tmp_path, closing)
    target = await agent(hospital, "8001", SILENT)
    await desk(hospital, "8003")
    phone, line, caller, call = await talk(hospital)
    held, referred = await asyncio.gather(line.hold(), line.refer(phone.uri("8003")))
    assert held.status == 200 and referred.status == 403  # that department must agree
    held, referred, twice = await asyncio.gather(line.resume(), line.refer(phone.uri("8001")), line.refer(phone.uri("8001")))
    assert referred.status == 202 and twice.status in (481, 491, 603)
    await line.over()
    await recalled(hospital, call, phone, caller)
    assert target.invites == 1
    await leaves(hospital, caller, call)


async def test_pain_11_the_target_refuses_and_the_held_caller_is_not_brought_back(tmp_path: pathlib.Path, closing: Closing) -> None:
    """The same, the phone having put the caller on hold itself: the caller stays the operator's, and is heard again."""
    hospital = await opened(tmp_path, closing)
    await agent(hospital, "8003", BUSY)
    phone, line, caller, call = await talk(hospital)
    await line.hold()
    second = await phone.dial("8003")
    assert second.status == 486
    await line.resume()
    await listens(caller.voice, line)
    _, told = await asked(hospital, call, "8003")
    assert await told == Cause.BUSY
    await listens(caller.voice, line)
    await leaves(hospital, caller, call)


async def test_pain_12_success_before_the_outcome_is_known(tmp_path: pathlib.Path, closing: Closing) -> None:
    """livekit/node-sdks 606, livekit/sip 626, 234. Accepted is one word, the outcome another; the same id sends nothing new."""
    hospital = await opened(tmp_path, closing)
    target = await agent(hospital, "8001", SILENT)
    phone, line, caller, call = await talk(hospital)
    await agreed(hospital, call, ConsentOf.CALLER)
    one, leg, party = CommandId(cordboard.new_id()), LegId(cordboard.new_id()), PartyId(cordboard.new_id())
    pending = [hospital.board.single_step_transfer(call, "8001", new_leg=leg, new_party=party, id=one, timeout=40)
               for _ in range(3)]
    await hospital.watch.next(CommandAccepted, command=one)
    await until(lambda: target.invites > 0, 10, "the target's phone to ring")
    assert not hospital.watch.all(cordboard.CommandDone, command=one)
    again = await phone.rings()
    await again.answer()
    for each in pending:
        with pytest.raises(CommandError) as failed:
            await each
        assert failed.value.cause == Cause.CALL_NOT_ANSWERED
    assert target.invites == 1 and len(hospital.watch.all(CommandAccepted, command=one)) == 1
    assert len(hospital.watch.all(cordboard.CommandFailed, command=one)) == 1
    await leaves(hospital, caller, call)


async def test_pain_13_the_wrong_one_of_three_calls_is_transferred(tmp_path: pathlib.Path, closing: Closing) -> None:
    """WebTrit/webtrit_phone 1513, 1514. A consultation belongs to one call; another one's is refused, whatever is talking."""
    hospital = await opened(tmp_path, closing)
    phone, line, caller, call = await talk(hospital)
    _, other_line, other_caller, other = await talk(hospital, "1002", number="13800000002")
    targets = [await desk(hospital, "8003"), await desk(hospital, "8004")]
    consultations = []
    for held, target, number in ((call, targets[0], "8003"), (other, targets[1], "8004")):
        consultation, told = await asked(hospital, held, number)
        await (await target.rings()).answer()
        await told
        await agreed(hospital, held)
        consultations.append(consultation)
    for held, wrong in ((call, consultations[1]), (other, consultations[0]), (call, other), (call, call)):
        with pytest.raises(TransferUnknown):
            await hospital.board.transfer(held, wrong)
    await hospital.board.transfer(call, consultations[0])
    await listens(caller.voice, targets[0].lines[0])
    await listens(targets[1].lines[0].voice, other_line)  # the other consultation has noticed nothing
    await hospital.board.reconnect(other, consultations[1])
    await listens(other_caller.voice, other_line)
    await leaves_both(hospital, caller, call, other_caller, other)


async def leaves_both(hospital, *calls) -> None:
    for caller, call in zip(calls[::2], calls[1::2]):
        await caller.hang_up()
        assert (await caller.result()).exit_code == 0
        await hospital.watch.next(CallCleared, call=call)
    await nothing_stays(hospital)


@pytest.mark.parametrize("order", list(permutations(["answers", "cancels", "hangs up", "completes"])), ids=", ".join)
async def test_pain_14_phantom_calls_and_races(tmp_path: pathlib.Path, closing: Closing, order: tuple[str, ...]) -> None:
    """wazo-calld 404, 310, 316, 323, 369. The target answers, the operator takes back, the caller hangs up, the operator
    completes: in every order, as fast as it goes, nobody is left over. (The simulation walks many more.)"""
    hospital = await opened(tmp_path, closing)
    target = await desk(hospital, "8001")
    _, line, caller, call = await talk(hospital)
    await agreed(hospital, call, ConsentOf.CALLER)
    consultation, told = await asked(hospital, call, "8001")
    rings = await target.rings()

    async def act(what: str) -> None:
        if what == "answers":
            if rings.invite:  # else it has stopped ringing
                target.reply(rings.invite, 200, rings.ltag, "", rings.description())
                rings.invite = None
        elif what == "hangs up":
            await caller.hang_up()
        else:
            command = hospital.board.reconnect if what == "cancels" else hospital.board.transfer_ringing
            try:
                await command(call, consultation, timeout=30)
            except cordboard.Error:
                pass  # what is not possible any more is refused, or its outcome says so

    tasks = []
    for what in order:
        tasks.append(asyncio.create_task(act(what)))
        await asyncio.sleep(0)
    await asyncio.gather(*tasks)
    await told
    assert (await caller.result()).exit_code == 0
    await hospital.watch.next(CallCleared, call=call)
    for one in line, *target.lines:
        if one.ended is None and one.acknowledged and one is not line:
            await one.bye()  # the operator may have stayed to tell the department
    await nothing_stays(hospital)


@pytest.mark.parametrize("how", ["consulted", "while ringing", "blind"])
async def test_pain_25_the_wrong_caller_is_shown(tmp_path: pathlib.Path, closing: Closing, how: str) -> None:
    """asterisk 1780, 1990, 641, 1816. Whoever is called for a caller sees the caller, from the first ring to the last."""
    hospital = await opened(tmp_path, closing)
    target = await desk(hospital, "8001")
    _, line, caller, call = await talk(hospital, number="13855556666")
    await agreed(hospital, call, ConsentOf.CALLER)
    if how == "blind":
        sending = asyncio.ensure_future(hospital.board.single_step_transfer(call, "8001", timeout=20))
        rings = await target.rings()
    else:
        consultation, told = await asked(hospital, call, "8001")
        rings = await target.rings()
    assert "13855556666" in rings.remote and "王芳" in rings.remote, rings.remote
    if how == "while ringing":
        sending = asyncio.ensure_future(hospital.board.transfer_ringing(call, consultation, timeout=20))
        await line.over()
    await rings.answer()
    if how == "consulted":
        await told
        sending = asyncio.ensure_future(hospital.board.transfer(call, consultation))
    await sending
    await ended(hospital, call, TransferResult.CONNECTED)
    await listens(caller.voice, rings)
    assert len(target.lines) == 1 and rings.ended is None  # the very call that rang, shown as it was
    await leaves(hospital, caller, call)


@pytest.mark.parametrize("then", ["the operator answers", "the operator is gone"])
async def test_under_the_table_completed_while_ringing_and_the_target_refuses(
        tmp_path: pathlib.Path, closing: Closing, then: str) -> None:
    """The transferor completes while it rings and hangs up; the target says no; elsewhere all who are left are hung up."""
    hospital = await opened(tmp_path, closing, policy={"recall_ring": "2s"})
    target = await desk(hospital, "8001")
    phone, line, caller, call = await talk(hospital)
    second = await on_duty(hospital, "1002")
    await agreed(hospital, call, ConsentOf.CALLER)
    consultation, told = await asked(hospital, call, "8001")
    rings = await target.rings()
    completing = asyncio.ensure_future(hospital.board.transfer_ringing(call, consultation, timeout=30))
    await line.over()
    if then == "the operator is gone":
        phone.vanish()
    rings.refuse(603)
    back = await (phone if then == "the operator answers" else second).rings(timeout=20)
    await back.answer()
    with pytest.raises(CommandError) as failed:
        await completing
    assert failed.value.cause == Cause.CALL_REJECTED
    await listens(caller.voice, back)
    kept = [e.custodian for e in hospital.watch.all(CustodyMoved, call=call)]
    assert Custodian.ENDED not in kept
    await leaves(hospital, caller, call)
