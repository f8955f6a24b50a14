# SPDX-License-Identifier: Apache-2.0
"""A telephone room: the house with its phones, the gateway that serves the console, and consoles in real windows."""
from __future__ import annotations

import contextlib
import dataclasses
import os
import pathlib
from typing import Any

from browser import Browser, Page
from cordboard import CallId, Established
from dialogue_test import tones
from gate import PASSWORD, Gate
from hospital import Hospital
from wire import Wire

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples" / "hospital"
DIST = pathlib.Path(os.environ["CORDBOARD_BUILD"]) / "tests" / "console" / "dist"
PEOPLE = ("zhang", "li", "wang", "zhao", "sun")
ZHANG, LI = "张敏 Zhang Min", "李华 Li Hua"
PLAN = {"number": "9911", "name": "抢救", "steps": ["8001 1000"], "enough": 1, "wait": "20s", "ring": "20s", "message": ["code_blue", "place"], "drill": ["this_is_a_drill"],
        "line": "9009"}


def tables(folder: pathlib.Path) -> dict[str, Any]:
    """What the console shows beside the example's house: lines of two ranks, reasons, an emergency, and who logs on."""
    handling = [f"{act}_request" for act in ("take", "pass", "note", "change", "advance", "promise", "tell", "refuse", "close", "call")] + ["ask_approval"]
    roles = [{"name": "desk", "rights": ["observe", "control", "read_text"]}, {"name": "lead", "rights": ["observe", "control", "read_text", "supervise"]},
             {"name": "ward", "rights": ["observe", "control", "read_text"], "commands": handling, "departments": ["8002"]},
             {"name": "rosters", "rights": ["observe", "edit_roster"]}]
    users = [{"name": "gateway", "unix_user": "@self", "roles": ["administrator", "gateway"]},
             {"name": "zhang", "roles": ["desk"], "operator": ZHANG}, {"name": "li", "roles": ["desk"], "operator": LI}, {"name": "wang", "roles": ["lead"]},
             {"name": "zhao", "roles": ["ward"]}, {"name": "sun", "roles": ["rosters"]}]
    queues = [{"number": "9000", "name": "总机", "operators": [ZHANG, LI], "supervisor": "1000"},
              {"number": "9009", "name": "急呼", "class": "emergency", "operators": [ZHANG, LI]}]
    reasons = [{"number": 1, "name": "小休", "limit": "15min", "times": 2}, {"number": 2, "name": "外出", "approval": True}]
    prompts = tones(folder / "prompts", ["code_blue", "this_is_a_drill"], 0.6)
    return {"role": roles, "user": users, "queue": queues, "reason": reasons, "code_call": [PLAN], "media": {"prompts": prompts}}


@dataclasses.dataclass
class Room:
    hospital: Hospital
    gate: Gate
    wire: Wire
    browser: Browser

    @classmethod
    async def open(cls, folder: pathlib.Path, closing: contextlib.AsyncExitStack, limits: dict[str, Any] | None = None, gateway: dict[str, Any] | None = None,
                   store: bool = False, **more: Any) -> Room:
        """@param limits, gateway  of the gateway's configuration; `store`: callers are known; `more` are tables of the house"""
        where = {"path": str(folder / "store.db")} if store else None
        if where:
            more["store"] = where
        assert (DIST / "index.html").exists(), "the test console_build builds it"
        hospital = await Hospital.open(folder, closing, **(tables(folder) | more))
        gate = await Gate.open(hospital.house.run, folder / "gate", closing, people=PEOPLE, limits=limits, store=where, console=str(DIST), **({"directory": str(EXAMPLES / "directory.csv")} | (gateway or {})))
        await gate.follows()
        wire = await Wire("127.0.0.1", gate.port).start()
        closing.push_async_callback(wire.stop)
        browser = await Browser.start()
        closing.push_async_callback(browser.stop)
        return cls(hospital, gate, wire, browser)

    async def console(self, user: str, width: int = 1280, height: int = 720, wire: bool = False) -> Page:
        """A window in which somebody has logged on, by keyboard."""
        port = self.wire.port if wire else self.gate.port
        page = await self.browser.open(f"{user}{len(self.browser.pages)}", f"http://127.0.0.1:{port}/", width, height)
        await page.wait("document.activeElement?.name === 'user'")
        await page.type(user)
        await page.press("Tab")
        await page.type(PASSWORD)
        await page.press("Enter")
        await page.wait("document.querySelector('.link.is-live') !== null")
        return page

    async def sit_down(self, user: str, number: str, wire: bool = False, **how: Any) -> Page:
        """The operator's phone is there, and the console has signed in and is ready."""
        await self.hospital.phone(number, **how)
        page = await self.console(user, wire=wire)
        await page.can("Alt+S")
        await page.press("Alt+s")
        await page.can("Alt+R")
        await page.press("Alt+r")
        await page.shows("示闲", ".me .badge")
        return page

    async def talks(self, call: CallId) -> None:
        await self.hospital.watch.next(Established, call=call, fits=lambda e: e.operator != 0)
