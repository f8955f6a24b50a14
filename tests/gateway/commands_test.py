# SPDX-License-Identifier: Apache-2.0
"""Commands over HTTP and WebSocket with real phones: carried out once under their id, answered with their outcome, refused with the
present state; and what screens see is what the log says."""
import asyncio
import contextlib
import json
import pathlib
import secrets
import time

import pytest
from cordboard import CommandAccepted, CommandRefused, Established, OperatorConfigured, PrincipalConfigured
from gate import Gate, Refused, house_tables
from hospital import Hospital

pytestmark = pytest.mark.needs("baresip", "sipp")
Closing = contextlib.AsyncExitStack


async def desk(tmp_path: pathlib.Path, closing: Closing) -> tuple[Hospital, Gate]:
    hospital = await Hospital.open(tmp_path, closing, **house_tables())
    gate = await Gate.open(hospital.house.run, tmp_path / "gate", closing, people=("zhang", "supervisor_desk"))
    await gate.follows()
    return hospital, gate


def operator_of(hospital: Hospital, number: str) -> int:
    return next(e.operator for e in hospital.watch.all(OperatorConfigured) if e.device == hospital.device(number))


async def test_a_shift_by_http(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital, gate = await desk(tmp_path, closing)
    phone = await hospital.phone("1001")
    screen = await gate.browser("zhang")
    own = str(operator_of(hospital, "1001"))
    assert screen.session["operator"] == own and "hold" in screen.session["commands"] and "stop" not in screen.session["commands"]
    for command in ("log_on", "ready"):
        assert (await screen.give(command, operator=own))["state"] == "done"
    caller, call = await hospital.call_in()
    await hospital.watch.next(Established, call=call, fits=lambda e: e.operator != 0)
    await phone.wait("CALL_RTPESTAB")

    house = await screen.ask("GET", "/v1/snapshot")
    seen = house["calls"][str(int(call))]
    assert seen["state"] == "connected" and seen["operator"] == own
    assert house["parties"][seen["caller"]]["number"] == "13800000001" and house["operators"][own]["state"] == "busy"

    # The same id is one command, whoever repeats it and however often.
    hold = {"id": secrets.token_hex(16), "deadline_ns": str(time.time_ns() + 20_000_000_000), "call": str(int(call))}
    answers = await asyncio.gather(*(screen.give("hold", **hold) for _ in range(5)))
    assert {a["sequence"] for a in answers} == {answers[0]["sequence"]} and all(a["state"] == "done" for a in answers)
    assert (await screen.give("hold", **hold))["state"] == "done"  # also when its outcome is past
    await hospital.watch.next(CommandAccepted, sequence=answers[0]["sequence"])
    accepted = hospital.watch.all(CommandAccepted)
    assert sum(f"{int(e.command):032x}" == hold["id"] for e in accepted) == 1
    # In the log it is the user who gave it, not the gateway.
    zhang = next(e.actor for e in hospital.watch.all(PrincipalConfigured) if e.text == "zhang")
    assert {e.actor for e in accepted if f"{int(e.command):032x}" == hold["id"]} == {zhang}

    with pytest.raises(Refused) as wrong:
        await screen.give("hold", call=str(int(call)))
    assert wrong.value.status == 409 and wrong.value.code == "call_wrong_state"
    told = await hospital.watch.next(CommandRefused, sequence=wrong.value.problem["sequence"])
    assert wrong.value.problem["state"] == "hold" and wrong.value.problem["revision"] == told.revision
    with pytest.raises(Refused) as stale:
        await screen.give("retrieve", call=str(int(call)), revision=1)
    assert stale.value.code == "revision_stale"
    assert (await screen.give("retrieve", call=str(int(call)), revision=told.revision))["state"] == "done"

    # A consultation: ids that nobody chose are drawn and told.
    other = await hospital.phone("8004")
    asked = await screen.give("consult", wait=None, call=str(int(call)), text="8004")
    assert asked["state"] == "accepted" and int(asked["new_call"]) > 0
    await other.wait("CALL_RTPESTAB")
    for of in ("caller", "target"):
        await screen.give("declare_consent", call=str(int(call)), detail=of, consent="yes")
    assert (await screen.give("transfer", call=str(int(call)), other=asked["new_call"]))["state"] == "done"
    await hospital.hears(caller)
    await caller.hang_up()
    assert (await caller.result()).exit_code == 0


async def test_problems_are_told_in_the_language_that_is_asked_for(tmp_path: pathlib.Path, closing: Closing) -> None:
    _, gate = await desk(tmp_path, closing)
    screen = await gate.browser("zhang")
    titles = []
    for language in ("zh-CN,zh;q=0.9,en;q=0.5", "en-GB,en;q=0.8,zh;q=0.1"):
        with pytest.raises(Refused) as unknown:
            await screen.ask("POST", "/v1/commands/hold", json={"call": "12"}, headers={"Accept-Language": language})
        assert unknown.value.status == 404 and unknown.value.code == "call_unknown"
        titles.append(unknown.value.problem["title"])
    assert titles[0].startswith("没有此通话") and titles[1].startswith("No call has this id")
    for body, code in (({"call": "x"}, "body_invalid"), ({"cal": "1"}, "body_invalid"), ({"call": 1.5}, "body_invalid"),
                       ({}, "command_invalid"), ({"call": "1", "id": "zz"}, "body_invalid")):
        with pytest.raises(Refused) as bad:
            await screen.give("hold", **body)
        assert bad.value.code == code, body
    with pytest.raises(Refused) as none:
        await screen.give("levitate")
    assert none.value.status == 404 and none.value.code == "not_found"


async def test_one_connection_for_all_by_websocket(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital, gate = await desk(tmp_path, closing)
    await hospital.phone("1001")
    screen = await gate.browser("zhang")
    own = str(operator_of(hospital, "1001"))
    socket = await screen.http.ws_connect(f"{gate.base}/v1/socket?state=1", origin=gate.base)
    closing.push_async_callback(socket.close)

    async def next_of(kind: str) -> dict[str, object]:
        while True:
            message = json.loads(await asyncio.wait_for(socket.receive_str(), 10))
            if message.get("type", "event") == kind:
                return message

    assert (await next_of("hello"))["sequence"]
    assert (await next_of("state"))["whole"] is True
    ids = [secrets.token_hex(16) for _ in range(2)]
    for command, id in zip(("log_on", "ready"), ids):
        await socket.send_json({"command": command, "id": id, "operator": own, "wait": 5})
        answer = await next_of("answer")
        assert answer["id"] == id and answer["status"] == 200 and answer["state"] == "done"
    await socket.send_json({"command": "hold", "id": secrets.token_hex(16), "call": "77"})
    refused = await next_of("answer")
    assert refused["status"] == 404 and refused["code"] == "call_unknown"
    await socket.send_str("no json")
    assert (await next_of("answer"))["status"] == 400
    assert (await next_of("beat"))["link"] == "serving"
