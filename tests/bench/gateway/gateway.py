#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What a click and an event take over the gateway, what a page weighs, and what 500 screens cost it, beside a plain broadcast of ARI's shape."""
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
import sys
import tempfile
import threading
import time

from browser import Page
from cordboard import CallCleared, DeviceInService, OperatorConfigured, OperatorId, OperatorLoggedOff, OperatorNotReady, OperatorReady, Queued
from lines import allow_files, cpu_seconds, progress, tell
from peers import until
from peers.agent import Agent
from room import DIST, EXAMPLES, Room

BURST_MS = 40
ARI_BYTES_MIN = 500  # of one of its events, at least
ARI = "plain Beast WebSocket, JSON of ARI's shape: processor time per event and client"
REPOSITORY = pathlib.Path(__file__).resolve().parents[3]


class Phone(Agent):
    """Is busy, and knows when the newest INVITE reached it."""

    reached: asyncio.Future[int]

    def expect(self) -> None:
        self.reached = asyncio.get_running_loop().create_future()

    async def rung_ns(self) -> int:
        """When it came, by the wall's clock, which the browser goes by too."""
        return await asyncio.wait_for(self.reached, 10)

    def _take(self, method: str, text: str, addr: tuple[str, int]) -> None:
        if method == "INVITE" and not self.reached.done():
            self.reached.set_result(time.time_ns())
        super()._take(method, text, addr)


def share(values: list[float], part: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def tell_both(name: str, found: list[float]) -> None:
    tell(f"{name}, p50", statistics.median(found), "ms")
    tell(f"{name}, p99", share(found, 0.99), "ms")


def operator(room: Room) -> OperatorId:
    device = room.hospital.device("1001")
    return next(e.operator for e in room.hospital.watch.all(OperatorConfigured) if e.device == device)


# ------------------------------------------------------------------------------------------------------- one at a time
async def first_load(room: Room) -> None:
    """What a browser that was never here fetches until somebody can log on, as it crosses the wire."""
    page = await room.browser.open("stranger", f"{room.gate.base}/", 1280, 720)
    await page.wait("document.activeElement?.name === 'user'")
    sizes = await page.evaluate("performance.getEntries().filter((e) => e.transferSize).map((e) => [e.name, e.transferSize])")
    progress("first load: " + ", ".join(f"{name.rpartition('/')[2] or 'page'} {size}" for name, size in sizes))
    tell("first load of the console, compressed", sum(size for _, size in sizes) / 1000, "kB")


async def clicks(room: Room, phone: Phone, count: int) -> None:
    """Somebody clicks on Answer in a real browser, until the INVITE is at the operator's phone. The phone is busy, so that the caller waits again."""
    page = await room.console("zhang")
    await page.can("Alt+S")
    await page.press("Alt+s")
    await page.shows("示忙", ".me .badge")
    caller, call = await room.hospital.call_in()
    await room.hospital.watch.next(Queued, call=call)
    await page.evaluate("document.addEventListener('click', (e) => { window.clickedAt = performance.timeOrigin + e.timeStamp; }, true)")
    found = []
    for _ in range(count):
        await page.can("F2")
        await page.evaluate("performance.clearResourceTimings()")
        phone.expect()
        await page.ask("click", "button[aria-keyshortcuts=F2]")
        rung = await phone.rung_ns()
        found.append(rung / 1e6 - await page.evaluate("window.clickedAt"))
        # The answer is here when the phone has refused: only then the page gives the same command again.
        await page.wait("performance.getEntriesByType('resource').some((e) => e.name.includes('/v1/commands/'))")
    await caller.hang_up()
    await room.hospital.watch.next(CallCleared, call=call)
    await page.can("Alt+R")
    await page.press("Alt+o")
    await room.hospital.watch.next(OperatorLoggedOff)
    tell_both("click on Answer in Chromium to its INVITE at the phone", found)


async def commands(room: Room, phone: Phone, token: str, own: OperatorId, count: int) -> None:
    """The same without a browser: POST make_call."""
    reader, writer = await asyncio.open_connection("127.0.0.1", room.gate.port)
    found = []
    for _ in range(count):
        body = json.dumps({"operator": str(int(own)), "text": "8004"}).encode()
        phone.expect()
        began = time.time_ns()
        writer.write(b"POST /v1/commands/make_call?wait=10 HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer "
                     + token.encode() + b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        found.append((await phone.rung_ns() - began) / 1e6)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        await reader.readexactly(int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]))
    writer.close()
    tell_both("HTTP command to its INVITE at the phone", found)


async def toggle(room: Room, own: OperatorId, turn: int) -> int:
    """Ready, not ready, ready. @returns the event's own time"""
    since = room.hospital.watch.now
    await (room.hospital.board.ready if turn % 2 == 0 else room.hospital.board.not_ready)(own)
    kind = OperatorReady if turn % 2 == 0 else OperatorNotReady
    return (await room.hospital.watch.next(kind, after=since, operator=own)).time_ns


async def screen(room: Room, wall: Page, own: OperatorId, count: int, name: str) -> None:
    """From an event's own time until Chromium has painted it."""
    # The page is drawn within a frame; what is posted then comes when that frame was painted.
    await wall.evaluate("""(() => {
      const seat = [...document.querySelectorAll('.seat')].find((e) => e.innerText.includes('张敏')).querySelector('.badge');
      const { port1, port2 } = new MessageChannel();
      window.painted = [];
      port1.onmessage = () => window.painted.push(performance.timeOrigin + performance.now());
      window.looks?.disconnect();
      window.looks = new MutationObserver(() => port2.postMessage(0));
      window.looks.observe(seat, { childList: true, characterData: true, subtree: true });
    })()""")
    found = []
    for turn in range(count):
        at = await toggle(room, own, turn)
        await wall.wait(f"window.painted.length > {turn}")
        found.append(await wall.evaluate(f"window.painted[{turn}]") - at / 1e6)
    tell_both(name, found)


async def freshness(room: Room, token: str, own: OperatorId, count: int) -> None:
    """From an event's own time until a client has it."""
    found: list[float] = []
    begun = threading.Event()

    def follow() -> None:
        with socket.create_connection(("127.0.0.1", room.gate.port), timeout=30) as line:
            line.sendall(f"GET /v1/events?kinds=operator_ready,operator_not_ready HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
            rows = line.makefile("rb")
            while len(found) < count:
                row = rows.readline()
                now = time.time_ns()
                if row.startswith(b"event: hello"):
                    begun.set()
                elif row.startswith(b'data: {"sequence"'):
                    found.append((now - int(json.loads(row[6:])["time_ns"])) / 1e6)

    thread = threading.Thread(target=follow)
    thread.start()
    await until(begun.is_set, 10, "the stream's hello")
    for turn in range(count):
        await toggle(room, own, turn)
    await until(lambda: not thread.is_alive(), 30, "the last event at the client")
    thread.join()
    tell_both("event to a client's hands (Python)", found)


# --------------------------------------------------------------------------------------------------------------- many
class Crowd:
    """So many connections that take whatever comes, in a thread."""

    def __init__(self, port: int, request: str, count: int):
        self.bytes = [0] * count
        self.over = False
        self.lost = 0
        self.selector = selectors.DefaultSelector()
        self.lines = []
        for number in range(count):
            line = socket.create_connection(("127.0.0.1", port))
            self.lines.append(line)
            line.sendall(request.encode())
            line.setblocking(False)
            self.selector.register(line, selectors.EVENT_READ, number)
        self.thread = threading.Thread(target=self.take)
        self.thread.start()

    async def there(self) -> None:
        await until(lambda: all(self.bytes), 60, "the first bytes of every client")

    def take(self) -> None:
        buffer = bytearray(1 << 18)
        while not self.over:
            for key, _ in self.selector.select(0.1):
                size = 0
                with contextlib.suppress(ConnectionError):
                    size = key.fileobj.recv_into(buffer)  # type: ignore[union-attr]
                self.bytes[key.data] += size
                if size == 0:
                    self.lost += 1
                    self.selector.unregister(key.fileobj)

    def close(self) -> None:
        self.over = True
        self.thread.join()
        for line in self.lines:
            line.close()
        self.selector.close()


def upgrade(path: str, token: str) -> str:
    key = base64.b64encode(os.urandom(16)).decode()
    return (f"GET {path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            f"Sec-WebSocket-Version: 13\r\nAuthorization: Bearer {token}\r\n\r\n")


async def crowd_cost(room: Room, own: OperatorId, name: str, request: str, clients: int, bursts: int, ari_ns: float, wall: Page | None = None) -> None:
    """Processor time of the gateway for an event and a client; what it takes without events is left out."""
    assert room.gate.child
    pid = room.gate.child.pid
    with contextlib.closing(Crowd(room.gate.port, request, clients)) as crowd:
        await crowd.there()
        await asyncio.sleep(1)  # what their coming has cost is over
        idle = cpu_seconds(pid)
        await asyncio.sleep(2)
        idle = (cpu_seconds(pid) - idle) / 2
        first, before, began, heard = room.hospital.watch.now, cpu_seconds(pid), time.monotonic(), list(crowd.bytes)
        for burst in range(bursts):
            await (room.hospital.board.ready if burst % 2 == 0 else room.hospital.board.not_ready)(own)
            await asyncio.sleep(BURST_MS / 1000)
        await asyncio.sleep(1)  # the last of them is with everybody
        spent = cpu_seconds(pid) - before - idle * (time.monotonic() - began)
        events = room.hospital.watch.now - first
        each = [now - then for now, then in zip(crowd.bytes, heard)]
        # Clients differ by a beat or two. One that has less has missed something, and would have cost less.
        if crowd.lost or min(each) < 0.9 * max(each):
            raise RuntimeError(f"{name}: {crowd.lost} of {clients} clients were lost, each heard {min(each)} to {max(each)} bytes")
        progress(f"{name}: {events} events to {clients} clients, {sum(each) / 1e6:.0f} MB, {spent:.2f} s, {idle * 100:.1f} % of a processor without events")
        cost = spent * 1e9 / events / clients
        tell(name, cost, "ns", ARI, cost / ari_ns)
        if wall:
            await screen(room, wall, own, 20 if bursts < 100 else 200, f"event painted by Chromium, {clients} others connected")


def ari_cost(clients: int, bursts: int, per_burst: int) -> float:
    process = subprocess.Popen([os.environ["CORDBOARD_ARI_BROADCAST"], str(clients), str(bursts), str(per_burst), str(BURST_MS)],
                               stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        with contextlib.closing(Crowd(int(process.stdout.readline()), upgrade("/", "x"), clients)) as crowd:
            spent = float(process.stdout.readline())
            process.wait(30)
            over = time.monotonic() + 10
            while min(crowd.bytes) < bursts * per_burst * ARI_BYTES_MIN and time.monotonic() < over:
                time.sleep(0.05)
        if min(crowd.bytes) < bursts * per_burst * ARI_BYTES_MIN:
            raise RuntimeError(f"the broadcast reached its clients in part: {min(crowd.bytes)} bytes of {bursts * per_burst} events")
        progress(f"ARI's shape: {bursts * per_burst} events to {clients} clients, {sum(crowd.bytes) / 1e6:.0f} MB, {spent / 1e9:.2f} s")
    finally:
        process.kill()
        process.wait()
    cost = spent / (bursts * per_burst) / clients
    tell(ARI, cost, "ns")
    return cost


async def measure(quick: bool, clients: int) -> None:
    count, bursts = (20, 20) if quick else (500, 250)
    allow_files(4096)
    if not (DIST / "index.html").exists():
        progress("the console is built")
        subprocess.run([sys.executable, "-B", str(REPOSITORY / "tests/console/npm_test.py"), str(EXAMPLES.parent / "console"), str(DIST)], check=True, stdout=sys.stderr)
    async with contextlib.AsyncExitStack() as closing:
        folder = pathlib.Path(closing.enter_context(tempfile.TemporaryDirectory()))
        room = await Room.open(folder, closing, limits={"requests_per_second": 0})
        token, own = room.gate.token("wang"), operator(room)
        phone, far = [await Phone.start(number, room.hospital.house.phone(number)["password"], room.hospital.house.address) for number in ("1001", "8004")]
        for one in (phone, far):
            closing.callback(one.close)
            one.expect()
            await one.register()
            await room.hospital.watch.next(DeviceInService, device=room.hospital.device(one.number))
        await first_load(room)
        await clicks(room, phone, count)
        await room.hospital.board.log_on(own)
        await commands(room, phone, token, own, count)
        await room.hospital.board.not_ready(own)
        await freshness(room, token, own, count)
        wall = await room.console("wang")
        await wall.press("Shift+F4")
        await wall.shows("张敏", ".seat")
        await screen(room, wall, own, count, "event painted by Chromium")
        ari = ari_cost(clients, bursts, 3)
        head = f"HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n"
        cost = "processor time per event and client"
        await crowd_cost(room, own, f"server-sent events: {cost}", f"GET /v1/events {head}", clients, bursts, ari)
        await crowd_cost(room, own, f"server-sent events with states, as consoles take them: {cost}", f"GET /v1/events?state=1 {head}", clients, bursts, ari, wall)
        await crowd_cost(room, own, f"WebSocket: {cost}", upgrade("/v1/socket", token), clients, bursts, ari)


def main() -> None:
    asked = argparse.ArgumentParser(prog="gateway_bench", description=__doc__)
    asked.add_argument("--json", choices=["-"], default="-", help="lines of JSON on standard output (always so)")
    asked.add_argument("--quick", action="store_true", help="a short run that shows that all works; its figures are worth little")
    asked.add_argument("--clients", type=int, help="how many follow (500; quick: 20)")
    given = asked.parse_args()
    asyncio.run(measure(given.quick, given.clients or (20 if given.quick else 500)))


if __name__ == "__main__":
    main()
