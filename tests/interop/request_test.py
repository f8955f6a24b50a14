# SPDX-License-Identifier: Apache-2.0
"""Requests on real calls: what is left after hours is called back and closed, who gives up waiting is called back, and a crash in between.

    N1   closed hours: a SIP call, four answers, a request with an owner, the person called back, the time confirmed, closed
    H5   who could not be served is promised, and called back
    S6   a call about which nothing is written down is told
"""
import asyncio
import contextlib
import json
import os
import pathlib

import cordboard
import pytest
from cordboard import (AttemptOutcome, CallCleared, Cause, Custodian, CustodyMoved, DialogueStarted, EntryOwed, EntrySettled, Established, NightMode,
                       QueueConfigured, QueueLeft, QueueResult, Request, RequestAttempted, RequestAttemptEnded, RequestCallDue,
                       RequestClosed, RequestConfirmed, RequestNotOpened, RequestOpened, RequestSource, RequestTime, RequestTimeSet)
from dialogue_test import at_step, press, tones
from hospital import OUTSIDE, Hospital
from house import example
from peers import Baresip, until

pytestmark = pytest.mark.needs("baresip", "sipp")
Closing = contextlib.AsyncExitStack
OPERATOR = "张敏 Zhang Min"
NIGHT = """[dialogue]
name = "Night"
human = "9000"
fallback = "9000"
[[step]]
name = "number"
do = "keys"
say = ["ask"]
field = "number"
min = 4
max = 11
read_back = ["answer"]
next = "note"
otherwise = "note"
[[step]]
name = "note"
do = "request"
request = "after_hours"
next = "bye"
[[step]]
name = "bye"
do = "hang_up"
say = ["ask"]
"""
ALWAYS = [{"name": "office", "working_day": ["00:00-24:00"], "saturday": ["00:00-24:00"], "sunday": ["00:00-24:00"],
           "holiday": ["00:00-24:00"]}]


async def hospital_of(folder: pathlib.Path, closing: Closing, confirm: pathlib.Path | None = None, **policy: object) -> Hospital:
    script = folder / "night.toml"
    script.write_text(NIGHT)
    queue = {"number": "9000", "name": "总机", "operators": [OPERATOR, "李华 Li Hua"], "when_closed": "9190", "abandoned": "lost_call"}
    kinds: dict[str, object] = {}
    dialogues, prompts = [{"number": "9190", "file": str(script)}], ["ask"]
    if confirm:
        dialogues.append({"number": "9192", "file": str(confirm)})
        prompts += ["will_you_come", "not_understood", "thanks", "we_call_you", "closing"]
        kinds["request_kind"] = [row | ({"dialogue": "9192", "call_back": False, "change_until": "2h"} if row["name"] == "appointment" else {})
                                 for row in example()["request_kind"]]
    return await Hospital.open(folder, closing, queue=[queue], hours=ALWAYS, policy=policy,
                               media={"prompts": tones(folder / "prompts", prompts)}, dialogue=dialogues, **kinds)


async def next_due(hospital: Hospital) -> Request:
    async with asyncio.timeout(20):
        async for request in hospital.board.requests.due():
            return request
    raise AssertionError("the board closed")


async def test_n1_from_a_call_at_a_closed_hour_to_a_closed_request(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await hospital_of(tmp_path, closing)
    queue = (await hospital.watch.next(QueueConfigured)).queue
    await hospital.board.switch_night_service(NightMode.NIGHT, queue=queue)
    person = await hospital.phone("2000", hz=1000, answer="auto")
    await person.dial(f"sip:9000@{hospital.house.address}")
    call = (await hospital.watch.next(DialogueStarted)).call
    await at_step(hospital, call, "number", cordboard.DialoguePhase.LISTENING)
    await press(person, "2000#")
    await at_step(hospital, call, "number", cordboard.DialoguePhase.CONFIRMING)
    await press(person, "1")
    opened = await hospital.watch.next(RequestOpened, call=call)
    assert (opened.state, json.loads(opened.text)["number"]) == (RequestSource.DIALOGUE, "2000")
    assert json.loads(opened.text)["no"].startswith("N-20")
    assert opened.device == hospital.device("8002")  # whom the kind names
    kept = await hospital.watch.next(CustodyMoved, call=call, after=opened.sequence)
    assert (kept.custodian, kept.request) == (Custodian.REQUEST, opened.request)
    await person.wait("CALL_CLOSED")

    request = await next_due(hospital)
    assert (request.id, request.kind, request.person["number"]) == (opened.request, "after_hours", "2000")
    assert "2000" not in repr(request)
    operator = await hospital.staff(hz=500)
    attempt = await hospital.board.call(request)
    assert await attempt.answered()
    # The operator's phone hears the person, and the person the operator.
    await operator.wait("CALL_RTPESTAB")
    await request.promise_request(RequestTime.APPOINTMENT, "周三上午十点", at_ns=opened.time_ns + 86400 * 10**9)
    await request.confirm_request()
    await person.hangup()
    assert await attempt.ended() == AttemptOutcome.ANSWERED
    await request.close("done", "已约周三")
    closed = await hospital.watch.next(RequestClosed)
    assert json.loads(closed.text) == {"result": "done", "note": "已约周三"}
    assert (await hospital.watch.next(RequestConfirmed)).value == opened.time_ns + 86400 * 10**9
    story = [type(e).__name__ for e in hospital.watch.all(cordboard.Event) if getattr(e, "request", 0) == opened.request]
    print(" ".join(story))
    assert hospital.board.requests.now() == {}
    with pytest.raises(cordboard.errors.RequestUnknown):
        await request.note("too late")


async def test_h5_a_caller_who_gives_up_is_called_back(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await hospital_of(tmp_path, closing)
    caller, call = await hospital.call_in(number="13800000077", scenario="caller_leaves")
    await hospital.hears(caller)  # music or tones: nobody is there
    await caller.hang_up()
    opened = await hospital.watch.next(RequestOpened, call=call)
    assert json.loads(opened.text)["number"] == "13800000077"
    assert (await hospital.watch.next(QueueLeft, call=call)).detail == QueueResult.ABANDONED
    request = await next_due(hospital)
    with pytest.raises(cordboard.errors.OperatorsBusy):
        await hospital.board.call(request, patience=0)
    person = await hospital.phone("2000", answer="manual")
    await hospital.staff()
    # The person's phone is busy: it is told so, and the next call is set.
    attempt = await hospital.board.call(request, number="2000")
    await person.wait("CALL_INCOMING")
    await person.hangup()
    assert not await attempt.answered()
    assert attempt.outcome in (AttemptOutcome.BUSY, AttemptOutcome.REJECTED)
    ended = await hospital.watch.next(RequestAttemptEnded)
    assert ended.state == 1 and ended.value > ended.time_ns + 500 * 10**9
    with pytest.raises(cordboard.errors.CallingClosed):
        await request.call(number="2000")


async def test_a_crash_while_a_person_is_called_back(tmp_path: pathlib.Path, closing: Closing) -> None:
    """kill -9 while the person's phone rings: that very call goes on, no second one is made, and the request knows what became of it."""
    hospital = await hospital_of(tmp_path, closing)
    person = await hospital.phone("2000", answer="manual")
    operator = await hospital.staff()
    opened = await hospital.board.requests.open("callback", number="2000", matter="化验结果")
    attempt = await hospital.board.call(opened)
    await person.wait("CALL_INCOMING")
    await hospital.crash()
    assert list(hospital.board.requests.now()) == [opened.id]
    await person.command("accept")
    await hospital.watch.next(Established, call=attempt.id, party=attempt.person, timeout=20)
    await hospital.crash()
    await person.hangup()
    ended = await hospital.watch.next(RequestAttemptEnded, timeout=30)
    assert (ended.detail, ended.call, ended.state) == (AttemptOutcome.ANSWERED, attempt.id, 1)
    assert len(hospital.watch.all(RequestAttempted)) == 1 and person.count("CALL_INCOMING") == 1
    await operator.wait("CALL_CLOSED")


async def test_s6_a_call_without_an_entry_is_told(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await hospital_of(tmp_path, closing, entry_limit="1min")
    operator, caller, call = await hospital.talk()
    await caller.hang_up()
    await caller.result()
    owed = await hospital.watch.next(EntryOwed, call=call)
    assert owed.operator != 0
    await hospital.board.note_call(call, "问门诊时间")
    settled = await hospital.watch.next(EntrySettled, call=call)
    assert (settled.cause, settled.other) == (Cause.NORMAL, owed.sequence)
    await operator.wait("CALL_CLOSED")
