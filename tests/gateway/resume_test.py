# SPDX-License-Identifier: Apache-2.0
"""Clients that come back: nothing is missed and nothing comes twice, over a kill of the gateway and of the board, as compared with the
log; the state that they hold is the board's; and who is too slow is told so while calls go on."""
import asyncio
import contextlib
import json
import pathlib
import socket
import subprocess
from typing import Any

import aiohttp
import pytest
from cordboard import Established
from gate import Browser, Gate, fold, house_tables
from hospital import Hospital
from house import program
from peers import until

pytestmark = pytest.mark.needs("baresip", "sipp")
Closing = contextlib.AsyncExitStack


class Screen:
    """Follows events and states, and comes back with Last-Event-ID when the line breaks, as a browser does by itself."""

    def __init__(self, browser: Browser, closing: Closing):
        self.browser = browser
        self.events: list[dict[str, Any]] = []
        self.house: dict[str, Any] = {}
        self.last: int | None = None
        self.breaks = 0
        self.task = asyncio.create_task(self.follow())
        closing.push_async_callback(self.close)

    async def follow(self) -> None:
        while True:
            with contextlib.suppress(aiohttp.ClientError, ConnectionError):
                async for message in self.browser.events("state=1&after=0", self.last):
                    assert message["event"] != "gone", message
                    if message["event"] == "message":
                        assert message["id"] == message["data"]["sequence"]
                        self.events.append(message["data"])
                    if message["event"] == "state":
                        fold(self.house, message)
                    if "id" in message:
                        assert message["id"] >= (self.last or 0)
                        self.last = message["id"]
            self.breaks += 1
            await asyncio.sleep(0.05)

    async def reaches(self, sequence: int) -> None:
        def there() -> bool:
            if self.task.done():
                self.task.result()
            return (self.last or 0) >= sequence
        await until(there, 20, f"sequence {sequence} on the screen")

    async def close(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


def exported(hospital: Hospital) -> list[dict[str, Any]]:
    out = subprocess.run([program(), "log", "export", "--format", "json", "--texts", str(hospital.house.run)], check=True,
                         capture_output=True, text=True, timeout=30).stdout
    return [json.loads(line) for line in out.splitlines()]


async def one_call(hospital: Hospital, number: str) -> None:
    caller, call = await hospital.call_in(number)
    await hospital.watch.next(Established, call=call, fits=lambda e: e.operator != 0)
    await caller.hang_up()
    assert (await caller.result()).exit_code == 0


async def test_nothing_is_missed_or_doubled_over_kills_of_gateway_and_board(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await Hospital.open(tmp_path, closing, **house_tables())
    gate = await Gate.open(hospital.house.run, tmp_path / "gate", closing)
    await gate.follows()
    await hospital.staff("1001")
    screens = [Screen(await gate.browser("zhang"), closing) for _ in range(2)]
    await one_call(hospital, "13800000001")
    for screen in screens:
        await screen.reaches(hospital.watch.now)

    await gate.kill()
    await one_call(hospital, "13800000002")  # nobody sees it happen
    await gate.start()
    await one_call(hospital, "13800000003")
    for screen in screens:
        await screen.reaches(hospital.watch.now)
        assert screen.breaks >= 1

    caller, call = await hospital.call_in("13800000004")
    await hospital.watch.next(Established, call=call, fits=lambda e: e.operator != 0)
    await hospital.crash()
    await hospital.hears(caller)
    await gate.follows()
    await caller.hang_up()
    assert (await caller.result()).exit_code == 0
    await one_call(hospital, "13800000005")
    truth = exported(hospital)
    for screen in screens:
        await screen.reaches(truth[-1]["sequence"])
        seen = [event for event in screen.events if event["sequence"] <= truth[-1]["sequence"]]
        assert [e["sequence"] for e in seen] == [e["sequence"] for e in truth]
        assert seen == truth
    # What was assembled from changes is the house as it is.
    house = await screens[0].browser.ask("GET", "/v1/snapshot")
    for screen in screens:
        await screen.reaches(house["sequence"])
        for table in ("calls", "parties", "operators", "queues", "devices", "reasons", "code_plans"):
            assert screen.house.get(table, {}) == house[table], table
    board = hospital.board.snapshot()
    assert set(house["calls"]) == {str(int(id)) for id in board.calls}
    assert {id: o["state"] for id, o in house["operators"].items()} == {str(int(id)): o.state.name.lower() for id, o in board.operators.items()}


async def test_who_takes_nothing_is_gone_and_calls_go_on(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await Hospital.open(tmp_path, closing, **house_tables())
    gate = await Gate.open(hospital.house.run, tmp_path / "gate", closing, limits={"events": 256, "write": "2s", "requests_per_second": 0})
    await gate.follows()
    await hospital.staff("1001")
    token = gate.token("zhang")
    # Two who read nothing, with the smallest of windows.
    deaf = []
    for _ in range(2):
        line = socket.socket()
        closing.callback(line.close)
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        line.connect(("127.0.0.1", gate.port))
        line.sendall(f"GET /v1/events?state=1 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
        deaf.append(line)
    screen = Screen(await gate.browser("zhang"), closing)
    own = next(iter((await screen.browser.ask("GET", "/v1/snapshot"))["operators"]))

    async def busy() -> None:
        for state in ("not_ready", "ready") * 300:
            await screen.browser.give(state, wait=None, operator=own)

    work = asyncio.create_task(busy())
    await one_call(hospital, "13800000001")
    await work
    await one_call(hospital, "13800000002")
    await screen.reaches(hospital.watch.now)

    def ended(line: socket.socket) -> bool:
        with contextlib.suppress(BlockingIOError):
            while True:
                line.setblocking(False)
                try:
                    if not line.recv(1 << 20):
                        return True
                except ConnectionError:
                    return True
        return False

    for line in deaf:
        await until(lambda: ended(line), 30, "the end of who reads nothing")
    # Who comes back from too far behind for memory gets it from the log all the same.
    truth = exported(hospital)
    late: list[int] = []
    async for message in screen.browser.events("after=0"):
        if message["event"] == "message":
            late.append(message["id"])
        if message.get("id", 0) >= truth[-1]["sequence"]:
            break
    assert late[:len(truth)] == [e["sequence"] for e in truth]


async def test_who_is_further_behind_than_may_be_read_is_gone(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await Hospital.open(tmp_path, closing, **house_tables())
    gate = await Gate.open(hospital.house.run, tmp_path / "gate", closing, limits={"resume": 3})
    await gate.follows()
    screen = await gate.browser("zhang")
    first = exported(hospital)[0]["sequence"]
    messages = [message async for message in screen.events(f"after={first}")]
    assert messages[-1]["event"] == "gone" and messages[-1]["data"]["code"] == "log_gone"
    assert messages[-1]["data"]["advice"] == "/v1/snapshot"


async def test_a_filter_lets_through_what_was_asked_for_and_moves_the_place_all_the_same(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await Hospital.open(tmp_path, closing, **house_tables())
    gate = await Gate.open(hospital.house.run, tmp_path / "gate", closing)
    await gate.follows()
    await hospital.staff("1001")
    screen = await gate.browser("zhang")
    seen: list[dict[str, Any]] = []

    async def look() -> None:
        async for message in screen.events("kinds=established,call_cleared&after=0"):
            seen.append(message)

    task = asyncio.create_task(look())
    await one_call(hospital, "13800000001")
    newest = hospital.watch.now
    await until(lambda: any(m.get("id", 0) >= newest for m in seen), 15, "a beat with the place")
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    kinds = [m["data"]["kind"] for m in seen if m["event"] == "message"]
    truth = [e["kind"] for e in exported(hospital) if e["kind"] in ("established", "call_cleared", "gap")]
    assert kinds == truth and "established" in kinds
    page = await screen.ask("GET", "/v1/log?kinds=established&limit=1")
    assert [e["kind"] for e in page["events"]] == ["established"] and page["position"] == page["events"][0]["sequence"]
