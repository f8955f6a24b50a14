# SPDX-License-Identifier: Apache-2.0
"""A desk phone that does by itself what real ones do with their keys: several lines, hold, REFER, Replaces, session timers.

baresip 1.0 and SIPp cannot name one dialog in another; this phone can, and it shows every message that passed.
"""
import asyncio
import contextlib
import random
import re
from dataclasses import dataclass, field

from hospital import Hospital, tone_of
from peers import PeerError, Voice, free_port, until
from peers.agent import digest

_PHRASE = {180: "Ringing", 200: "OK", 202: "Accepted", 302: "Moved Temporarily", 404: "Not Found", 486: "Busy Here",
           487: "Request Terminated", 491: "Request Pending", 603: "Decline"}


def _token() -> str:
    return f"{random.getrandbits(64):016x}"


@dataclass
class Message:
    """A SIP message as it came."""

    start: str
    headers: list[tuple[str, str]]
    body: str

    @classmethod
    def parse(cls, data: bytes) -> "Message":
        head, _, body = data.decode(errors="replace").partition("\r\n\r\n")
        first, *rest = head.split("\r\n")
        split = (line.partition(":") for line in rest)
        return cls(first, [(name.strip().lower(), value.strip()) for name, _, value in split], body)

    def get(self, name: str) -> str:
        return next((value for key, value in self.headers if key == name.lower()), "")

    @property
    def status(self) -> int:
        return int(self.start[8:11]) if self.start.startswith("SIP/2.0 ") else 0

    @property
    def method(self) -> str:
        return self.get("cseq").split()[1] if self.status else self.start.split()[0]

    @property
    def branch(self) -> str:
        return (re.search(r"branch=([^;,\s]+)", self.get("via")) or ["", ""])[1]


def _tag(address: str) -> str:
    return (re.search(r";tag=([^;\s]+)", address) or ["", ""])[1]


def _uri(address: str) -> str:
    return (re.search(r"<([^>]+)>", address) or ["", address])[1]


@dataclass
class Line:
    """One dialog of the phone, from its first INVITE to its end."""

    desk: "Desk"
    call_id: str
    local: str   # address without tag
    remote: str
    ltag: str
    voice: Voice
    rtag: str = ""
    target: str = ""
    hz: float = 0.0                          # the tone that this line speaks in
    sequence: int = 1
    invite: Message | None = None            # that came in, not answered yet
    status: int = 0                          # of the final answer to our own INVITE
    answered: Message | None = None          # the 2xx, ours or theirs
    ended: Message | None = None             # the BYE or CANCEL that came
    came: list[Message] = field(default_factory=list)  # requests inside the dialog
    offers_get: int = 200                    # what a re-INVITE or UPDATE is answered with
    version: int = 1
    acknowledged: bool = False

    # ------------------------------------------------------------------------------------------ a call that came in
    def ringing(self) -> None:
        assert self.invite
        self.desk.reply(self.invite, 180, self.ltag)

    async def answer(self, headers: str = "") -> None:
        assert self.invite
        invite, self.invite = self.invite, None
        self.desk.reply(invite, 200, self.ltag, headers, self.description())
        self._hear(invite.body)
        await until(lambda: self.acknowledged, 10, "an ACK")

    def refuse(self, status: int, headers: str = "") -> None:
        assert self.invite
        self.desk.reply(self.invite, status, self.ltag, headers)
        self.invite = None

    # -------------------------------------------------------------------------------------------------- requests of ours
    async def send(self, method: str, headers: str = "", body: str = "") -> Message:
        """A request inside the dialog, and its final answer."""
        self.sequence += 1
        got = await self.desk.ask(self, method, self.sequence, headers, body)
        if method == "INVITE" and got.status < 300:
            self._hear(got.body)
        return got

    async def hold(self, how: str = "sendonly") -> Message:
        return await self.send("INVITE", body=self.description(how))

    async def resume(self) -> Message:
        return await self.send("INVITE", body=self.description())

    async def refer(self, to: str, headers: str = "") -> Message:
        return await self.send("REFER", f"Refer-To: <{to}>\r\n{headers}")

    async def bye(self, headers: str = "") -> Message:
        self.voice.hush()
        return await self.send("BYE", headers)

    # ------------------------------------------------------------------------------------------------------ what is known
    def replaces(self, flags: str = "") -> str:
        """This dialog, as a Replaces header that the house is to read (RFC 3891: to-tag is the receiver's)."""
        return f"{self.call_id};to-tag={self.rtag};from-tag={self.ltag}{flags}"

    def told(self) -> list[str]:
        """The sipfrags of the NOTIFYs that came."""
        return [m.body.strip() for m in self.came if m.method == "NOTIFY"]

    def description(self, direction: str = "sendrecv") -> str:
        self.version += 1
        return (f"v=0\r\no=desk 1 {self.version} IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
                f"m=audio {self.voice.port} RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\na={direction}\r\n")

    async def over(self, timeout: float = 10) -> Message:
        """Waits for the BYE (or CANCEL) of the house."""
        await until(lambda: self.ended is not None, timeout, f"phone {self.desk.number}: the end of a line")
        assert self.ended
        return self.ended

    async def hears(self, packets: int = 50, timeout: float = 15) -> None:
        now = self.voice.received
        await until(lambda: self.voice.received >= now + packets, timeout, f"{packets} packets to phone {self.desk.number}")

    def _hear(self, description: str) -> None:
        port = re.search(r"^m=audio (\d+)", description, re.MULTILINE)
        if port:
            self.voice.speak_to("127.0.0.1", int(port[1]))


class Desk(asyncio.DatagramProtocol):
    """One extension over UDP, registered at the house."""

    def __init__(self, number: str, password: str, house: tuple[str, int]):
        self.number = number
        self.lines: list[Line] = []
        self.acknowledges = True
        self.silent = False     # its power is cut: nothing leaves and nothing is read any more
        self.port = 0
        self.hz = tone_of(number) + 300  # apart from the house's 450 Hz
        self._password = password
        self._house = house
        self._waiting: dict[tuple[str, str], asyncio.Queue[Message]] = {}
        self._said: dict[tuple[str, str], str] = {}  # answers, by branch and method
        self._transport: asyncio.DatagramTransport | None = None

    @classmethod
    async def start(cls, hospital: Hospital, number: str) -> "Desk":
        host, port = hospital.house.address.split(":")
        desk = cls(number, hospital.house.phone(number)["password"], (host, int(port)))
        desk.port = free_port()
        await asyncio.get_running_loop().create_datagram_endpoint(lambda: desk, local_addr=("127.0.0.1", desk.port))
        hospital.closing.callback(desk.close)
        await desk.register()
        return desk

    async def register(self) -> None:
        """Also after a crash: a registration of the second before it need not be known any more."""
        host, port = self._house
        line = await self._line(f"sip:{host}:{port}", self.address)
        got = await self.ask(line, "REGISTER", 1, "Expires: 600\r\n")
        assert got.status == 200, got.start
        self.lines.remove(line)

    @property
    def address(self) -> str:
        return f"sip:{self.number}@{self._house[0]}:{self._house[1]}"

    def uri(self, number: str) -> str:
        return f"sip:{number}@{self._house[0]}:{self._house[1]}"

    async def dial(self, number: str, headers: str = "", allow: str = "") -> Line:
        """Calls; gives the line once there is a final answer: `line.status`."""
        line = await self._line(self.uri(number), self.uri(number))
        got = await self.ask(line, "INVITE", 1, headers, line.description())
        line.status = got.status
        if got.status < 300:
            line.answered = got
            line._hear(got.body)
        return line

    async def rings(self, timeout: float = 10) -> Line:
        """The next call to this phone that is not answered yet."""
        await until(lambda: any(line.invite for line in self.lines), timeout, f"phone {self.number}: a call")
        return next(line for line in self.lines if line.invite)

    def close(self) -> None:
        for line in self.lines:
            line.voice.close()
        if self._transport:
            self._transport.close()

    def vanish(self) -> None:
        """The plug is pulled: no BYE, no answers, no voice."""
        self.silent = True
        for line in self.lines:
            line.voice.hush()

    # ------------------------------------------------------------------------------------------------------- the wire
    async def _line(self, target: str, remote: str) -> Line:
        voice = await Voice.open("127.0.0.1", self.hz)
        line = Line(self, f"{_token()}@desk", f"<{self.address}>", f"<{remote}>", _token(), voice, target=target, hz=self.hz)
        self.lines.append(line)
        return line

    def _request(self, line: Line, method: str, sequence: int, branch: str, headers: str, body: str) -> str:
        to = line.remote + (f";tag={line.rtag}" if line.rtag else "")
        if body:
            headers += "Content-Type: application/sdp\r\n"
        return (f"{method} {line.target} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{self.port};branch={branch};rport\r\n"
                f"Max-Forwards: 70\r\nFrom: {line.local};tag={line.ltag}\r\nTo: {to}\r\nCall-ID: {line.call_id}\r\n"
                f"CSeq: {sequence} {method}\r\nContact: <sip:{self.number}@127.0.0.1:{self.port}>\r\n{headers}"
                f"Content-Length: {len(body.encode())}\r\n\r\n{body}")

    async def ask(self, line: Line, method: str, sequence: int, headers: str = "", body: str = "") -> Message:
        """Sends a request until it is answered; with a proof of who this is when the house asks for one.

        @raises PeerError  when no final answer came
        """
        proof, first = "", line.target
        while True:
            branch = f"z9hG4bK{_token()}"
            answers = self._waiting[branch, method] = asyncio.Queue()
            got = await self._answer(self._request(line, method, sequence, branch, headers + proof, body), answers, method, line)
            if method == "INVITE" and (self.acknowledges or got.status >= 300):
                self._acknowledge(line, got, sequence, branch)
            if got.status != 401 or proof:
                return got
            challenge = next(v for k, v in got.headers if k == "www-authenticate" and "MD5" in v)
            answer = digest(challenge.removeprefix("Digest "), self.number, self._password, method, first)
            proof = f"Authorization: {answer}\r\n"
            line.rtag = ""
            sequence += 1
            line.sequence = sequence

    async def _answer(self, text: str, answers: "asyncio.Queue[Message]", method: str, line: Line) -> Message:
        wait, heard = 0.5, False
        for _ in range(12):
            if not heard:
                self._send(text)
            try:
                while True:
                    got = await asyncio.wait_for(answers.get(), 90 if heard else wait)
                    if got.status >= 200:
                        return got
                    heard = method == "INVITE"
                    line.rtag = _tag(got.get("to")) or line.rtag
            except asyncio.TimeoutError:
                wait = min(2 * wait, 4)
        raise PeerError(f"phone {self.number}: no answer to {method}")

    def _acknowledge(self, line: Line, got: Message, sequence: int, branch: str) -> None:
        if got.status < 300:
            line.rtag = _tag(got.get("to"))
            line.target = _uri(got.get("contact")) or line.target
            branch = f"z9hG4bK{_token()}"
        kept, line.rtag = line.rtag, _tag(got.get("to"))
        text = self._request(line, "ACK", sequence, branch, "", "")
        line.rtag = kept
        self._said["ack", got.get("cseq") + line.call_id] = text
        self._send(text)

    def reply(self, to: Message, status: int, tag: str = "", headers: str = "", body: str = "") -> None:
        kept = [f"{name}: {value}" for name, value in to.headers if name in ("via", "from", "call-id", "cseq", "record-route")]
        address = to.get("to")
        kept.append(f"To: {address}" + (f";tag={tag}" if tag and ";tag=" not in address else ""))
        if body:
            headers += "Content-Type: application/sdp\r\n"
        text = (f"SIP/2.0 {status} {_PHRASE.get(status, 'Other')}\r\n" + "\r\n".join(kept) +
                f"\r\nContact: <sip:{self.number}@127.0.0.1:{self.port}>\r\n{headers}"
                f"Content-Length: {len(body.encode())}\r\n\r\n{body}")
        self._said[to.branch, to.method] = text
        self._send(text)

    def _send(self, text: str) -> None:
        if self._transport and not self._transport.is_closing() and not self.silent:
            self._transport.sendto(text.encode(), self._house)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def error_received(self, exc: Exception) -> None:
        """Nobody is there: whoever waits for an answer reaches its bound."""

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if self.silent or not data.strip():
            return
        message = Message.parse(data)
        if message.status:
            queue = self._waiting.get((message.branch, message.method))
            again = self._said.get(("ack", message.get("cseq") + message.get("call-id")))
            if queue is not None and not (again and message.status >= 200):
                queue.put_nowait(message)
            elif again and message.status >= 200:
                self._send(again)
        elif (message.branch, message.method) in self._said and message.method != "ACK":
            self._send(self._said[message.branch, message.method])
        else:
            with contextlib.suppress(StopIteration):
                self._take(message)

    def _take(self, message: Message) -> None:
        own = _tag(message.get("to"))
        if message.method == "INVITE" and not own:
            asyncio.get_running_loop().create_task(self._ring(message))
            return
        line = next((one for one in self.lines if one.call_id == message.get("call-id")), None)
        if line is None or (own and own != line.ltag):
            if message.method != "ACK":
                self.reply(message, 481)
            return
        if message.method == "ACK":
            line.acknowledged = True
            return
        line.came.append(message)
        if message.method == "CANCEL":
            self.reply(message, 200)
            if line.invite:
                line.refuse(487)
                line.ended = message
        elif message.method == "BYE":
            line.voice.hush()
            self.reply(message, 200)
            line.ended = message
        elif message.method in ("INVITE", "UPDATE"):
            ok = line.offers_get == 200
            body = line.description() if ok and (message.body or message.method == "INVITE") else ""
            if body and message.body:
                line._hear(message.body)
            timer = message.get("session-expires")
            self.reply(message, line.offers_get, "", f"Session-Expires: {timer}\r\nRequire: timer\r\n" if timer and ok else "", body)
        else:
            self.reply(message, 200)

    async def _ring(self, message: Message) -> None:
        if any(line.call_id == message.get("call-id") for line in self.lines):
            return  # a resend that overtook this one's voice
        self.lines.append(line := Line(self, message.get("call-id"), re.sub(r";tag=.*", "", message.get("to")),
                                       re.sub(r";tag=.*", "", message.get("from")), _token(), Voice(self.hz),
                                       rtag=_tag(message.get("from")), target=_uri(message.get("contact")), hz=self.hz))
        line.voice = await Voice.open("127.0.0.1", self.hz)
        line.invite = message
        line.came.append(message)
        line.ringing()
