# SPDX-License-Identifier: Apache-2.0
"""The two ends of one call at a time in plain sockets: a caller from outside, and a phone that answers at once and notes when."""
import socket
import threading
import time

from scenarios import description


def header(message: str, name: str) -> str:
    """The value of the first header of that name."""
    for line in message.split("\r\n\r\n", 1)[0].split("\r\n")[1:]:
        key, _, value = line.partition(":")
        if key.strip().lower() == name:
            return value.strip()
    return ""


def answer(request: str, status: str, address: tuple[str, int], tag: str, body: str = "") -> bytes:
    kept = [line for line in request.split("\r\n\r\n", 1)[0].split("\r\n")[1:]
            if line.partition(":")[0].strip().lower() in ("via", "from", "call-id", "cseq", "record-route")]
    to = header(request, "to")
    kept.append(f"To: {to}" if ";tag=" in to else f"To: {to};tag={tag}")
    kept.append(f"Contact: <sip:phone@{address[0]}:{address[1]}>")
    if body:
        kept.append("Content-Type: application/sdp")
    return (f"SIP/2.0 {status}\r\n" + "\r\n".join(kept) + f"\r\nContent-Length: {len(body)}\r\n\r\n{body}").encode()


class Phone:
    """Answers every call at once, on a thread of its own. `sent_ns` is when the last 200 OK to an INVITE went out."""

    def __init__(self, port: int):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", port))
        self.sent_ns: list[int] = []
        self._seen: set[str] = set()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        here = self.socket.getsockname()
        while True:
            try:
                data, source = self.socket.recvfrom(65536)
            except OSError:
                return
            if len(data) < 16:
                return  # `close` says so
            request = data.decode(errors="replace")
            method, tag = request.split(" ", 1)[0], f"p{len(self.sent_ns)}"
            if method == "INVITE" and header(request, "call-id") not in self._seen:
                self._seen.add(header(request, "call-id"))
                ok = answer(request, "200 OK", here, tag, self.describe(request))
                self.socket.sendto(answer(request, "180 Ringing", here, tag), source)
                # So that the board sleeps again, and this event is one of its own.
                time.sleep(0.005)
                self.sent_ns.append(time.perf_counter_ns())
                self.socket.sendto(ok, source)
            elif method in ("BYE", "OPTIONS", "CANCEL"):
                self.socket.sendto(answer(request, "200 OK", here, tag), source)

    def describe(self, offer: str) -> str:
        """What the phone says of its voice: none flows."""
        return description("127.0.0.1")

    def close(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as knock:
            knock.sendto(b"end", self.socket.getsockname())
        self._thread.join()
        self.socket.close()


class Caller:
    """One call after the other from outside."""

    def __init__(self, address: str, board: str):
        self.reply = ""  # the answer to the newest INVITE
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((address, 0))
        self.socket.settimeout(10)
        host, port = board.split(":")
        self.board = (host, int(port))
        self.calls = 0

    def _request(self, method: str, cseq: int, target: str, to: str, body: str = "") -> str:
        host, port = self.socket.getsockname()
        kind = "Content-Type: application/sdp\r\n" if body else ""
        return (f"{method} {target} SIP/2.0\r\nVia: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{self.calls}-{cseq}-{method}-{port}\r\n"
                f"From: <sip:13800000001@{host}:{port}>;tag=c{self.calls}\r\nTo: {to}\r\nCall-ID: {self.calls}-{port}@bench\r\n"
                f"CSeq: {cseq} {method}\r\nContact: <sip:caller@{host}:{port}>\r\nMax-Forwards: 70\r\n{kind}"
                f"Content-Length: {len(body)}\r\n\r\n{body}")

    def _final(self, cseq: str) -> str:
        while True:
            reply = self.socket.recv(65536).decode(errors="replace")
            if reply.startswith("SIP/2.0 1") or header(reply, "cseq") != cseq or f"{self.calls}-" not in header(reply, "call-id"):
                continue
            return reply

    def call(self, number: str) -> None:
        """Calls and returns when answered."""
        self.calls += 1
        target = f"sip:{number}@{self.board[0]}:{self.board[1]}"
        self.socket.sendto(self._request("INVITE", 1, target, f"<{target}>", self.describe()).encode(), self.board)
        reply = self._final("1 INVITE")
        if not reply.startswith("SIP/2.0 200"):
            raise RuntimeError(reply.split("\r\n", 1)[0])
        self.reply = reply
        self.to = header(reply, "to")
        self.target = header(reply, "contact").strip("<>").split(">")[0]
        self.socket.sendto(self._request("ACK", 1, self.target, self.to).encode(), self.board)

    def describe(self) -> str:
        return description(self.socket.getsockname()[0])

    def hang_up(self) -> None:
        self.socket.sendto(self._request("BYE", 2, self.target, self.to).encode(), self.board)
        self._final("2 BYE")

    def close(self) -> None:
        self.socket.close()
