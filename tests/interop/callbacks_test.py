# SPDX-License-Identifier: Apache-2.0
"""The scripts of examples/callbacks, each as its users start it, against the real switchboard and real phones.

    H5   who gave up waiting is called back by a script
    C4   who was here yesterday is called today, from a list; nobody twice
    C1   a complaint that runs out of time is told, and handed to the superior
    C6   the month's counts by kind
    C7   members are called on their days, from a list
    A2 A3   who has an appointment is asked by key whether they come, without an operator
"""
import asyncio
import contextlib
import datetime
import json
import os
import pathlib
import signal
import sys
import time

import pytest
from cordboard import (Cause, CommandRefused, DialoguePhase, DialogueStarted, Errc, RequestAttempted, RequestAttemptEnded, RequestCallDue,
                       RequestClosed, RequestConfirmed, RequestEscalated, RequestNoted, RequestOpened, RequestPassed, errors)
from dialogue_test import at_step, press
from hospital import Hospital
from peers import Child, until
from request_test import hospital_of

pytestmark = pytest.mark.needs("baresip", "sipp")
Closing = contextlib.AsyncExitStack
SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "examples" / "callbacks"


async def script(closing: Closing, hospital: Hospital, name: str, *more: str) -> Child:
    made = await Child.start([sys.executable, "-B", str(SCRIPTS / name), str(hospital.house.run), *more], hospital.folder, name)
    closing.push_async_callback(made.stop)
    return made


def test_each_is_a_page() -> None:
    pages = {path.name: len(path.read_text().splitlines()) for path in SCRIPTS.glob("*.py")}
    assert len(pages) == 6 and all(lines <= 60 for lines in pages.values()), pages
    assert len((SCRIPTS / "README.md").read_text().splitlines()) <= 12


async def test_h5_missed_call(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await hospital_of(tmp_path, closing)
    person = await hospital.phone("2000", answer="auto")
    await person.dial(f"sip:9000@{hospital.house.address}")  # nobody is there
    await person.wait("CALL_RTPESTAB")
    await person.hangup()
    opened = await hospital.watch.next(RequestOpened)
    child = await script(closing, hospital, "missed_call.py")
    await hospital.staff()
    await until(lambda: " answered" in child.text(), 30, "the script's call")
    await person.hangup()
    closed = await hospital.watch.next(RequestClosed, timeout=20)
    assert closed.request == opened.request
    assert "2000" not in child.text()  # a script prints no numbers


async def test_c4_follow_up_from_a_list(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await hospital_of(tmp_path, closing)
    today = datetime.date.today()
    visits = tmp_path / "visits.csv"
    visits.write_text("number,name,visit,department\n"
                      f"2000,王芳,{today - datetime.timedelta(days=2)},内科\n"
                      f"8003,李强,{today + datetime.timedelta(days=2)},外科\n")
    person = await hospital.phone("2000", answer="auto")
    await hospital.staff()
    child = await script(closing, hospital, "follow_up.py", str(visits))
    await person.wait("CALL_ESTABLISHED")
    await person.hangup()
    ended = await hospital.watch.next(RequestAttemptEnded, timeout=20)
    await hospital.watch.next(RequestNoted, text="spoken to", fits=lambda e: e.request == ended.request)
    assert "2 opened" in child.text()
    again = await script(closing, hospital, "follow_up.py", str(visits))
    await until(lambda: "0 opened" in again.text(), 20, "the list, read once more")
    assert len(hospital.watch.all(RequestOpened)) == 2


async def test_c1_complaints_that_run_out_of_time(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await hospital_of(tmp_path, closing)
    complaint = await hospital.board.requests.open("complaint", number="13800138000", matter="等候太久")
    child = await script(closing, hospital, "complaints.py")
    await until(lambda: "open until" in child.text(), 20, "the script's first line")
    soon = datetime.datetime.now().timestamp() + 1
    await complaint.take_request(device=hospital.device("8002"))
    await complaint.promise(soon, "马上答复")
    passed = await hospital.watch.next(RequestPassed, timeout=30)
    assert (passed.request, passed.device) == (complaint.id, hospital.device("1000"))
    await until(lambda: "promised is overdue" in child.text(), 10, "the script's line")
    assert "13800138000" not in child.text()


async def test_c7_members_on_their_days(tmp_path: pathlib.Path, closing: Closing, monkeypatch: pytest.MonkeyPatch) -> None:
    # The script calls from nine o'clock on: where it is earlier, it is run where it is noon today.
    if (early := 12 - datetime.datetime.now(datetime.timezone.utc).hour) > 3:
        monkeypatch.setenv("TZ", f"NOON-{early}")
        time.tzset()
        closing.callback(time.tzset)  # by then it is as it was
    hospital = await hospital_of(tmp_path, closing)
    today = datetime.date.today()
    members = tmp_path / "members.csv"
    members.write_text("number,name,card,occasion,date\n"
                       f"2000,王芳,A-1,birthday,{today.replace(year=1980) if (today.month, today.day) != (2, 29) else '1980-02-29'}\n"
                       f"8003,李强,A-2,check_up,{today + datetime.timedelta(days=2)}\n"
                       f"8003,陈静,A-3,birthday,{today - datetime.timedelta(days=40)}\n")
    person = await hospital.phone("2000", answer="auto")
    await hospital.staff()
    child = await script(closing, hospital, "campaign.py", str(members))
    await person.wait("CALL_ESTABLISHED")
    await person.hangup()
    closed = await hospital.watch.next(RequestClosed, timeout=20)
    assert json.loads(closed.text) == {"result": "reached"}
    await until(lambda: "'answered': 1" in child.text(), 10, "the day's count")
    again = await script(closing, hospital, "campaign.py", str(members))
    await asyncio.sleep(1)
    assert again.returncode is None and len(hospital.watch.all(RequestOpened)) == 1


async def test_a2_a3_confirmed_by_key_without_an_operator(tmp_path: pathlib.Path, closing: Closing) -> None:
    (tmp_path / "confirm.toml").write_text((SCRIPTS.parent / "hospital" / "confirm.toml").read_text())
    hospital = await hospital_of(tmp_path, closing, confirm=tmp_path / "confirm.toml")
    board = hospital.board
    person = await hospital.phone("2000", answer="auto")
    child = await script(closing, hospital, "confirm.py")
    said = {}
    for at, key in enumerate("123"):
        request = await board.requests.open("appointment", name="王芳", number="2000", item="胃镜")
        # Three hours before it the reminder is due: this one is due at once.
        await request.book(datetime.datetime.now() + datetime.timedelta(hours=3, seconds=3))
        started = await hospital.watch.next(DialogueStarted, timeout=20, after=hospital.watch.all(RequestOpened)[-1].sequence)
        await at_step(hospital, started.call, "ask", DialoguePhase.LISTENING)
        await press(person, key)
        await hospital.watch.next(RequestAttemptEnded, request=request.id, timeout=20)
        said[key] = request
        await until(lambda: len(child.text().splitlines()) == at + 1, 10, "the script's line")
    assert [line.split()[-1] for line in child.text().splitlines()] == ["confirmed", "answered", "cancelled"]
    [confirmed] = hospital.watch.all(RequestConfirmed)
    assert (confirmed.request, confirmed.operator) == (said["1"].id, 0)
    assert [e.request for e in hospital.watch.all(RequestClosed)] == [said["3"].id]
    # Who wants another time is to be called by an operator, in a minute.
    assert board.requests.now()[said["2"].id].call_at_ns > 0
    assert "2000" not in child.text()


async def test_c4_who_is_on_the_stop_list_is_not_called_and_the_owner_is_told(tmp_path: pathlib.Path, closing: Closing) -> None:
    numbers = tmp_path / "stop.csv"
    numbers.write_text("number,until,reason\n２０００,,本人要求不再来电\n")
    hospital = await hospital_of(tmp_path, closing, stop_list=str(numbers))
    board = hospital.board
    person = await hospital.phone("2000", answer="auto")
    await hospital.staff()
    stopped = await board.requests.open("callback", number="2000", matter="回访")
    await hospital.watch.next(RequestCallDue, request=stopped.id)
    owner = board.snapshot().requests[stopped.id]
    with pytest.raises(errors.NumberStopped):
        await board.call(stopped)
    told = await hospital.watch.next(RequestEscalated, request=stopped.id)
    assert (told.operator, told.device, told.cause) == (owner.operator, owner.device, Cause.STOP_LIST)
    refused = await hospital.watch.next(CommandRefused, value=int(Errc.NUMBER_STOPPED))
    assert refused.actor != 0
    assert board.snapshot().requests[stopped.id].call_at_ns == 0  # nobody is asked again
    # A file with a mistake changes nothing; with the number taken out, it is called.
    child = hospital.house.child
    assert child

    async def reload(text: str, said: str) -> None:
        numbers.write_text(text)
        seen = child.text().count(said)
        os.kill(child.pid, signal.SIGHUP)
        await until(lambda: child.text().count(said) > seen, 10, said)

    await reload("number\nnobody\n", '2:1: "nobody"')
    with pytest.raises(errors.NumberStopped):
        await board.call(stopped)
    await reload("number,until\n2000,2020-12-31\n13900139000,\n", "2 numbers on the stop list")
    attempt = await board.call(stopped)
    assert await attempt.answered()
    await person.hangup()
    assert (await hospital.watch.next(RequestAttempted, request=stopped.id)).sequence > refused.sequence


async def test_c6_monthly_report(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await hospital_of(tmp_path, closing)
    for _ in range(2):
        request = await hospital.board.requests.open("wrong_number", wanted="药房")
    await request.close("explained")
    process = await asyncio.create_subprocess_exec(sys.executable, "-B", str(SCRIPTS / "monthly_report.py"), str(hospital.house.run),
                                                   f"{datetime.date.today():%Y-%m}", stdout=asyncio.subprocess.PIPE)
    said = (await asyncio.wait_for(process.communicate(), 30))[0].decode().splitlines()
    assert process.returncode == 0
    assert said[0].split("\t") == ["kind", "opened", "closed", "refused", "cancelled", "late", "calls"]
    assert "错号\t2\t1\t0\t0\t0\t0" in said
