# SPDX-License-Identifier: Apache-2.0
"""Linphone as a phone of the house: another implementation than ours, SIPp's and baresip's."""
import asyncio
import contextlib
import pathlib

import pytest
from cordboard import (CallId, Consent, ConsentDeclared, ConsentOf, DeviceInService, Established, HoldChangedByPhone, TransferEnded,
                       TransferResult, Transferred, new_id)
from hospital import Hospital
from house import OUTSIDE
from linphone import Linphone
from pbx import ADDRESS, Pbx, with_pbx
from peers import Caller, tone_seconds, until

pytestmark = pytest.mark.needs("linphonec", "baresip", "sipp", "kamailio")
Closing = contextlib.AsyncExitStack
TALKS = "Media streams established"


async def phone(hospital: Hospital, number: str) -> Linphone:
    made = await Linphone.start(hospital.folder / number, number, hospital.house.phone(number)["password"], hospital.house.address)
    hospital.closing.push_async_callback(made.stop)
    await hospital.watch.next(DeviceInService, device=hospital.device(number))
    return made


async def serving(hospital: Hospital) -> tuple[Linphone, Caller, CallId]:
    """A caller with an operator, who has taken up a Linphone."""
    operator = await phone(hospital, "1001")
    await hospital.sit_down("1001")
    caller, call = await hospital.call_in()
    await operator.says("Receiving new incoming call|is contacting you")
    await operator.tell("answer", TALKS)
    await hospital.watch.next(Established, call=call, fits=lambda e: e.operator != 0)
    return operator, caller, call


async def leaves(hospital: Hospital, caller: Caller) -> None:
    await hospital.hears(caller)
    await caller.hang_up()
    assert (await caller.result()).exit_code == 0


async def test_it_answers_holds_and_is_consulted_for(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await Hospital.open(tmp_path, closing)
    department = await hospital.phone("8001", hz=380)
    operator, caller, call = await serving(hospital)
    await operator.tell("pause", "is now paused")
    held = await hospital.watch.next(HoldChangedByPhone, call=call)
    assert held.value == 1
    await operator.tell("resume 1", TALKS)
    assert (await hospital.watch.next(HoldChangedByPhone, call=call, after=held.sequence)).value == 0
    # The caller hears what it says: a file instead of a microphone.
    await operator.tell(f"play {tmp_path / '1001' / 'voice.wav'}", "linphonec>")
    await hospital.hears(caller, 75)
    await hospital.put_through(call, "8001", department)
    await hospital.hears(caller, 75)
    await leaves(hospital, caller)
    heard = caller.voice.heard()
    assert tone_seconds(heard, 440) > 0.8
    assert tone_seconds(heard, 380) > 0.8


async def test_it_sends_the_caller_on(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await Hospital.open(tmp_path, closing)
    await hospital.phone("8001")
    operator, caller, call = await serving(hospital)
    mark = operator.now
    await operator.tell(f"transfer sip:8001@{hospital.house.address}", "")
    await hospital.watch.next(Transferred, call=call)
    declared = await hospital.watch.next(ConsentDeclared, call=call)
    assert (declared.detail, declared.consent) == (ConsentOf.CALLER, Consent.YES)
    await operator.says("ended", mark)
    await leaves(hospital, caller)


async def test_it_sends_the_caller_to_nobody(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await Hospital.open(tmp_path, closing)
    department = await hospital.phone("8001", answer="manual")
    operator, caller, call = await serving(hospital)
    mark, since = operator.now, hospital.watch.now
    await operator.tell(f"transfer sip:8001@{hospital.house.address}", "")
    await department.wait("CALL_INCOMING")
    await department.hangup()
    await operator.says("Receiving new incoming call|is contacting you", mark)
    await operator.tell("answer", TALKS)
    await hospital.watch.next(Established, call=call, after=since, fits=lambda e: e.operator != 0, timeout=30)
    assert (await hospital.watch.next(TransferEnded, call=call)).detail == TransferResult.RECALLED
    await leaves(hospital, caller)


async def test_it_asks_first_and_then_transfers(tmp_path: pathlib.Path, closing: Closing) -> None:
    """RFC 5589 7.1: the phone holds its caller, calls the department itself, and joins the two by REFER with Replaces."""
    hospital = await Hospital.open(tmp_path, closing)
    department = await hospital.phone("8001", hz=380)
    operator, caller, call = await serving(hospital)
    await operator.tell("pause", "is now paused")
    await operator.tell(f"call sip:8001@{hospital.house.address}", TALKS)
    await department.wait("CALL_RTPESTAB")
    await operator.tell("transfer 1 --to-call 2", "")
    await hospital.watch.next(Transferred, call=call, timeout=20)
    await leaves(hospital, caller)
    assert tone_seconds(caller.voice.heard(), 380) > 0.5


async def test_it_is_a_department_that_answers(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await Hospital.open(tmp_path, closing)
    department = await phone(hospital, "8001")
    await department.tell("autoanswer enable", "enabled")
    await hospital.staff()
    caller, call = await hospital.call_in()
    await hospital.watch.next(Established, call=call, fits=lambda e: e.operator != 0)
    consultation = CallId(new_id())
    await hospital.board.consult(call, "8001", new_call=consultation)
    await department.says(TALKS)
    await hospital.board.declare_consent(call, ConsentOf.CALLER, Consent.YES)
    await hospital.board.declare_consent(call, ConsentOf.TARGET, Consent.YES)
    await hospital.board.transfer(call, consultation)
    await hospital.watch.next(Transferred, call=call)
    await leaves(hospital, caller)


async def extension(hospital: Hospital, pbx: Pbx, number: str = "2001") -> Linphone:
    """Registered with the PBX, and not with the house."""
    made = await Linphone.start(hospital.folder / number, number, f"secret-{number}", pbx.address, realm=ADDRESS)
    hospital.closing.push_async_callback(made.stop)
    await pbx.has(number, 1)
    return made


async def test_behind_a_pbx_it_calls_holds_and_is_put_through(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital, pbx = await with_pbx(tmp_path, closing)
    await pbx.has("8000", 1)
    await hospital.staff()
    department = await hospital.phone("8001")
    caller = await extension(hospital, pbx)
    await caller.tell(f"call sip:8000@{pbx.address}", TALKS)
    call = (await hospital.watch.next(Established, fits=lambda e: e.operator != 0)).call
    await caller.tell("pause", "is now paused")
    held = await hospital.watch.next(HoldChangedByPhone, call=call)
    assert held.value == 1
    await caller.tell("resume 1", TALKS)
    assert (await hospital.watch.next(HoldChangedByPhone, call=call, after=held.sequence)).value == 0
    await hospital.put_through(call, "8001", department)
    await caller.tell(f"play {tmp_path / '2001' / 'voice.wav'}", "linphonec>")
    await asyncio.sleep(2)  # of voice, which is what is looked at below; no bound
    await caller.tell("terminate", "ended")
    await department.wait("CALL_CLOSED")
    assert tone_seconds(department.heard()[0], 440) > 0.8


async def test_behind_a_pbx_it_is_called_and_consulted(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital, pbx = await with_pbx(tmp_path, closing, addresses=[ADDRESS, OUTSIDE])
    await pbx.has("8000", 1)
    specialist = await extension(hospital, pbx)
    await specialist.tell("autoanswer enable", "enabled")
    await hospital.staff()
    caller, call = await hospital.call_in()
    await hospital.watch.next(Established, call=call, fits=lambda e: e.operator != 0)
    consultation = CallId(new_id())
    await hospital.board.consult(call, "2001", new_call=consultation, timeout=20)
    await specialist.says(TALKS)
    await hospital.board.declare_consent(call, ConsentOf.CALLER, Consent.YES)
    await hospital.board.declare_consent(call, ConsentOf.TARGET, Consent.YES)
    await hospital.board.transfer(call, consultation)
    await hospital.watch.next(Transferred, call=call)
    # Whoever has only been called sends nobody on: that would be a call at the house's cost.
    await specialist.tell(f"transfer sip:2002@{pbx.address}", "")
    said = tmp_path / "2001" / "messages"
    await until(lambda: "SIP/2.0 603 Decline" in said.read_text(errors="replace"), 10, "the refusal")
    await leaves(hospital, caller)
