# SPDX-License-Identifier: Apache-2.0
"""The page itself: hostile names, what helps people who do not see it, how it looks at three sizes, and an integrator's own page."""
import contextlib
import os
import pathlib

from cordboard import Established
from gate import PASSWORD
from room import Room

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


async def test_every_view_is_accessible_and_is_looked_at(tmp_path: pathlib.Path, closing: Closing) -> None:
    """axe-core finds nothing in any view or dialog at any size, in both themes and languages; pictures of all stay in the build's folder."""
    room = await Room.open(tmp_path, closing)
    pictures = pathlib.Path(os.environ["CORDBOARD_BUILD"]) / "tests" / "console" / "pictures"
    page = await room.sit_down("zhang", "1001")
    await room.hospital.phone("8002")
    _, call = await room.hospital.call_in()
    await room.talks(call)
    await room.hospital.call_in("13800000002")
    await page.shows("王芳", ".card .name")
    await page.choose("8002", "内科")
    await page.press("F4")
    await page.can("F8")
    await page.press("F7")
    await page.press("Escape")

    found = []
    views = [("desk", ["Shift+F1"]), ("directory", ["F1", "k", "ArrowDown"]), ("requests", ["Shift+F2"]), ("request", ["Alt+q"]), ("wall", ["Shift+F4"]), ("figures", ["Shift+F6"]),
             ("reasons", ["Alt+n"]), ("emergency", ["Alt+x"]), ("handover", ["Alt+t"]), ("settings", ["Alt+g"]), ("holding", ["Shift+F3"])]
    for language, theme, big in (("zh", "light", False), ("en", "dark", True)):
        await page.evaluate(f"localStorage.setItem('cordboard.settings', JSON.stringify({{language: '{language}', theme: '{theme}', big: {str(big).lower()}}}))")
        await page.ask("reload")
        await page.wait("document.querySelector('.link.is-live') !== null")
        for width, height in SIZES:
            await page.ask("size", width, height)
            for name, keys in views:
                await page.press(*keys)
                await page.wait("document.querySelector('main') !== null")
                for problem in await page.axe():
                    found.append((language, width, name, problem))
                await page.shot(pictures / f"{width}-{name}-{theme}.png")
                if await page.evaluate("document.querySelector('dialog') !== null"):
                    await page.press("Escape")
                    await page.wait("document.querySelector('dialog') === null")
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (width, "the page is wider than the window")
    assert found == []
    assert await page.errors() == []


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
