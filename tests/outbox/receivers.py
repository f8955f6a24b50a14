# SPDX-License-Identifier: Apache-2.0
"""Who is told: a gateway for short messages, a mail server and a hook, as real servers that can refuse, be away and come back."""
from __future__ import annotations

import contextlib
import dataclasses
import email
import email.policy
import json
import pathlib
from typing import Any

from aiohttp import web
from aiosmtpd.controller import Controller
from house import House, program, to_toml
from peers import Child, free_port, until


@dataclasses.dataclass
class Post:
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class HttpServer:
    """Keeps what is posted. `answers`: what the next ones are told, then 200; each a status, or a status and a JSON body."""

    def __init__(self) -> None:
        self.port = free_port()
        self.posts: list[Post] = []
        self.asked: list[str] = []
        self.answers: list[int | tuple[int, Any]] = []
        self.status: dict[str, str] = {}  # of a message, by its id
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        app = web.Application()
        app.router.add_post("/{path:.*}", self._post)
        app.router.add_get("/status/{id}", self._status)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port, shutdown_timeout=0.1).start()

    async def stop(self) -> None:
        if self._runner:
            await self._runner.cleanup()
            self._runner = None

    async def _post(self, request: web.Request) -> web.Response:
        self.posts.append(Post({k.lower(): v for k, v in request.headers.items()}, await request.read()))
        told = self.answers.pop(0) if self.answers else (200, {"id": f"m-{len(self.posts)}"})
        status, body = told if isinstance(told, tuple) else (told, {})
        return web.json_response(body, status=status)

    async def _status(self, request: web.Request) -> web.Response:
        self.asked.append(request.match_info["id"])
        return web.json_response({"status": self.status.get(request.match_info["id"], "pending")})


class MailServer:
    """Keeps what is sent. `refuses`: what RCPT TO is told, by address."""

    def __init__(self) -> None:
        self.port = free_port()
        self.refuses: dict[str, str] = {}
        self.mails: list[tuple[str, list[str], email.message.EmailMessage]] = []
        self._controller: Controller | None = None

    def start(self) -> None:
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def stop(self) -> None:
        if self._controller:
            self._controller.stop()
            self._controller = None

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: list[str]) -> str:
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(mail, email.message.EmailMessage)
        self.mails.append((envelope.mail_from, envelope.rcpt_tos, mail))
        return "250 taken"


class Outbox:
    """`cordboard outbox` for a house. It can be killed and started again."""

    def __init__(self, house: House, folder: pathlib.Path, **tables: Any) -> None:
        self.folder = folder
        (folder / "state").mkdir(parents=True, exist_ok=True)
        own = {"run": str(house.run), "state": str(folder / "state"), "first_pause": "50ms", "longest_pause": "400ms"}
        self.tables = {"outbox": own | tables.pop("outbox", {}), **tables}
        self.starts = 0
        self.child: Child | None = None

    async def start(self) -> None:
        self.starts += 1
        (self.folder / "outbox.toml").write_text(to_toml(self.tables))
        self.child = await Child.start([program(), "outbox", "--lang", "en", str(self.folder / "outbox.toml")], self.folder, f"outbox.{self.starts}")
        child = self.child
        await until(lambda: child.returncode is not None or "ready\n" in child.text(), 20, "the outbox's start")
        assert child.returncode is None, child.text()

    async def kill(self) -> None:
        assert self.child
        await self.child.kill()

    async def stop(self) -> None:
        if self.child:
            await self.child.stop()


async def outbox(closing: contextlib.AsyncExitStack, house: House, folder: pathlib.Path, **tables: Any) -> Outbox:
    made = Outbox(house, folder / "outbox", **tables)
    closing.push_async_callback(made.stop)
    await made.start()
    return made


async def http_server(closing: contextlib.AsyncExitStack) -> HttpServer:
    made = HttpServer()
    await made.start()
    closing.push_async_callback(made.stop)
    return made
