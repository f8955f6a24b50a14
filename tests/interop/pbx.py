# SPDX-License-Identifier: Apache-2.0
"""A Kamailio as the hospital's PBX: extensions register with a password, and calls from the switchboard are asked for one."""
import asyncio
import contextlib
import json
import pathlib
import urllib.request
from typing import Any

import kamailio
from hospital import Hospital
from peers import Child, PeerError, free_port

ADDRESS = "127.0.0.3"  # what the trunk is known by
_SETTINGS = """tcp_accept_no_cl=yes
loadmodule "xhttp.so"
loadmodule "jsonrpcs.so"
modparam("jsonrpcs", "transport", 1)
modparam("tm", "fr_timer", 3000)
modparam("registrar", "min_expires", @SHORTEST@)
modparam("auth", "nonce_expire", @NONCE@)
"""
_FIRST = """if (is_method("OPTIONS")) { sl_send_reply("200","OK"); exit; }
    if (is_method("INVITE|BYE") && src_ip == 127.0.0.1) {
        if (!pv_proxy_authenticate("$fd", "secret-$au", "0")) { proxy_challenge("$fd", "1"); exit; }
        consume_credentials();
    }"""
_BEHIND = """event_route[xhttp:request] {
    if ($hu =~ "^/RPC") { jsonrpc_dispatch(); exit; }
    xhttp_reply("404", "Not Found", "text/plain", "");
}
"""


class Pbx:
    """Password of extension N: `secret-N`."""

    def __init__(self, folder: pathlib.Path, port: int):
        self.folder = folder
        self.port = port
        self.address = f"{ADDRESS}:{port}"
        self.starts = 0
        self._child: Child | None = None

    @classmethod
    async def start(cls, folder: pathlib.Path, *, port: int = 0, nonce: int = 300, shortest: int = 0) -> "Pbx":
        pbx = cls(folder, port or free_port(ADDRESS))
        settings = _SETTINGS.replace("@SHORTEST@", str(shortest)).replace("@NONCE@", str(nonce))
        kamailio.write(folder, ADDRESS, pbx.port, settings, _FIRST, _BEHIND)
        await pbx.again()
        return pbx

    async def again(self) -> None:
        """Starts it; it has forgotten who was registered."""
        self.starts += 1
        self._child = await kamailio.launch(self.folder, f"kamailio.{self.starts}")
        for _ in range(200):
            try:
                await self.ask("core.uptime")
                return
            except OSError:
                if self._child.returncode is not None:
                    break
                await asyncio.sleep(0.05)
        raise PeerError(f"Kamailio does not start: {self._child.text()[-800:]}")

    async def stop(self) -> None:
        if self._child:
            await self._child.stop()

    async def ask(self, method: str) -> Any:
        body = json.dumps({"jsonrpc": "2.0", "method": method, "id": 1}).encode()
        request = urllib.request.Request(f"http://{self.address}/RPC", body, {"Content-Type": "application/json"})

        def fetch() -> Any:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return json.load(answer)

        return await asyncio.to_thread(fetch)

    async def contacts(self, number: str) -> list[str]:
        """Where it would call this extension."""
        answer = await self.ask("ul.dump")
        found = []
        for domain in answer.get("result", {}).get("Domains", []):
            for one in domain["Domain"]["AoRs"]:
                if one["Info"]["AoR"] == number:
                    found += [contact["Contact"]["Address"] for contact in one["Info"]["Contacts"]]
        return found

    async def has(self, number: str, count: int, timeout: float = 15) -> list[str]:
        """Waits until this extension has so many contacts."""
        found: list[str] = []

        async def look() -> None:
            nonlocal found
            while len(found := await self.contacts(number)) != count:
                await asyncio.sleep(0.05)

        try:
            await asyncio.wait_for(look(), timeout)
        except asyncio.TimeoutError:
            raise PeerError(f"{number} has {found} at the PBX after {timeout:g} s, not {count} contacts") from None
        return found


def trunk(address: str, *targets: str, **more: Any) -> dict[str, Any]:
    return {"name": "pbx", "addresses": [address], "targets": [f"sip:{one};transport=udp" for one in targets]} | more


def account(**more: Any) -> dict[str, Any]:
    return {"user": "8000", "password": "secret-8000", "register": True, "contact": "9000", "expires": "60s", "retry": "1s"} | more


async def with_pbx(tmp_path: pathlib.Path, closing: contextlib.AsyncExitStack, *before: str, pbx: dict[str, int] | None = None,
                   **more: Any) -> tuple[Hospital, Pbx]:
    started = await Pbx.start(tmp_path / "pbx", **(pbx or {}))
    closing.push_async_callback(started.stop)
    line = trunk(ADDRESS, *before, started.address, **account(**more))
    return await Hospital.open(tmp_path, closing, trunk=[line]), started
