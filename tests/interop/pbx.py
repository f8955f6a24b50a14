# SPDX-License-Identifier: Apache-2.0
"""A Kamailio as the hospital's PBX: extensions register with a password, and calls from the switchboard are asked for one."""
import asyncio
import json
import pathlib
import urllib.request
from typing import Any

from peers import Child, PeerError, free_port

ADDRESS = "127.0.0.3"  # what the trunk is known by
_CONFIG = """#!KAMAILIO
debug=2
log_stderror=yes
fork=yes
children=2
tcp_children=2
auto_aliases=no
tcp_accept_no_cl=yes
listen=udp:@ADDRESS@:@PORT@
listen=tcp:@ADDRESS@:@PORT@
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "auth.so"
loadmodule "xhttp.so"
loadmodule "jsonrpcs.so"
modparam("jsonrpcs", "transport", 1)
modparam("tm", "fr_timer", 3000)
modparam("tm", "fr_inv_timer", 20000)
modparam("usrloc", "db_mode", 0)
modparam("registrar", "default_expires", 60)
modparam("registrar", "min_expires", @SHORTEST@)
modparam("auth", "nonce_expire", @NONCE@)
request_route {
    if (!mf_process_maxfwd_header("10")) { sl_send_reply("483","Too Many Hops"); exit; }
    if (is_method("CANCEL")) { if (t_check_trans()) t_relay(); exit; }
    if (is_method("OPTIONS")) { sl_send_reply("200","OK"); exit; }
    if (is_method("INVITE|BYE") && src_ip == 127.0.0.1) {
        if (!pv_proxy_authenticate("$fd", "secret-$au", "0")) { proxy_challenge("$fd", "1"); exit; }
        consume_credentials();
    }
    if (has_totag()) {
        if (is_method("ACK") && t_check_trans()) { t_relay(); exit; }
        if (loose_route()) { t_relay(); exit; }
        sl_send_reply("404","Not here"); exit;
    }
    t_check_trans();
    if (is_method("INVITE")) record_route();
    if (is_method("REGISTER")) {
        if (!pv_www_authenticate("$td", "secret-$tU", "0")) { www_challenge("$td", "1"); exit; }
        if (!save("location")) sl_reply_error();
        exit;
    }
    if (!lookup("location")) { sl_send_reply("480","Not registered"); exit; }
    if (!t_relay()) sl_reply_error();
}
event_route[xhttp:request] {
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
        folder.mkdir(parents=True)
        text = _CONFIG
        for name, value in (("ADDRESS", ADDRESS), ("PORT", pbx.port), ("NONCE", nonce), ("SHORTEST", shortest)):
            text = text.replace(f"@{name}@", str(value))
        (folder / "kamailio.cfg").write_text(text)
        await pbx.again()
        return pbx

    async def again(self) -> None:
        """Starts it; it has forgotten who was registered."""
        self.starts += 1
        self._child = await Child.start(
            ["kamailio", "-f", str(self.folder / "kamailio.cfg"), "-m", "32", "-M", "4", "-DD", "-E", "-w", str(self.folder),
             "-Y", str(self.folder), "-P", str(self.folder / "pid")], self.folder, f"kamailio.{self.starts}")
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
