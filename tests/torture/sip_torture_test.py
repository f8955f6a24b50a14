# SPDX-License-Identifier: Apache-2.0
"""Messages in the manner of RFC 4475, each with what must become of it; then mutations of good ones. The process answers after each."""
import os
import random
import re
import select
import socket
import subprocess
import time
from collections.abc import Iterator

import pytest

SDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 6000 RTP/AVP 0\r\n"


class Peer:
    """The process under test, and a socket that talks to it."""

    def __init__(self) -> None:
        # What the process calls when a number begins with 9.
        self.called = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.called.bind(("127.0.0.1", 0))
        target = f"sip:127.0.0.1:{self.called.getsockname()[1]};transport=udp"
        # Everything on 127.0.0.1 is its trunk: INVITE passes without a password.
        self.process = subprocess.Popen([os.environ["CORDBOARD_SIP_PEER"], "1001:secret", "--trunk", f"127.0.0.1={target}"],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith("port "), line
        self.port = int(line.split()[1])
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.me = self.socket.getsockname()[1]
        self.count = 0

    def drain(self) -> None:
        """Reads what the process prints, so that it never waits for us."""
        assert self.process.stdout is not None
        while select.select([self.process.stdout], [], [], 0)[0]:
            if not os.read(self.process.stdout.fileno(), 65536):
                break

    def request(self, method: str = "INVITE", uri: str | None = None, via: str | None = None, frm: str | None = "<sip:a@127.0.0.1>;tag=x",
                to: str | None = None, cid: str | None = None, cseq: str | None = None, extra: str = "", body: str = "",
                version: str = "SIP/2.0", length: str | None = None, hops: str = "Max-Forwards: 70\r\n",
                contact: str | None = None) -> bytes:
        self.count += 1
        n = f"-{self.me}-{self.count}"
        uri = f"sip:802@127.0.0.1:{self.port}" if uri is None else uri
        via = f"Via: SIP/2.0/UDP 127.0.0.1:{self.me};branch=z9hG4bK{n};rport\r\n" if via is None else via
        text = f"{method} {uri} {version}\r\n{via}{hops}"
        if frm is not None:
            text += f"From: {frm}\r\n"
        text += f"To: {'<sip:u@127.0.0.1>' if to is None else to}\r\nCall-ID: {f't{n}' if cid is None else cid}\r\n"
        text += f"CSeq: {f'{self.count} {method}' if cseq is None else cseq}\r\n"
        text += f"Contact: <sip:a@127.0.0.1:{self.me}>\r\n" if contact is None else contact
        if body and "Content-Type" not in extra:
            extra += "Content-Type: application/sdp\r\n"
        text += extra + f"Content-Length: {len(body.encode()) if length is None else length}\r\n\r\n{body}"
        return text.encode("utf-8", "surrogateescape")

    def send(self, data: bytes) -> None:
        self.socket.sendto(data[:65000], ("127.0.0.1", self.port))

    def status(self, wait: float = 0.3) -> int | None:
        """The final answer to the last request; None: nothing came. Earlier ones are repeated to us, since we send no ACK."""
        others = re.compile(rb"-%d-(?!%d\b)\d+" % (self.me, self.count))
        end = time.monotonic() + wait
        while (left := end - time.monotonic()) > 0 and select.select([self.socket], [], [], left)[0]:
            data = self.socket.recv(65535)
            if (found := re.match(rb"SIP/2.0 ([2-6]\d\d) ", data)) and not others.search(data):
                return int(found[1])
        return None

    def alive(self) -> bool:
        probe = f"probe-{self.me}-{self.count}"
        data = self.request("OPTIONS", cid=probe)
        for _ in range(8):
            if self.process.poll() is not None:
                return False
            self.drain()
            self.send(data)
            end = time.monotonic() + 2
            while (left := end - time.monotonic()) > 0 and select.select([self.socket], [], [], left)[0]:
                answer = self.socket.recv(65535)
                if answer.startswith(b"SIP/2.0 200 ") and probe.encode() + b"\r" in answer:
                    return True
        return False

    def close(self) -> None:
        out, _ = self.process.communicate(timeout=30)  # The end of its input ends it.
        assert self.process.returncode == 0, out


@pytest.fixture(scope="module")
def peer() -> Iterator[Peer]:
    made = Peer()
    yield made
    made.close()


TAKEN = {486}          # parsed: the called number is busy
SILENT = {None}
ANY = None             # whatever: only that the process goes on

# What it is, how it is made, which final answers are right.
HAND = [
    ("4475 3.1.1.1: a short tortuous INVITE", dict(
        frm='"J Rosenberg \\\\\\""  <sip:j@example.com> \r\n ; tag = 98asjd8',
        extra="NewFangledHeader:   newfangled value\r\n continued newfangled value\r\nUnknownHeaderWithUnusualValue: ;;,,;;,;\r\n"
              "Route: <sip:services.example.com;lr;unknownwith=value;unknown-no-value>\r\n"), TAKEN),
    ("4475 3.1.1.2: unusual characters in a URI", dict(
        uri="sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@127.0.0.1"), {404}),
    ("4475 3.1.1.2: an unusual method", dict(method="!interesting-Method0123456789_*+`.%indeed'~"), {501, None}),
    ("4475 3.1.1.3: escapes in a method are not undone", dict(method="RE%47IST%45R"), {501}),
    ("4475 3.1.1.4: an escaped NUL in a URI", dict(uri="sip:null-%00-null@127.0.0.1"), {404}),
    ("4475 3.1.1.6: a long value in an unknown header", dict(extra="X-Long: " + "v" * 30000 + "\r\n"), TAKEN),
    ("4475 3.1.1.7: many headers, sixty kilobytes", dict(extra="".join(f"X-H{i}: {'v' * 30}\r\n" for i in range(1400))), TAKEN),
    ("4475 3.1.1.8: a user part with a semicolon", dict(method="OPTIONS", uri="sip:user;par=u%40example.net@example.com"), {200}),
    ("4475 3.1.1.9: Via of other protocols beneath ours", dict(
        extra="v:  SIP  / 2.0  / TCP     spindle.example.com   ;\r\n  branch  =   z9hG4bK9ikj8  ,\r\n SIP  /    2.0   / UDP "
              " 192.168.255.111   ; branch=\r\n z9hG4bK30239\r\n"), TAKEN),
    ("4475 3.1.2.1: a second Content-Length", dict(extra="Content-Length: 9\r\n"), ANY),
    ("4475 3.1.2.2: a body shorter than its length", dict(length="9999"), {400}),
    ("4475 3.1.2.3: a negative length", dict(length="-999"), {400, None}),
    ("a length beyond all counting", dict(length="99999999999999999999"), {400, None}),
    ("a length that is no number", dict(length="abc"), {400, None}),
    ("4475 3.1.2.4: a CSeq beyond 32 bits", dict(cseq="36893488147419103232 INVITE"), {400, None}),
    ("a CSeq of another method", dict(cseq="9 REGISTER"), {400, None}),
    ("a CSeq without a number", dict(cseq="INVITE"), {400, None}),
    ("no CSeq value", dict(cseq=""), {400, None}),
    ("4475 3.1.2.6: quotes that never close", dict(frm='"unterminated <sip:a@b>;tag=1'), {400, None}),
    ("4475 3.1.2.7: a request URI in brackets", dict(uri="<sip:802@127.0.0.1>"), {400, 416, None}),
    ("4475 3.1.2.8: spaces in the request URI", dict(uri="sip:802@127.0.0.1; lr"), {400, 404, None}),
    ("4475 3.1.2.14: a date in another time zone", dict(extra="Date: Fri, 01 Jan 2010 16:00:00 EST\r\n"), TAKEN),
    ("4475 3.1.2.15: a name with a comma and no quotes", dict(frm="Bell, Alexander <sip:a@b>;tag=43"), {400, 486, None}),
    ("4475 3.1.2.16: an unknown version", dict(version="SIP/7.0"), {505}),
    ("4475 3.1.2.17: start line and CSeq disagree", dict(cseq="8 OPTIONS"), {400, None}),
    ("4475 3.3.1: no Via", dict(via=""), {400, None}),
    ("4475 3.3.1: no From", dict(frm=None), {400, None}),
    ("4475 3.3.2: a scheme that nobody knows", dict(uri="nobodyKnowsThisScheme:totallyopaquecontent"), {416}),
    ("4475 3.3.3: a scheme that somebody knows", dict(uri="soap.beep://192.0.2.103:3002"), {416}),
    ("4475 3.3.5: an extension that we don't have", dict(extra="Require: nothingSupportsThis, nothingSupportsThisEither\r\n"), {420}),
    ("4475 3.3.6: a body of another type", dict(extra="Content-Type: application/unknownformat\r\n", body="x"), {415}),
    ("4475 3.3.7: an unknown way to authenticate", dict(method="REGISTER", extra="Authorization: NoOneKnowsThisScheme opaque-data=here\r\n"), {401}),
    ("4475 3.3.8: headers that may stand once, twice", dict(
        extra="From: <sip:dup@b>;tag=2\r\nTo: <sip:dup@c>\r\nCall-ID: other\r\nCSeq: 8 INVITE\r\nMax-Forwards: 1\r\n"), ANY),
    ("4475 3.3.12: hops used up", dict(hops="Max-Forwards: 0\r\n"), {483}),
    ("4475 3.3.13: REGISTER with an escaped contact", dict(method="REGISTER", contact="Contact: <sip:user@example.com?Route=%3Csip:sip.example.com%3E>\r\n"), {401}),
    ("4475 3.1.1.11: a multipart body", dict(
        extra="Content-Type: multipart/mixed;boundary=7a9cbec02ceef655\r\n",
        body="--7a9cbec02ceef655\r\nContent-Type: text/plain\r\n\r\nHello\r\n--7a9cbec02ceef655--"), {415}),
    ("a multipart body without a boundary", dict(extra="Content-Type: multipart/mixed\r\n", body="--x\r\n"), {415}),
    ("an empty type for a body", dict(extra="Content-Type: \r\n", body=SDP), {400, 415}),
    ("a name of two hundred Chinese characters", dict(frm='"' + "王" * 60 + '" <sip:w@example.com>;tag=utf8', body=SDP), TAKEN),
    ("a name longer than we take", dict(frm='"' + "L" * 5000 + '" <sip:w@example.com>;tag=long'), {400}),
    ("a user longer than we take", dict(uri="sip:" + "u" * 5000 + "@127.0.0.1"), {400}),
    ("bytes that are not UTF-8 in a name", dict(frm='"\udcff\udcc0\udcaf" <sip:a@b>;tag=1'), TAKEN),
    ("eight hundred Vias", dict(extra="".join(f"Via: SIP/2.0/UDP 10.0.0.{i % 250};branch=z9hG4bK{i}\r\n" for i in range(800))), ANY),
    ("a thousand routes", dict(extra="Record-Route: " + ", ".join(f"<sip:p{i}.example.com;lr>" for i in range(1000)) + "\r\n"), TAKEN),
    ("a route whose parameter begins like lr", dict(extra="Record-Route: <sip:p;lrx>\r\n"), {400}),
    ("a contact that stands for all in an INVITE", dict(contact="Contact: *\r\n"), ANY),
    ("a Via with every parameter broken", dict(via="Via: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK;received=;rport=abc;ttl=-1;maddr=[\r\n"), ANY),
    ("a Via to everybody", dict(via="Via: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKbroad;maddr=255.255.255.255\r\n"), TAKEN),
    ("a Via of another transport", dict(via="Via: SIP/2.0/XXX 127.0.0.1;branch=z9hG4bKx\r\n"), SILENT),
    ("a Via with a port beyond all ports", dict(via="Via: SIP/2.0/UDP 127.0.0.1:99999999;branch=z9hG4bKx\r\n"), ANY),
    ("an empty Via", dict(via="Via: \r\n"), {400, None}),
    ("an address that is nothing", dict(frm="<>;tag=1"), {400, None}),
    ("a tag that is empty", dict(frm="<sip:a@b>;tag="), ANY),
    ("an unknown dialog", dict(to="<sip:u@127.0.0.1>;tag=nosuch"), {481}),
    ("BYE to an unknown dialog", dict(method="BYE", to="<sip:u@127.0.0.1>;tag=nosuch"), {481}),
    ("BYE without a dialog", dict(method="BYE"), {481}),
    ("ACK without an INVITE", dict(method="ACK"), SILENT),
    ("CANCEL without an INVITE", dict(method="CANCEL"), {481}),
    ("PRACK without a provisional", dict(method="PRACK", extra="RAck: 99999999999 1 INVITE\r\n"), {400, 481}),
    ("no Call-ID value", dict(cid=""), {400}),
    ("a Call-ID of twenty thousand characters", dict(cid="a" * 20000), TAKEN),
    ("a NUL in a Call-ID", dict(cid="same\0nul"), ANY),
    ("credentials that end in the middle", dict(method="REGISTER", extra='Authorization: Digest\r\nProxy-Authorization: Digest username="\r\n'), {400, 401, 403}),
    ("credentials of five hundred parameters", dict(
        method="REGISTER", extra="Authorization: Digest " + ",".join(f'a{i}="b"' for i in range(500)) + "\r\n"), {401}),
    ("Replaces without a value", dict(extra="Replaces: \r\n"), ANY),
    ("REFER to NUL", dict(method="REFER", extra="Refer-To: <sip:x@y?Replaces=%00%00>\r\n"), {400, 405}),
    ("SUBSCRIBE for ever", dict(method="SUBSCRIBE", extra="Event: \r\nExpires: 4294967296\r\n"), {400, 401, 403}),
    ("a contact that expires beyond all counting", dict(method="REGISTER", contact="Contact: <sip:a@b>;expires=99999999999999999999\r\n"), {401}),
    ("a header that is a colon", dict(extra=":\r\n"), ANY),
    ("a line that is no header", dict(extra="NoColon\r\n"), ANY),
    ("three thousand folded lines", dict(extra="X:" + "\r\n " * 3000 + "\r\n"), {400, 486}),
    ("a request URI that is a star", dict(uri="*"), {400, 416, None}),
    ("a request URI that ends early", dict(uri="sip:"), ANY),
    ("an IPv6 address without its end", dict(uri="sip:[::1"), {400, 404, 416, None}),
    ("headers in the request URI", dict(uri="sip:802@127.0.0.1?Route=%3Csip:x%3E"), ANY),
]

RAW = [
    ("empty lines", b"\r\n" * 500),
    ("a NUL", b"\0"),
    ("fourteen hundred NULs", b"\0" * 1400),
    ("a word", b"INVITE"),
    ("half a line", b"INVITE sip:a"),
    ("an answer to nothing", b"SIP/2.0 200 OK\r\n\r\n"),
    ("4475 3.1.2.19: a status beyond all statuses", b"SIP/2.0 100599 Better not\r\n"),
    ("a negative status", b"SIP/2.0 -1\r\n"),
    ("STUN", b"\x00\x01\x00\x08!\x12\xa4B" + b"x" * 20),
    ("STUN that lies about its size", b"\x00\x01\xff\xff" + b"\xff" * 40),
    ("HTTP", b"GET / HTTP/1.0\r\n\r\n"),
    ("bytes", b"\xf8" * 50),
]


@pytest.mark.parametrize(("how", "right"), [pytest.param(how, right, id=name) for name, how, right in HAND])
def test_message(peer: Peer, how: dict[str, str], right: set[int | None] | None) -> None:
    peer.send(peer.request(**how))  # type: ignore[arg-type]
    got = peer.status()
    assert right is None or got in right, f"answered {got}"
    assert peer.alive()


@pytest.mark.parametrize("data", [pytest.param(data, id=name) for name, data in RAW])
def test_bytes(peer: Peer, data: bytes) -> None:
    peer.send(data)
    peer.send(data + peer.request().split(b"\r\n", 1)[1])
    assert peer.alive()


def test_answers_to_nothing_we_asked(peer: Peer) -> None:
    rest = peer.request().split(b"\r\n", 1)[1]
    for status in (100, 180, 199, 200, 299, 302, 401, 487, 503, 699):
        peer.send(b"SIP/2.0 %d x\r\n" % status + rest)
    assert peer.alive()


SPECIALS = [b"\0", b"\xff", b'"', b"<", b">", b";", b",", b":", b"\\", b"%", b"\r\n", b"\r", b"\n", b" ", b"=", b"@", b"[", b"]", b"(",
            b")", b"\xe7\x8e", b"9" * 40, b"%00", b"A" * 2000, b";lrx", b";maddr=1", b";transportx"]


def mutated(chance: random.Random, message: bytes) -> bytes:
    data = bytearray(message)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(max(1, len(data)))
        what = chance.random()
        if what < 0.3:
            data[at:at] = chance.choice(SPECIALS)
        elif what < 0.55:
            data[at:at + 1] = chance.choice(SPECIALS)
        elif what < 0.75:
            del data[at:at + chance.randint(1, 30)]
        elif what < 0.9 and data:
            data[at] = chance.randrange(256)
        else:
            data = data[:at]
    return bytes(data)


def seeded() -> random.Random:
    seed = int(os.environ.get("CORDBOARD_SEED", "4475"))
    print(f"seed {seed}")
    return random.Random(seed)


def any_request(chance: random.Random, peer: Peer, via: str | None = None) -> bytes:
    return [
        lambda: peer.request(via=via, body=SDP, extra='Record-Route: <sip:p;lr>\r\nP-Asserted-Identity: "x" <sip:x@y>\r\n'),
        lambda: peer.request("REGISTER", via=via, extra='Authorization: Digest username="1001", realm="cordboard", nonce="c", '
                             'uri="sip:d", response="e", nc=00000001, cnonce="f", qop=auth, algorithm=MD5\r\n'),
        lambda: peer.request(uri=f"sip:804@127.0.0.1:{peer.port}", via=via, body=SDP),
        lambda: peer.request("UPDATE", via=via, to="<sip:u@127.0.0.1>;tag=t", body=SDP),
    ][chance.randrange(4)]()


MUTATIONS = int(os.environ.get("CORDBOARD_MUTATIONS", "3000"))


def test_mutated_requests(peer: Peer) -> None:
    chance = seeded()
    recent: list[bytes] = []
    for i in range(MUTATIONS):
        recent = [*recent[-24:], mutated(chance, any_request(chance, peer))]
        peer.send(recent[-1])
        if i % 25 == 24:
            assert peer.alive(), f"no answer after one of {recent}"


def test_mutated_requests_over_tcp(peer: Peer) -> None:
    """What comes after a broken message on the same connection is read as whatever it then is; a closed one is opened again."""
    chance = seeded()
    recent: list[bytes] = []
    to, opened = connect(peer), 1
    for i in range(MUTATIONS):
        via = f"Via: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKtcp{i}\r\n"
        recent = [*recent[-24:], mutated(chance, any_request(chance, peer, via))]
        try:
            to.sendall(recent[-1])
            while select.select([to], [], [], 0)[0]:
                if not to.recv(65536):
                    raise ConnectionError
        except OSError:
            to.close()
            to, opened = connect(peer), opened + 1
        if i % 25 == 24:
            assert peer.alive(), f"no answer after one of {recent}"
            # One that waits for a body of millions of bytes reads no more messages.
            to.close()
            to, opened = connect(peer), opened + 1
    to.close()
    print(f"{opened} connections")


def test_mutated_answers_and_requests_in_dialogs(peer: Peer) -> None:
    chance = seeded()
    peer.called.settimeout(2)
    count = MUTATIONS // 20
    rung = 0
    for i in range(count):
        peer.send(peer.request(uri=f"sip:9{i}@127.0.0.1:{peer.port}", body=SDP))
        try:
            while not (data := peer.called.recv(65535)).startswith(b"INVITE sip:9%d@" % i):
                pass
        except TimeoutError:
            assert peer.alive()
            continue
        rung += 1
        head = data.split(b"\r\n\r\n")[0].split(b"\r\n")

        def header(name: bytes) -> bytes:
            return next(line for line in head if line.lower().startswith(name + b":"))

        def answer(status: int) -> bytes:
            body = SDP.encode()
            return b"SIP/2.0 %d x\r\n%s\r\n%s\r\n%s;tag=c%d\r\n%s\r\n%s\r\nContact: <sip:c@127.0.0.1:%d>\r\n" \
                   b"Record-Route: <sip:127.0.0.1:%d;lr>\r\nContent-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s" % (
                       status, header(b"via"), header(b"from"), header(b"to"), i, header(b"call-id"), header(b"cseq"),
                       peer.called.getsockname()[1], peer.called.getsockname()[1], len(body), body)

        def ask(method: str, cseq: int) -> bytes:
            swapped = [b"From:" + header(b"to")[3:] + b";tag=c%d" % i, b"To:" + header(b"from")[5:]]
            ours = peer.request(method, frm=None, cseq=f"{cseq} {method}", body=SDP if method != "BYE" else "").split(b"\r\n")
            kept = [line for line in ours[1:] if not line.startswith((b"To:", b"Call-ID:"))]
            return b"\r\n".join([ours[0], *swapped, header(b"call-id"), *kept])

        for status in (180, 183, 200, 200):
            peer.called.sendto(mutated(chance, answer(status)) if chance.random() < 0.7 else answer(status), ("127.0.0.1", peer.port))
        for n, method in enumerate(("INVITE", "UPDATE", "INFO", "BYE")):
            peer.send(mutated(chance, ask(method, n + 1)) if chance.random() < 0.7 else ask(method, n + 1))
        if i % 5 == 4:
            assert peer.alive(), f"no answer after {data!r}"
    assert peer.alive()
    assert rung == count


def connect(peer: Peer) -> socket.socket:
    made = socket.create_connection(("127.0.0.1", peer.port), timeout=10)
    made.settimeout(10)
    return made


@pytest.mark.parametrize("data", [
    pytest.param(b"\xf8" * (1 << 20), id="a megabyte of bytes"),
    pytest.param(b"A" * (1 << 20), id="a megabyte without a line end"),
    pytest.param(b"OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bKl\r\nContent-Length: 999999999\r\n\r\n", id="a length that never comes"),
    pytest.param(b"OPTIONS sip:x SIP/2.0\r\n" + b"X: y\r\n" * 300000, id="headers without end"),
    pytest.param(b"\r\n\r\n" * 1000, id="keep-alives"),
])
def test_connection(peer: Peer, data: bytes) -> None:
    with connect(peer) as to:
        try:
            to.sendall(data)
        except OSError:
            pass  # Closed by the other side: as good an answer as any.
        assert peer.alive()
    assert peer.alive()


def test_connections_that_end_at_once(peer: Peer) -> None:
    for i in range(300):
        with connect(peer) as to:
            if i % 3:
                to.sendall(peer.request(via=f"Via: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKend{i}\r\n")[: 10 + i * 3])
            if i % 2:
                to.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    assert peer.alive()
