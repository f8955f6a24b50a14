# SPDX-License-Identifier: Apache-2.0
"""The console within a page of the hospital's own system, which is of another origin: only those of the configuration may, and each message is the neighbour's."""
import contextlib
import pathlib

from aiohttp import web
from gate import PASSWORD
from room import Room

Closing = contextlib.AsyncExitStack
# Another frame of the same page: whoever it is of, it is not the console's parent.
STRANGER = "<script>addEventListener('message', (e) => parent.frames[0].postMessage(e.data, '*'))</script>"
PAGE = """<!doctype html><title>HIS</title><iframe id=console width=1280 height=700 src="{console}/"></iframe><iframe id=stranger src="{stranger}/stranger"></iframe>
<script>window.heard = []; addEventListener('message', (e) => window.heard.push([e.origin, e.data.state, e.data.number, e.data.name]))</script>"""


class His:
    """Pages of the hospital's system; each host name of this machine is a site, and each port an origin."""

    def __init__(self) -> None:
        self.console = ""
        self.port = 0

    async def start(self, closing: Closing) -> "His":
        async def answer(request: web.Request) -> web.Response:
            text = STRANGER if request.path == "/stranger" else PAGE.format(console=self.console, stranger=f"http://adverts.example.localhost:{self.port}")
            return web.Response(text="a patient" if request.path == "/patient" else text, content_type="text/html")

        app = web.Application()
        app.router.add_get("/{path:.*}", answer)
        runner = web.AppRunner(app)
        await runner.setup()
        closing.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.port = runner.addresses[0][1]
        return self

    def url(self, host: str) -> str:
        return f"http://{host}:{self.port}"


async def test_the_console_within_the_hospitals_own_system(tmp_path: pathlib.Path, closing: Closing) -> None:
    his = await His().start(closing)
    own = his.url("his.hospital.localhost")
    room = await Room.open(tmp_path, closing, gateway={"frame_ancestors": [own]})
    his.console = f"http://desk.hospital.localhost:{room.gate.port}"
    await room.hospital.phone("1001")
    await room.hospital.phone("8002")
    page = await room.browser.open("his", f"{own}/")
    console = await room.browser.enter("console", page, his.console)
    await console.wait("document.querySelector('[name=user]') !== null")
    await console.evaluate(f"localStorage.setItem('cordboard.settings', JSON.stringify({{popUrl: '{own}/patient?phone={{number}}'}}))")
    await page.ask("reload")
    console = await room.browser.enter("console", page, his.console)
    await console.wait("document.querySelector('[name=user]') !== null")
    await console.ask("focus", "[name=user]")
    await console.type("zhang")
    await console.press("Tab")
    await console.type(PASSWORD)
    await console.press("Enter")
    await console.can("Alt+S")
    await console.press("Alt+s")
    await console.can("Alt+R")
    await console.press("Alt+r")
    await console.shows("示闲", ".me .badge")

    # What another frame says is nobody's word, and what its own page says that is no number is not dialled.
    await page.evaluate("frames[1].postMessage({type: 'cordboard.dial', number: '8002'}, '*')")
    await page.evaluate("frames[0].postMessage({type: 'cordboard.dial', number: 'javascript:alert(1)'}, '*')")
    caller, call = await room.hospital.call_in()
    await room.talks(call)
    await console.shows("王芳", ".card .name")
    told = ["13800000001", "王芳 Wang Fang"]
    await page.wait("window.heard.some((one) => one[1] === 'talking')")
    assert await page.evaluate("window.heard.filter((one) => one[1] === 'talking')") == [[his.console, "talking", *told]]
    assert not await console.evaluate("[...document.querySelectorAll('button.action[aria-disabled=false]')].some((b) => b.ariaKeyShortcuts === 'F4')")
    await page.evaluate("frames[0].postMessage({type: 'cordboard.dial', number: '8002'}, '*')")
    await console.can("F4")
    # The patient's page has been opened by the template.
    assert f"{own}/patient?phone=13800000001" in await page.ask("windows")
    await caller.hang_up()
    await page.wait("window.heard.some((one) => one[1] === 'over')")


async def test_no_other_page_may_embed_the_console(tmp_path: pathlib.Path, closing: Closing) -> None:
    his = await His().start(closing)
    room = await Room.open(tmp_path, closing, gateway={"frame_ancestors": [his.url("his.hospital.localhost")]})
    his.console = f"http://desk.hospital.localhost:{room.gate.port}"
    allowed = await room.browser.open("allowed", his.url("his.hospital.localhost") + "/")
    await room.browser.enter("console", allowed, his.console)
    for number, host in enumerate(("his.hospital.localhost.example.localhost", "evil.localhost", "hospital.localhost")):
        page = await room.browser.open(f"foreign{number}", his.url(host) + "/")
        await page.wait("document.readyState === 'complete'")
        assert "chrome-error://chromewebdata/" in await page.ask("frames"), host
        assert await page.evaluate("window.heard") == []
