# SPDX-License-Identifier: Apache-2.0
"""RFC 5359 2.18 Click to Dial: a program calls for the operator, whose phone answers by itself; then the number (RFC 3725 flow I).

    program            house              operator's phone        called party (SIPp, or a department)
      │─ make_call ─────►│── INVITE, answer-after=0 ──►│                  │
      │                  │◄─ 200 ──────────────────────│                  │
      │                  │── INVITE ─────────────────────────────────────►│
      │                  │◄─ 180 ─────────────────────────────────────────│
      │                  │◄─ 200, or 486 ─────────────────────────────────│
      │◄─ done ──────────│◄══ talk ════════════════════╪═════════════════►│
"""
import pathlib

import pytest
from cordboard import Cause, CommandError
from cordboard.errors import DeviceUnavailable
from office import BUSY, REFUSES, SILENT, Closing, agent, listens, nothing_stays, on_duty, opened, operator_of
from sip_scenario import Sipp

pytestmark = pytest.mark.needs("baresip", "sipp")


async def test_2_18_a_department(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await opened(tmp_path, closing)
    department = await hospital.phone("8003", hz=380)
    phone = await on_duty(hospital)
    pending = hospital.board.make_call(operator_of(hospital, "1001"), "8003", timeout=20)
    line = await phone.rings()
    assert line.invite and line.invite.get("call-info").endswith("answer-after=0")
    await line.answer()
    await pending
    await listens(line.voice, 380.0)
    await line.bye()
    await department.wait("CALL_CLOSED")
    await nothing_stays(hospital)


async def test_2_18_a_real_phone_answers_by_itself_and_sipp_is_called(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await opened(tmp_path, closing)
    target = int(hospital.house.hospital["trunk"][0]["target"].partition(";")[0].rpartition(":")[2])
    outside = await Sipp.start(tmp_path, ["serve"], "", None, at=target)
    closing.push_async_callback(outside.stop)
    phone = await hospital.staff()
    await hospital.board.make_call(operator_of(hospital, "1001"), "13900000001", timeout=20)
    await phone.wait("CALL_ESTABLISHED")
    await phone.hangup()
    assert await outside.done() == 0
    await nothing_stays(hospital)


@pytest.mark.parametrize(("answer", "cause"), [(BUSY, Cause.BUSY), (REFUSES, Cause.CALL_REJECTED), (SILENT, Cause.CALL_NOT_ANSWERED)],
                         ids=["busy", "refuses", "does not answer"])
async def test_2_18_the_called_party(tmp_path: pathlib.Path, closing: Closing, answer: int, cause: Cause) -> None:
    hospital = await opened(tmp_path, closing)
    await agent(hospital, "8003", answer)
    phone = await on_duty(hospital)
    pending = hospital.board.make_call(operator_of(hospital, "1001"), "8003", timeout=20)
    line = await phone.rings()
    await line.answer()
    with pytest.raises(CommandError) as failed:
        await pending
    assert failed.value.cause == cause
    await line.over()
    await nothing_stays(hospital)


async def test_2_18_the_operators_phone_refuses(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await opened(tmp_path, closing)
    department = await agent(hospital, "8003", BUSY)
    phone = await on_duty(hospital)
    pending = hospital.board.make_call(operator_of(hospital, "1001"), "8003", timeout=20)
    (await phone.rings()).refuse(486)
    with pytest.raises(CommandError):
        await pending
    assert department.invites == 0
    await nothing_stays(hospital)


async def test_2_18_a_phone_that_is_not_there(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await opened(tmp_path, closing)
    phone = await on_duty(hospital)
    with pytest.raises(DeviceUnavailable):
        await hospital.board.make_call(operator_of(hospital, "1001"), "8003")
    assert not phone.lines
