# SPDX-License-Identifier: Apache-2.0
"""S8: equipment with real peers: self-tests of a phone and of a trunk, a deaf phone, an exchange that goes away, and whose fault it is.

    switchboard                         PBX (Kamailio)              extension 2001 (baresip)
      │── OPTIONS ─────────────────────►│  every second
      │── INVITE 2001 (a self-test) ───►│── INVITE ──────────────────►│ answers by itself
      │◄══ voice ═══════════════════════════════════════════════════│  counted
      │── BYE ─────────────────────────►│────────────────────────────►│
      │── OPTIONS ──────────► ×         (killed): out of service, a request with an owner at once
"""
import contextlib
import pathlib

import pytest
from cordboard import (Cause, DeviceInService, EquipmentState, EquipmentStateChanged, Mark, RequestOpened, SelfTestEnded,
                       SelfTestStarted)
from desk import Desk
from hospital import Hospital
from ledger import figures
from outside_test import extension, line_of
from pbx import ADDRESS, Pbx, account, trunk

pytestmark = pytest.mark.needs("baresip", "sipp", "kamailio")
Closing = contextlib.AsyncExitStack


async def test_s8_a_phone_is_called_and_its_voice_comes(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await Hospital.open(tmp_path, closing)
    phone = await hospital.phone("8001")
    await hospital.board.start_self_test(hospital.device("8001"))
    started = await hospital.watch.next(SelfTestStarted, device=hospital.device("8001"))
    ended = await hospital.watch.next(SelfTestEnded, call=started.call)
    assert ended.cause == Cause.NORMAL and ended.value > 50, ended
    await phone.wait("CALL_CLOSED")
    assert started.marks & Mark.SELF_TEST
    day = figures(hospital.watch.events)
    assert (day["calls"], day["answered"], day["ended"]) == (0, 0, 0), day


async def test_s8_a_trunk_is_tested_by_schedule_and_its_fault_has_an_owner(tmp_path: pathlib.Path, closing: Closing) -> None:
    pbx = await Pbx.start(tmp_path / "pbx")
    closing.push_async_callback(pbx.stop)
    line = trunk(ADDRESS, pbx.address, **account(check_every="1s", self_test=True, test_number="2001"))
    hospital = await Hospital.open(tmp_path, closing, trunk=[line], health={"fault_kind": "fault", "test_every": "1min"})
    device = await line_of(hospital)
    await hospital.watch.next(DeviceInService, device=device)
    await extension(tmp_path, closing, pbx)
    await pbx.has("8000", 1)
    await hospital.board.start_self_test(device)
    ended = await hospital.watch.next(SelfTestEnded, device=device, timeout=20)
    assert ended.cause == Cause.NORMAL and ended.value > 50, ended
    await pbx.stop()
    gone = await hospital.watch.next(EquipmentStateChanged, device=device, timeout=30)
    assert gone.state == EquipmentState.OUT_OF_SERVICE and gone.request != 0
    opened = await hospital.watch.next(RequestOpened, request=gone.request)
    assert opened.device == hospital.device("1000") and '"place":"pbx"' in opened.text, opened.text
    await pbx.again()
    back = await hospital.watch.next(EquipmentStateChanged, device=device, after=gone.sequence, timeout=60)
    assert back.state == EquipmentState.IN_SERVICE and back.value > 0 and back.request == gone.request
    # By itself, a minute after the one before.
    again = await hospital.watch.next(SelfTestStarted, device=device, after=ended.sequence, timeout=90)
    assert again.cause == Cause.NORMAL


async def test_s8_a_phone_that_answers_and_says_nothing_works_in_part(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await Hospital.open(tmp_path, closing)
    phone = await Desk.start(hospital, "8002")
    device = hospital.device("8002")
    await hospital.watch.next(DeviceInService, device=device)
    await hospital.board.start_self_test(device)
    line = await phone.rings()
    line.voice.hush()
    line._hear = lambda description: None  # type: ignore[method-assign]
    await line.answer()
    ended = await hospital.watch.next(SelfTestEnded, device=device)
    assert (ended.cause, ended.value) == (Cause.MEDIA_LOST, 0), ended
    fault = await hospital.watch.next(EquipmentStateChanged, device=device)
    assert fault.state == EquipmentState.PARTLY and fault.cause == Cause.SELF_TEST
