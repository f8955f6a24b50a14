# SPDX-License-Identifier: Apache-2.0
"""Voices on an operator's kept line, packet by packet: how soon both hear each other after `answer`, and what a caller notices of an
attended transfer: nothing but another voice."""
import asyncio
import contextlib
import re
import socket
import statistics
import struct
import threading
import time
from dataclasses import dataclass

from cordboard import Board, CallId, Consent, ConsentOf, Established, LineUp, Offered, OperatorConfigured, OperatorReady, new_id
from cordboard.log import Log
from house import OUTSIDE
from lines import progress, tell
from load import Load, register
from wire import Caller, Phone

TARGET = "8003"
FRAME = 0.02


@dataclass
class Packet:
    at_ns: int
    sequence: int
    timestamp: int
    ssrc: int
    said: int  # the first byte of its payload: each party says one of its own


class Voice:
    """Says one byte, 160 times in each packet, and keeps what comes."""

    def __init__(self, address: str, byte: int):
        self.byte, self.heard = byte, list[Packet]()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((address, 0))
        self.port = self.socket.getsockname()[1]
        self._to: tuple[str, int] | None = None
        self._ends = threading.Event()
        self._threads = [threading.Thread(target=run, daemon=True) for run in (self._speak, self._listen)]
        for thread in self._threads:
            thread.start()

    def describe(self, address: str) -> str:
        return (f"v=0\r\no=- 1 1 IN IP4 {address}\r\ns=-\r\nc=IN IP4 {address}\r\nt=0 0\r\nm=audio {self.port} RTP/AVP 8\r\n"
                "a=rtpmap:8 PCMA/8000\r\na=ptime:20\r\n")

    def speak_to(self, description: str) -> None:
        where, port = re.search(r"c=IN IP4 (\S+)", description), re.search(r"m=audio (\d+)", description)
        assert where and port
        self._to = (where[1], int(port[1]))

    def first(self, byte: int, since_ns: int, timeout: float = 5) -> int | None:
        """When the first packet with this byte came after that; None: in time there was none."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            for packet in reversed(self.heard):
                if packet.at_ns < since_ns:
                    break
            for packet in self.heard[-1000:]:
                if packet.at_ns >= since_ns and packet.said == byte:
                    return packet.at_ns
            time.sleep(0.001)
        return None

    def close(self) -> None:
        self._ends.set()
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        for thread in self._threads:
            thread.join()

    def _speak(self) -> None:
        sequence, timestamp, due = 1, 160, time.monotonic()
        while not self._ends.is_set():
            if self._to:
                head = struct.pack("!BBHII", 0x80, 8, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, 0x1000 + self.byte)
                with contextlib.suppress(OSError):
                    self.socket.sendto(head + bytes([self.byte]) * 160, self._to)
                sequence, timestamp = sequence + 1, timestamp + 160
            due += FRAME
            time.sleep(max(0.0, due - time.monotonic()))

    def _listen(self) -> None:
        while not self._ends.is_set():
            try:
                data = self.socket.recv(2048)
            except OSError:
                continue
            if len(data) > 12 and data[1] & 0x7F == 8:
                sequence, timestamp, ssrc = struct.unpack("!HII", data[2:12])
                self.heard.append(Packet(time.perf_counter_ns(), sequence, timestamp, ssrc, data[12]))


class SpeakingPhone(Phone):
    def __init__(self, port: int, voice: Voice):
        self.voice = voice
        super().__init__(port)

    def describe(self, offer: str) -> str:
        self.voice.speak_to(offer)
        return self.voice.describe("127.0.0.1")


class SpeakingCaller(Caller):
    def __init__(self, address: str, board: str, voice: Voice):
        self.voice, self.address = voice, address
        super().__init__(address, board)

    def describe(self) -> str:
        return self.voice.describe(self.address)

    def call(self, number: str) -> None:
        super().call(number)
        self.voice.speak_to(self.reply)

    def messages(self) -> list[str]:
        """What came on the wire since somebody last looked, the answers to ours aside."""
        found = []
        self.socket.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                found.append(self.socket.recv(65536).decode(errors="replace").split("\r\n", 1)[0])
        self.socket.settimeout(10)
        return found


@dataclass
class Seen:
    """What a caller notices of one transfer, from a second before the command until the other voice is there."""

    same_source: bool
    sequence_gaps: int
    timestamp_breaks: int  # packets whose time is not 20 ms behind the one before, but for a switch of who speaks
    longest_ms: float
    messages: int


def judge(packets: list[Packet], messages: int) -> Seen:
    pairs = list(zip(packets, packets[1:]))
    steps = [((b.sequence - a.sequence) & 0xFFFF, (b.timestamp - a.timestamp) & 0xFFFFFFFF, a.said != b.said) for a, b in pairs]
    return Seen(len({p.ssrc for p in packets}) == 1, sum(step != 1 for step, _, _ in steps),
                sum(not (160 <= time_ <= 480) if switch else time_ != 160 for _, time_, switch in steps),
                max((b.at_ns - a.at_ns) / 1e6 for a, b in pairs), messages)


async def measure(quick: bool) -> None:
    count = 10 if quick else 200
    both: list[float] = []
    seen: list[Seen] = []
    async with contextlib.AsyncExitStack() as stack:
        load = await Load.start(stack, policy={"closing_grace": "0s"},
                                operator=[{"name": "张敏 Zhang Min", "phone": "1001", "keep_line": True},
                                          {"name": "李华 Li Hua", "phone": "1002"}])
        voices = {name: Voice(address, byte) for name, address, byte in
                  (("caller", OUTSIDE, 0x11), ("operator", "127.0.0.1", 0x22), ("target", "127.0.0.1", 0x33))}
        for voice in voices.values():
            stack.callback(voice.close)
        for number, name in (("1001", "operator"), (TARGET, "target")):
            stack.callback(SpeakingPhone(await register(load.house, number), voices[name]).close)
        caller = SpeakingCaller(OUTSIDE, load.house.address, voices["caller"])
        stack.callback(caller.close)
        board = await stack.enter_async_context(Board.attach(str(load.house.run)))
        operator = next(e.operator for e in board.events(after=0, follow=False) if isinstance(e, OperatorConfigured))
        with Log(str(load.house.hot)) as log:
            async def happened(kind: type, fits: "object", since: int) -> "object":
                while True:
                    for event in log.events(after=since, follow=False):
                        if isinstance(event, kind) and fits(event):  # type: ignore[operator]
                            return event
                    await asyncio.sleep(0.002)

            since = log.newest
            await board.log_on(operator)
            await happened(LineUp, lambda e: True, since)
            await board.ready(operator)
            for turn in range(count):
                since = log.newest
                await asyncio.to_thread(caller.call, "9000")
                offered = await happened(Offered, lambda e: e.operator == operator, since)
                call = offered.call  # type: ignore[attr-defined]
                await asyncio.sleep(0.05 + turn % 10 * 0.002)  # at every place in the 20 ms
                asked = time.perf_counter_ns()
                await board.answer(call, operator)
                there = await asyncio.to_thread(voices["caller"].first, 0x22, asked)
                here = await asyncio.to_thread(voices["operator"].first, 0x11, asked)
                if there is None or here is None:
                    raise RuntimeError(f"call {turn + 1}: no voice after the answer")
                both.append((max(there, here) - asked) / 1e6)

                consultation = CallId(new_id())
                await board.consult(call, TARGET, new_call=consultation)
                await board.declare_consent(call, ConsentOf.CALLER, Consent.YES)
                await happened(Established, lambda e: e.call == consultation and e.operator == 0, since)
                await board.declare_consent(call, ConsentOf.TARGET, Consent.YES)
                await asyncio.sleep(1)
                caller.messages()
                began = time.perf_counter_ns() - 900_000_000
                asked = time.perf_counter_ns()
                await board.transfer(call, consultation)
                if await asyncio.to_thread(voices["caller"].first, 0x33, asked) is None:
                    raise RuntimeError(f"call {turn + 1}: the called party is not heard")
                await asyncio.sleep(0.3)
                seen.append(judge([p for p in voices["caller"].heard if p.at_ns >= began], len(caller.messages())))
                await asyncio.to_thread(caller.hang_up)
                await happened(OperatorReady, lambda e: True, since)
                if turn % 50 == 49:
                    progress(f"voices: {turn + 1} of {count}")
    for part, label in ((50, "p50"), (99, "p99")):
        tell(f"kept line: answer command to first voice both ways, {label}", statistics.quantiles(both, n=100)[part - 1], "ms")
    whole = [s for s in seen if s.same_source and s.sequence_gaps == 0 and s.timestamp_breaks == 0 and s.messages == 0]
    tell(f"attended transfers without a break in the caller's stream, of {count}", len(whole), "transfers")
    tell("longest time between two packets at the caller, all transfers", max(s.longest_ms for s in seen), "ms")
    tell("transfers in which it was 40 ms or less", sum(s.longest_ms <= 40 for s in seen), "transfers")
    tell("SIP messages to the caller during transfers", sum(s.messages for s in seen), "messages")
