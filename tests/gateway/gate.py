# SPDX-License-Identifier: Apache-2.0
"""`cordboard gateway` in front of a house, and clients of it: programs with a token, browsers with a session."""
from __future__ import annotations

import asyncio
import contextlib
import json
import pathlib
import re
import subprocess
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
from house import program, to_toml
from peers import Child, PeerError, until

PASSWORD = "correct horse battery"

# A user of the house for each work that a hospital has; who logs on at the gateway alone has no unix user.
ROLES: dict[str, dict[str, Any]] = {
    "operator": {"rights": ["observe", "control"]},  # built in
    "senior": {"rights": ["observe", "control", "read_text"]},
    "supervisor_desk": {"rights": ["observe", "control", "read_text", "supervise"]},
    "handler": {"rights": ["observe", "control", "read_text"], "commands": ["make_call"]},
    "head_of_unit": {"rights": ["observe", "control", "read_text"], "commands": ["make_call", "switch_night_service"]},
    "leader": {"rights": ["observe"]},
    "registrar": {"rights": ["observe", "keep_log"]},
    "roster_editor": {"rights": ["observe", "edit_roster"]},
    "duty_head": {"rights": ["observe", "control", "read_text"], "commands": ["start_code_call", "switch_night_service"]},
    "auditor_desk": {"rights": ["observe", "read_text"]},
    "integrator": {"rights": ["observe", "control"]},
}


def house_tables(**more: Any) -> dict[str, Any]:
    """Tables of hospital.toml for users of the gateway; each role's user is called as the role."""
    users = [{"name": "gateway", "unix_user": "@self", "roles": ["administrator", "gateway"]}]
    users += [{"name": role, "roles": [role]} for role in ROLES]
    users += [{"name": "zhang", "roles": ["senior"], "operator": "张敏 Zhang Min"}]
    return {"role": [{"name": name, **keys} for name, keys in ROLES.items() if name != "operator"], "user": users, **more}


class Refused(AssertionError):
    """An answer that is a problem."""

    def __init__(self, status: int, problem: dict[str, Any], headers: dict[str, str]):
        super().__init__(f"{status} {problem}")
        self.status, self.problem, self.headers = status, problem, headers
        self.code = problem.get("code")


class Browser:
    """A session: cookies, and the proof that a request is its own."""

    def __init__(self, gate: "Gate", http: aiohttp.ClientSession):
        self.gate, self.http = gate, http
        self.headers: dict[str, str] = {}
        self.session: dict[str, Any] = {}

    async def log_on(self, user: str, password: str = PASSWORD) -> dict[str, Any]:
        self.session = await self.ask("POST", "/v1/session", json={"user": user, "password": password})
        self.headers = {"X-CSRF-Token": self.session["csrf"]}
        return self.session

    async def ask(self, method: str, path: str, **how: Any) -> Any:
        """The answer's JSON. @raises Refused"""
        how["headers"] = self.headers | how.pop("headers", {})
        async with self.http.request(method, self.gate.base + path, **how) as answer:
            text = await answer.text()
            body = json.loads(text) if text and "json" in answer.content_type else text
            if answer.status >= 400:
                assert answer.content_type == "application/problem+json", answer.content_type
                assert body["status"] == answer.status and body["type"] == f"urn:cordboard:error:{body['code']}"
                raise Refused(answer.status, body, dict(answer.headers))
            return body

    async def give(self, command: str, wait: float | None = 10, **fields: Any) -> dict[str, Any]:
        path = f"/v1/commands/{command}" + (f"?wait={wait:g}" if wait else "")
        return await self.ask("POST", path, json=fields)

    async def events(self, query: str = "", last: int | None = None) -> AsyncIterator[dict[str, Any]]:
        """Messages of the event stream: `id`, `event` and `data` as JSON; it ends when the stream does."""
        headers = self.headers | ({"Last-Event-ID": str(last)} if last is not None else {})
        timeout = aiohttp.ClientTimeout(total=None, sock_read=None)
        async with self.http.get(f"{self.gate.base}/v1/events?{query}", headers=headers, timeout=timeout) as answer:
            assert answer.status == 200, await answer.text()
            message: dict[str, Any] = {"event": "message"}
            buffer = b""
            async for chunk in answer.content.iter_any():
                buffer += chunk
                *lines, buffer = buffer.split(b"\n")
                for line in lines:
                    key, _, value = line.decode().partition(": ")
                    if line == b"":
                        if "data" in message:
                            yield message
                        message = {"event": "message"}
                    elif key == "data":
                        message["data"] = json.loads(value)
                    elif key == "id":
                        message["id"] = int(value)
                    elif key == "event":
                        message["event"] = value


def fold(house: dict[str, Any], message: dict[str, Any]) -> None:
    """What a screen does with a `state`: assigns it."""
    data = message["data"]
    if data.get("whole"):
        house.clear()
    for name, objects in data.items():
        if isinstance(objects, dict):
            table = house.setdefault(name, {})
            for key, value in objects.items():
                table[key] = value
            for key in [key for key, value in table.items() if value is None]:
                del table[key]


class Gate:
    """The gateway's process. It can be killed and started again, on the same port."""

    def __init__(self, folder: pathlib.Path, closing: contextlib.AsyncExitStack, settings: dict[str, Any]):
        self.folder, self.closing, self.settings = folder, closing, settings
        self.child: Child | None = None
        self.starts = 0
        self.base = ""

    @classmethod
    async def open(cls, run: pathlib.Path, folder: pathlib.Path, closing: contextlib.AsyncExitStack, *, start: bool = True,
                   people: tuple[str, ...] = (), limits: dict[str, Any] | None = None, store: dict[str, Any] | None = None,
                   **gateway: Any) -> "Gate":
        """@param people  users who log on with PASSWORD"""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "state").mkdir(exist_ok=True)
        users = folder / "users.toml"
        table = {"run": str(run), "port": 0, "users": str(users), "state": str(folder / "state")} | gateway
        gate = cls(folder, closing, {"gateway": table, "limits": {"failures": 100} | (limits or {})} | ({"store": store} if store else {}))
        for name in people or ("zhang",):
            gate.cli("user", "add", name, stdin=PASSWORD)
        closing.push_async_callback(gate.stop)
        if start:
            await gate.start()
        return gate

    def cli(self, what: str, act: str, *names: str, stdin: str = "") -> str:
        done = subprocess.run([program(), "gateway", what, act, str(self.folder / "users.toml"), *names], input=stdin + "\n",
                              capture_output=True, text=True, timeout=30, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def cordboard(self, *words: str) -> str:
        """What another verb of the program prints."""
        done = subprocess.run([program(), *words], capture_output=True, text=True, timeout=30, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def token(self, user: str) -> str:
        return self.cli("token", "add", f"program of {user}", "--as", user)

    async def start(self, timeout: float = 20) -> None:
        (self.folder / "gateway.toml").write_text(to_toml(self.settings))
        self.starts += 1
        self.child = child = await Child.start([program(), "gateway", "--lang", "en", str(self.folder / "gateway.toml")], self.folder,
                                               f"gateway.{self.starts}")
        await until(lambda: child.returncode is not None or "\n  ready\n" in child.text(), timeout, "cordboard gateway's start")
        if child.returncode is not None:
            raise PeerError(child.text())
        found = re.search(r"  (https?) +(\S+:(\d+))", child.text())
        assert found
        self.base = f"{found[1]}://{found[2]}"
        self.settings["gateway"]["port"] = int(found[3])

    @property
    def port(self) -> int:
        return int(self.settings["gateway"]["port"])

    async def follows(self, timeout: float = 20) -> None:
        """Waits until it follows a board that lives."""
        async with aiohttp.ClientSession() as http:
            async def look() -> None:
                while True:
                    with contextlib.suppress(aiohttp.ClientError):
                        async with http.get(f"{self.base}/healthz", ssl=False) as answer:
                            if answer.status == 200:
                                return
                    await asyncio.sleep(0.05)
            await asyncio.wait_for(look(), timeout)

    async def kill(self) -> None:
        assert self.child
        await self.child.kill()

    async def stop(self) -> int:
        return await self.child.stop(grace=10) if self.child else 0

    async def visitor(self) -> Browser:
        """Somebody who has not logged on."""
        jar = aiohttp.CookieJar(unsafe=True)  # cookies for an IP address
        http = await self.closing.enter_async_context(aiohttp.ClientSession(cookie_jar=jar))
        return Browser(self, http)

    async def browser(self, user: str = "zhang") -> Browser:
        made = await self.visitor()
        await made.log_on(user)
        return made

    async def program(self, user: str) -> Browser:
        made = await self.visitor()
        made.headers = {"Authorization": f"Bearer {self.token(user)}"}

        async def known() -> None:  # the file of users is looked at once a second
            while True:
                with contextlib.suppress(Refused):
                    return await made.ask("GET", "/v1/session")
                await asyncio.sleep(0.05)
        await asyncio.wait_for(known(), 10)
        return made
