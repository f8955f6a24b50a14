# SPDX-License-Identifier: Apache-2.0
"""What a call costs in processor time, at rising rates: the whole board, and beside it a proxy that keeps no call.

Each call is answered at once, lasts a second and is hung up by the caller; no voice flows. Anchored, the board opens four sockets a call.
"""
import contextlib
import pathlib
import shutil
import tempfile

from lines import cpu_seconds, progress, tell
from load import PHONE, Load, callers_of, phone_at
from house import OUTSIDE
from peers import Child, free_port, until

SECONDS = 10
PROXY = """#!KAMAILIO
debug=0
log_stderror=yes
children=2
disable_tcp=yes
auto_aliases=no
listen=udp:127.0.0.1:{port}
mpath="/usr/lib/x86_64-linux-gnu/kamailio/modules/"
loadmodule "kex.so"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
request_route {{
    if (!mf_process_maxfwd_header("10")) {{ sl_send_reply("483", "Too Many Hops"); exit; }}
    if (method == "CANCEL") {{ if (t_check_trans()) t_relay(); exit; }}
    if (method == "ACK" && t_check_trans()) {{ t_relay(); exit; }}
    if (method == "INVITE") record_route();
    $du = "sip:127.0.0.1:{phone};transport=udp";
    t_relay();
}}
"""


def cpu_of_all(pid: int) -> float:
    """Of a process and its children, of which Kamailio has a few."""
    children = [int(child) for task in pathlib.Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()]
    return cpu_seconds(pid) + sum(cpu_of_all(child) for child in children)


async def cost(server: Child, to: str, rate: int, seconds: int, folder: pathlib.Path, name: str) -> tuple[float, int]:
    """CPU seconds per 1,000 calls, and the calls that failed."""
    calls = rate * seconds
    cpu = cpu_of_all(server.pid)
    callers = await callers_of(folder, f"{name}{rate}", to, PHONE, calls, rate, 1000)
    try:
        code = await callers.wait(30 + 3 * seconds)
    finally:
        await callers.kill()
    used = cpu_of_all(server.pid) - cpu
    failed = 0
    if code != 0:
        errors = folder / f"{name}{rate}.errors"
        failed = max(1, errors.read_text(errors="replace").count("Aborting call")) if errors.exists() else 1
    return used / calls * 1000, failed


async def proxy(folder: pathlib.Path, stack: contextlib.AsyncExitStack) -> tuple[Child, str] | None:
    if not shutil.which("kamailio"):
        return None
    port, phone = free_port(), free_port()
    stack.push_async_callback((await phone_at(folder, "proxied", phone)).stop)
    (folder / "kamailio.cfg").write_text(PROXY.format(port=port, phone=phone))
    child = await Child.start(["kamailio", "-f", str(folder / "kamailio.cfg"), "-m", "256", "-M", "8", "-DD", "-E", "-w", str(folder),
                               "-Y", str(folder), "-P", str(folder / "kamailio.pid")], folder, "kamailio")
    stack.push_async_callback(child.stop)
    await until(lambda: (folder / "kamailio.pid").exists(), 15, "Kamailio's start")
    return child, f"127.0.0.1:{port}"


async def other(program: str, folder: pathlib.Path, stack: contextlib.AsyncExitStack) -> tuple[Child, str]:
    """A user agent to compare with: PROGRAM serve URL URL-OF-THE-PHONE - SECONDS."""
    port, phone = free_port(), free_port()
    stack.push_async_callback((await phone_at(folder, "bare", phone)).stop)
    child = await Child.start([program, "serve", f"sip:127.0.0.1:{port};transport=udp", f"sip:127.0.0.1:{phone};transport=udp", "-", "3600"],
                              folder, "other")
    stack.push_async_callback(child.kill)
    return child, f"127.0.0.1:{port}"


async def measure(quick: bool, bare: str | None) -> None:
    rates, seconds = ((50,), 2) if quick else ((100, 500, 1000, 1500), SECONDS)
    async with contextlib.AsyncExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cordboard-calls-")))
        servers: dict[str, tuple[Child, str]] = {}
        for name, port, address in (("board, direct", 5097, "127.0.0.10"), ("board, anchored", 5096, "127.0.0.9")):
            load = await Load.start(stack, direct=name.endswith("direct"), media={"port_min": 10_000, "port_max": 29_999, "address": address},
                                    sip={"port": port, "calls_per_second": 100_000}, policy={"closing_grace": "0s"})
            await load.phone()
            assert load.house.child
            servers[name] = load.house.child, load.house.address
        if bare:
            servers["bare"] = await other(bare, folder, stack)
        if beside := await proxy(folder, stack):
            servers["Kamailio, stateful proxy"] = beside
        for name, (child, to) in servers.items():
            await cost(child, to, 20, 1, folder, name.replace(", ", "-").replace(" ", "-"))  # what the first calls alone cost
        for rate in rates:
            progress(f"calls: {rate} a second")
            found = {name: await cost(child, to, rate, seconds, folder, name.replace(", ", "-").replace(" ", "-")) for name, (child, to) in servers.items()}
            base = next((name for name in ("bare", "Kamailio, stateful proxy") if name in found), None)
            for name, (value, failed) in reversed(found.items()):
                same = name == base or base is None
                tell(f"{name}: CPU per 1,000 calls at {rate}/s", value, "s", None if same else f"{base}: CPU per 1,000 calls at {rate}/s",
                     None if same else value / found[base][0])
                tell(f"{name}: calls failed at {rate}/s, of {rate * seconds}", failed, "calls")
