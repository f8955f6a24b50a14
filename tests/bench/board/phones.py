# SPDX-License-Identifier: Apache-2.0
"""What many registered phones cost: each refreshes every 300 s, as desk phones do, while others call."""
import asyncio
import collections
import contextlib
import random
import re
import socket
import time

from lines import cpu_seconds, own_memory, progress, tell
from load import PHONE, Load
from peers import PeerError
from peers.agent import digest

REFRESH = 300
RATE = 20  # calls a second meanwhile
UNANSWERED = 200  # so many ask at once; more would be this program's own jam


class Shelf:
    """Many phones on one socket, told apart by their numbers."""

    def __init__(self, server: str, numbers: list[str]):
        host, port = server.split(":")
        self.server, self.uri = (host, int(port)), f"sip:{server}"
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.setblocking(False)
        self.port = self.socket.getsockname()[1]
        self.numbers = numbers
        self.cseq: collections.Counter[str] = collections.Counter()
        self.asked: dict[str, float] = {}  # who waits for an answer, since when
        self.took: list[float] = []
        self.done = self.repeated = 0
        self.refused: collections.Counter[int] = collections.Counter()

    def register(self, number: str, authorization: str = "") -> None:
        self.cseq[number] += 1
        who = f"<sip:{number}@cordboard>"
        self.asked.setdefault(number, time.monotonic())
        text = (f"REGISTER {self.uri} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{self.port};branch=z9hG4bK{number}-{self.cseq[number]};rport\r\n"
                f"Max-Forwards: 70\r\nFrom: {who};tag={number}\r\nTo: {who}\r\nCall-ID: {number}@127.0.0.1\r\nCSeq: {self.cseq[number]} REGISTER\r\n"
                f"Contact: <sip:{number}@127.0.0.1:{self.port}>\r\nExpires: {REFRESH + 60}\r\n{authorization}Content-Length: 0\r\n\r\n")
        with contextlib.suppress(BlockingIOError):  # Lost, as a datagram may be: it is sent again.
            self.socket.sendto(text.encode(), self.server)

    def read(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                text = self.socket.recv(65536).decode(errors="replace")
                status = int(text[8:11])
                found = re.search(r"^CSeq: (\d+) REGISTER", text, re.MULTILINE | re.IGNORECASE)
                whose = re.search(r"^Call-ID: (\d+)@", text, re.MULTILINE | re.IGNORECASE)
                if not found or not whose or int(found[1]) != self.cseq[whose[1]] or whose[1] not in self.asked:
                    continue
                number = whose[1]
                if status == 401:
                    challenge = re.search(r"^WWW-Authenticate:\s*Digest\s+(.*MD5.*|.*)$", text, re.MULTILINE | re.IGNORECASE)
                    assert challenge
                    self.register(number, f"Authorization: {digest(challenge[1], number, 'secret-of-' + number, 'REGISTER', self.uri)}\r\n")
                elif status >= 200:
                    self.took.append(time.monotonic() - self.asked.pop(number))
                    self.done += status == 200
                    self.refused[status] += status != 200

    def again(self) -> None:
        """Whoever was not answered within half a second asks again, as RFC 3261's timer E has it."""
        now = time.monotonic()
        for number in [number for number, since in self.asked.items() if now - since > 0.5 * (1 + self.cseq[number] % 3)]:
            self.repeated += 1
            self.register(number)

    async def at_a_rate(self, numbers: list[str], rate: float, patience: float = 30) -> None:
        """Each of these once, so many a second at most; comes back when all are answered, or when they should be for `patience` s."""
        begun, sent = time.monotonic(), 0
        while sent < len(numbers) or self.asked:
            now = time.monotonic()
            while sent < len(numbers) and sent < (now - begun) * rate and len(self.asked) < UNANSWERED:
                self.register(numbers[sent])
                sent += 1
            self.read()
            self.again()
            if now > begun + len(numbers) / rate + patience:
                break
            await asyncio.sleep(0.002)


async def measure(quick: bool, count: int) -> None:
    count, seconds = (2000, 4) if quick else (count, 60)
    numbers = [f"{3_000_000 + n}" for n in range(count)]
    progress(f"phones: a house of {count:,}")
    async with contextlib.AsyncExitStack() as stack:
        load = await Load.start(stack, wait=300, sip={"port": 5094}, policy={"closing_grace": "0s"},
                                media={"port_min": 10_000, "port_max": 12_999, "address": "127.0.0.9"}, more_phones=[
                                    {"number": number, "name": "Phone", "password": f"secret-of-{number}"} for number in numbers])
        await load.phone()
        board = load.house.child
        assert board
        before, _ = own_memory(board.pid)
        shelf = Shelf(load.house.address, numbers)
        stack.callback(shelf.socket.close)
        progress(f"phones: {count:,} register")
        cpu, begun = cpu_seconds(board.pid), time.monotonic()
        await shelf.at_a_rate(numbers, 2000, 600)
        if shelf.done != count:
            raise PeerError(f"{shelf.done} of {count} phones are registered; refused {dict(shelf.refused)}")
        tell(f"{count:,} phones register, each twice asked: CPU per 1,000", (cpu_seconds(board.pid) - cpu) / count * 1000, "s")
        tell("registrations a second", count / (time.monotonic() - begun), "/s")
        tell("heap of a registered phone", (own_memory(board.pid)[0] - before) / 1024 / count, "KiB")
        progress(f"phones: refreshes for {seconds} s, beside {RATE} calls a second")
        cpu = cpu_seconds(board.pid)
        await load.all_good(await load.call(PHONE, RATE * seconds, RATE, 500), 30 + 2 * seconds)
        calls_alone = (cpu_seconds(board.pid) - cpu) / seconds
        rate = count / REFRESH
        due = random.sample(numbers, min(count, int(rate * seconds)))
        shelf.done, shelf.repeated, shelf.took = 0, 0, []
        cpu = cpu_seconds(board.pid)
        callers = await load.call(PHONE, RATE * seconds, RATE, 500)
        await shelf.at_a_rate(due, rate)
        await load.all_good(callers, 30 + 2 * seconds)
        both = (cpu_seconds(board.pid) - cpu) / seconds
        base = f"CPU of {RATE} calls a second alone"
        tell(base, calls_alone * 100, "%")
        tell(f"CPU of {RATE} calls and {rate:.0f} refreshes a second", both * 100, "%", base, both / calls_alone)
        tell(f"refreshes lost, of {len(due)}", len(due) - shelf.done, "refreshes")
        tell("refreshes asked twice", shelf.repeated, "refreshes")
        shelf.took.sort()
        tell("refresh to its 200, challenged, p50", shelf.took[len(shelf.took) // 2] * 1000, "ms")
        tell("refresh to its 200, challenged, p99", shelf.took[len(shelf.took) * 99 // 100] * 1000, "ms")
