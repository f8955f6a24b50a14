# SPDX-License-Identifier: Apache-2.0
"""Who may do what: each role against each command, masked numbers, sessions, tokens, lock-out; what was refused stands in the log."""
import asyncio
import contextlib
import json
import pathlib
import stat
import tomllib

import pytest
from cordboard import AccessReport, AccessReported, CommandRefused
from gate import PASSWORD, ROLES, Gate, Refused, house_tables
from hospital import Hospital
from peers import until

pytestmark = pytest.mark.needs("baresip", "sipp")
Closing = contextlib.AsyncExitStack
# A body that each command would take, of things that are not there: who may give it gets another refusal than the right's.
CALL, OTHER = {"call": "77"}, {"call": "77", "other": "78"}
COMMANDS = {
    "log_on": {"operator": "99"}, "log_off": {"operator": "99"}, "ready": {"operator": "99"}, "not_ready": {"operator": "99"},
    "make_call": {"operator": "99", "text": "8004"}, "answer": CALL | {"operator": "99"}, "hold": CALL, "retrieve": CALL,
    "consult": CALL | {"text": "8004"}, "alternate": OTHER, "reconnect": OTHER, "declare_consent": CALL | {"detail": "caller", "consent": "yes"},
    "transfer": OTHER, "single_step_transfer": CALL | {"text": "8004"}, "clear_connection": CALL | {"leg": "5"}, "clear_call": CALL,
    "transfer_ringing": OTHER, "park": CALL, "unpark": CALL | {"operator": "99"}, "pickup": CALL | {"operator": "99"},
    "deflect": CALL | {"operator": "99"}, "conference": OTHER, "single_step_conference": CALL | {"text": "8004", "detail": "active"},
    "intrude": CALL | {"device": "1"}, "whisper": CALL | {"device": "1"}, "take_over": CALL | {"device": "1"},
    "generate_digits": CALL | {"leg": "5", "text": "1"}, "associate_data": CALL | {"text": "x"},
    "switch_night_service": {"queue": "99", "detail": "night"}, "camp_on": CALL | {"device": "1"},
    "call_back_when_free": {"operator": "99", "device": "1"}, "cancel_call_back": {"operator": "99", "device": "1"},
    "play": CALL | {"leg": "5", "text": "x"}, "start_recording": CALL, "stop_recording": CALL, "suspend_recording": CALL,
    "resume_recording": CALL, "work_after_call": {"operator": "99"}, "ask_leave": {"operator": "99", "detail": 1},
    "answer_leave": {"operator": "99", "consent": "yes"}, "hand_over": {"operator": "99"}, "accept_hand_over": {"operator": "99", "value": "5"},
    "start_code_call": {"text": "999 x"}, "mark_malicious": CALL, "hold_log": {"detail": "sequences", "text": "x", "value": "-1"},
    "release_log_hold": {"value": "5"}, "stop": {},
}
NEEDS = {"stop": "administer", "answer_leave": "supervise", "intrude": "supervise", "whisper": "supervise", "take_over": "supervise",
         "hold_log": "keep_log", "release_log_hold": "keep_log"}


async def test_each_role_against_each_command(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await Hospital.open(tmp_path, closing, **house_tables())
    gate = await Gate.open(hospital.house.run, tmp_path / "gate", closing, limits={"requests_per_second": 0})
    await gate.follows()
    refused = 0
    for role, keys in ROLES.items():
        client = await gate.program(role)
        for command, body in COMMANDS.items():
            allowed = NEEDS.get(command, "control") in keys["rights"] and command in keys.get("commands", [command])
            with pytest.raises(Refused) as answer:
                await client.give(command, wait=None, **body)
            denied = answer.value.code == "access_refused"
            assert denied is not allowed, (role, command, answer.value.problem)
            if denied:
                refused += 1
                assert answer.value.status == 403 and answer.value.problem["sequence"] > 0
        session = await client.ask("GET", "/v1/session")
        assert set(session["rights"]) == set(keys["rights"])
        assert {c for c in session["commands"] if c in COMMANDS} == {
            c for c in COMMANDS if NEEDS.get(c, "control") in keys["rights"] and c in keys.get("commands", [c])}
    # Every refusal is on record, under the user who asked.
    def told() -> list[CommandRefused]:
        return [e for e in hospital.watch.all(CommandRefused) if e.value == 6]
    await until(lambda: len(told()) >= refused, 10, "the refusals in the log")
    assert len(told()) == refused > 100 and len({e.actor for e in told()}) == len(ROLES)


async def test_a_user_who_is_one_operator_acts_for_no_other(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await Hospital.open(tmp_path, closing, **house_tables())
    gate = await Gate.open(hospital.house.run, tmp_path / "gate", closing)
    await gate.follows()
    screen = await gate.browser("zhang")
    with pytest.raises(Refused) as other:
        await screen.give("log_on", operator="2" if screen.session["operator"] == "1" else "1")
    assert other.value.status == 403 and other.value.code == "scope_exceeded"


async def test_numbers_are_masked_for_who_may_not_read_them(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await Hospital.open(tmp_path, closing, **house_tables())
    gate = await Gate.open(hospital.house.run, tmp_path / "gate", closing)
    await gate.follows()
    _, call = await hospital.call_in("13800000001")
    for role, number, name in (("senior", "13800000001", "王芳 Wang Fang"), ("leader", "138****0001", "王***")):
        client = await gate.program(role)
        house = await client.ask("GET", "/v1/snapshot")
        who = house["parties"][house["calls"][str(int(call))]["caller"]]
        assert (who["number"], who["name"]) == (number, name)
        page = await client.ask("GET", f"/v1/log?calls={int(call)}")
        assert [e["text"] for e in page["events"] if e["kind"] == "party_identified"] == [f"{number}\t{name}"]
        assert ("13800000001" in str(page)) is (role == "senior")
    # H6: whose a request is, likewise; what it is about is nobody's business.
    request = await hospital.board.requests.open("callback", name="欧阳芳", number="13877665544", matter="化验单")
    for role, text in (("senior", {"name": "欧阳芳", "number": "13877665544", "matter": "化验单"}), ("leader", {"name": "欧**", "number": "138****5544"})):
        page = await (await gate.program(role)).ask("GET", "/v1/log?kinds=request_opened")
        [opened] = [json.loads(e["text"]) for e in page["events"] if e["kind"] == "request_opened"]
        assert opened == {"no": request.number} | text
    with pytest.raises(Refused) as people:
        await (await gate.program("leader")).ask("GET", "/v1/figures?by=operator")
    assert people.value.status == 403
    figures = await (await gate.program("leader")).ask("GET", "/v1/figures")
    assert figures["figures"] and figures["closure"]["entered"] == 1


async def test_sessions_and_tokens(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await Hospital.open(tmp_path, closing, **house_tables())
    gate = await Gate.open(hospital.house.run, tmp_path / "gate", closing, limits={"failures": 3, "lock_out": "1h"},
                           people=("zhang", "senior", "leader"))
    await gate.follows()
    file = tmp_path / "gate" / "users.toml"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    kept = tomllib.loads(file.read_text())
    assert all(u["password"].startswith("$argon2id$") for u in kept["user"]) and PASSWORD not in file.read_text()

    stranger = await gate.visitor()
    with pytest.raises(Refused) as nobody:
        await stranger.ask("GET", "/v1/session")
    assert nobody.value.status == 401 and nobody.value.headers["WWW-Authenticate"] == "Bearer"
    screen = await gate.browser("zhang")
    cookie = next(iter(screen.http.cookie_jar))
    assert cookie["httponly"] and cookie["samesite"] == "Strict" and cookie["path"] == "/"
    # A restart of the gateway ends nobody's session; a log-off does, also of the streams.
    await gate.kill()
    await gate.start()
    await gate.follows()
    assert (await screen.ask("GET", "/v1/session"))["user"] == "zhang"
    stream = screen.events("state=1")
    assert (await anext(stream))["event"] == "hello"
    await screen.ask("DELETE", "/v1/session")
    async for message in stream:
        last = message
    assert last["event"] == "gone" and last["data"]["code"] == "unauthenticated"
    with pytest.raises(Refused):
        await screen.ask("GET", "/v1/session")

    # Wrong passwords lock the name out, also for the right one.
    for attempt in range(3):
        with pytest.raises(Refused) as wrong:
            await stranger.log_on("senior", "wrong horse")
        assert wrong.value.code == "login_failed" and wrong.value.status == 401
    with pytest.raises(Refused) as locked:
        await stranger.log_on("senior")
    assert locked.value.code == "locked_out" and int(locked.value.headers["Retry-After"]) > 3000
    assert (await (await gate.visitor()).log_on("leader"))["rights"] == ["observe"]

    program = await gate.program("senior")
    assert (await program.ask("GET", "/v1/session"))["user"] == "program of senior"
    gate.cli("token", "remove", "program of senior")

    async def refused() -> None:
        while True:
            try:
                await program.ask("GET", "/v1/session")
            except Refused as why:
                assert why.status == 401
                return
            await asyncio.sleep(0.1)
    await asyncio.wait_for(refused(), 10)

    for what in (AccessReport.LOGGED_IN, AccessReport.LOGGED_OUT, AccessReport.LOGIN_FAILED, AccessReport.LOCKED_OUT, AccessReport.UNAUTHENTICATED):
        told = await hospital.watch.next(AccessReported, detail=what)
        assert told.text.startswith("127.0.0.1 ") and told.value >= 1 and PASSWORD not in told.text
