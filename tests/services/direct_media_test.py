# SPDX-License-Identifier: Apache-2.0
"""Voices that pass the house by (RFC 3264 passed through; RFC 3725 by re-INVITE), and are called back when they are needed.

    caller            house              operator's phone       department
      │── INVITE sdp ─►│── INVITE sdp ─────────────────────────────►│   a phone that is dialled
      │◄── 200 sdp ────│◄── 200 sdp ────────────────────────────────│
      │◄═══════════════════════════ voice ═════════════════════════►│
      │                │                       │
      │◄══ talk ═══════╪══════════════════════►│                        a queue: the house first,
      │                │── INVITE sdp of caller ─►│                     then past it
      │◄─ INVITE sdp ──│                       │
      │◄══════════ voice ═════════════════════►│
      │                │── INVITE our sdp ────►│                        hold, consultation, transfer:
      │◄─ INVITE our sdp ─│                    │                        the voices come back first
      │◄─ holding tone │                       │
"""
import asyncio
import pathlib

import cordboard
import pytest
from cordboard import (CallCleared, CallId, CommandFailed, ConsentOf, Custodian, Established, HoldChangedByPhone, MediaEnded, MediaMoved,
                       MediaPath, Originated, TransferResult, new_id)
from desk import Desk, Line
from hospital import Hospital
from office import TONE, Closing, agreed, custodian, desk, ended, listens, nothing_stays, on_duty, opened
from peers import until

pytestmark = pytest.mark.needs("baresip")


def is_past(one: Line, other: Line) -> bool:
    return one.voice.came_from == ("127.0.0.1", other.voice.port) and other.voice.came_from == ("127.0.0.1", one.voice.port)


async def past(one: Line, other: Line) -> None:
    """Each hears the other, and nothing of the house."""
    await until(lambda: is_past(one, other), 10, "voices past the house")
    await listens(one.voice, other)
    await listens(other.voice, one)
    assert is_past(one, other)


async def through(hospital: Hospital, one: Line, other: Line) -> None:
    """They hear each other through the house."""
    first, last = (hospital.house.hospital["media"][key] for key in ("port_min", "port_max"))

    def here(line: Line) -> bool:
        return line.voice.came_from is not None and first <= line.voice.came_from[1] <= last

    await until(lambda: here(one) and here(other), 10, "voices through the house")
    await listens(one.voice, other)
    await listens(other.voice, one)


async def dialled(hospital: Hospital, caller: str = "2000", to: str = "8001") -> tuple[Line, Line, CallId]:
    """Two phones of ours, the one having dialled the other."""
    phone, called = await desk(hospital, caller), await desk(hospital, to)
    calling = asyncio.create_task(phone.dial(to))
    there = await called.rings()
    await there.answer()
    line = await calling
    began = await hospital.watch.next(Originated, device=hospital.device(caller))
    return line, there, began.call


async def talk_past(hospital: Hospital) -> tuple[Desk, Line, Line, CallId]:
    """An operator, the operator's line, and a caller of the house's own, past the house."""
    phone, caller = await on_duty(hospital), await desk(hospital, "2000")
    theirs = await caller.dial("9000")
    began = await hospital.watch.next(Originated, device=hospital.device("2000"))
    mine = await phone.rings()
    await mine.answer()
    await hospital.watch.next(MediaMoved, call=began.call, state=MediaPath.DIRECT)
    await past(mine, theirs)
    return phone, mine, theirs, began.call


async def over(hospital: Hospital, first: Line, call: CallId) -> None:
    assert (await first.bye()).status == 200
    await hospital.watch.next(CallCleared, call=call)
    await nothing_stays(hospital)


async def test_a_dialled_phone_and_its_caller_send_to_each_other_from_the_first_packet(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await opened(tmp_path, closing, direct=True)
    caller, called, call = await dialled(hospital)
    await past(caller, called)
    assert f"m=audio {caller.voice.port} " in called.came[0].body and caller.answered
    assert f"m=audio {called.voice.port} " in caller.answered.body
    assert [m.method for m in called.came] == ["INVITE"]  # and no re-INVITE was needed
    assert custodian(hospital, call) == Custodian.TARGET
    await over(hospital, caller, call)
    await called.over()
    assert not hospital.watch.all(MediaEnded)  # the house has had no part in it


async def test_voices_stay_in_the_house_when_one_of_the_two_is_to(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await opened(tmp_path, closing)
    hospital.house.phone("2000")["media"] = "direct"
    hospital.house.write()
    await hospital.crash()
    caller, called, call = await dialled(hospital)
    await through(hospital, caller, called)
    assert not hospital.watch.all(MediaMoved)
    await over(hospital, caller, call)


@pytest.mark.parametrize("how", ["sendonly", "inactive"])
async def test_hold_and_resume_by_a_phone_go_to_the_other_one(tmp_path: pathlib.Path, closing: Closing, how: str) -> None:
    hospital = await opened(tmp_path, closing, direct=True)
    caller, called, call = await dialled(hospital)
    assert (await caller.hold(how)).status == 200
    assert (await hospital.watch.next(HoldChangedByPhone)).value == 1
    assert called.came[-1].method == "INVITE" and f"a={how}" in called.came[-1].body
    assert (await caller.resume()).status == 200
    await hospital.watch.next(HoldChangedByPhone, value=0)
    assert "a=sendrecv" in called.came[-1].body
    await past(caller, called)
    versions = [int(m.body.split("o=", 1)[1].split()[2]) for m in called.came if m.method == "INVITE"]
    assert versions == [versions[0], versions[0] + 1, versions[0] + 2]  # RFC 3264 8
    await over(hospital, caller, call)


async def test_an_offer_that_the_other_one_refuses_changes_nothing(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await opened(tmp_path, closing, direct=True)
    caller, called, call = await dialled(hospital)
    called.offers_get = 488
    assert (await caller.hold()).status == 488
    called.offers_get = 491
    assert (await caller.hold()).status == 491
    called.offers_get = 200
    assert (await called.send("INVITE", body=called.description())).status == 200
    await past(caller, called)
    assert not hospital.watch.all(HoldChangedByPhone)
    await over(hospital, called, call)


async def test_offers_from_both_ends_at_once_are_glare(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await opened(tmp_path, closing, direct=True)
    caller, called, call = await dialled(hospital)
    answers = sorted(got.status for got in await asyncio.gather(caller.hold(), called.hold()))
    assert answers[-1] == 491 or answers == [200, 200], answers  # or the one was done before the other came
    assert (await caller.resume()).status == 200
    assert (await called.resume()).status == 200
    await past(caller, called)
    await over(hospital, caller, call)


async def test_hold_with_music_calls_the_voices_back(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await opened(tmp_path, closing, direct=True)
    _, mine, theirs, call = await talk_past(hospital)
    await hospital.board.hold(call)
    await listens(theirs.voice, TONE, 0.2)
    await hospital.board.retrieve(call)
    await through(hospital, mine, theirs)
    assert custodian(hospital, call) == Custodian.OPERATOR
    await over(hospital, theirs, call)
    await mine.over()


async def test_consultation_and_transfer_of_a_direct_call(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await opened(tmp_path, closing, direct=True)
    _, mine, theirs, call = await talk_past(hospital)
    department = await desk(hospital, "8003")
    consultation = CallId(new_id())
    await asyncio.gather(hospital.board.consult(call, "8003", new_call=consultation, timeout=20), answers(department))
    there = department.lines[-1]
    await agreed(hospital, call)
    await hospital.board.transfer(call, consultation)
    await ended(hospital, call, TransferResult.CONNECTED)
    await mine.over()
    await through(hospital, there, theirs)
    assert custodian(hospital, call) == Custodian.TARGET
    await over(hospital, theirs, call)


async def answers(phone: Desk) -> None:
    await (await phone.rings()).answer()


async def test_the_phone_transfers_a_direct_call_by_refer(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await opened(tmp_path, closing, direct=True)
    phone, mine, theirs, call = await talk_past(hospital)
    department = await desk(hospital, "8001")
    assert (await mine.refer(phone.uri("8001"))).status == 202
    await answers(department)
    await ended(hospital, call, TransferResult.CONNECTED)
    await through(hospital, department.lines[-1], theirs)
    await over(hospital, theirs, call)


@pytest.mark.parametrize("who", ["caller", "operator"])
async def test_a_phone_that_refuses_the_re_invite_keeps_its_talk(tmp_path: pathlib.Path, closing: Closing, who: str) -> None:
    hospital = await opened(tmp_path, closing, direct=True)
    phone, mine, theirs, call = await talk_past(hospital)
    rude = theirs if who == "caller" else mine
    rude.offers_get = 488
    with pytest.raises(cordboard.Error):
        await hospital.board.hold(call)
    assert (await hospital.watch.next(CommandFailed)).cause == cordboard.Cause.INCOMPATIBLE_DESTINATION
    await past(mine, theirs)
    with pytest.raises(cordboard.Error, match="refused"):
        await hospital.board.consult(call, "8001")
    assert (await mine.refer(phone.uri("8001"))).status == 488
    await past(mine, theirs)
    assert custodian(hospital, call) == Custodian.OPERATOR
    await over(hospital, theirs, call)


async def test_the_operator_hangs_up_and_the_caller_hears_the_closing_tone(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await opened(tmp_path, closing, direct=True, policy={"closing_grace": "5s"})
    _, mine, theirs, call = await talk_past(hospital)
    await mine.bye()
    await listens(theirs.voice, TONE, 0.2)
    await theirs.over()
    await hospital.watch.next(CallCleared, call=call)
    await nothing_stays(hospital)


async def test_kill_9_keeps_direct_calls(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await opened(tmp_path, closing, direct=True)
    _, mine, theirs, call = await talk_past(hospital)
    caller, called, other = await dialled(hospital, "1002", "8001")
    await hospital.crash()
    await past(mine, theirs)
    await past(caller, called)
    assert (await caller.hold()).status == 200  # passed on
    assert "a=sendonly" in called.came[-1].body
    assert (await caller.resume()).status == 200
    await hospital.board.hold(call)
    await listens(theirs.voice, TONE, 0.2)
    await hospital.board.retrieve(call)
    await through(hospital, mine, theirs)
    await caller.bye()
    await called.over()
    await over(hospital, theirs, call)


async def test_kill_9_while_a_direct_call_begins(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await opened(tmp_path, closing, direct=True)
    phone, called = await desk(hospital, "2000"), await desk(hospital, "8001")
    calling = asyncio.create_task(phone.dial("8001"))
    there = await called.rings()
    began = await hospital.watch.next(Originated, device=hospital.device("2000"))
    await hospital.crash()
    await there.answer()
    line = await calling
    assert line.status == 200
    await past(line, there)
    await over(hospital, line, began.call)


async def test_real_phones_past_the_house(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await Hospital.open(tmp_path, closing, direct=True)
    operator = await hospital.staff(hz=700)
    caller = await desk(hospital, "2000")
    theirs = await caller.dial("9000")
    began = await hospital.watch.next(Originated, device=hospital.device("2000"))
    await hospital.watch.next(Established, call=began.call, fits=lambda e: e.operator != 0)
    await hospital.watch.next(MediaMoved, call=began.call, state=MediaPath.DIRECT)
    first, last = (hospital.house.hospital["media"][key] for key in ("port_min", "port_max"))
    await until(lambda: theirs.voice.came_from is not None and not first <= theirs.voice.came_from[1] <= last, 10, "baresip's own voice")
    await listens(theirs.voice, 700.0)
    await hospital.board.hold(began.call)
    await listens(theirs.voice, TONE, 0.2)
    await hospital.board.retrieve(began.call)
    await listens(theirs.voice, 700.0)
    await over(hospital, theirs, began.call)
    await operator.wait("CALL_CLOSED")
