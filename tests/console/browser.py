# SPDX-License-Identifier: Apache-2.0
"""Chromium, driven by Playwright in a process of its own (browser.mjs)."""
from __future__ import annotations

import asyncio
import json
import pathlib
from typing import Any

HERE = pathlib.Path(__file__).resolve().parent
_LINE_MAX = 1 << 24


class BrowserError(Exception):
    """The browser says no; the message is Playwright's."""


class Browser:
    def __init__(self, process: asyncio.subprocess.Process):
        self.process = process
        self.pages: list[Page] = []
        self._asked: dict[int, asyncio.Future[Any]] = {}
        self._reader = asyncio.create_task(self._read())
        self.ready: asyncio.Future[Any] = self._asked.setdefault(0, asyncio.get_running_loop().create_future())

    @classmethod
    async def start(cls) -> Browser:
        process = await asyncio.create_subprocess_exec("node", str(HERE / "browser.mjs"), stdin=asyncio.subprocess.PIPE,
                                                       stdout=asyncio.subprocess.PIPE, limit=_LINE_MAX)
        browser = cls(process)
        await asyncio.wait_for(browser.ready, 60)
        return browser

    async def _read(self) -> None:
        assert self.process.stdout
        async for line in self.process.stdout:
            answer = json.loads(line)
            asked = self._asked.pop(answer["id"], None)
            if asked is None or asked.done():
                continue
            if "error" in answer:
                asked.set_exception(BrowserError(answer["error"]))
            else:
                asked.set_result(answer["value"])
        for asked in self._asked.values():
            if not asked.done():
                asked.set_exception(BrowserError("the browser has ended"))

    async def ask(self, page: str, what: str, *args: Any, timeout: float = 60) -> Any:
        assert self.process.stdin
        number = max(self._asked, default=0) + 1
        answer = self._asked[number] = asyncio.get_running_loop().create_future()
        self.process.stdin.write(json.dumps({"id": number, "page": page, "do": what, "args": args}).encode() + b"\n")
        return await asyncio.wait_for(answer, timeout)

    async def open(self, name: str, address: str, width: int = 1280, height: int = 720) -> Page:
        await self.ask(name, "open", address, width, height)
        page = Page(self, name)
        self.pages.append(page)
        return page

    async def enter(self, name: str, parent: Page, address: str) -> Page:
        """A frame within a page, as a page."""
        await self.ask(name, "enter", parent.name, address)
        return Page(self, name)

    async def stop(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        try:
            await asyncio.wait_for(self.process.wait(), 20)
        except asyncio.TimeoutError:
            self.process.kill()
            await self.process.wait()
        await self._reader


class Page:
    """One window, in a browser's profile of its own."""

    def __init__(self, browser: Browser, name: str):
        self.browser, self.name = browser, name

    async def ask(self, what: str, *args: Any, timeout: float = 60) -> Any:
        return await self.browser.ask(self.name, what, *args, timeout=timeout)

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.ask("press", key)

    async def type(self, text: str) -> None:
        await self.ask("type", text)

    async def wait(self, expression: str, timeout: float = 15) -> None:
        """Until the expression is true in the page. @raises BrowserError  with what the page shows, when it never is"""
        try:
            await self.ask("wait", expression, timeout * 1000, timeout=timeout + 10)
        except BrowserError as error:
            shown = await self.evaluate("document.body.innerText")
            raise BrowserError(f"never: {expression}\n{error}\n{shown}") from None

    async def shows(self, text: str, within: str = "body", timeout: float = 15) -> None:
        await self.wait(f"[...document.querySelectorAll({json.dumps(within)})].some((e) => e.innerText.includes({json.dumps(text)}))", timeout)

    async def lacks(self, text: str, within: str = "body", timeout: float = 15) -> None:
        await self.wait(f"![...document.querySelectorAll({json.dumps(within)})].some((e) => e.innerText.includes({json.dumps(text)}))", timeout)

    async def can(self, action: str, timeout: float = 15) -> None:
        """Until the button of this key may be pressed."""
        await self.wait(f"[...document.querySelectorAll('button.action[aria-disabled=false]')].some((b) => b.getAttribute('aria-keyshortcuts') === {json.dumps(action)})", timeout)

    async def choose(self, text: str, name: str) -> None:
        """Types into the directory and presses Enter at once, as a hurried person does: the first that fits is chosen when it is found."""
        await self.press("F1", "Control+a")
        await self.type(text)
        await self.press("Enter")
        await self.shows(name, "#found [aria-selected=true]")

    async def evaluate(self, expression: str) -> Any:
        return await self.ask("evaluate", expression)

    async def shot(self, path: pathlib.Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        await self.ask("shot", str(path))

    async def errors(self) -> list[str]:
        said: list[str] = await self.ask("errors")
        return said

    async def axe(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = await self.ask("axe")
        return found
