# SPDX-License-Identifier: Apache-2.0
"""Every console shows the house as it is: two at once, one whose line was cut, one whose gateway or board died."""
import asyncio
import contextlib
import json
import pathlib
import re
import time
from typing import Any

from browser import Page
from cordboard import CallId, CallNoted, Established, Held, Queued, Retrieved
from room import Room

Closing = contextlib.AsyncExitStack
# Who waits, who is where: what a window shows, without the times that run.
SHOWN = """JSON.stringify({
  waiting: [...document.querySelectorAll('#waiting [role=option]')].map((e) => [e.querySelector('.rank').innerText, e.querySelector('.who').innerText, e.querySelector('small').innerText.replace(/≈.*/, '')]),
  parked: [...document.querySelectorAll('#parked [role=option] b')].map((e) => e.innerText) })"""
WALL = """JSON.stringify([...document.querySelectorAll('.seat')].map((e) => [e.querySelector('b').innerText, e.querySelector('.badge').innerText, e.querySelector('small').innerText]).concat(
  [...document.querySelectorAll('.tile')].map((e) => [e.querySelector('h3').innerText, e.querySelector('.huge').innerText])))"""


async def same(pages: list[Page], what: str, fits: Any) -> Any:
    """Until all windows show the same, and it is what it should be."""
    shown: list[Any] = []
    for _ in range(200):
        shown = [json.loads(await page.evaluate(what)) for page in pages]
        if all(one == shown[0] for one in shown) and fits(shown[0]):
            return shown[0]
        await asyncio.sleep(0.05)
    raise AssertionError(f"they never showed the same, as it should be: {shown}")


async def waits(room: Room, *numbers: str) -> None:
    for number in numbers:
        _, call = await room.hospital.call_in(number)
        await room.hospital.watch.next(Queued, call=call)


async def test_two_consoles_show_the_same(tmp_path: pathlib.Path, closing: Closing) -> None:
    room = await Room.open(tmp_path, closing)
    first, second = await room.console("zhang"), await room.console("li")
    await waits(room, "13800000001", "13800000002")
    urgent, _ = await room.hospital.call_in("13800000003", to="9009")
    rows = await same([first, second], SHOWN, lambda s: len(s["waiting"]) == 3)
    assert [row[0] for row in rows["waiting"]] == ["急呼", "外线", "外线"]
    late = await room.console("wang")
    await late.press("Shift+F1")
    await late.evaluate("[...document.querySelectorAll('button')].find((b) => b.innerText.includes('张敏'))?.click()")
    assert await same([first, second, late], SHOWN, lambda s: len(s["waiting"]) == 3) == rows
    await urgent.hang_up()
    await same([first, second, late], SHOWN, lambda s: len(s["waiting"]) == 2)
    for page in (first, second, late):
        await page.press("Shift+F4")
    await same([first, second, late], WALL, lambda s: ["总机 外线", "2\n等候来电"] in s or any("2" in str(row[1]) for row in s))
    for page in (first, second, late):
        assert await page.errors() == []


async def test_a_cut_network_is_told_and_what_was_missed_comes(tmp_path: pathlib.Path, closing: Closing) -> None:
    """Pain 4 and 5: the cable is cut without a word. The window says so by itself, with the age of what it shows, then resumes."""
    room = await Room.open(tmp_path, closing)
    near, far = await room.console("zhang"), await room.console("li", wire=True)
    await waits(room, "13800000001")
    before = await same([near, far], SHOWN, lambda s: len(s["waiting"]) == 1)
    room.wire.cut()
    await waits(room, "13800000002", "13800000003")
    await same([near], SHOWN, lambda s: len(s["waiting"]) == 3)
    await far.shows("未收到消息", ".link", timeout=30)
    await far.wait("/最近消息 ([6-9]|1\\d) 秒前/.test(document.querySelector('.link').innerText)")
    assert json.loads(await far.evaluate(SHOWN)) == before  # old, and said to be
    await far.shows("已断开", ".link", timeout=40)
    room.wire.mend()
    await far.wait("document.querySelector('.link.is-live') !== null", timeout=40)
    await far.shows("已恢复,未遗漏", ".messages")
    after = await same([near, far], SHOWN, lambda s: len(s["waiting"]) == 3)
    assert len({row[1] for row in after["waiting"]}) == 1 and len(after["waiting"]) == 3


CUT_S = 60
STORY = "[...document.querySelectorAll('.story li')].map((e) => e.innerText)"
NUMBERS = re.compile(r"1380000\d{4}")


async def busy_for(room: Room, seconds: float, mine: CallId, idle: int) -> int:
    """Calls come and go, an operator works, a call is held, taken back and noted. @returns how many notes were written"""
    board, over, notes = room.hospital.board, time.monotonic() + seconds, 0

    async def toggles() -> None:
        while time.monotonic() < over:
            await board.work_after_call(idle)
            await board.not_ready(idle)
            await asyncio.sleep(0.05)

    async def callers() -> None:
        number = 20
        while time.monotonic() < over:
            caller, _ = await room.hospital.call_in(f"138000000{number}", name=f"来电 {number}")
            if number % 2:
                await caller.hang_up()
            number += 1
            await asyncio.sleep(8)

    both = asyncio.gather(toggles(), callers())
    while time.monotonic() < over:
        await board.hold(mine)
        await board.retrieve(mine)
        notes += 1
        await board.note_call(mine, f"第 {notes} 条")
        await asyncio.sleep(3)
    await both
    return notes


async def test_a_minute_without_network_under_load_is_made_up_for(tmp_path: pathlib.Path, closing: Closing) -> None:
    """Nothing is missed and nothing comes twice, though what was missed has long left the gateway's memory: the window shows what the log says."""
    room = await Room.open(tmp_path, closing, limits={"events": 256})
    hospital = room.hospital
    far = await room.sit_down("li", "1002", wire=True)
    _, call = await hospital.call_in("13800000001")
    await room.talks(call)
    await far.shows("王芳", ".card .name")
    near = await room.console("zhang")
    idle = next(id for id, o in hospital.board.snapshot().operators.items() if o.name.startswith("张敏"))
    await hospital.board.log_on(idle)
    before = len(await far.evaluate(STORY))

    room.wire.cut()
    notes = await busy_for(room, CUT_S, call, idle)
    await far.shows("已断开", ".link")
    assert len(await far.evaluate(STORY)) == before
    missed = hospital.watch.now
    room.wire.mend()
    await far.wait("document.querySelector('.link.is-live') !== null", timeout=40)
    await far.shows("已恢复,未遗漏", ".messages")

    truth = hospital.board.snapshot()
    waiting = [truth.parties[truth.calls[id].caller].number for queue in truth.queues.values() for id in queue.waiting]
    assert truth.sequence >= missed > 1000 and len(waiting) >= 3
    shown = await same([near, far], SHOWN, lambda s: len(s["waiting"]) == len(waiting))
    assert [number for row in shown["waiting"] for number in NUMBERS.findall(row[2])] == waiting
    # Each thing that happened to the call stands in its story once, in order.
    story = list(reversed(await far.evaluate(STORY)))
    assert [line.split("第 ")[1] for line in story if "第 " in line] == [f"{n} 条" for n in range(1, notes + 1)]
    for kind, word in ((Held, "保持"), (Retrieved, "取回"), (CallNoted, "第 ")):
        assert sum(word in line for line in story) == len(hospital.watch.all(kind, call=call)), (word, story)
    for page in (near, far):
        await page.press("Shift+F4")
    seats = await same([near, far], WALL, lambda s: len(s) > 2)
    assert sum("李华" in str(seat) and "13800000001" in str(seat) or "李华" in str(seat) and "王芳" in str(seat) for seat in seats) == 1
    assert await far.errors() == [] and await near.errors() == []


async def test_the_gateway_is_killed_and_then_the_board(tmp_path: pathlib.Path, closing: Closing) -> None:
    room = await Room.open(tmp_path, closing)
    await room.hospital.staff("1001")
    page = await room.console("zhang")
    caller, call = await room.hospital.call_in()
    await room.talks(call)
    await page.shows("王芳", ".card .name")
    await page.shows("接通", ".story li")
    story = await page.evaluate("document.querySelectorAll('.story li').length")

    await room.gate.kill()
    await page.shows("已断开", ".link")
    await page.press("F3")  # given while the gateway is away: kept, and carried out once
    await room.gate.start()
    await page.wait("document.querySelector('.link.is-live') !== null", timeout=30)
    await page.shows("保持", ".card .badge", timeout=20)
    assert await page.evaluate("[...document.querySelectorAll('.story li')].filter((e) => e.innerText.includes('保持')).length") == 1

    await room.hospital.crash()
    await page.wait("document.querySelector('.link.is-live') !== null", timeout=30)
    await page.can("F3", timeout=20)
    await page.press("F3")
    await page.shows("通话", ".card .badge")
    assert await page.evaluate("document.querySelectorAll('.story li').length") > story
    assert len(room.hospital.watch.all(Established, call=call)) <= 2
    await caller.hang_up()
    await page.shows("没有通话", ".mine")
