# SPDX-License-Identifier: Apache-2.0
"""A Kamailio that registers phones with digest and forwards calls: what the peers are proven against, without Cordboard."""
import pathlib
import shutil

from peers import Child, PeerError, free_port, until

_CONFIG = """#!KAMAILIO
debug=2
log_stderror=yes
fork=yes
children=2
tcp_children=2
auto_aliases=no
listen=udp:127.0.0.1:@PORT@
listen=tcp:127.0.0.1:@PORT@
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
modparam("tm", "fr_timer", 1500)
modparam("tm", "fr_inv_timer", 20000)
modparam("usrloc", "db_mode", 0)
modparam("registrar", "default_expires", 60)
request_route {
    if (!mf_process_maxfwd_header("10")) { sl_send_reply("483","Too Many Hops"); exit; }
    if (is_method("CANCEL")) { if (t_check_trans()) t_relay(); exit; }
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
"""


class Registrar:
    """Password of extension N: `secret-N`."""

    def __init__(self, child: Child, address: str):
        self.address = address
        self._child = child

    @classmethod
    async def start(cls, folder: pathlib.Path) -> "Registrar":
        port = free_port()
        folder.mkdir(parents=True)
        config = folder / "kamailio.cfg"
        config.write_text(_CONFIG.replace("@PORT@", str(port)))
        child = await Child.start(["kamailio", "-f", str(config), "-m", "32", "-M", "4", "-DD", "-E", "-w", str(folder),
                                   "-Y", str(folder), "-P", str(folder / "pid")], folder, "kamailio")
        registrar = cls(child, f"127.0.0.1:{port}")
        try:
            await until(lambda: _listens(port), 10, "Kamailio's start")
        except PeerError as error:
            raise PeerError(f"{error}: {child.text()[-500:]}") from None
        return registrar

    async def stop(self) -> None:
        await self._child.stop()


def _listens(port: int) -> bool:
    """Whether somebody has a TCP socket open for connections at this port of the loopback."""
    wanted = f"0100007F:{port:04X}"
    lines = pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]
    return any(line.split()[1] == wanted and line.split()[3] == "0A" for line in lines)


def available() -> bool:
    return shutil.which("kamailio") is not None
