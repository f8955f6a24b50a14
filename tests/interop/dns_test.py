# SPDX-License-Identifier: Apache-2.0
"""A provider that is a name: its SRV records (RFC 3263) say which servers there are, and in which order they are asked.

    switchboard        dnsmasq                       first (nobody there)     second (SIPp)
      │── SRV _sip._udp ─►│                                │                     │
      │◄─ 10 first, 20 second                              │                     │
      │── INVITE ─────────────────────────────────────────►│ refused             │
      │── INVITE ───────────────────────────────────────────────────────────────►│
      │◄─ 200 ──────────────────────────────────────────────────────────────────│
"""
import contextlib
import pathlib
import socket
import struct

import pytest
from cordboard import OperatorConfigured
from hospital import Hospital
from peers import Child, free_port, until

pytestmark = pytest.mark.needs("baresip", "sipp", "dnsmasq")
Closing = contextlib.AsyncExitStack
FIRST, SECOND = "127.0.0.5", "127.0.0.6"


def _answers(port: int, name: str) -> bool:
    """Whether the DNS server knows an address of this name."""
    labels = b"".join(bytes([len(one)]) + one.encode() for one in name.split("."))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ask:
        ask.settimeout(0.2)
        ask.sendto(struct.pack(">HHHHHH", 7, 0x100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">HH", 1, 1), ("127.0.0.1", port))
        try:
            return struct.unpack(">H", ask.recv(512)[6:8])[0] > 0
        except OSError:
            return False


async def _dns(folder: pathlib.Path, closing: Closing, ports: tuple[int, int]) -> pathlib.Path:
    """@returns  what the switchboard is given to find the server"""
    port = free_port()
    names = ["--srv-host=_sip._udp.provider.test,first.provider.test,%d,10" % ports[0],
             "--srv-host=_sip._udp.provider.test,second.provider.test,%d,20" % ports[1],
             f"--address=/first.provider.test/{FIRST}", f"--address=/second.provider.test/{SECOND}"]
    server = await Child.start(["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-hosts", "--no-resolv", "--pid-file=",
                                "--user=", "--bind-interfaces", "--listen-address=127.0.0.1", f"--port={port}", *names], folder, "dnsmasq")
    closing.push_async_callback(server.stop)
    await until(lambda: _answers(port, "second.provider.test"), 10, "the DNS server")
    file = folder / "resolv.conf"
    file.write_text(f"nameserver 127.0.0.1\nport {port}\n")
    return file


async def test_the_next_server_by_srv_takes_the_call(tmp_path: pathlib.Path, closing: Closing) -> None:
    ports = free_port(FIRST), free_port(SECOND)
    resolver = await _dns(tmp_path, closing, ports)
    # sipp's own server: 180, 200, and it takes the BYE.
    provider = await Child.start(["sipp", "-sn", "uas", "-i", SECOND, "-p", str(ports[1]), "-m", "1", "-nostdin", "-timeout", "60s",
                                  "-timeout_error"], tmp_path, "provider")
    closing.push_async_callback(provider.stop)
    line = {"name": "provider", "addresses": [FIRST, SECOND], "target": "sip:provider.test;transport=udp"}
    hospital = await Hospital.open(tmp_path, closing, trunk=[line], sip={"resolver": str(resolver)})
    desk = await hospital.staff()
    operator = next(e.operator for e in hospital.watch.all(OperatorConfigured) if e.device == hospital.device("1001"))
    await hospital.board.make_call(operator, "02012345", timeout=20)
    await desk.hangup()
    assert await provider.wait(30) == 0, provider.text()[-2000:]
