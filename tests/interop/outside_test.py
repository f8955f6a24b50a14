# SPDX-License-Identifier: Apache-2.0
"""The outside world: Kamailio as the hospital's PBX, which the switchboard registers with and calls over, and SIPp as a provider.

    switchboard                     PBX                          its extension 2001 (baresip)
      │── REGISTER 8000 ────────────►│
      │◄─ 401 ───────────────────────│
      │── REGISTER, Authorization ──►│  contact sip:9000@switchboard
      │◄─ 200 ───────────────────────│
      │── INVITE 2001 ──────────────►│
      │◄─ 407 ───────────────────────│
      │── INVITE, Proxy-Auth… ──────►│── INVITE ────────────────────►│
"""
import asyncio
import contextlib
import pathlib
from typing import Any

import pytest
from cordboard import (Cause, Consent, ConsentOf, DeviceConfigured, DeviceInService, DeviceOutOfService, Error, Established,
                       OperatorConfigured, Transferred)
from hospital import Hospital, tone_of
from pbx import ADDRESS, Pbx, trunk, with_pbx
from peers import Baresip, Child, free_port, tone_seconds, until

pytestmark = pytest.mark.needs("baresip", "sipp", "kamailio")
Closing = contextlib.AsyncExitStack
PROVIDER = "127.0.0.4"


async def extension(tmp_path: pathlib.Path, closing: Closing, pbx: Pbx, number: str = "2001", hz: float = 660, **how: Any) -> Baresip:
    made = await Baresip.start(tmp_path / number, number, f"secret-{number}", pbx.address, hz=hz, **how)
    closing.push_async_callback(made.stop)
    await made.registered()
    return made


async def line_of(hospital: Hospital) -> int:
    """The device that the trunk is."""
    return (await hospital.watch.next(DeviceConfigured, fits=lambda e: e.text.partition("\t")[0] == "pbx")).device


def operator_of(hospital: Hospital) -> int:
    return next(e.operator for e in hospital.watch.all(OperatorConfigured) if e.device == hospital.device("1001"))


async def test_registers_is_called_and_calls(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital, pbx = await with_pbx(tmp_path, closing)
    line = await line_of(hospital)
    await hospital.watch.next(DeviceInService, device=line)
    [contact] = await pbx.has("8000", 1)
    assert contact.startswith(f"sip:9000@{hospital.house.address}")
    desk = await hospital.staff()

    # From the PBX to the house: the extension calls 8000, whose contact is the switchboard's number.
    phone = await extension(tmp_path, closing, pbx)
    await phone.dial(f"sip:8000@{pbx.address}")
    await phone.wait("CALL_ESTABLISHED")
    await desk.wait("CALL_RTPESTAB")
    await asyncio.sleep(1)  # a second of voice, which is what is looked at below; no bound
    await phone.hangup()
    await desk.wait("CALL_CLOSED")
    assert tone_seconds(phone.heard()[0], tone_of("1001")) > 0.3

    # From the house to the PBX, which asks for a password at the INVITE and again at the BYE.
    mark, seen = hospital.watch.now, len(phone.events)
    await hospital.board.ready(operator_of(hospital))
    await hospital.board.make_call(operator_of(hospital), "2001", timeout=20)
    await phone.wait("CALL_ESTABLISHED", after=seen)
    await hospital.watch.next(Established, after=mark, device=line)
    await desk.hangup()
    await phone.wait("CALL_CLOSED", after=seen, timeout=20)
    text = "".join(path.read_text(errors="replace") for path in tmp_path.glob("serve.*"))
    assert "secret-8000" not in text and "Digest" not in text


async def test_a_crash_leaves_two_contacts_or_registers_needlessly(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital, pbx = await with_pbx(tmp_path, closing, expires="10min")
    line = await line_of(hospital)
    await hospital.watch.next(DeviceInService, device=line)
    before = await pbx.has("8000", 1)
    # It is written down a moment later, and once it is, the process may die.
    await until(lambda: "sip:9000@" in (hospital.house.hot / "registrations").read_text(errors="replace")
                if (hospital.house.hot / "registrations").exists() else False, 10, "the registration in its file")
    dump = await pbx.ask("ul.dump")
    await hospital.crash()
    desk = await hospital.staff()
    assert await pbx.has("8000", 1) == before
    after = await pbx.ask("ul.dump")
    sequence = [contact["Contact"]["CSeq"] for found in (dump, after)
                for contact in found["result"]["Domains"][0]["Domain"]["AoRs"][0]["Info"]["Contacts"]]
    assert sequence[0] == sequence[1], "the registration was refreshed though it stood"
    assert len(hospital.watch.all(DeviceOutOfService, device=line)) == 1, "only before it was registered for the first time"
    phone = await extension(tmp_path, closing, pbx)
    await phone.dial(f"sip:8000@{pbx.address}")
    await phone.wait("CALL_ESTABLISHED")
    await desk.wait("CALL_ESTABLISHED")


async def test_an_orderly_stop_takes_the_contact_away(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital, pbx = await with_pbx(tmp_path, closing)
    await pbx.has("8000", 1)
    await hospital.watch.next(DeviceInService, device=await line_of(hospital))
    assert await hospital.house.stop() == 0
    await pbx.has("8000", 0)


async def test_a_wrong_password_is_told(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital, pbx = await with_pbx(tmp_path, closing, password="wrong", retry="1min")
    line = await line_of(hospital)
    await hospital.watch.next(DeviceOutOfService, device=line, cause=Cause.CALL_REJECTED)
    assert await pbx.contacts("8000") == []
    assert not hospital.watch.all(DeviceInService, device=line)


async def test_a_pbx_that_was_away_is_registered_with_again(tmp_path: pathlib.Path, closing: Closing) -> None:
    # 423: this PBX wants a minute and a half at least.
    hospital, pbx = await with_pbx(tmp_path, closing, pbx={"shortest": 90}, answer_within="1s")
    line = await line_of(hospital)
    await hospital.watch.next(DeviceInService, device=line)
    await pbx.stop()
    await hospital.crash()
    await pbx.again()
    # What it forgot is not known here until the refresh; a switchboard that starts anew asks at once when it has no file.
    await hospital.house.kill()
    (hospital.house.hot / "registrations").unlink(missing_ok=True)
    await hospital.house.start()
    await pbx.has("8000", 1, timeout=30)


async def test_a_dead_target_is_passed_over(tmp_path: pathlib.Path, closing: Closing) -> None:
    dead = f"{PROVIDER}:{free_port(PROVIDER)}"
    hospital, pbx = await with_pbx(tmp_path, closing, dead, answer_within="1s", check_every="1s", domain=ADDRESS)
    await hospital.watch.next(DeviceInService, device=await line_of(hospital), timeout=20)
    phone = await extension(tmp_path, closing, pbx)
    await hospital.staff()
    for _ in range(2):
        seen = len(phone.events)
        await hospital.board.ready(operator_of(hospital))
        await hospital.board.make_call(operator_of(hospital), "2001", timeout=20)
        await phone.wait("CALL_ESTABLISHED", after=seen)
        await phone.hangup()
        await phone.wait("CALL_CLOSED", after=seen)
        await until(lambda: hospital.phones["1001"].count("CALL_CLOSED") == hospital.phones["1001"].count("CALL_ESTABLISHED"),
                    10, "the operator's phone on the hook")


_PROVIDER = """<?xml version="1.0" encoding="UTF-8"?>
<!-- A provider asks for the password at the INVITE, looks at it, and is talked to.

     switchboard                    provider
       |── INVITE ───────────────────►|
       |◄─ 401 ───────────────────────|
       |── ACK, INVITE, Authorization►|
       |◄─ 180, 200 ──────────────────|
       |── ACK ──────────────────────►|
       |── BYE ──────────────────────►|
-->
<scenario name="provider">
<recv request="INVITE"/>
<send><![CDATA[
SIP/2.0 401 Unauthorized
[last_Via:]
[last_From:]
[last_To:];tag=a[call_number]
[last_Call-ID:]
[last_CSeq:]
WWW-Authenticate: Digest realm="provider", nonce="4711-[call_number]", algorithm=MD5, qop="auth"
Content-Length: 0

]]></send>
<recv request="ACK"/>
<recv request="INVITE" rrs="true">
  <action><verifyauth assign_to="right" username="hospital" password="hush"/></action>
</recv>
<nop test="right" next="1"/>
<send><![CDATA[
SIP/2.0 403 Forbidden
[last_Via:]
[last_From:]
[last_To:];tag=b[call_number]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
<recv request="ACK"/>
<label id="1"/>
<send retrans="500"><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:];tag=b[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:provider@[local_ip]:[local_port];transport=[transport]>
Content-Type: application/sdp
Content-Length: [len]

v=0
o=sipp 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [local_ip]
t=0 0
m=audio 42000 RTP/AVP 8
a=rtpmap:8 PCMA/8000
]]></send>
<recv request="ACK"/>
<recv request="BYE"/>
<send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
</scenario>
"""


async def test_a_provider_asks_for_the_password(tmp_path: pathlib.Path, closing: Closing) -> None:
    port = free_port(PROVIDER)
    secret = tmp_path / "secret"
    secret.write_text("hush\n")
    secret.chmod(0o600)
    line = trunk(PROVIDER, f"{PROVIDER}:{port}", user="hospital", password_file=str(secret), domain="provider.example")
    hospital = await Hospital.open(tmp_path, closing, trunk=[line])
    (tmp_path / "provider.xml").write_text(_PROVIDER)
    provider = await Child.start(["sipp", "-sf", str(tmp_path / "provider.xml"), "-i", PROVIDER, "-p", str(port), "-m", "1",
                                  "-nostdin", "-timeout", "60s", "-timeout_error", "-trace_err", "-error_file",
                                  str(tmp_path / "provider.errors")], tmp_path, "provider")
    closing.push_async_callback(provider.stop)
    desk = await hospital.staff()
    await hospital.board.make_call(operator_of(hospital), "02012345", timeout=20)
    await desk.hangup()
    assert await provider.wait(30) == 0, (tmp_path / "provider.errors").read_text(errors="replace")


async def test_an_extension_is_answered_held_and_put_through_to_another(tmp_path: pathlib.Path, closing: Closing) -> None:
    """The caller and whom the caller is put through to are both the PBX's: two legs of one trunk, in one guarded transfer."""
    hospital, pbx = await with_pbx(tmp_path, closing)
    await hospital.watch.next(DeviceInService, device=await line_of(hospital))
    desk = await hospital.staff()
    caller = await extension(tmp_path, closing, pbx)
    wanted = await extension(tmp_path, closing, pbx, number="2002", hz=880, answer="auto")
    await caller.dial(f"sip:8000@{pbx.address}")
    await desk.wait("CALL_RTPESTAB")
    call = (await hospital.watch.next(Established, fits=lambda e: e.operator != 0)).call
    await hospital.board.hold(call)
    await hospital.board.retrieve(call)
    await hospital.put_through(call, "2002", wanted)
    await asyncio.sleep(1)  # a second of voice, which is what is looked at below; no bound
    await caller.hangup()
    await wanted.wait("CALL_CLOSED", timeout=20)
    assert tone_seconds(caller.heard()[0], 880) > 0.3
    assert tone_seconds(wanted.heard()[0], 660) > 0.3


async def test_an_extension_is_sent_on_and_comes_back_when_nobody_answers(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital, pbx = await with_pbx(tmp_path, closing)
    await hospital.watch.next(DeviceInService, device=await line_of(hospital))
    desk = await hospital.staff()
    department = await hospital.phone("8001", answer="manual")
    caller = await extension(tmp_path, closing, pbx)
    await caller.dial(f"sip:8000@{pbx.address}")
    await desk.wait("CALL_RTPESTAB")
    call = (await hospital.watch.next(Established, fits=lambda e: e.operator != 0)).call
    await hospital.board.declare_consent(call, ConsentOf.CALLER, Consent.YES)
    sending = asyncio.ensure_future(hospital.board.single_step_transfer(call, "8001", timeout=40))
    await department.wait("CALL_INCOMING")
    await department.hangup()
    with pytest.raises(Error):
        await sending
    # Refused: the caller is with the operator again, and is sent once more.
    back = hospital.watch.now
    await hospital.watch.next(Established, call=call, fits=lambda e: e.operator != 0, timeout=30)
    seen = len(department.events)
    await hospital.board.declare_consent(call, ConsentOf.CALLER, Consent.YES)
    sending = asyncio.ensure_future(hospital.board.single_step_transfer(call, "8001", timeout=40))
    await department.wait("CALL_INCOMING", after=seen)
    await department.accept()
    await sending
    await hospital.watch.next(Transferred, call=call, after=back, timeout=20)
    await caller.hangup()
    await department.wait("CALL_CLOSED", after=seen, timeout=20)
