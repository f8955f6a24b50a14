# SPDX-License-Identifier: Apache-2.0
"""What strangers try: refused by name, on record, and a call that is up meanwhile hears nothing of it."""
import asyncio
import contextlib
import json
import pathlib
import resource
import socket
import ssl
import subprocess

import aiohttp
import pytest
from cordboard import AccessReport, AccessReported
from gate import Gate, Refused, house_tables
from hospital import Hospital
from house import program, to_toml
from peers import until

pytestmark = pytest.mark.needs("baresip", "sipp", "openssl")
Closing = contextlib.AsyncExitStack


async def raw(gate: Gate, data: bytes, timeout: float = 15) -> bytes:
    """All that is answered to these bytes, up to the end of the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", gate.port)
    try:
        with contextlib.suppress(ConnectionError):
            writer.write(data)
            await writer.drain()
        out = b""
        with contextlib.suppress(ConnectionError):
            while chunk := await asyncio.wait_for(reader.read(65536), timeout):
                out += chunk
        return out
    finally:
        writer.close()


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer else 0


async def test_foreign_pages_cannot_use_a_session(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await Hospital.open(tmp_path, closing, **house_tables())
    gate = await Gate.open(hospital.house.run, tmp_path / "gate", closing)
    await gate.follows()
    screen = await gate.browser("zhang")
    proof = screen.headers["X-CSRF-Token"]
    for headers, code in (({"X-CSRF-Token": ""}, "csrf_refused"), ({"X-CSRF-Token": proof[:-1] + "!"}, "csrf_refused"),
                          ({"Origin": "https://evil.example"}, "origin_refused"), ({"Origin": "null"}, "origin_refused")):
        with pytest.raises(Refused) as forged:
            await screen.ask("POST", "/v1/commands/log_on", json={"operator": screen.session["operator"]}, headers=headers)
        assert forged.value.status == 403 and forged.value.code == code
    # A form of another page can send no JSON; and a socket says where it comes from.
    with pytest.raises(Refused) as form:
        await screen.ask("POST", "/v1/commands/log_on", data=json.dumps({"operator": "1"}), headers={"Content-Type": "text/plain"})
    assert form.value.code == "media_type_unsupported"
    with pytest.raises(aiohttp.WSServerHandshakeError) as handshake:
        await screen.http.ws_connect(f"{gate.base}/v1/socket", origin="https://evil.example")
    assert handshake.value.status == 403
    await hospital.watch.next(AccessReported, detail=AccessReport.FORGED)
    assert (await screen.give("log_on", operator=screen.session["operator"], wait=None))["state"] == "accepted"


async def test_no_token_and_a_token_in_the_address(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await Hospital.open(tmp_path, closing, **house_tables())
    gate = await Gate.open(hospital.house.run, tmp_path / "gate", closing)
    await gate.follows()
    stranger, token = await gate.visitor(), gate.token("senior")
    for path in ("snapshot", "events", "socket", "log", "directory?q=a", "duty?post=a", "figures", "session", "nothing"):
        with pytest.raises(Refused) as refused:
            await stranger.ask("GET", f"/v1/{path}")
        assert refused.value.status == 401, path
    for headers in ({"Authorization": "Bearer " + token[:-1] + "x"}, {"Authorization": f"Basic {token}"}, {"Authorization": token},
                    {"Cookie": "cordboard_session=" + "a" * 43}):
        with pytest.raises(Refused) as refused:
            await stranger.ask("GET", "/v1/snapshot", headers=headers)
        assert refused.value.status == 401
    for key in ("token", "access_token"):
        for path in ("/v1/snapshot", "/v1/events", "/v1/socket", "/"):
            with pytest.raises(Refused) as refused:
                await stranger.ask("GET", f"{path}?{key}={token}")
            assert refused.value.code == "token_in_url"
    told = await hospital.watch.next(AccessReported, detail=AccessReport.MALFORMED)
    assert token not in told.text
    await hospital.watch.next(AccessReported, detail=AccessReport.UNAUTHENTICATED)


async def test_what_is_no_request_while_a_call_is_up(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await Hospital.open(tmp_path, closing, **house_tables())
    gate = await Gate.open(hospital.house.run, tmp_path / "gate", closing, limits={"read": "1s", "idle": "1s"})
    await gate.follows()
    phone, caller, call = await hospital.talk()
    token = gate.token("zhang")
    own = f"Host: x\r\nAuthorization: Bearer {token}\r\n".encode()
    head = b"POST /v1/commands/hold HTTP/1.1\r\n" + own + b"Content-Type: application/json\r\n"
    hidden = b"GET /v1/snapshot HTTP/1.1\r\n" + own + b"\r\n"
    # Smuggling: two lengths, a length and chunks, chunks that are none, two hosts, a bare line feed, a folded header, no host.
    for data in (
            head + b"Content-Length: 2\r\nContent-Length: 60\r\n\r\n{}" + hidden,
            head + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden,
            head + b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n" + hidden,
            head + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + hidden,
            head + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n" + hidden,
            head + b"Content-Length: +2\r\n\r\n{}" + hidden,
            head + b"Content-Length : 2\r\n\r\n{}" + hidden,
            b"GET /v1/snapshot HTTP/1.1\r\nHost: a\r\n" + own + b"\r\n",
            b"GET /v1/snapshot HTTP/1.1\nHost: x\n\n",
            b"GET /v1/snapshot HTTP/1.1\r\nAuthorization: Bearer x\r\n\r\n",
            b"GET /v1/snapshot HTTP/1.0\r\n" + own + b"\r\n",
            b"GET http://evil.example/v1/snapshot HTTP/1.1\r\n" + own + b"\r\n",
            b"GET /v1/%00 HTTP/1.1\r\n" + own + b"\r\n", b"GET /%zz HTTP/1.1\r\n" + own + b"\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200), b"\r\n" * 4000 + b"x" * 200):
        answer = await raw(gate, data)
        assert answer.count(b"HTTP/1.1 ") <= 1 and b'"calls"' not in answer, (data[:200], answer[:300])
        assert status(answer) in (0, 400, 408), (data[:200], answer[:300])
    # 10 MB, declared, undeclared, and as a head.
    body = b"x" * 10_000_000
    assert status(await raw(gate, head + b"Content-Length: 10000000\r\n\r\n" + body)) in (0, 413)
    assert status(await raw(gate, head + b"Transfer-Encoding: chunked\r\n\r\n989680\r\n" + body)) in (0, 413)
    assert status(await raw(gate, b"GET / HTTP/1.1\r\nHost: x\r\nX: " + body)) in (0, 400, 431)
    assert (await raw(gate, head + b"Content-Length: 100000\r\n\r\n")).startswith(b"HTTP/1.1 413")
    assert (await raw(gate, b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 20000 + b"\r\n\r\n")).startswith(b"HTTP/1.1 431")
    deep = b'{"call":' + b"[" * 30000
    assert (await raw(gate, head + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(deep) + deep)).startswith(b"HTTP/1.1 400")
    # Who sends a byte now and then is let go when the time for a whole request is over, however many there are.
    async def slow() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", gate.port)
        with contextlib.suppress(ConnectionError):
            for byte in b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 100:
                writer.write(bytes([byte]))
                await writer.drain()
                with contextlib.suppress(asyncio.TimeoutError):
                    if not await asyncio.wait_for(reader.read(1), 0.1):
                        break
            else:
                raise AssertionError("it was let go on for ever")
        writer.close()
    await asyncio.gather(*(slow() for _ in range(50)))
    for method in ("TRACE", "CONNECT", "PUT", "PATCH", "OPTIONS", "DELETE"):
        answer = await raw(gate, method.encode() + b" /v1/snapshot HTTP/1.1\r\nConnection: close\r\n" + own + b"\r\n")
        assert status(answer) in (400, 405), (method, answer[:100])
    await hospital.watch.next(AccessReported, detail=AccessReport.MALFORMED)
    await hospital.hears(caller)
    assert phone.count("CALL_CLOSED") == 0 and gate.child and gate.child.returncode is None


async def test_ten_thousand_connections(tmp_path: pathlib.Path, closing: Closing) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 12_000 and hard != resource.RLIM_INFINITY:
        pytest.skip(f"a process may have {hard} files here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 20_000), hard))
    closing.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
    hospital = await Hospital.open(tmp_path, closing, **house_tables())
    gate = await Gate.open(hospital.house.run, tmp_path / "gate", closing, limits={"connections": 4000, "connections_per_address": 3000})
    await gate.follows()
    phone, caller, call = await hospital.talk()
    token = gate.token("zhang")
    lines = []
    try:
        for index in range(10_000):
            line = socket.socket()
            line.setblocking(False)
            with contextlib.suppress(BlockingIOError, ConnectionError):
                line.connect(("127.0.0.1", gate.port))
            lines.append(line)
            if index % 100 == 99:
                await asyncio.sleep(0)
        told = await hospital.watch.next(AccessReported, timeout=30, fits=lambda e: e.detail is AccessReport.LIMITED)
        assert told.text == "127.0.0.1 connections"
        await hospital.hears(caller)

        # Another address still gets in.
        def elsewhere() -> bytes:
            with socket.create_connection(("127.0.0.1", gate.port), 20, ("127.0.0.9", 0)) as line:
                line.sendall(f"GET /v1/session HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
                return line.recv(65536)
        assert status(await asyncio.to_thread(elsewhere)) == 200
    finally:
        for line in lines:
            line.close()
    await gate.follows()
    await hospital.hears(caller)
    assert phone.count("CALL_CLOSED") == 0


async def test_names_are_data_wherever_they_go(tmp_path: pathlib.Path, closing: Closing) -> None:
    csv = tmp_path / "directory.csv"
    evil = '<img src=x onerror=alert(1)>"\'</script>'
    csv.write_text('id,kind,name,title\nx1,person,"' + evil.replace('"', '""') + '",note\n')
    hospital = await Hospital.open(tmp_path / "h", closing, **house_tables())
    gate = await Gate.open(hospital.house.run, tmp_path / "gate", closing, directory=str(csv))
    await gate.follows()
    screen = await gate.browser("zhang")
    async with screen.http.get(f"{gate.base}/v1/directory?q=img") as answer:
        # JSON with its type said, never guessed, under a policy that runs nothing that is not ours.
        assert answer.content_type == "application/json" and answer.headers["X-Content-Type-Options"] == "nosniff"
        policy = answer.headers["Content-Security-Policy"]
        assert "script-src 'self'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
        assert [e["name"] for e in (await answer.json())["entries"]] == [evil]
    for path in ("/v1/<script>", "/v1/commands/<script>"):
        with pytest.raises(Refused) as refused:
            await screen.ask("POST", path, json={})
        assert refused.value.status in (404, 405)


async def test_tls_alone_beyond_this_machine(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await Hospital.open(tmp_path, closing, **house_tables())
    folder = tmp_path / "gate"
    gate = await Gate.open(hospital.house.run, folder, closing, start=False)
    gate.settings["gateway"]["address"] = "0.0.0.0"
    (folder / "gateway.toml").write_text(to_toml(gate.settings))
    done = subprocess.run([program(), "gateway", "--lang", "en", str(folder / "gateway.toml")], capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 1 and "gateway.address" in done.stderr and "passwords do not cross a network in clear" in done.stderr

    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
                    "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    key.chmod(0o600)
    gate.settings["gateway"] |= {"certificate": str(certificate), "private_key": str(key)}
    (folder / "users.toml").write_text("")
    (folder / "gateway.toml").write_text(to_toml(gate.settings))
    done = subprocess.run([program(), "gateway", "--lang", "en", str(folder / "gateway.toml")], capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 1 and "no user and no token" in done.stderr
    gate.cli("user", "add", "zhang", stdin="correct horse battery")
    gate.settings["gateway"]["address"] = "127.0.0.1"
    await gate.start()
    await gate.follows()

    def shake(most: ssl.TLSVersion, ciphers: str = "ALL:@SECLEVEL=0") -> str | None:
        how = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        how.load_verify_locations(certificate)
        how.minimum_version = ssl.TLSVersion.TLSv1
        how.maximum_version = most
        how.set_ciphers(ciphers)
        with socket.create_connection(("127.0.0.1", gate.port), 10) as line, how.wrap_socket(line, server_hostname="127.0.0.1") as sealed:
            return sealed.version()

    assert await asyncio.to_thread(shake, ssl.TLSVersion.TLSv1_3) == "TLSv1.3"
    assert await asyncio.to_thread(shake, ssl.TLSVersion.TLSv1_2) == "TLSv1.2"
    for most, ciphers in ((ssl.TLSVersion.TLSv1_1, "ALL:@SECLEVEL=0"), (ssl.TLSVersion.TLSv1, "ALL:@SECLEVEL=0"),
                          (ssl.TLSVersion.TLSv1_2, "AES128-SHA:@SECLEVEL=0"), (ssl.TLSVersion.TLSv1_2, "ECDHE-RSA-AES128-SHA:@SECLEVEL=0")):
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await asyncio.to_thread(shake, most, ciphers)
    assert b'"calls"' not in await raw(gate, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    trusting = ssl.create_default_context(cafile=str(certificate))
    screen = await gate.visitor()
    async with screen.http.post(f"{gate.base}/v1/session", json={"user": "zhang", "password": "correct horse battery"}, ssl=trusting) as answer:
        assert answer.status == 200 and "; Secure" in answer.headers["Set-Cookie"] and "Strict-Transport-Security" in answer.headers
    async with screen.http.get(f"{gate.base}/v1/events?state=1", ssl=trusting) as answer:
        said = b""
        while b"event: hello" not in said:
            said += await asyncio.wait_for(answer.content.readany(), 10)
            assert not answer.content.at_eof()
    async with screen.http.ws_connect(f"{gate.base}/v1/socket?state=1", ssl=trusting, origin=gate.base) as line:
        assert json.loads(await line.receive_str())["type"] == "hello"
    told = await hospital.watch.next(AccessReported, fits=lambda e: "tls" in e.text)
    assert told.detail is AccessReport.MALFORMED
    await until(lambda: gate.child is not None and gate.child.returncode is None, 1, "the gateway")
