# SPDX-License-Identifier: Apache-2.0
"""More than two real phones in a call: each hears all others and not itself, also after a crash.

    caller 1000 Hz       house        operator's phone       department 380 Hz       supervisor 620 Hz
      │◄═══════ talk ══════╪══════════════►│                         │                       │
      │                    │── consult ────────────────────────────►│                       │
      │◄══════════════════ conference ═════╪════════════════════════►│                       │
      │                    │               │ BYE                     │                       │
      │◄══════════════════ talk ═════════════════════════════════════►│   listens, breaks in ►│
"""
import contextlib
import pathlib

import cordboard
import pytest
from cordboard import (CallCleared, CallId, Cause, Conferenced, ConnectionCleared, Consent, ConsentOf, Custodian, CustodyMoved,
                       DataAssociated, DigitsGenerated, Established, Originated, Participation)
from hospital import Hospital, tone_of
from peers import Baresip, Caller, audio, goertzel, until

pytestmark = pytest.mark.needs("baresip", "sipp")
Closing = contextlib.AsyncExitStack
CALLER, DEPARTMENT, SUPERVISOR = 1000, 380, 620


def seconds_of(samples: audio.Samples, *tones: float, without: tuple[float, ...] = ()) -> float:
    """For how long all these tones sound together, each as loud as it is spoken, and those others do not."""
    size = audio.RATE // 10
    found = 0
    for at in range(0, len(samples) - size + 1, size):
        part = samples[at:at + size]
        # A sine of amplitude a gives a*a/4; the phones speak at 0.3 of full scale, and 3 dB either way count as that.
        spoken = (0.3 * 32767) ** 2 / 4
        heard = [goertzel(part, hz) / spoken for hz in tones]
        other = [goertzel(part, hz) / spoken for hz in without]
        found += all(0.5 < one < 2 for one in heard) and all(one < 0.01 for one in other)
    return found / 10


async def conference(hospital: Hospital) -> tuple[Baresip, Baresip, Caller, CallId]:
    """Caller, operator and a department in one call."""
    department = await hospital.phone("8004", hz=DEPARTMENT)
    operator, caller, call = await hospital.talk()
    consultation = CallId(cordboard.new_id())
    await hospital.board.consult(call, "8004", new_call=consultation)
    await department.wait("CALL_RTPESTAB")
    with pytest.raises(cordboard.errors.ConsentMissing):
        await hospital.board.conference(call, consultation)
    await hospital.board.declare_consent(call, ConsentOf.CALLER, Consent.YES)
    await hospital.board.conference(call, consultation)
    joined = await hospital.watch.next(Conferenced, call=call)
    assert (joined.other, joined.cause, joined.detail) == (consultation, Cause.CONFERENCE, Participation.ACTIVE)
    return operator, department, caller, call


async def hears_now(hospital: Hospital, caller: Caller, packets: int = 150) -> audio.Samples:
    """What comes to the caller from now on."""
    before = len(caller.voice.heard())
    await hospital.hears(caller, packets)
    return caller.voice.heard()[before:]


async def test_three_hear_each_other_and_two_go_on(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await Hospital.open(tmp_path, closing)
    operator, department, caller, call = await conference(hospital)
    assert seconds_of(await hears_now(hospital, caller), tone_of("1001"), DEPARTMENT, without=(CALLER,)) > 1.5
    for refused in (hospital.board.consult(call, "8001"), hospital.board.park(call)):
        with pytest.raises(cordboard.errors.CallConferenced):
            await refused

    # The operator hangs up; the caller stays with the department, which then has custody.
    await operator.hangup()
    moved = await hospital.watch.next(CustodyMoved, call=call, custodian=Custodian.TARGET)
    assert (moved.device, moved.cause) == (hospital.device("8004"), Cause.CONFERENCE)
    assert seconds_of(await hears_now(hospital, caller), DEPARTMENT, without=(CALLER, tone_of("1001"))) > 1.5
    await caller.hang_up()
    assert (await caller.result()).exit_code == 0
    await department.wait("CALL_CLOSED")
    await operator.wait("CALL_CLOSED")
    assert seconds_of(operator.heard()[0], CALLER, DEPARTMENT, without=(tone_of("1001"),)) > 1.5
    assert seconds_of(department.heard()[0], CALLER, tone_of("1001"), without=(DEPARTMENT,)) > 1.5
    assert seconds_of(department.heard()[0], CALLER, without=(DEPARTMENT, tone_of("1001"))) > 1.5


async def test_last_to_leave_is_not_the_caller(tmp_path: pathlib.Path, closing: Closing) -> None:
    """Everyone else hangs up: the operator's phone rings again, and the caller is with the operator."""
    hospital = await Hospital.open(tmp_path, closing)
    operator, department, caller, call = await conference(hospital)
    await operator.hangup()
    await hospital.watch.next(CustodyMoved, call=call, custodian=Custodian.TARGET)
    mark = hospital.watch.now
    await department.hangup()
    await hospital.watch.next(CustodyMoved, call=call, after=mark, custodian=Custodian.WAIT, cause=Cause.RECALL)
    await hospital.watch.next(CustodyMoved, call=call, after=mark, custodian=Custodian.OPERATOR, timeout=30)
    await until(lambda: operator.count("CALL_ESTABLISHED") == 2, 10, "the second ring at the operator's phone")
    await hospital.hears(caller)
    await caller.hang_up()
    assert (await caller.result()).exit_code == 0


async def test_conference_ends_in_a_crash(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await Hospital.open(tmp_path, closing)
    operator, department, caller, call = await conference(hospital)
    await hospital.board.associate_data(call, "case 4711")
    await hospital.hears(caller, 50)
    await hospital.crash()
    assert seconds_of(await hears_now(hospital, caller, 200), tone_of("1001"), DEPARTMENT, without=(CALLER,)) > 2
    data = await hospital.watch.next(DataAssociated, call=call)
    assert data.text == "case 4711"
    # All three are still the board's to end.
    await operator.hangup()
    await hospital.watch.next(CustodyMoved, call=call, custodian=Custodian.TARGET, cause=Cause.CONFERENCE)
    await caller.hang_up()
    assert (await caller.result()).exit_code == 0
    await department.wait("CALL_CLOSED")
    await hospital.watch.next(CallCleared, call=call)
    assert operator.count("CALL_ESTABLISHED") == department.count("CALL_ESTABLISHED") == 1
    # Before and after: more than the time since the restart alone.
    assert seconds_of(department.heard()[0], CALLER, tone_of("1001"), without=(DEPARTMENT,)) > 3


async def test_supervisor_listens_and_breaks_in(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await Hospital.open(tmp_path, closing)
    superior = await hospital.phone("1000", hz=SUPERVISOR)
    operator, caller, call = await hospital.talk()
    await hospital.board.single_step_conference(call, "1000", Participation.SILENT)
    listens = await hospital.watch.next(Conferenced, call=call, cause=Cause.SILENT_PARTICIPATION)
    assert seconds_of(await hears_now(hospital, caller), tone_of("1001"), without=(SUPERVISOR, CALLER)) > 1.5
    await hospital.board.intrude(call, hospital.device("1000"))
    broke_in = await hospital.watch.next(Conferenced, call=call, cause=Cause.INTRUDE)
    assert (listens.leg, listens.detail, broke_in.detail) == (broke_in.leg, Participation.SILENT, Participation.ACTIVE)
    assert seconds_of(await hears_now(hospital, caller), tone_of("1001"), SUPERVISOR, without=(CALLER,)) > 1.5
    await hospital.board.clear_connection(call, broke_in.leg)
    await hospital.watch.next(ConnectionCleared, call=call, leg=broke_in.leg)
    await superior.wait("CALL_CLOSED")
    assert seconds_of(superior.heard()[0], CALLER, tone_of("1001"), without=(SUPERVISOR,)) > 3
    await caller.hang_up()
    assert (await caller.result()).exit_code == 0
    await operator.wait("CALL_CLOSED")
    assert seconds_of(operator.heard()[0], CALLER, SUPERVISOR) > 1.5


async def test_supervisor_whispers_and_takes_over(tmp_path: pathlib.Path, closing: Closing) -> None:
    """M3: only the operator hears the supervisor, who then takes the caller in one act; what was noted goes along."""
    hospital = await Hospital.open(tmp_path, closing)
    superior = await hospital.phone("1000", hz=SUPERVISOR)
    operator, caller, call = await hospital.talk()
    await hospital.board.associate_data(call, "angry about the bill")
    await hospital.board.whisper(call, hospital.device("1000"))
    whispers = await hospital.watch.next(Conferenced, call=call, cause=Cause.WHISPER)
    assert whispers.detail == Participation.WHISPERING
    assert seconds_of(await hears_now(hospital, caller), tone_of("1001"), without=(SUPERVISOR, CALLER)) > 1.5
    await hospital.board.take_over(call, hospital.device("1000"))
    taken = await hospital.watch.next(CustodyMoved, call=call, custodian=Custodian.TARGET)
    assert (taken.device, taken.cause) == (hospital.device("1000"), Cause.TAKE_OVER)
    await operator.wait("CALL_CLOSED")
    assert seconds_of(await hears_now(hospital, caller), SUPERVISOR, without=(tone_of("1001"), CALLER)) > 1.5
    assert hospital.watch.all(DataAssociated, call=call)[-1].text == "angry about the bill"
    await caller.hang_up()
    assert (await caller.result()).exit_code == 0
    await superior.wait("CALL_CLOSED")
    assert seconds_of(operator.heard()[0], CALLER, SUPERVISOR) > 1.5
    assert seconds_of(superior.heard()[0], CALLER, tone_of("1001"), without=(SUPERVISOR,)) > 1.5
    assert seconds_of(superior.heard()[0], CALLER, without=(SUPERVISOR, tone_of("1001"))) > 1.5


async def test_keys_reach_a_phone(tmp_path: pathlib.Path, closing: Closing) -> None:
    """The phone's own menu says which keys came; a caller without telephone-event hears them as tones."""
    hospital = await Hospital.open(tmp_path, closing)
    operator, caller, call = await hospital.talk()
    answered = await hospital.watch.next(Established, call=call, fits=lambda e: e.operator != 0)
    began = await hospital.watch.next(Originated, call=call)
    await hospital.board.generate_digits(call, answered.leg, "42#")
    sent = await hospital.watch.next(DigitsGenerated, call=call)
    assert (sent.leg, sent.cause) == (answered.leg, Cause.NORMAL)
    await until(lambda: "42#" in keys_of(operator), 10, f"keys at the phone; seen: {keys_of(operator)!r}")
    before = len(caller.voice.heard())
    await hospital.board.generate_digits(call, began.leg, "111")  # the caller's description names no telephone-event
    assert hospital.watch.all(DigitsGenerated, leg=began.leg)[0].cause == Cause.NORMAL
    await hospital.hears(caller)
    tones = caller.voice.heard()[before:]
    assert min(goertzel(tones, 697), goertzel(tones, 1209)) > 20 * goertzel(tones, 1000)
    await caller.hang_up()
    assert (await caller.result()).exit_code == 0


def keys_of(phone: Baresip) -> str:
    """The keys that baresip has been told: an event each, its end an empty one."""
    return "".join(e.get("param", "") for e in phone.events if e["type"] == "CALL_DTMF_START")
