# SPDX-License-Identifier: Apache-2.0
"""A console's folder: served as it was read, packed where that is taken, and nothing beside it."""
import asyncio
import contextlib
import gzip
import os
import pathlib
import signal

import pytest
from gate import Gate, Refused, house_tables
from hospital import Hospital
from house import HERE

pytestmark = pytest.mark.needs("baresip", "sipp")
Closing = contextlib.AsyncExitStack
PAGE = "<!doctype html><title>总机</title>"


async def test_a_console_and_nothing_beside_it(tmp_path: pathlib.Path, closing: Closing) -> None:
    console = tmp_path / "console"
    (console / "assets").mkdir(parents=True)
    (console / "index.html").write_text(PAGE)
    script = "export const x = 1;\n" * 100
    (console / "assets" / "app-1a2b.js").write_text(script)
    (console / "assets" / "app-1a2b.js.gz").write_bytes(gzip.compress(script.encode()))
    (tmp_path / "secret.txt").write_text("secret")
    (console / "link.txt").symlink_to(tmp_path / "secret.txt")
    hospital = await Hospital.open(tmp_path / "h", closing, **house_tables())
    gate = await Gate.open(hospital.house.run, tmp_path / "gate", closing, console=str(console), directory=str(HERE / "directory.csv"),
                           roster=str(HERE / "roster.csv"))
    await gate.follows()
    visitor = await gate.visitor()
    for path in ("/", "/index.html", "/calls/12"):
        async with visitor.http.get(gate.base + path) as answer:
            assert answer.status == 200 and await answer.text() == PAGE and answer.content_type == "text/html"
            assert answer.headers["Cache-Control"] == "no-cache"
            tag = answer.headers["ETag"]
    async with visitor.http.get(gate.base + "/", headers={"If-None-Match": tag}) as answer:
        assert answer.status == 304 and await answer.read() == b""
    async with visitor.http.get(gate.base + "/assets/app-1a2b.js", headers={"Accept-Encoding": "gzip"}) as answer:
        assert answer.headers["Content-Encoding"] == "gzip" and int(answer.headers["Content-Length"]) < 200
        assert "immutable" in answer.headers["Cache-Control"] and await answer.text() == script
    async with visitor.http.get(gate.base + "/assets/app-1a2b.js", headers={"Accept-Encoding": "identity"}) as answer:
        assert "Content-Encoding" not in answer.headers and await answer.text() == script
    async with visitor.http.head(gate.base + "/assets/app-1a2b.js") as answer:
        assert answer.status == 200 and await answer.read() == b""
    for path in ("/../secret.txt", "/assets/../../secret.txt", "/..%2fsecret.txt", "/%2e%2e/secret.txt", "/link.txt", "/assets/app-1a2b.js.gz.x",
                 "//etc/passwd.txt", "/etc/passwd.conf", "/....//secret.txt", "/assets\\..\\..\\secret.txt"):
        reader, writer = await asyncio.open_connection("127.0.0.1", gate.port)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        answer_bytes = await asyncio.wait_for(reader.read(), 10)
        writer.close()
        assert b"secret" not in answer_bytes.split(b"\r\n\r\n", 1)[1].replace(b"secret.txt", b""), path
        assert answer_bytes.startswith((b"HTTP/1.1 404", b"HTTP/1.1 400")), (path, answer_bytes[:80])
    # A new console comes with SIGHUP.
    (console / "index.html").write_text(PAGE + "2")
    assert gate.child
    os.kill(gate.child.pid, signal.SIGHUP)

    async def renewed() -> None:
        while True:
            async with visitor.http.get(gate.base + "/") as again:
                if await again.text() == PAGE + "2":
                    return
    await asyncio.wait_for(renewed(), 10)

    screen = await gate.browser("zhang")
    found = await screen.ask("GET", "/v1/directory?q=fsk&count=3")
    assert found["entries"] and found["entries"][0]["name"].startswith("放射科")
    assert (await screen.ask("GET", "/v1/directory/" + found["entries"][0]["id"])) == found["entries"][0]
    with pytest.raises(Refused) as none:
        await screen.ask("GET", "/v1/directory/none")
    assert none.value.status == 404


async def test_a_stop_in_order_ends_all_streams(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await Hospital.open(tmp_path, closing, **house_tables())
    gate = await Gate.open(hospital.house.run, tmp_path / "gate", closing)
    await gate.follows()
    screen = await gate.browser("zhang")
    stream = screen.events("state=1")
    assert (await anext(stream))["event"] == "hello"
    assert await gate.stop() == 0
    with contextlib.suppress(Exception):
        async for _ in stream:
            pass
