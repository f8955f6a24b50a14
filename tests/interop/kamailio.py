# SPDX-License-Identifier: Apache-2.0
"""What the Kamailios of the tests have in common: a registrar that asks for passwords, and a proxy for what is registered there."""
import pathlib

from peers import Child

_CONFIG = """#!KAMAILIO
debug=2
log_stderror=yes
fork=yes
children=2
tcp_children=2
auto_aliases=no
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
modparam("tm", "fr_inv_timer", 20000)
modparam("usrloc", "db_mode", 0)
modparam("registrar", "default_expires", 60)
modparam("registrar", "gruu_enabled", 0)
@SETTINGS@
request_route {
    if (!mf_process_maxfwd_header("10")) { sl_send_reply("483","Too Many Hops"); exit; }
    if (is_method("CANCEL")) { if (t_check_trans()) t_relay(); exit; }
    @FIRST@
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


def write(folder: pathlib.Path, address: str, port: int, settings: str, first: str = "", behind: str = "") -> None:
    """Its configuration: modules and parameters of one's own, what is done with a request first, and routes behind the main one."""
    folder.mkdir(parents=True)
    text = _CONFIG.replace("@ADDRESS@", address).replace("@PORT@", str(port))
    (folder / "kamailio.cfg").write_text(text.replace("@SETTINGS@", settings).replace("@FIRST@", first) + behind)


async def launch(folder: pathlib.Path, name: str = "kamailio") -> Child:
    """Starts it on what `write` wrote; whether it is ready shows where it is asked."""
    return await Child.start(["kamailio", "-f", str(folder / "kamailio.cfg"), "-m", "32", "-M", "4", "-DD", "-E", "-w", str(folder),
                              "-Y", str(folder), "-P", str(folder / "pid")], folder, name)
