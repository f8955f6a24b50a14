# SPDX-License-Identifier: Apache-2.0
"""The page itself: hostile names, what helps people who do not see it, how it looks at three sizes, and an integrator's own page."""
import contextlib
import json
import os
import pathlib
import shutil
from typing import Any

from browser import Page
from cordboard import Established, RequestId, RequestSource, new_id
from gate import PASSWORD
from room import EXAMPLES, Room

Closing = contextlib.AsyncExitStack
SIZES = [(1280, 720), (1920, 1080), (390, 844)]
HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>"


async def test_a_hostile_display_name_is_a_text(tmp_path: pathlib.Path, closing: Closing) -> None:
    room = await Room.open(tmp_path, closing)
    page = await room.sit_down("zhang", "1001")
    wall = await room.console("wang")
    await wall.press("Shift+F4")
    caller, call = await room.hospital.call_in(name=HOSTILE)
    await room.talks(call)
    await page.shows("<img src=x onerror=alert(1)>", ".card .name")
    await wall.shows("<img src=x onerror=alert(1)>", ".seat")
    for one in (page, wall):
        assert await one.evaluate("document.querySelectorAll('main img, main script').length") == 0
        assert await one.errors() == []
    # A script that got in would still not run: the page's policy allows none but the gateway's own files.
    await page.evaluate("document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.ran = 1'}))")
    assert await page.evaluate("window.ran") is None
    await caller.hang_up()


# How each view is come to: keys, then a dialog that is there, or a list of which the first row is chosen.
VIEWS = {
    "talking": [("holding", ["Shift+F1", "Shift+F3"], "dialog")],
    "zhang": [("desk", ["Shift+F1"], ""), ("directory", ["F1", "Control+a", "n", "e", "i", "ArrowDown"], ""), ("requests", ["Shift+F2"], "#requests"), ("request", ["Alt+q"], "dialog"),
              ("wall", ["Shift+F4"], ""), ("figures", ["Shift+F6"], ""), ("reasons", ["Alt+n"], "dialog"), ("emergency", ["Alt+x"], "dialog"), ("handover", ["Alt+t"], "dialog"),
              ("settings", ["Alt+g"], "dialog"), ("keys", ["Shift+F4", "?"], "dialog")],
    "zhao": [("matters", ["Shift+F9"], ".matters-list [role=listbox]")],
    "sun": [("roster", ["Alt+l"], "")],
    "": [("logon", [], "")],
}
LOOKS = (("zh", "light", False), ("en", "dark", True))


async def looked_at(page: Page, user: str, where: pathlib.Path, look: tuple[str, str, bool]) -> list[Any]:
    """Pictures of all views of a window at all sizes. @returns what axe-core finds"""
    language, theme, big = look
    await page.evaluate(f"localStorage.setItem('cordboard.settings', JSON.stringify({{language: '{language}', theme: '{theme}', big: {str(big).lower()}}}))")
    await page.ask("reload")
    await page.wait("document.querySelector('.link.is-live, .logon') !== null")
    found = []
    for width, height in SIZES:
        await page.ask("size", width, height)
        for name, keys, there in VIEWS[user]:
            await page.press(*keys)
            await page.wait("document.querySelector('main') !== null")
            if there:
                await page.wait(f"document.querySelector('{there}') !== null")
            if there not in ("", "dialog"):
                await page.evaluate(f"document.querySelector('{there}').focus()")
                await page.press("Home")
            found += [(language, width, name, problem) for problem in await page.axe()]
            await page.shot(where / f"{width}-{name}-{theme}.png")
            if await page.evaluate("document.querySelector('dialog') !== null"):
                await page.press("Escape")
                await page.wait("document.querySelector('dialog') === null")
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (name, width, "the page is wider than the window")
    return found


async def test_every_view_is_accessible_and_is_looked_at(tmp_path: pathlib.Path, closing: Closing) -> None:
    """axe-core finds nothing in any view or dialog at any size, in both themes and languages; pictures of all stay in the build's folder."""
    pictures = pathlib.Path(os.environ["CORDBOARD_BUILD"]) / "tests" / "console" / "pictures"
    roster = tmp_path / "roster.csv"
    shutil.copy(EXAMPLES / "roster.csv", roster)
    room = await Room.open(tmp_path, closing, gateway={"roster": str(roster)})
    board = room.hospital.board
    for kind, name, number, more in (("advice", "王芳", "13800000001", {"matter": "挂号", "question": "周末是否开诊"}), ("callback", "陈建国", "13900000002", {"matter": "报告出来后回电"}),
                                     ("complaint", "刘洋", "13700000003", {"matter": "等候两小时,无人说明原因", "department": "内科"}), ("fault", "", "8006", {"place": "药房", "matter": "三号窗口打印机卡纸"})):
        await board.open_request(RequestId(new_id()), json.dumps({"kind": kind, "name": name, "number": number} | more, ensure_ascii=False), source=RequestSource.PHONE)
    page = await room.sit_down("zhang", "1001")
    await room.hospital.phone("8002")
    _, call = await room.hospital.call_in()
    await room.talks(call)
    await room.hospital.call_in("13800000002", name="陈建国")
    await page.shows("王芳", ".card .name")
    await board.note_call(call, "问体检报告什么时候出")
    found = [one for look in LOOKS for one in await looked_at(page, "talking", pictures, look)]
    await page.ask("size", 1280, 720)
    await page.choose("8002", "内科")
    await page.press("F4")
    await page.can("F8")
    await page.press("F7", "Escape")

    windows = {"zhang": page, "zhao": await room.console("zhao"), "sun": await room.console("sun"), "": await room.browser.open("stranger", f"{room.gate.base}/", 1280, 720)}
    found += [one for look in LOOKS for user, window in windows.items() for one in await looked_at(window, user, pictures, look)]
    assert found == []
    # What stands above every page: an emergency, and a line that is broken.
    await page.press("Shift+F1")
    await board.start_code_call("9911 305", drill=1)
    await page.shows("抢救", ".code-runs")
    await page.ask("size", 1280, 720)
    assert await page.axe() == []
    await page.shot(pictures / "1280-code_run-dark.png")
    for window in windows.values():
        assert await window.errors() == []
    await room.gate.kill()
    await page.wait("document.querySelector('.link.is-offline') !== null")
    assert await page.axe() == []
    await page.shot(pictures / "1280-offline-dark.png")


async def test_an_integrators_own_page(tmp_path: pathlib.Path, closing: Closing) -> None:
    room = await Room.open(tmp_path, closing)
    folder = pathlib.Path(__file__).resolve().parents[2] / "examples" / "console" / "integrator"
    assert sum(len(path.read_text().splitlines()) for path in folder.iterdir()) <= 60
    await room.hospital.phone("1001")
    _, call = await room.hospital.call_in()
    await room.hospital.board.log_on(next(o for o in room.hospital.board.snapshot().operators))
    page = await room.browser.open("own", f"{room.gate.base}/integrator/index.html")
    await page.evaluate("document.querySelector('[name=user]').focus()")
    await page.type("zhang")
    await page.press("Tab")
    await page.type(PASSWORD)
    await page.press("Enter")
    await page.shows("王芳", "#waiting li")
    await page.evaluate("document.querySelector('#waiting button').click()")
    await room.hospital.watch.next(Established, call=call, fits=lambda e: e.operator != 0)
    await page.lacks("王芳", "#waiting")
