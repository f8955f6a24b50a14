# SPDX-License-Identifier: Apache-2.0
"""A telephone that does what no good phone does: refuses, is busy, rings for ever, or is dead though registered."""
import asyncio
import hashlib
import random
import re

from .child import PeerError
from .ports import free_port

_REASON = {100: "Trying", 180: "Ringing", 200: "OK", 404: "Not Found", 486: "Busy Here", 487: "Request Terminated",
           480: "Temporarily Unavailable", 603: "Decline"}


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


def digest(challenge: str, user: str, password: str, method: str, uri: str) -> str:
    """The Authorization header's value for a challenge (RFC 2617, MD5, with or without qop=auth)."""
    asked = {name.lower(): quoted or plain
             for name, quoted, plain in re.findall(r'(\w+)=(?:"([^"]*)"|([^\s,]+))', challenge)}
    secret = _md5(f"{user}:{asked['realm']}:{password}")
    act = _md5(f"{method}:{uri}")
    head = f'Digest username="{user}", realm="{asked["realm"]}", nonce="{asked["nonce"]}", uri="{uri}"'
    tail = f', opaque="{asked["opaque"]}"' if "opaque" in asked else ""
    if "auth" in asked.get("qop", "").split(","):
        once = f"{random.getrandbits(64):016x}"
        answer = _md5(f"{secret}:{asked['nonce']}:00000001:{once}:auth:{act}")
        return f'{head}, response="{answer}", algorithm=MD5, qop=auth, nc=00000001, cnonce="{once}"{tail}'
    answer = _md5(f"{secret}:{asked['nonce']}:{act}")
    return f'{head}, response="{answer}", algorithm=MD5{tail}'


class Agent(asyncio.DatagramProtocol):
    """One extension over UDP. `answer` is the final status it gives to an INVITE; 0: rings and never answers."""

    def __init__(self, number: str, password: str, registrar: tuple[str, int], answer: int):
        self.number = number
        self.invites = 0           # calls that reached it, resends not counted
        self.answer = answer
        self.statuses: list[int] = []
        self._password = password
        self._registrar = registrar
        self._transport: asyncio.DatagramTransport | None = None
        self._replies: asyncio.Queue[tuple[int, str]] = asyncio.Queue()
        self._seen: dict[str, str] = {}  # Call-ID of a call to the head of its last answer
        self._call_id = f"{random.getrandbits(64):x}@{number}"
        self._sequence = 0
        self.port = 0

    @classmethod
    async def start(cls, number: str, password: str, registrar: str, *, answer: int = 486) -> "Agent":
        """Opens the phone's socket; nothing is registered yet."""
        host, port = registrar.split(":")
        agent = cls(number, password, (host, int(port)), answer)
        agent.port = free_port()
        await asyncio.get_running_loop().create_datagram_endpoint(lambda: agent, local_addr=("127.0.0.1", agent.port))
        return agent

    async def register(self, expires: int = 300) -> None:
        """Registers with digest.

        @raises PeerError  with the last status when the registrar does not say 200
        """
        status, reply = await self._ask_register(expires, "")
        if status == 401:
            challenge = re.search(r"^WWW-Authenticate:\s*Digest\s+(.*)$", reply, re.MULTILINE | re.IGNORECASE)
            if not challenge:
                raise PeerError(f"phone {self.number}: 401 without a Digest challenge")
            uri = f"sip:{self._registrar[0]}:{self._registrar[1]}"
            answer = digest(challenge[1], self.number, self._password, "REGISTER", uri)
            status, reply = await self._ask_register(expires, f"Authorization: {answer}\r\n")
        if status != 200:
            raise PeerError(f"phone {self.number}: registration refused with {status}")

    def die(self) -> None:
        """Its power is cut: the registration stays, the socket is gone, nothing answers any more."""
        if self._transport:
            self._transport.close()

    def fall_silent(self) -> None:
        """As `die`, but the network takes its packets: nobody is told that the port is closed."""
        self.answer = -1

    def close(self) -> None:
        self.die()

    # ------------------------------------------------------------------------------------------------------ the wire
    async def _ask_register(self, expires: int, authorization: str) -> tuple[int, str]:
        self._sequence += 1
        host, port = self._registrar
        me = f"sip:{self.number}@{host}:{port}"
        request = (f"REGISTER sip:{host}:{port} SIP/2.0\r\n"
                   f"Via: SIP/2.0/UDP 127.0.0.1:{self.port};branch=z9hG4bK{random.getrandbits(64):x};rport\r\n"
                   f"Max-Forwards: 70\r\nFrom: <{me}>;tag={self.number}r\r\nTo: <{me}>\r\nCall-ID: {self._call_id}\r\n"
                   f"CSeq: {self._sequence} REGISTER\r\nContact: <sip:{self.number}@127.0.0.1:{self.port}>\r\n"
                   f"Expires: {expires}\r\n{authorization}Content-Length: 0\r\n\r\n")
        for wait in (0.5, 1.0, 2.0, 4.0):  # RFC 3261 §17.1.2.2, timer E
            self._send(request, self._registrar)
            try:
                return await asyncio.wait_for(self._replies.get(), wait)
            except asyncio.TimeoutError:
                continue
        raise PeerError(f"phone {self.number}: the registrar does not answer")

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def error_received(self, exc: Exception) -> None:
        """Nobody is there: whoever waits for an answer reaches its bound."""

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        text = data.decode(errors="replace")
        first = text.split("\r\n", 1)[0]
        if first.startswith("SIP/2.0 "):
            if re.search(r"^CSeq:\s*%d REGISTER" % self._sequence, text, re.MULTILINE | re.IGNORECASE):
                self._replies.put_nowait((int(first[8:11]), text))
        elif self.answer >= 0:
            self._take(first.split(" ", 1)[0], text, addr)

    def _take(self, method: str, text: str, addr: tuple[str, int]) -> None:
        call = (re.search(r"^(?:Call-ID|i):\s*(\S+)", text, re.MULTILINE | re.IGNORECASE) or ["", ""])[1]
        if method == "INVITE":
            if call not in self._seen:
                self.invites += 1
                self._reply(100, text, addr)
            self._seen[call] = text
            self._reply(self.answer or 180, text, addr)
        elif method == "CANCEL":
            self._reply(200, text, addr)
            if call in self._seen:
                self._reply(487, self._seen[call], addr)
        elif method == "OPTIONS":
            self._reply(200, text, addr)
        elif method != "ACK":
            self._reply(481, text, addr)

    def _reply(self, status: int, request: str, addr: tuple[str, int]) -> None:
        kept = []
        for line in request.split("\r\n\r\n", 1)[0].split("\r\n")[1:]:
            name = line.split(":", 1)[0].strip().lower()
            if name in ("via", "v", "from", "f", "call-id", "i", "cseq", "record-route"):
                kept.append(line)
            elif name in ("to", "t"):
                kept.append(line if ";tag=" in line or status == 100 else f"{line};tag={self.number}a")
        head = "\r\n".join(kept)
        self.statuses.append(status)
        self._send(f"SIP/2.0 {status} {_REASON.get(status, 'Call Does Not Exist')}\r\n{head}\r\n"
                   f"Contact: <sip:{self.number}@127.0.0.1:{self.port}>\r\nContent-Length: 0\r\n\r\n", addr)

    def _send(self, text: str, to: tuple[str, int]) -> None:
        if self._transport and not self._transport.is_closing():
            self._transport.sendto(text.encode(), to)
