# SPDX-License-Identifier: Apache-2.0
"""RFC 5359 2.17 Automatic Redial, and CSTA's Camp On: somebody waits until a busy phone is free.

    caller            house              operator's phone         department      another phone
      │◄══ talk ═══════╪═════════════════►│                         │◄═══ talk ═══►│
      │◄─ waiting tone │─ BYE ───────────►│  camp_on                │              │
      │                │                  │                         │◄─── BYE ─────│
      │                │─ INVITE ──────────────────────────────────►│
      │◄══ talk ═══════╪═══════════════════════════════════════════►│

                       │                  │  call_back_when_free    │◄═══ talk ═══►│
                       │                  │                         │◄─── BYE ─────│
                       │─ INVITE ────────►│                         │
                       │─ INVITE ──────────────────────────────────►│
                       │                  │◄══ talk ═══════════════►│
"""
import asyncio
import pathlib

import pytest
from cordboard import CallBackEnded, Cause, ConsentOf, Custodian, CustodyMoved, TransferResult
from cordboard.errors import DeviceFree
from desk import Desk, Line
from hospital import Hospital
from office import (TONE, Closing, agreed, custodian, desk, ended, leaves, listens, nothing_stays, on_duty, opened, operator_of,
                    recalled, talk)

pytestmark = pytest.mark.needs("sipp")


async def occupied(hospital: Hospital) -> tuple[Desk, Line]:
    """A department that talks to another phone, and its line."""
    department, other = await desk(hospital, "8001"), await desk(hospital, "8004")
    asking = asyncio.create_task(other.dial("8001"))
    line = await department.rings()
    await line.answer()
    assert (await asking).status == 200
    return department, line


async def test_camp_on(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await opened(tmp_path, closing)
    _, line, caller, call = await talk(hospital)
    await agreed(hospital, call, ConsentOf.CALLER)
    await desk(hospital, "8006")
    with pytest.raises(DeviceFree):
        await hospital.board.camp_on(call, "8006")
    department, busy = await occupied(hospital)
    await hospital.board.camp_on(call, "8001")
    await line.over()
    await listens(caller.voice, TONE, 0.2)
    assert custodian(hospital, call) == Custodian.WAIT
    await busy.bye()
    rings = await department.rings()
    await rings.answer()
    await ended(hospital, call, TransferResult.CONNECTED)
    await listens(caller.voice, rings)
    assert custodian(hospital, call) == Custodian.TARGET
    await leaves(hospital, caller, call)


async def test_camp_on_over_a_crash(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await opened(tmp_path, closing)
    _, line, caller, call = await talk(hospital)
    await agreed(hospital, call, ConsentOf.CALLER)
    department, busy = await occupied(hospital)
    await hospital.board.camp_on(call, "8001")
    await line.over()
    await hospital.crash()
    await department.register()
    await listens(caller.voice, TONE, 0.2)
    assert custodian(hospital, call) == Custodian.WAIT
    await busy.bye()
    rings = await department.rings()
    await rings.answer()
    await listens(caller.voice, rings)
    await leaves(hospital, caller, call)


async def test_camp_on_the_freed_phone_refuses(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await opened(tmp_path, closing)
    phone, line, caller, call = await talk(hospital)
    await agreed(hospital, call, ConsentOf.CALLER)
    department, busy = await occupied(hospital)
    await hospital.board.camp_on(call, "8001")
    await line.over()
    await busy.bye()
    (await department.rings()).refuse(486)
    await recalled(hospital, call, phone, caller)
    await leaves(hospital, caller, call)


async def test_camp_on_the_phone_stays_busy(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await opened(tmp_path, closing, policy={"park_limit": "5s"})
    phone, line, caller, call = await talk(hospital)
    await agreed(hospital, call, ConsentOf.CALLER)
    _, busy = await occupied(hospital)
    await hospital.board.camp_on(call, "8001")
    await line.over()
    again = await phone.rings(timeout=15)
    await hospital.watch.next(CustodyMoved, call=call, cause=Cause.RECALL)
    await again.answer()
    await listens(caller.voice, again)
    await busy.bye()
    await leaves(hospital, caller, call)


async def test_2_17_automatic_redial(tmp_path: pathlib.Path, closing: Closing) -> None:
    """Over a crash, too: what was asked for is done by the next process."""
    hospital = await opened(tmp_path, closing)
    phone = await on_duty(hospital)
    department, busy = await occupied(hospital)
    await hospital.board.call_back_when_free(operator_of(hospital, "1001"), "8001")
    await hospital.crash()
    await department.register()
    await phone.register()
    await busy.bye()
    own = await phone.rings()
    made = (await hospital.watch.next(CallBackEnded, cause=Cause.CALL_BACK)).call
    await own.answer()
    rings = await department.rings()
    await rings.answer()
    await listens(own.voice, rings)
    assert made in hospital.board.snapshot().calls
    await rings.bye()
    await own.bye()
    await nothing_stays(hospital)
