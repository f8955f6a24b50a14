# SPDX-License-Identifier: Apache-2.0
"""Session timers (RFC 4028) and Reason (RFC 3326) where they matter: a far end that died is found, and nobody pays for it.

    caller            house              operator's phone         another operator
      │◄══ talk ═══════╪═════════════════►│                         │
      │                │── re-INVITE ────►│  its plug was pulled    │
      │                │   408            │                         │
      │◄─ waiting tone │── INVITE ────────────────────────────────► │
      │◄══ talk ═══════╪══════════════════════════════════════════► │
"""
import pathlib

import pytest
from cordboard import Cause, ConnectionCleared, Custodian
from office import Closing, custodian, desk, leaves, listens, nothing_stays, on_duty, opened, talk

pytestmark = pytest.mark.needs("sipp")


async def test_rfc_4028_a_session_is_agreed_on(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await opened(tmp_path, closing)
    phone, line, caller, call = await talk(hospital)
    offered = line.came[0]
    assert (offered.get("session-expires"), offered.get("min-se")) == ("1800", "90")
    assert "timer" in offered.get("supported") and "replaces" in offered.get("supported")
    short = await phone.dial("8003", "Supported: timer\r\nSession-Expires: 60\r\n")
    assert short.status == 422
    update = await line.send("UPDATE", "Supported: timer\r\nSession-Expires: 600;refresher=uac\r\n")
    assert update.get("session-expires") == "600;refresher=uac" and update.get("require") == "timer"
    await listens(caller.voice, line)
    await leaves(hospital, caller, call)


@pytest.mark.timeout(200)
async def test_rfc_4028_an_operators_phone_that_died_is_found(tmp_path: pathlib.Path, closing: Closing) -> None:
    """The shortest session that a house takes, 90 s: asked at 45 s, given up 32 s later. The caller answers when asked, as SIPp's
    scenarios do not, so it is a phone of ours."""
    hospital = await opened(tmp_path, closing, sip={"session_expires": "90s"}, policy={"recall_ring": "2s"})
    phone = await on_duty(hospital)
    caller = await (await desk(hospital, "2000")).dial("9000")
    line = await phone.rings()
    await line.answer()
    await listens(caller.voice, line)
    call = next(iter(hospital.board.snapshot().calls))
    second = await on_duty(hospital, "1002")
    phone.vanish()
    there = await second.rings(timeout=110)
    await there.answer()
    await listens(caller.voice, there)
    gone = await hospital.watch.next(ConnectionCleared, call=call)
    assert gone.cause == Cause.DEST_OUT_OF_ORDER
    assert custodian(hospital, call) == Custodian.OPERATOR
    assert [m.method for m in caller.came] == ["INVITE"], "asked whether it is there, and it was"
    await caller.bye()
    await nothing_stays(hospital)


async def test_rfc_3326_a_phone_that_says_it_is_broken_is_no_operator_who_hung_up(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await opened(tmp_path, closing)
    phone, line, caller, call = await talk(hospital)
    await line.bye('Reason: Q.850;cause=41;text="Temporary failure"\r\n')
    again = await phone.rings()
    await again.answer()
    await listens(caller.voice, again)
    await leaves(hospital, caller, call)
