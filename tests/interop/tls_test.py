# SPDX-License-Identifier: Apache-2.0
"""SIP over TLS by others' hands: a baresip that checks the switchboard's certificate, and openssl for what has to be refused."""
import asyncio
import contextlib
import pathlib
import subprocess

import pytest
from cordboard import DeviceInService, DeviceOutOfService, OperatorConfigured
from hospital import Hospital, tone_of
from peers import Baresip, free_port, tone_seconds

pytestmark = pytest.mark.needs("baresip", "sipp", "openssl")
Closing = contextlib.AsyncExitStack


def openssl(folder: pathlib.Path, *words: str, fails: bool = False) -> str:
    done = subprocess.run(["openssl", *words], cwd=folder, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60,
                          check=False)
    assert fails or done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def certificates(folder: pathlib.Path) -> None:
    """An authority, one in between, and the switchboard's certificate signed by that one."""
    folder.mkdir()
    for name, subject in (("ca", "/CN=Hospital CA"), ("between", "/CN=Between"), ("house", "/CN=127.0.0.1")):
        (folder / f"{name}.ext").write_text(
            "basicConstraints=critical,CA:TRUE\n" if name != "house" else "subjectAltName=IP:127.0.0.1,DNS:127.0.0.1\n")
        openssl(folder, "req", "-newkey", "rsa:2048", "-nodes", "-subj", subject, "-keyout", f"{name}.key", "-out", f"{name}.csr")
        (folder / f"{name}.key").chmod(0o600)
    sign = ["x509", "-req", "-days", "30"]
    openssl(folder, *sign, "-in", "ca.csr", "-signkey", "ca.key", "-extfile", "ca.ext", "-out", "ca.pem")
    for name, by in (("between", "ca"), ("house", "between")):
        openssl(folder, *sign, "-in", f"{name}.csr", "-CA", f"{by}.pem", "-CAkey", f"{by}.key", "-CAcreateserial", "-extfile",
                f"{name}.ext", "-out", f"{name}.pem")
    (folder / "chain.pem").write_text((folder / "house.pem").read_text() + (folder / "between.pem").read_text())


async def opened(tmp_path: pathlib.Path, closing: Closing) -> tuple[Hospital, str, pathlib.Path]:
    folder = tmp_path / "certificates"
    certificates(folder)
    port = free_port()
    hospital = await Hospital.open(tmp_path, closing, sip={
        "tls": True, "tls_port": port, "certificate": str(folder / "chain.pem"), "private_key": str(folder / "house.key")})
    return hospital, f"127.0.0.1:{port}", folder


async def test_phone_over_tls(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital, address, folder = await opened(tmp_path, closing)
    assert f"tls {address}" in hospital.house.child.text()  # type: ignore[union-attr]
    password = hospital.house.phone("1001")["password"]
    phone = await Baresip.start(tmp_path / "1001", "1001", password, address, hz=tone_of("1001"), transport="tls",
                                more=f"sip_cafile {folder / 'ca.pem'}\nsip_verify_server yes\n")
    closing.push_async_callback(phone.stop)
    hospital.phones["1001"] = phone
    await phone.registered(20)
    await hospital.watch.next(DeviceInService, device=hospital.device("1001"))
    operator = next(e.operator for e in hospital.watch.all(OperatorConfigured) if e.device == hospital.device("1001"))
    await hospital.board.log_on(operator)
    await hospital.board.ready(operator)
    # The phone's own address is none that could be called: it is reached by its connection.
    caller, _ = await hospital.call_in(scenario="caller_stays")
    await phone.wait("CALL_RTPESTAB", timeout=20)
    await hospital.hears(caller, 100)
    assert tone_seconds(caller.voice.heard(), tone_of("1001")) > 0.5
    await phone.hangup()
    assert (await caller.result()).exit_code == 0
    # Its connection is lost: it is out of service at once, and not when somebody wants it.
    await phone.kill()
    await hospital.watch.next(DeviceOutOfService, device=hospital.device("1001"))


async def test_what_is_not_safe_is_refused(tmp_path: pathlib.Path, closing: Closing) -> None:
    _, address, folder = await opened(tmp_path, closing)

    async def hello(*words: str) -> str:
        return await asyncio.to_thread(openssl, folder, "s_client", "-connect", address, "-CAfile", "ca.pem", *words, fails=True)

    for version in ("-tls1_2", "-tls1_3"):
        text = await hello(version)
        assert "Verify return code: 0 (ok)" in text, text
        assert "CN = Between" in text or "CN=Between" in text, "the certificate between ours and its root is sent too"
    for old in (["-tls1"], ["-tls1_1"], ["-tls1_2", "-cipher", "eNULL:aNULL:@SECLEVEL=0"]):
        words = old if "-cipher" in old else [*old, "-cipher", "ALL:@SECLEVEL=0"]
        text = await hello(*words)
        assert "Cipher is (NONE)" in text or "Cipher    : 0000" in text, (old, text)


async def test_silent_connections_keep_nobody_out(tmp_path: pathlib.Path, closing: Closing) -> None:
    """Many who connect and never begin the handshake keep nobody out."""
    hospital, address, _ = await opened(tmp_path, closing)
    host, port = address.split(":")
    silent = [await asyncio.open_connection(host, int(port)) for _ in range(200)]
    closing.callback(lambda: [writer.close() for _, writer in silent])
    password = hospital.house.phone("1002")["password"]
    phone = await Baresip.start(tmp_path / "1002", "1002", password, address, transport="tls")
    closing.push_async_callback(phone.stop)
    await phone.registered(20)
