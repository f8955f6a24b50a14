# SPDX-License-Identifier: Apache-2.0
"""An operator transfers with the keys of a real phone (REFER): the house keeps the caller as if a program had asked.

    caller            house                 operator's phone          department
      │◄═══ talk ══════╪═══════════════════════►│                         │
      │                │◄──── REFER Refer-To ───│                         │
      │                │───── 202, NOTIFY 200 ─►│                         │
      │                │───── BYE ─────────────►│                         │
      │◄── ringback ───│──────────────── INVITE ─────────────────────────►│
      │◄═══ talk ══════╪════════════════ 200, or 486: the operator rings again
"""
import contextlib
import pathlib

import pytest
from cordboard import Consent, ConsentDeclared, ConsentOf, Established, Transferred, TransferEnded, TransferResult
from hospital import Hospital
from peers import tone_seconds, until

pytestmark = pytest.mark.needs("baresip", "sipp")
Closing = contextlib.AsyncExitStack


async def test_phone_sends_the_caller_on(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await Hospital.open(tmp_path, closing)
    department = await hospital.phone("8001", hz=380)
    operator, caller, call = await hospital.talk()
    await operator.command("transfer", f"sip:8001@{hospital.house.address}")
    await hospital.watch.next(Transferred, call=call)
    declared = await hospital.watch.next(ConsentDeclared, call=call)
    assert (declared.detail, declared.consent) == (ConsentOf.CALLER, Consent.YES)
    await operator.wait("CALL_CLOSED")
    await department.wait("CALL_RTPESTAB")
    await hospital.hears(caller, 100)
    await caller.hang_up()
    assert (await caller.result()).exit_code == 0
    await department.wait("CALL_CLOSED")
    assert tone_seconds(department.heard()[0], 1000) > 1.5
    assert tone_seconds(caller.voice.heard(), 380) > 1.5


async def test_phone_sends_the_caller_to_somebody_who_refuses(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await Hospital.open(tmp_path, closing)
    department = await hospital.phone("8001", answer="manual")
    operator, caller, call = await hospital.talk()
    mark = hospital.watch.now
    await operator.command("transfer", f"sip:8001@{hospital.house.address}")
    await department.wait("CALL_INCOMING")
    await department.hangup()
    await hospital.watch.next(Established, call=call, after=mark, fits=lambda e: e.operator != 0, timeout=30)
    assert (await hospital.watch.next(TransferEnded, call=call)).detail == TransferResult.RECALLED
    await until(lambda: operator.count("CALL_ESTABLISHED") == 2, 5, "the second ring at the operator's phone")
    await hospital.hears(caller)
    await caller.hang_up()
    assert (await caller.result()).exit_code == 0


async def test_department_that_must_agree_is_not_reached_by_a_key(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await Hospital.open(tmp_path, closing)
    department = await hospital.phone("8002")
    operator, caller, call = await hospital.talk()
    await operator.command("transfer", f"sip:8002@{hospital.house.address}")
    await hospital.hears(caller, 100)  # nothing has happened to the caller
    assert department.count("CALL_INCOMING") == 0
    assert not hospital.watch.all(TransferEnded)
    await caller.hang_up()
    assert (await caller.result()).exit_code == 0
