# SPDX-License-Identifier: Apache-2.0
"""What the gateway knows beside calls: open requests as part of the house, callers from the store, the roster that may be changed."""
import asyncio
import contextlib
import json
import os
import pathlib
import shutil
import signal
from typing import Any

import pytest
from cordboard import AccessReport, AccessReported, CallCleared, RequestTime, new_id
from gate import Browser, Gate, Refused, fold, house_tables
from hospital import Hospital
from house import House, to_toml
from peers import free_port, until

pytestmark = pytest.mark.needs("baresip", "sipp")
Closing = contextlib.AsyncExitStack
EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples" / "hospital"
PEOPLE = ("zhang", "leader", "roster_editor", "supervisor_desk", "head_of_unit")


async def refused(asked: Any) -> Refused:
    with pytest.raises(Refused) as found:
        await asked
    return found.value


async def test_open_requests_are_part_of_the_house(tmp_path: pathlib.Path, closing: Closing) -> None:
    """M4 N3 P6: what a snapshot says of a request is what its events have made of it, with its person for who may know, and a restart of the gateway forgets nothing."""
    hospital = await Hospital.open(tmp_path, closing, **house_tables())
    gate = await Gate.open(hospital.house.run, tmp_path / "gate", closing, people=PEOPLE)
    await gate.follows()
    screen, masked = await gate.browser("zhang"), await gate.browser("leader")
    house: dict[str, Any] = {}
    follows = screen.events("state=1")
    fold(house, await anext(m async for m in follows if m["event"] == "state"))
    kinds = {kind["name"]: (number, kind) for number, kind in house["request_kinds"].items()}
    complaint, kind = kinds["complaint"]
    assert kind["zh"] == "投诉" and kind["approval"] and "accepted" in kind["results"] and kind["fields"][0] == {"name": "matter", "type": "text", "required": True}

    request = str(new_id())
    first = {"kind": "complaint", "name": "王芳", "number": "13800000001", "matter": "等候太久"}
    await screen.give("open_request", request=request, detail="phone", text=json.dumps(first, ensure_ascii=False))
    await screen.give("change_request", request=request, text=json.dumps({"department": "内科", "number": "0713-6281234"}, ensure_ascii=False))
    await screen.give("pass_request", request=request, device=str(int(hospital.device("8002"))), text="请内科处理")
    last = await screen.give("promise_request", request=request, detail=int(RequestTime.PROMISED), value=str(hospital.watch.events[-1].time_ns + 3_600_000_000_000))
    async for message in follows:
        if message["event"] == "state":
            fold(house, message)
        if message.get("id", 0) >= last["sequence"] and "promised" in house["requests"][request].get("times", {}):
            break
    seen = house["requests"][request]
    truth = await screen.ask("GET", "/v1/snapshot")
    assert seen == truth["requests"][request]
    assert seen | {"times": 0, "opened_ns": 0} == {
        "id": request, "no": seen["no"], "kind": int(complaint), "status": "open", "opened_ns": 0, "device": str(int(hospital.device("1000"))), "times": 0, "source": "phone",
        "asked_device": str(int(hospital.device("8002"))), "name": "王芳", "number": "0713-6281234", "fields": {"matter": "等候太久", "department": "内科"}}
    assert seen["no"].startswith("T-") and set(seen["times"]) == {"first_contact", "completion", "promised"}
    hidden = (await masked.ask("GET", "/v1/snapshot"))["requests"][request]
    assert hidden["name"] == "王*" and "6281234" not in hidden["number"] and "fields" not in hidden
    # Its history alone, from where it began.
    past = await screen.ask("GET", f"/v1/log?requests={request}&since_ns={seen['opened_ns']}")
    assert [e["kind"] for e in past["events"] if not e["kind"].startswith("command")][:4] == ["request_opened", "request_person_known", "request_time_set", "request_changed"]

    await gate.kill()
    await gate.start()
    await gate.follows()
    screen = await gate.browser("zhang")
    assert (await screen.ask("GET", "/v1/snapshot"))["requests"][request] == seen
    # What does not fit the kind is the body's fault, and not a state that will pass.
    wrong = await refused(screen.give("change_request", request=request, text='{"no_such_field":"x"}'))
    assert (wrong.status, wrong.code) == (422, "field_invalid")
    wrong = await refused(screen.give("close_request", request=request, text='{"result":"no_such_result"}'))
    assert (wrong.status, wrong.code) == (422, "result_unknown")
    await screen.give("tell_request", request=request, detail="result", text="已受理")
    await screen.give("close_request", request=request, text='{"result":"accepted"}')
    assert request not in (await screen.ask("GET", "/v1/snapshot"))["requests"]


async def asked(screen: Browser, number: str, calls: int) -> dict[str, Any]:
    """What the store has of a number, once it has so many calls: it follows the log at its own pace."""
    for _ in range(200):
        with contextlib.suppress(Refused):  # the store is made a moment after the board is there
            found: dict[str, Any] = await screen.ask("POST", "/v1/callers", json={"number": number})
            if len(found["calls"]) == calls:
                return found
        await asyncio.sleep(0.1)
    raise AssertionError(f"the store never had {calls} calls of {number}")


async def test_callers_are_known_from_the_store(tmp_path: pathlib.Path, closing: Closing) -> None:
    """C5 H6: earlier calls with what was noted, and open requests, in every spelling of the number; who looked is on record."""
    store = {"path": str(tmp_path / "store.db")}
    hospital = await Hospital.open(tmp_path, closing, store=store, **house_tables())
    gate = await Gate.open(hospital.house.run, tmp_path / "gate", closing, people=PEOPLE, store=store)
    await gate.follows()
    screen, masked = await gate.browser("zhang"), await gate.browser("leader")
    assert "callers" in screen.session["offers"] and "callers" not in masked.session.get("offers", [])
    _, caller, call = await hospital.talk()
    await screen.give("note_call", call=str(int(call)), text="问体检报告")
    await screen.give("open_request", request=str(new_id()), call=str(int(call)), detail="phone", text=json.dumps({"kind": "callback", "number": "138 0000 0001"}))
    await caller.hang_up()
    await hospital.watch.next(CallCleared, call=call)
    found = await asked(screen, "+86 138-0000-0001", 1)
    assert found["calls"][0]["call"] == str(int(call)) and found["calls"][0]["notes"] == ["问体检报告"] and found["calls"][0]["operator"].startswith("张敏")
    assert [one["kind"] for one in found["requests"]] == ["callback"] or len(found["requests"]) == 1
    assert (await screen.ask("POST", "/v1/callers", json={"number": "nobody"}))["calls"] == []

    no = await refused(masked.ask("POST", "/v1/callers", json={"number": "13800000001"}))
    assert (no.status, no.code) == (403, "access_refused")
    for body in ({}, {"number": 13800000001}, {"number": "1" * 65}):
        assert (await refused(screen.ask("POST", "/v1/callers", json=body))).status == 400
    assert (await refused(screen.ask("GET", "/v1/callers?number=13800000001"))).status == 405
    assert (await refused(screen.ask("POST", "/v1/callers", json={"number": "1"}, headers={"X-CSRF-Token": ""}))).code == "csrf_refused"
    looked = gate.cordboard("store", "access", "--store", store["path"])
    assert looked.count("zhang") >= 2 and "leader" not in looked


async def test_the_roster_is_changed_by_who_may(tmp_path: pathlib.Path, closing: Closing) -> None:
    """S2 P3 P6: the file is written whole or not at all, never over somebody else's change, and who did is on record."""
    roster = tmp_path / "roster.csv"
    shutil.copy(EXAMPLES / "roster.csv", roster)
    roster.chmod(0o640)
    hospital = await Hospital.open(tmp_path, closing, **house_tables())
    gate = await Gate.open(hospital.house.run, tmp_path / "gate", closing, people=PEOPLE, directory=str(EXAMPLES / "directory.csv"), roster=str(roster))
    await gate.follows()
    editor, other = await gate.browser("roster_editor"), await gate.browser("zhang")
    before = roster.read_text()

    async def put(screen: Browser, csv: str, tag: str) -> Any:
        return await screen.ask("PUT", "/v1/roster", json={"csv": csv}, headers={"If-Match": tag})

    async with editor.http.get(f"{gate.base}/v1/roster") as answer:
        read, tag = await answer.json(), answer.headers["ETag"]
    assert read["csv"] == before and {"what", "post"} <= set(read["warnings"][0])
    more = before + "总值班,p3,2026-12-01 08:00,2026-12-02 08:00,A\n"
    assert (await refused(put(other, more, tag))).code == "access_refused"
    assert (await refused(put(editor, more, '"stale"'))).code == "changed_meanwhile"
    wrong = await refused(put(editor, before + "总值班,nobody,2026-12-01 08:00,2026-11-02 08:00,C\n", tag))
    assert (wrong.status, wrong.code) == (422, "roster_invalid")
    assert {problem["line"] for problem in wrong.problem["problems"]} == {len(before.splitlines()) + 1} and len(wrong.problem["problems"]) == 3
    assert roster.read_text() == before
    since = hospital.watch.now
    assert (await put(editor, more, tag))["csv"] == more
    assert roster.read_text() == more and roster.stat().st_mode & 0o777 == 0o640
    changed = await hospital.watch.next(AccessReported, after=since, detail=AccessReport.ROSTER_CHANGED)
    assert changed.other != 0
    # The same version a second time has been changed meanwhile: by ourselves.
    assert (await refused(put(editor, before, tag))).code == "changed_meanwhile"


def children(pid: int) -> list[int]:
    return [int(one) for task in pathlib.Path(f"/proc/{pid}/task").iterdir() for one in (task / "children").read_text().split()]


async def test_serve_starts_a_gateway_and_again_when_it_falls(tmp_path: pathlib.Path, closing: Closing) -> None:
    house = House.prepare(tmp_path / "house", **house_tables())
    closing.callback(house.remove)
    closing.push_async_callback(house.stop)
    gate = await Gate.open(house.run, tmp_path / "gate", closing, start=False, port=free_port())
    file = tmp_path / "gate" / "gateway.toml"
    file.write_text(to_toml(gate.settings))
    gate.base = f"http://127.0.0.1:{gate.port}"
    house.hospital["board"]["gateway"] = str(file)
    house.write()
    await house.start()
    await gate.follows()
    assert house.child
    own = house.child.pid
    [first] = children(own)
    os.kill(first, signal.SIGKILL)
    await until(lambda: children(own) not in ([], [first]), 10, "another gateway")
    await gate.follows()
    assert (await (await gate.browser()).ask("GET", "/v1/snapshot"))["operators"]
    [second] = children(own)
    await house.stop()
    await until(lambda: not pathlib.Path(f"/proc/{second}").exists(), 10, "the gateway's end with the switchboard")
    assert "the gateway has ended" in house.child.text()
