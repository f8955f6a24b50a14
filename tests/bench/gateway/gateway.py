#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What a click and an event take over the gateway, and what 500 screens cost it, beside a plain broadcast of ARI's shape."""
import argparse
import asyncio
import base64
import contextlib
import json
import os
import pathlib
import selectors
import socket
import statistics
import subprocess
import tempfile
import threading
import time

from cordboard import OperatorConfigured
from gate import Gate, house_tables
from hospital import Hospital
from lines import allow_files, cpu_seconds, progress, tell
from peers.agent import Agent

BURST_MS = 40
ARI = "plain Beast WebSocket, JSON of ARI's shape: processor time per event and client"


class Phone(Agent):
    """Knows when the newest INVITE reached it."""

    def _take(self, method: str, text: str, addr: tuple[str, int]) -> None:
        if method == "INVITE":
            self.reached.set_result(time.perf_counter_ns()) if not self.reached.done() else None
        super()._take(method, text, addr)

    reached: asyncio.Future[int]


def share(values: list[float], part: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


async def clicks(gate: Gate, hospital: Hospital, token: str, count: int) -> None:
    """POST make_call until the INVITE is at the operator's phone."""
    password = hospital.house.phone("1001")["password"]
    phone = await Phone.start("1001", password, hospital.house.address)
    phone.reached = asyncio.get_running_loop().create_future()
    await phone.register()
    own = next(e.operator for e in hospital.watch.all(OperatorConfigured) if e.device == hospital.device("1001"))
    await hospital.board.log_on(own)
    reader, writer = await asyncio.open_connection("127.0.0.1", gate.port)
    found = []
    for _ in range(count):
        body = json.dumps({"operator": str(int(own)), "text": "8004"}).encode()
        phone.reached = asyncio.get_running_loop().create_future()
        began = time.perf_counter_ns()
        writer.write(b"POST /v1/commands/make_call?wait=10 HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer "
                     + token.encode() + b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        found.append((await asyncio.wait_for(phone.reached, 10) - began) / 1e6)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        await reader.readexactly(int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]))
    writer.close()
    phone.close()
    tell("click (HTTP command) to its INVITE at the phone, p50", statistics.median(found), "ms")
    tell("click (HTTP command) to its INVITE at the phone, p99", share(found, 0.99), "ms")


async def freshness(gate: Gate, hospital: Hospital, token: str, own: int, count: int) -> None:
    """From an event's own time until a client has it."""
    found: list[float] = []

    def follow() -> None:
        with socket.create_connection(("127.0.0.1", gate.port)) as line:
            line.sendall(f"GET /v1/events?kinds=operator_ready,operator_not_ready HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
            rows = line.makefile("rb")
            while len(found) < count:
                row = rows.readline()
                now = time.time_ns()
                if row.startswith(b'data: {"sequence"'):
                    found.append((now - int(json.loads(row[6:])["time_ns"])) / 1e6)

    thread = threading.Thread(target=follow)
    thread.start()
    await asyncio.sleep(0.5)
    while thread.is_alive():
        for state in (hospital.board.ready, hospital.board.not_ready):
            await state(own)
            await asyncio.sleep(0.02)
    tell("event to a client's hands (Python), p50", statistics.median(found), "ms")
    tell("event to a client's hands (Python), p99", share(found, 0.99), "ms")


class Crowd:
    """So many connections that take whatever comes, in a thread."""

    def __init__(self, port: int, request: str, count: int, address: str = "127.0.0.1"):
        self.bytes, self.over = 0, False
        self.selector = selectors.DefaultSelector()
        self.lines = []
        for _ in range(count):
            line = socket.create_connection((address, port))
            line.sendall(request.encode())
            line.setblocking(False)
            self.selector.register(line, selectors.EVENT_READ)
            self.lines.append(line)
        self.thread = threading.Thread(target=self.take)
        self.thread.start()

    def take(self) -> None:
        buffer = bytearray(1 << 18)
        while not self.over:
            for key, _ in self.selector.select(0.1):
                with contextlib.suppress(BlockingIOError, ConnectionError):
                    size = key.fileobj.recv_into(buffer)  # type: ignore[union-attr]
                    self.bytes += size
                    if size == 0:
                        self.selector.unregister(key.fileobj)

    def close(self) -> None:
        self.over = True
        self.thread.join()
        for line in self.lines:
            line.close()


def upgrade(path: str, token: str) -> str:
    key = base64.b64encode(os.urandom(16)).decode()
    return (f"GET {path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            f"Sec-WebSocket-Version: 13\r\nAuthorization: Bearer {token}\r\n\r\n")


async def crowd_cost(gate: Gate, hospital: Hospital, own: int, name: str, request: str, clients: int, bursts: int, ari_ns: float | None) -> float:
    """Processor time of the gateway for an event and a client, the time that it takes without clients' events left out."""
    assert gate.child
    crowd = Crowd(gate.port, request, clients)
    await asyncio.sleep(3)
    idle = cpu_seconds(gate.child.pid)
    await asyncio.sleep(2)
    idle = (cpu_seconds(gate.child.pid) - idle) / 2
    first, before, began = hospital.watch.now, cpu_seconds(gate.child.pid), time.monotonic()
    for burst in range(bursts):
        await (hospital.board.ready if burst % 2 else hospital.board.not_ready)(own)
        await asyncio.sleep(BURST_MS / 1000)
    await asyncio.sleep(1)
    spent = cpu_seconds(gate.child.pid) - before - idle * (time.monotonic() - began)
    events = hospital.watch.now - first
    crowd.close()
    progress(f"{name}: {events} events to {clients} clients, {crowd.bytes / 1e6:.0f} MB, {spent:.2f} s")
    cost = spent * 1e9 / events / clients
    tell(name, cost, "ns", ARI if ari_ns else None, cost / ari_ns if ari_ns else None)
    return cost


def ari_cost(clients: int, bursts: int, per_burst: int) -> float:
    process = subprocess.Popen([os.environ["CORDBOARD_ARI_BROADCAST"], str(clients), str(bursts), str(per_burst), str(BURST_MS)],
                               stdout=subprocess.PIPE, text=True)
    assert process.stdout
    crowd = Crowd(int(process.stdout.readline()), upgrade("/", "x"), clients)
    spent = float(process.stdout.readline())
    process.wait(10)
    crowd.close()
    progress(f"ARI's shape: {bursts * per_burst} events to {clients} clients, {crowd.bytes / 1e6:.0f} MB, {spent / 1e9:.2f} s")
    cost = spent / (bursts * per_burst) / clients
    tell(ARI, cost, "ns")
    return cost


async def measure(quick: bool) -> None:
    clients, bursts = (50, 20) if quick else (500, 250)
    allow_files(4096)
    async with contextlib.AsyncExitStack() as closing:
        folder = pathlib.Path(closing.enter_context(tempfile.TemporaryDirectory()))
        hospital = await Hospital.open(folder / "house", closing, **house_tables())
        gate = await Gate.open(hospital.house.run, folder / "gate", closing, limits={"requests_per_second": 0})
        await gate.follows()
        token = gate.token("senior")
        await clicks(gate, hospital, token, 50 if quick else 500)
        own = next(e.operator for e in hospital.watch.all(OperatorConfigured) if e.device == hospital.device("1001"))
        await freshness(gate, hospital, token, own, 50 if quick else 500)
        ari = ari_cost(clients, bursts, 3)
        head = f"HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n"
        await crowd_cost(gate, hospital, own, "server-sent events: processor time per event and client", f"GET /v1/events {head}", clients, bursts, ari)
        await crowd_cost(gate, hospital, own, "server-sent events with states: the same", f"GET /v1/events?state=1 {head}", clients, bursts, ari)
        await crowd_cost(gate, hospital, own, "WebSocket: the same", upgrade("/v1/socket", token), clients, bursts, ari)


def main() -> None:
    asked = argparse.ArgumentParser(prog="gateway_bench", description=__doc__)
    asked.add_argument("--json", choices=["-"], default="-", help="lines of JSON on standard output (always so)")
    asked.add_argument("--quick", action="store_true", help="a short run that shows that all works; its figures are worth little")
    asyncio.run(measure(asked.parse_args().quick))


if __name__ == "__main__":
    main()
