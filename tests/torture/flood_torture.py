#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Strangers at the door, many and rude, while somebody from outside calls the hospital again and again.

    flood_torture.py [CONNECTIONS] [SCANNERS] [SECONDS]

First as many connections as said that never say a whole word: silent ones over TCP and TLS, and ones that send a letter a second. Then
as many scanners, each from an address of its own, with requests in nobody's name, wrong passwords and rubbish. No call may fail, memory
must stay flat, the house must hang up on whoever is silent, and say whom it banned. How long a call took to set up is printed
beside the same in peace.
"""
import asyncio
import collections
import contextlib
import itertools
import pathlib
import random
import resource
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable
from typing import Any

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "examples" / "hospital"), str(ROOT / "tests" / "bench" / "board")]

from cordboard import Log, SourceBanned  # noqa: E402
from house import OUTSIDE  # noqa: E402
from load import PHONE, Load, register  # noqa: E402
from peers import free_port  # noqa: E402
from wire import Caller, Phone  # noqa: E402

IDLE = 5  # seconds, the house's bound for connections on which nothing stands
FAILURES_MAX = 5  # so that a short attack is long enough for a ban
SCANNER = "--scan"
REQUESTS_A_SECOND = 20  # of each scanner
GROWTH_MAX = 24 << 20   # bytes from the middle of an attack to its end: a leak of a kilobyte a request would be far above


class Patient(Caller):
    """Sends again what is not answered in half a second, as RFC 3261 has it."""

    again = 0

    def _request(self, method: str, cseq: int, target: str, to: str, body: str = "") -> str:
        self._last = super()._request(method, cseq, target, to, body)
        return self._last

    def _final(self, cseq: str) -> str:
        self.socket.settimeout(0.5)
        for _ in range(20):
            try:
                return super()._final(cseq)
            except TimeoutError:
                self.again += 1
                self.socket.sendto(self._last.encode(), self.board)
        raise RuntimeError(f"no answer to {cseq}")


class Calls:
    """One call after the other, and how long each took to be answered."""

    def __init__(self, server: str):
        self._caller = Patient(OUTSIDE, server)
        self.took_ms: list[float] = []
        self.failed: list[str] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while not self._over.wait(0.02):
            began = time.perf_counter()
            try:
                self._caller.call(PHONE)
                self.took_ms.append((time.perf_counter() - began) * 1000)
                self._caller.hang_up()
            except RuntimeError as error:
                self.failed.append(str(error))

    def end(self) -> None:
        self._over.set()
        self._thread.join()
        self._caller.close()

    def __str__(self) -> str:
        p50, p95 = (statistics.quantiles(self.took_ms, n=20)[i] for i in (9, 18))
        return f"{len(self.took_ms)} calls, {len(self.failed)} failed, set up in {p50:.1f} ms (p50) and {p95:.1f} ms (p95), " \
               f"{self._caller.again} requests sent twice"


def memory_of(pid: int) -> int:
    """In bytes, without what is mapped of the log."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) << 10
    raise RuntimeError("the house is gone")


def certificate(folder: pathlib.Path) -> dict[str, Any]:
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-keyout",
                    folder / "house.key", "-out", folder / "house.pem"], check=True, capture_output=True)
    (folder / "house.key").chmod(0o600)
    return {"tls": True, "tls_port": free_port(), "certificate": str(folder / "house.pem"), "private_key": str(folder / "house.key")}


def connect(port: int) -> socket.socket:
    one = socket.create_connection(("127.0.0.1", port), timeout=30)
    one.setblocking(False)
    return one


def hung_up(one: socket.socket) -> bool:
    try:
        return one.recv(4096) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


async def silent_connections(plain: int, tls: int, count: int, seconds: float) -> list[str]:
    """@returns what went wrong"""
    with contextlib.ExitStack() as open_ones:
        # Each of five: two that say nothing, one that does not begin TLS, one in the middle of it, one that says a letter a second.
        all_of = [connect(tls if i % 5 in (2, 3) else plain) for i in range(count)]
        for one in all_of:
            open_ones.enter_context(one)
        hello = ssl.MemoryBIO()
        with contextlib.suppress(ssl.SSLWantReadError):
            ssl._create_unverified_context().wrap_bio(ssl.MemoryBIO(), hello).do_handshake()
        half = hello.read()[:60]
        for one in all_of[3::5]:
            one.send(half)
        letters = itertools.cycle(b"INVITE sip:8001@127.0.0.1 SIP/2.0 ")
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            letter = bytes([next(letters)])
            for one in all_of[4::5]:
                with contextlib.suppress(OSError):
                    one.send(letter)
            await asyncio.sleep(1)
        # Who was silent, and who said letters until now, is hung up on within these; and time for a busy machine.
        bound = time.monotonic() + 5 * IDLE + 60
        left = all_of
        while (left := [one for one in left if not hung_up(one)]) and time.monotonic() < bound:
            await asyncio.sleep(0.5)
    return [f"{len(left)} of {count} silent connections are still up"] if left else []


def request(me: tuple[str, int], house: tuple[str, int], dice: random.Random) -> bytes:
    n = dice.getrandbits(64)
    what = dice.randrange(4)
    if what == 0:
        return bytes(dice.getrandbits(8) for _ in range(dice.randrange(1, 200)))
    method = ("", "OPTIONS", "REGISTER", "INVITE")[what]
    number = dice.choice(("100", "1001", "admin", "9011441234567890"))
    proof = f'Authorization: Digest username="{number}",realm="cordboard",nonce="{n:x}",uri="sip:{house[0]}",response="{n:032x}"\r\n'
    return (f"{method} sip:{number}@{house[0]} SIP/2.0\r\nVia: SIP/2.0/UDP {me[0]}:{me[1]};branch=z9hG4bK{n:x}\r\n"
            f"From: <sip:{number}@{house[0]}>;tag={n:x}\r\nTo: <sip:{number}@{house[0]}>\r\nCall-ID: {n:x}\r\nCSeq: 1 {method}\r\n"
            f"Contact: <sip:{number}@{me[0]}:{me[1]}>\r\nMax-Forwards: 70\r\nUser-Agent: friendly-scanner\r\n"
            f"{proof if what == 2 else ''}Content-Length: 0\r\n\r\n").encode()


def scan(host: str, port: int, count: int, seconds: float) -> None:
    """In a process of its own: so many addresses, each at its pace."""
    dice = random.Random(count)
    ends = []
    for i in range(count):
        one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        one.bind((f"127.66.{i // 250}.{i % 250 + 1}", 0))
        one.setblocking(False)
        ends.append(one)
    said: collections.Counter[str] = collections.Counter()
    began = time.monotonic()
    sent = 0
    while (now := time.monotonic() - began) < seconds:
        due = int(now * REQUESTS_A_SECOND * count)
        if sent >= due:
            time.sleep(0.001)
            continue
        one = ends[sent % count]
        with contextlib.suppress(OSError):
            one.sendto(request(one.getsockname(), (host, port), dice), (host, port))
        sent += 1
        with contextlib.suppress(OSError):
            said[one.recv(2048)[8:11].decode(errors="replace")] += 1
    print(f"{sent} requests; first answers read: " + (", ".join(f"{code} {n}" for code, n in sorted(said.items())) or "none"), flush=True)


async def scanners(server: str, count: int, seconds: float) -> None:
    host, port = server.split(":")
    process = await asyncio.create_subprocess_exec(sys.executable, __file__, SCANNER, host, port, str(count), str(seconds))
    if await process.wait() != 0:
        raise RuntimeError("the scanners fell over")


async def flood(connections: int, many: int, seconds: float) -> int:
    wrong: list[str] = []
    async with contextlib.AsyncExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cordboard-flood-")))
        tls = certificate(folder)
        load = await Load.start(stack, policy={"closing_grace": "0s"}, sip=tls | {"connection_idle": f"{IDLE}s", "failures_max": FAILURES_MAX})
        phone = Phone(await register(load.house, PHONE))
        stack.callback(phone.close)
        assert load.house.child
        pid = load.house.child.pid
        plain = int(load.house.address.split(":")[1])

        async def phase(name: str, attack: Awaitable[list[str] | None]) -> None:
            calls = Calls(load.house.address)
            before = memory_of(pid)
            task = asyncio.ensure_future(attack)
            await asyncio.sleep(seconds / 2)
            middle = memory_of(pid)
            found = await task
            calls.end()
            after = memory_of(pid)
            wrong.extend(found or [])
            wrong.extend(f"{name}: a call failed: {why}" for why in calls.failed)
            if after - middle > GROWTH_MAX:
                wrong.append(f"{name}: memory grew by {(after - middle) >> 20} MiB in the second half")
            print(f"{name}: {calls}; memory {before / 2**20:.1f}, {middle / 2**20:.1f}, {after / 2**20:.1f} MiB", flush=True)

        await phase("in peace", asyncio.sleep(seconds))
        await phase(f"{connections} connections that say no word", silent_connections(plain, tls["tls_port"], connections, seconds))
        await phase(f"{many} scanners, {many * REQUESTS_A_SECOND} requests/s", scanners(load.house.address, many, seconds))
        await phase("in peace again", asyncio.sleep(seconds))
        with Log(str(load.house.hot)) as log:
            banned = sum(isinstance(e, SourceBanned) for e in log.events(after=0, follow=False))
        print(f"{banned} bans on record")
        if banned < many:
            wrong.append(f"{banned} of {many} scanners were banned")
    print(*wrong, sep="\n")
    return 1 if wrong else 0


def main() -> int:
    if sys.argv[1:2] == [SCANNER]:
        scan(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5]))
        return 0
    words = [int(word) for word in sys.argv[1:4]]
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return asyncio.run(flood(*(words + [1600, 1000, 30][len(words):])))


if __name__ == "__main__":
    sys.exit(main())
