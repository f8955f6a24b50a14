# SPDX-License-Identifier: Apache-2.0
"""Codes dialled at real phones: an operator without a screen works through a shift; and lamps that show who is busy (RFC 4235).

    M6   log-in, breaks with their reason, log-off at the phone
    S2   a doctor who is in clinic is not rung: the desk is
    P5   one code adds the ambulance to the caller's call
    S9   what a phone may not see or do is refused, and the refusal is on record
"""
import asyncio
import html
import pathlib
import re
import shutil
import subprocess

import pytest
from cordboard import (Activity, ActivityChanged, Conferenced, Custodian, Diverted, Established, OperatorLoggedOff, OperatorLoggedOn, OperatorNotReady,
                       OperatorReady, PhoneCodeDialled, WatchRefused)
from desk import Desk, Line
from hospital import Hospital
from house import OUTSIDE
from office import Closing, custodian, desk, leaves, listens, on_duty, opened, operator_of, talk
from pbx import ADDRESS, Pbx, account, trunk
from peers import Baresip, free_port, until

pytestmark = pytest.mark.needs("baresip", "sipp", "kamailio")
CODES = {"log_on": "*11", "log_off": "*12", "ready": "*13", "not_ready": "*14", "pickup": "*8", "park": "*68", "unpark": "*69",
         "in_clinic": "*41", "available": "*40", "emergency": "*99", "superior": "*91"}


async def dials(hospital: Hospital, phone: Desk, code: str, done: bool = True) -> Line:
    since = hospital.watch.now
    line = await phone.dial(code)
    used = (await hospital.watch.next(PhoneCodeDialled, device=hospital.device(phone.number), after=since))
    assert (used.value == 0) == done == (line.status == 200), (line.status, used)
    return line


async def test_m6_a_shift_at_the_phone(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await opened(tmp_path, closing, phone_codes=CODES, reason=[{"number": 3, "name": "小休", "limit": "15min"}])  # type: ignore[arg-type]
    phone = await desk(hospital, "1001")
    line = await dials(hospital, phone, "*11")
    await line.over()
    await hospital.watch.next(OperatorLoggedOn, operator=operator_of(hospital, "1001"))
    await (await dials(hospital, phone, "*13")).over()
    await hospital.watch.next(OperatorReady, operator=operator_of(hospital, "1001"))
    await (await dials(hospital, phone, "*143")).over()
    away = await hospital.watch.next(OperatorNotReady, operator=operator_of(hospital, "1001"), fits=lambda e: e.detail != 0)
    assert away.detail == 3
    await (await dials(hospital, phone, "*12")).over()
    left = await hospital.watch.next(OperatorLoggedOff, operator=operator_of(hospital, "1001"))
    assert left.detail == 3
    refused = await phone.dial("*13")
    assert refused.status >= 400


async def test_a_caller_is_taken_parked_and_taken_back_by_codes(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await opened(tmp_path, closing, phone_codes=CODES)
    phone = await desk(hospital, "1001")
    await hospital.board.log_on(operator_of(hospital, "1001"))
    caller, call = await hospital.call_in()
    line = await phone.dial("*8")
    assert line.status == 200
    await hospital.watch.next(Established, call=call, fits=lambda e: e.operator == operator_of(hospital, "1001"))
    await listens(caller.voice, line)
    await line.hold()
    await (await dials(hospital, phone, "*68")).over()
    await line.over()
    assert custodian(hospital, call) == Custodian.WAIT
    other = await on_duty(hospital, "1002")
    again = await other.dial("*69")
    assert again.status == 200
    await listens(caller.voice, again)
    assert custodian(hospital, call) == Custodian.OPERATOR
    await leaves(hospital, caller, call)


async def test_p5_the_ambulance_joins_the_callers_call(tmp_path: pathlib.Path, closing: Closing) -> None:
    """By one code, on the line that is kept for it: a Kamailio stands for the exchange that knows 120."""
    exchange = await Pbx.start(tmp_path / "pbx")
    closing.push_async_callback(exchange.stop)
    kept = trunk(ADDRESS, exchange.address, **account(reserved=True))
    hospital = await opened(tmp_path, closing, phone_codes=CODES, trunk=[{"name": "outside", "addresses": [OUTSIDE]}, kept])  # type: ignore[arg-type]
    ambulance = await Baresip.start(tmp_path / "120", "120", "secret-120", exchange.address, hz=880)
    closing.push_async_callback(ambulance.stop)
    await ambulance.registered()
    await exchange.has("8000", 1)
    phone, line, caller, call = await talk(hospital)
    await line.hold()
    await (await dials(hospital, phone, "*99")).over()
    await ambulance.wait("CALL_ESTABLISHED")
    await hospital.watch.next(Conferenced, call=call)
    await listens(caller.voice, 880.0)
    await line.resume()
    await listens(caller.voice, line)
    await ambulance.hangup()
    await leaves(hospital, caller, call)


async def test_s2_a_doctor_in_clinic_is_not_rung(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await Hospital.open(tmp_path, closing, phones={"8001": {"desk": "8002"}}, phone_codes=CODES)
    doctor = await desk(hospital, "8001")
    reception = await hospital.phone("8002", hz=700)
    await (await dials(hospital, doctor, "*41")).over()
    told = await hospital.watch.next(ActivityChanged, device=hospital.device("8001"))
    assert told.detail == Activity.IN_CLINIC
    caller = await desk(hospital, "1002")
    line = await caller.dial("8001")
    assert line.status == 200
    await hospital.watch.next(Diverted, device=hospital.device("8001"))
    await reception.wait("CALL_ESTABLISHED")
    assert all(one.status for one in doctor.lines)  # lines of the phone's own: nobody has rung it
    await line.bye()
    await (await dials(hospital, doctor, "*40")).over()


# --------------------------------------------------------------------------------------------------------------- lamps

_SUBSCRIBER = """<?xml version="1.0" encoding="UTF-8"?>
<scenario name="lamp">
<send retrans="500"><![CDATA[
SUBSCRIBE sip:@WHOM@@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:@WHO@@[remote_ip]>;tag=w[call_number]
To: <sip:@WHOM@@[remote_ip]>
Call-ID: [call_id]
CSeq: 1 SUBSCRIBE
Contact: <sip:@WHO@@[local_ip]:[local_port]>
Event: dialog
Accept: application/dialog-info+xml
Expires: 300
Max-Forwards: 70
User-Agent: baresip v1.0.0
Content-Length: 0

]]></send>
<recv response="401" auth="true"/>
<send retrans="500"><![CDATA[
SUBSCRIBE sip:@WHOM@@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:@WHO@@[remote_ip]>;tag=w[call_number]
To: <sip:@WHOM@@[remote_ip]>
Call-ID: [call_id]
CSeq: 2 SUBSCRIBE
Contact: <sip:@WHO@@[local_ip]:[local_port]>
Event: dialog
Accept: application/dialog-info+xml
Expires: 300
Max-Forwards: 70
User-Agent: baresip v1.0.0
[authentication username=@WHO@ password=@PASSWORD@]
Content-Length: 0

]]></send>
<recv response="@STATUS@"/>
@TOLD@
</scenario>
"""
_TOLD = """<recv request="NOTIFY"><action>
<ereg regexp="@STATE@" search_in="msg" check_it="true" assign_to="@N@"/>
<log message="lamp @N@ [$@N@]"/>
</action></recv>
<send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
"""


# SIPp knows MD5 alone, as the phones that the house takes it for by this name.
def watches(folder: pathlib.Path, hospital: Hospital, who: str, whom: str, states: list[str], status: int = 200) -> "subprocess.Popen[bytes]":
    """SIPp as a phone whose lamp is to show these states one after the other."""
    told = "".join(_TOLD.replace("@STATE@", html.escape(state)).replace("@N@", str(n + 1)) for n, state in enumerate(states))
    text = _SUBSCRIBER.replace("@WHOM@", whom).replace("@WHO@", who).replace("@STATUS@", str(status)).replace("@TOLD@", told)
    folder.mkdir(parents=True)
    (folder / "lamp.xml").write_text(text.replace("@PASSWORD@", hospital.house.phone(who)["password"]))
    sipp = shutil.which("sipp")
    assert sipp
    return subprocess.Popen([sipp, hospital.house.address, "-sf", "lamp.xml", "-i", "127.0.0.1", "-p", str(free_port()), "-m", "1", "-l", "1",
                             "-nostdin", "-auth_uri", f"{whom}@{hospital.house.address}", "-timeout", "60s", "-timeout_error", "-trace_logs", "-trace_msg", "-trace_err"], cwd=folder,
                            stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)


async def shows(folder: pathlib.Path, what: str) -> None:
    await until(lambda: any(what in path.read_text(errors="replace") for path in folder.glob("*_messages.log")), 15, f"a lamp with {what}")


async def finished(folder: pathlib.Path, sipp: "subprocess.Popen[bytes]") -> None:
    await until(lambda: sipp.poll() is not None, 60, "the end of SIPp")
    errors = "".join(path.read_text(errors="replace") for path in folder.glob("*_errors.log"))
    assert sipp.returncode == 0, errors


async def test_a_lamp_shows_a_phone_that_rings_talks_and_is_free_again(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await Hospital.open(tmp_path, closing, phones={"1002": {"watches": ["8001"]}})
    department = await desk(hospital, "8001")
    lamp = watches(tmp_path / "lamp", hospital, "1002", "8001", ["dialog-info", "<state>early</state>", "<state>confirmed</state>",
                                                                 r"entity=.sip:8001@[0-9.:]+.>[^a-z]*</dialog-info>"])
    closing.callback(lamp.kill)
    caller = await desk(hospital, "1001")
    await shows(tmp_path / "lamp", 'version="0"')
    dialling = asyncio.create_task(caller.dial("8001"))
    rings = await department.rings()
    await shows(tmp_path / "lamp", "<state>early</state>")
    await rings.answer()
    line = await dialling
    await line.hears()
    await line.bye()
    await finished(tmp_path / "lamp", lamp)
    log = next((tmp_path / "lamp").glob("*_logs.log")).read_text()
    assert re.findall(r"lamp (\d)", log) == ["1", "2", "3", "4"], log


async def test_s9_a_lamp_of_a_phone_that_may_see_nothing_stays_dark(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await Hospital.open(tmp_path, closing, phones={"1002": {"watches": ["8002"]}})
    lamp = watches(tmp_path / "lamp", hospital, "1002", "8001", [], status=403)
    closing.callback(lamp.kill)
    await finished(tmp_path / "lamp", lamp)
    refused = await hospital.watch.next(WatchRefused, device=hospital.device("1002"))
    assert refused.text == "8001" and refused.detail == 403
