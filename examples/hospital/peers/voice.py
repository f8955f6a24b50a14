# SPDX-License-Identifier: Apache-2.0
"""A caller's mouth and ear: sends a tone in G.711 A-law, counts and keeps what comes back."""
import asyncio
import random
import struct

import numpy as np

from . import audio
from .ports import free_range

PCMU, PCMA = 0, 8


class Voice(asyncio.DatagramProtocol):
    """One RTP stream each way on a port of its own. Speaks as soon as it knows to whom; ends with `close`."""

    def __init__(self, hz: float) -> None:
        self.sent = 0
        self.received = 0
        self.loses = 0  # every how many packets one is lost on the way; 1: all, 0: none
        self._heard: list[tuple[int, int, bytes]] = []  # (sequence, payload type, payload) as they came
        second = audio.to_alaw(audio.tone(hz, 1.0))     # a whole number of periods, so the seam is not heard
        self._frames = [second[at:at + audio.FRAME] for at in range(0, len(second), audio.FRAME)]
        self._keys: list[bytes] = []
        self._ssrc = random.getrandbits(32)
        self._sequence = random.getrandbits(15)
        self._timestamp = random.getrandbits(31)
        self._to: tuple[str, int] | None = None
        self._next: asyncio.TimerHandle | None = None
        self._due = 0.0
        self.came_from: tuple[str, int] | None = None  # the newest packet
        self._transport: asyncio.DatagramTransport | None = None
        self.port = 0

    @classmethod
    async def open(cls, address: str, hz: float) -> "Voice":
        voice = cls(hz)
        voice.port = free_range(2, address)
        await asyncio.get_running_loop().create_datagram_endpoint(lambda: voice, local_addr=(address, voice.port))
        return voice

    def speak_to(self, address: str, port: int) -> None:
        begins, self._to = self._to is None, (address, port)
        if begins:
            self._due = asyncio.get_running_loop().time()
            self._speak()

    def press(self, keys: str) -> None:
        """Presses keys as tones in the voice, 100 ms each and 100 ms behind each, in place of what it says meanwhile."""
        for key in keys:
            row, column = next((r, line.index(key)) for r, line in enumerate(("123A", "456B", "789C", "*0#D")) if key in line)
            sound = audio.tone((697, 770, 852, 941)[row], 0.1) + audio.tone((1209, 1336, 1477, 1633)[column], 0.1)
            both = audio.to_alaw(np.concatenate([sound, np.zeros(len(sound), np.int16)]))
            self._keys += [both[at:at + audio.FRAME] for at in range(0, len(both), audio.FRAME)]

    def hush(self) -> None:
        """Sends no more; still listens."""
        if self._next:
            self._next.cancel()
            self._next = None

    def close(self) -> None:
        self.hush()
        if self._transport:
            self._transport.close()

    def heard(self) -> audio.Samples:
        """What came, as 16-bit samples: in the order of sequence numbers, a repeated packet once."""
        packets: dict[int, tuple[int, bytes]] = {}
        wrapped, last = 0, None
        for sequence, kind, payload in self._heard:
            if last is not None and (sequence - last) & 0xFFFF < 0x8000 and sequence < last:
                wrapped += 0x10000
            last = sequence
            packets.setdefault(wrapped + sequence, (kind, payload))
        tables = {PCMU: audio.ULAW, PCMA: audio.ALAW}
        parts = [tables[kind][np.frombuffer(payload, np.uint8)]
                 for _, (kind, payload) in sorted(packets.items()) if kind in tables]
        return np.concatenate(parts) if parts else np.zeros(0, np.int16)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if len(data) < 12 or data[0] >> 6 != 2 or data[1] & 0x7F in range(72, 77):  # RTCP shares no port here, yet be sure
            return
        self.received += 1
        self.came_from = addr[:2]
        self._heard.append((struct.unpack_from("!H", data, 2)[0], data[1] & 0x7F, data[12:]))

    def error_received(self, exc: Exception) -> None:
        """The other end has closed its port: a call ends so, and the packets on their way are counted as sent."""

    def _speak(self) -> None:
        assert self._transport and self._to
        marker = 0x80 if self.sent == 0 else 0
        head = struct.pack("!BBHII", 0x80, marker | PCMA, self._sequence, self._timestamp, self._ssrc)
        payload = self._keys.pop(0) if self._keys else self._frames[self.sent % len(self._frames)]
        if not self.loses or self.sent % self.loses != 0:
            self._transport.sendto(head + payload, self._to)
        self.sent += 1
        self._sequence = (self._sequence + 1) & 0xFFFF
        self._timestamp = (self._timestamp + audio.FRAME) & 0xFFFFFFFF
        self._due += 0.02
        self._next = asyncio.get_running_loop().call_at(self._due, self._speak)
