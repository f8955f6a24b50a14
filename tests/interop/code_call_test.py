# SPDX-License-Identifier: Apache-2.0
"""Emergencies with real phones: the list is called, acknowledges by key, escalates, talks in a conference; a drill, and a crash in one.

    S5   an urgent matter reaches the superior and the response group at once, with who was reached and when on record
    N5   up a chain until somebody acknowledges, all on record
    S9   an outside party gets no outside line by a transfer; the refusal is on record
"""
import contextlib
import pathlib

import pytest
from cordboard import (AnnouncementStarted, CallCleared, CallId, CodeCallEnded, CodeCallStarted, CodeMemberAcknowledged, CodeMemberAnswered,
                       CodeMemberCalled, CodeMemberMissed, CodeResult, CodeStepStarted, CommandRefused, Consent, ConsentOf, Errc, Event, LegId, Mark,
                       MediaEnded, MediaQuality, ServiceBarred, errors, new_id)
from dialogue_test import press, tones
from hospital import Hospital
from ledger import figures
from peers import until

pytestmark = pytest.mark.needs("baresip", "sipp")
Closing = contextlib.AsyncExitStack
QUEUES = [{"number": "9000", "name": "总机", "operators": ["张敏 Zhang Min", "李华 Li Hua"], "supervisor": "1000"},
          {"number": "9009", "name": "急呼 Emergency", "class": "emergency", "operators": ["张敏 Zhang Min", "李华 Li Hua"]}]
PLAN = {"number": "9911", "name": "抢救 Code blue", "steps": ["8001 8002", "1000"], "enough": 2, "wait": "6s", "ring": "20s",
        "message": ["code_blue", "place"], "drill": ["this_is_a_drill"], "line": "9009"}


async def house(folder: pathlib.Path, closing: Closing) -> Hospital:
    prompts = tones(folder / "prompts", ["code_blue", "this_is_a_drill"], 0.6)
    return await Hospital.open(folder, closing, queue=QUEUES, code_call=[PLAN], media={"prompts": prompts})


def of_code(hospital: Hospital, code: CallId) -> list[Event]:
    """Every event of the code call, and of the lines in it."""
    legs: set[LegId] = {e.leg for e in hospital.watch.all(CodeMemberCalled, call=code)}
    return [e for e in hospital.watch.events if getattr(e, "call", 0) == code or getattr(e, "leg", 0) in legs]


async def test_a_drill_with_real_phones(tmp_path: pathlib.Path, closing: Closing) -> None:
    """One acknowledges, one does not hear it ring, so the superior is called; enough have come, and they talk."""
    hospital = await house(tmp_path, closing)
    first = await hospital.phone("8001")
    deaf = await hospital.phone("8002", answer="manual")
    superior = await hospital.phone("1000")
    code = CallId(new_id())
    await hospital.board.start_code_call("9911 305", drill=1, new_call=code)
    started = await hospital.watch.next(CodeCallStarted, call=code)
    assert started.text == "9911\t305" and started.detail == 2
    answered = await hospital.watch.next(CodeMemberAnswered, call=code, device=hospital.device("8001"))
    said = await hospital.watch.next(AnnouncementStarted, call=code, leg=answered.leg)
    assert said.text == "this_is_a_drill code_blue 305"
    await press(first, "1")
    acknowledged = await hospital.watch.next(CodeMemberAcknowledged, call=code)
    assert (acknowledged.device, acknowledged.state) == (hospital.device("8001"), 1)
    await deaf.wait("CALL_INCOMING")
    escalated = await hospital.watch.next(CodeStepStarted, call=code, detail=2, timeout=20)
    begun = hospital.watch.all(CodeStepStarted, call=code, detail=1)[0]
    assert 6.0 <= (escalated.time_ns - begun.time_ns) / 1e9 < 9
    await hospital.watch.next(CodeMemberAnswered, call=code, device=hospital.device("1000"), timeout=20)
    await press(superior, "1")
    ended = await hospital.watch.next(CodeCallEnded, call=code, timeout=20)
    assert (ended.detail, ended.state) == (CodeResult.ACKNOWLEDGED, 2)
    missed = await hospital.watch.next(CodeMemberMissed, call=code)
    assert missed.device == hospital.device("8002")
    await deaf.wait("CALL_CLOSED")
    for phone in (first, superior):
        await phone.wait("CALL_RTPESTAB")
        assert phone.count("CALL_CLOSED") == 0
    await superior.hangup()
    await hospital.watch.next(CallCleared, call=code)
    await first.wait("CALL_CLOSED")
    for e in [*hospital.watch.all(CodeMemberCalled, call=code), *hospital.watch.all(CodeMemberAcknowledged, call=code), ended]:
        print(f"{(e.time_ns - started.time_ns) / 1e9:7.3f} s  {e!r}")
    # Media that ends behind its line names neither call nor mark: the line's earlier events do.
    of_drill = [e for e in of_code(hospital, code) if not isinstance(e, (MediaEnded, MediaQuality))]
    assert len(of_drill) > 25 and all(e.marks & Mark.DRILL for e in of_drill)
    assert {e.sequence for e in hospital.watch.events if e.marks & Mark.DRILL} - {e.sequence for e in of_code(hospital, code)} == set()
    day = figures(hospital.watch.events)
    assert (day["calls"], day["answered"], day["ended"], day["transfers"]) == (0, 0, 0, {})


async def test_a_crash_in_the_middle_of_an_emergency(tmp_path: pathlib.Path, closing: Closing) -> None:
    """kill -9 while one has acknowledged and another is told: who talks stays, who was told is told again, and its key counts."""
    hospital = await house(tmp_path, closing)
    first, second = await hospital.phone("8001"), await hospital.phone("8002")
    code = CallId(new_id())
    await hospital.board.start_code_call("9911 3 305", new_call=code)
    for number in ("8001", "8002"):
        await hospital.watch.next(CodeMemberAnswered, call=code, device=hospital.device(number))
    await press(first, "1")
    await hospital.watch.next(CodeMemberAcknowledged, call=code)
    since = hospital.watch.now
    await hospital.crash()
    assert not hospital.watch.all(CodeCallEnded, call=code)
    await until(lambda: hospital.watch.now > since, 10, "the log after the crash")
    await press(second, "1")
    ended = await hospital.watch.next(CodeCallEnded, call=code, timeout=20)
    assert (ended.detail, ended.state) == (CodeResult.ACKNOWLEDGED, 2)
    assert not any(e.marks & Mark.DRILL for e in hospital.watch.events)
    for phone in (first, second):
        assert phone.count("CALL_ESTABLISHED") == 1 and phone.count("CALL_CLOSED") == 0
    await hospital.board.clear_call(code)
    await first.wait("CALL_CLOSED")


async def test_who_dials_the_emergency_talks_to_an_operator(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await house(tmp_path, closing)
    operator = await hospital.staff("1001")
    caller, member = await hospital.phone("2000"), await hospital.phone("8001")
    await caller.dial(f"sip:9911@{hospital.house.address}")
    started = await hospital.watch.next(CodeCallStarted)
    assert started.device == hospital.device("2000")
    for phone in (operator, caller, member):
        await phone.wait("CALL_RTPESTAB")
    await press(member, "1")
    await hospital.watch.next(CodeMemberAcknowledged, call=started.call)
    await hospital.board.clear_call(started.call)
    assert (await hospital.watch.next(CodeCallEnded, call=started.call)).detail == CodeResult.CALLED_OFF
    with pytest.raises(errors.CodeCallUnknown):
        await hospital.board.start_code_call("9912")
    await caller.hangup()


async def test_s9_no_outside_line_for_an_outside_party(tmp_path: pathlib.Path, closing: Closing) -> None:
    """The class of service bars a transfer by command; a phone without one reaches the house alone, and is told so."""
    classes = [{"name": "desk", "outside": ["0", "1"], "barred": ["00"]}]
    operators = [{"name": "张敏 Zhang Min", "phone": "1001", "class": "desk"}, {"name": "李华 Li Hua", "phone": "1002"}]
    hospital = await Hospital.open(tmp_path, closing, **{"class": classes, "operator": operators})
    _, caller, call = await hospital.talk()
    await hospital.board.declare_consent(call, ConsentOf.CALLER, Consent.YES)
    with pytest.raises(errors.ServiceBarred):
        await hospital.board.consult(call, "0044123456")
    refused = await hospital.watch.next(CommandRefused, call=call)
    assert refused.value == Errc.SERVICE_BARRED
    await hospital.hears(caller)
    phone = await hospital.phone("2000")
    await phone.dial(f"sip:013912345678@{hospital.house.address}")
    barred = await hospital.watch.next(ServiceBarred)
    assert (barred.device, barred.text, barred.detail) == (hospital.device("2000"), "013912345678", 403)
    await phone.wait("CALL_CLOSED")
    await caller.hang_up()
    assert (await caller.result()).exit_code == 0
