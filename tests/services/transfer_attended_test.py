# SPDX-License-Identifier: Apache-2.0
"""RFC 5359 2.5 Transfer - Attended, and what RFC 5589 section 7 says may go wrong: the caller is put through or comes back.

    caller            house                operator's phone          department
      │◄═══ talk ══════╪═══════════════════════►│                         │
      │◄─ holding tone │◄──── INVITE (2nd) ─────│   or the command        │
      │                │──────────────── INVITE ─────────────────────────►│
      │                │◄═══ talk ══════════════╪════════════════════════►│
      │                │◄─ REFER ?Replaces=2nd ─│                         │
      │                │── 202, NOTIFY 200 ────►│                         │
      │                │── BYE, BYE ───────────►│                         │
      │◄═══ talk ══════╪════════════════════════════════════════════════► │
"""
import asyncio
import pathlib
from urllib.parse import quote

import cordboard
import pytest
from cordboard import (CallId, Cause, CommandError, ConsentOf, Custodian, TransferResult)
from desk import Desk, Line
from hospital import Hospital
from office import (BUSY, REFUSES, SILENT, TONE, Closing, agent, agreed, custodian, desk, ended, leaves, listens, opened,
                    recalled, talk)
from peers import until

pytestmark = pytest.mark.needs("baresip", "sipp")


def replacing(second: Line, number: str) -> str:
    """A Refer-To that names the phone's other line."""
    return f"{second.desk.uri(number)}?Replaces={quote(second.replaces(), safe='')}"


async def ringing_line(phone: Desk, number: str) -> "tuple[Line, asyncio.Task[Line]]":
    """The phone's own call that is not answered yet."""
    before = len(phone.lines)
    dialling = asyncio.create_task(phone.dial(number))
    await until(lambda: len(phone.lines) > before and bool(phone.lines[-1].rtag), 10, "180 on the second line")
    return phone.lines[-1], dialling


async def asked(hospital: Hospital, call: CallId, to: str) -> "tuple[CallId, asyncio.Future[object]]":
    """A consultation by command."""
    consultation = CallId(cordboard.new_id())
    return consultation, asyncio.ensure_future(outcome(hospital, call, to, consultation))


async def outcome(hospital: Hospital, call: CallId, to: str, consultation: CallId) -> Cause:
    try:
        await hospital.board.consult(call, to, new_call=consultation, timeout=40)
    except CommandError as error:
        return error.cause
    return Cause.NONE


# ------------------------------------------------------------------------------------------------------- by the phone
async def test_2_5_by_the_phone(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await opened(tmp_path, closing)
    department = await hospital.phone("8004", hz=380)
    phone, line, caller, call = await talk(hospital)
    await line.hold()
    second = await phone.dial("8004")
    await listens(second.voice, 380.0)
    got = await line.refer(replacing(second, "8004"))
    assert got.status == 202
    await ended(hospital, call, TransferResult.CONNECTED)
    await line.over()
    await second.over()
    await until(lambda: line.told() == ["SIP/2.0 100 Trying", "SIP/2.0 200 OK"], 5, "both NOTIFYs")
    await listens(caller.voice, 380.0)
    assert custodian(hospital, call) == Custodian.TARGET
    await leaves(hospital, caller, call)
    await department.wait("CALL_CLOSED")
    assert department.count("CALL_ESTABLISHED") == 1


async def test_2_5_while_ringing(tmp_path: pathlib.Path, closing: Closing) -> None:
    """RFC 5589 7.3, "semi-attended": the key is pressed before anybody has answered."""
    hospital = await opened(tmp_path, closing)
    department = await hospital.phone("8001", hz=380, answer="manual")
    phone, line, caller, call = await talk(hospital)
    await line.hold()
    second, dialling = await ringing_line(phone, "8001")
    await department.wait("CALL_INCOMING")
    assert (await line.refer(replacing(second, "8001"))).status == 202
    await line.over()
    assert (await dialling).status >= 400
    await department.accept()
    await ended(hospital, call, TransferResult.CONNECTED)
    await listens(caller.voice, 380.0)
    assert department.count("CALL_INCOMING") == 1
    await leaves(hospital, caller, call)


@pytest.mark.parametrize("how", ["refuses", "does not answer", "vanishes"])
async def test_2_5_while_ringing_and_the_target(tmp_path: pathlib.Path, closing: Closing, how: str) -> None:
    """The case that ends in "everybody is hung up" elsewhere: the transferor has completed and left, the target says no."""
    hospital = await opened(tmp_path, closing)
    department = await hospital.phone("8001", answer="manual")
    phone, line, caller, call = await talk(hospital)
    await line.hold()
    second, dialling = await ringing_line(phone, "8001")
    await department.wait("CALL_INCOMING")
    assert (await line.refer(replacing(second, "8001"))).status == 202
    await line.over()
    await dialling
    if how == "refuses":
        await department.hangup()
    if how == "vanishes":
        await department.kill()
    await recalled(hospital, call, phone, caller)
    await leaves(hospital, caller, call)


async def test_2_5_a_line_that_is_not_there(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await opened(tmp_path, closing)
    department = await hospital.phone("8004")
    phone, line, caller, call = await talk(hospital)
    await line.hold()
    second = await phone.dial("8004")
    names = replacing(second, "8004")
    await department.hangup()
    await second.over()
    assert (await line.refer(names)).status == 481                                  # hung up just before the key
    assert (await line.refer(replacing(line, "8004"))).status == 481                # the caller's own line
    assert (await line.refer(f"{phone.uri('8004')}?Replaces=no%3Bto-tag%3D1%3Bfrom-tag%3D2")).status == 481
    await line.resume()
    await listens(caller.voice, line)
    await leaves(hospital, caller, call)


async def test_2_5_a_department_that_must_agree(tmp_path: pathlib.Path, closing: Closing) -> None:
    """A key says that the caller agrees; of the department it says nothing: 403, and both lines are as they were."""
    hospital = await opened(tmp_path, closing)
    await hospital.phone("8003", hz=380)
    phone, line, caller, call = await talk(hospital)
    await line.hold()
    second = await phone.dial("8003")
    assert (await line.refer(replacing(second, "8003"))).status == 403
    await listens(second.voice, 380.0)
    await second.bye()
    await line.resume()
    await listens(caller.voice, line)
    await leaves(hospital, caller, call)


@pytest.mark.parametrize("which", ["the caller's line", "the other line", "both"])
async def test_2_5_the_transferor_hangs_up_behind_the_refer(tmp_path: pathlib.Path, closing: Closing, which: str) -> None:
    hospital = await opened(tmp_path, closing)
    await hospital.phone("8004", hz=380)
    phone, line, caller, call = await talk(hospital)
    await line.hold()
    second = await phone.dial("8004")
    assert (await line.refer(replacing(second, "8004"))).status == 202
    byes = [one.bye() for one in (line, second) if which == "both" or (one is line) == (which == "the caller's line")]
    await asyncio.gather(*byes)
    await ended(hospital, call, TransferResult.CONNECTED)
    await listens(caller.voice, 380.0)
    await leaves(hospital, caller, call)


async def test_2_5_the_transferor_hangs_up_instead(tmp_path: pathlib.Path, closing: Closing) -> None:
    """A held caller whose operator hangs up without a transfer is nobody's to lose: the operator is rung again."""
    hospital = await opened(tmp_path, closing)
    await hospital.phone("8004")
    phone, line, caller, call = await talk(hospital)
    await hospital.board.hold(call)
    await line.bye()
    again = await phone.rings()
    await again.answer()
    await listens(caller.voice, again)
    await leaves(hospital, caller, call)


# ---------------------------------------------------------------------------------------------------------- by command
@pytest.mark.parametrize(("answer", "cause"), [
    pytest.param(BUSY, Cause.BUSY, id="busy"),
    pytest.param(REFUSES, Cause.CALL_REJECTED, id="refuses"),
    pytest.param(SILENT, Cause.CALL_NOT_ANSWERED, id="does not answer"),
    pytest.param(-1, Cause.DEST_OUT_OF_ORDER, id="is dead"),
])
async def test_2_5_the_target(tmp_path: pathlib.Path, closing: Closing, answer: int, cause: Cause) -> None:
    hospital = await opened(tmp_path, closing)
    target = await agent(hospital, "8003", answer)
    if answer < 0:
        target.fall_silent()
    _, line, caller, call = await talk(hospital)
    _, told = await asked(hospital, call, "8003")
    if answer in (SILENT, -1):
        await listens(caller.voice, TONE, 0.1)
    assert await told == cause
    assert (await ended(hospital, call, TransferResult.RETURNED)).cause == cause
    await listens(caller.voice, line)
    assert custodian(hospital, call) == Custodian.OPERATOR
    assert line.ended is None
    await leaves(hospital, caller, call)


@pytest.mark.parametrize("agree", [(), (ConsentOf.CALLER,), (ConsentOf.CALLER, ConsentOf.TARGET)],
                         ids=["before anybody agreed", "before the target agreed", "after both agreed"])
async def test_2_5_the_transferor_hangs_up_half_way(tmp_path: pathlib.Path, closing: Closing, agree: tuple[ConsentOf, ...]) -> None:
    hospital = await opened(tmp_path, closing)
    target = await desk(hospital, "8003")
    phone, line, caller, call = await talk(hospital)
    _, told = await asked(hospital, call, "8003")
    there = await target.rings()
    await there.answer()
    assert await told == Cause.NONE
    if agree:
        await agreed(hospital, call, *agree)
    await line.bye()
    if len(agree) == 2:
        await ended(hospital, call, TransferResult.CONNECTED)
        await listens(caller.voice, there)
        assert custodian(hospital, call) == Custodian.TARGET
    else:
        await there.over()
        await recalled(hospital, call, phone, caller)
    await leaves(hospital, caller, call)


async def test_2_5_the_transferor_hangs_up_while_the_target_rings(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await opened(tmp_path, closing)
    target = await desk(hospital, "8003")
    phone, line, caller, call = await talk(hospital)
    _, told = await asked(hospital, call, "8003")
    rings = await target.rings()
    await line.bye()
    assert (await rings.over()).method == "CANCEL"
    await recalled(hospital, call, phone, caller)
    assert await told != Cause.NONE
    await leaves(hospital, caller, call)


@pytest.mark.parametrize("how", ["hangs up", "vanishes"])
async def test_2_5_the_target_leaves_before_it_is_completed(tmp_path: pathlib.Path, closing: Closing, how: str) -> None:
    hospital = await opened(tmp_path, closing)
    target = await desk(hospital, "8003")
    _, line, caller, call = await talk(hospital)
    consultation, told = await asked(hospital, call, "8003")
    there = await target.rings()
    await there.answer()
    await told
    await agreed(hospital, call)
    if how == "hangs up":
        await there.bye()
        await ended(hospital, call, TransferResult.RETURNED)
    else:
        # Nobody knows yet that its plug was pulled; the operator notices and takes the caller back.
        target.vanish()
        await hospital.board.reconnect(call, consultation)
        await ended(hospital, call, TransferResult.CANCELLED)
    await listens(caller.voice, line)
    await leaves(hospital, caller, call)


@pytest.mark.parametrize("how", ["answers", "refuses", "does not answer"])
async def test_2_5_completed_while_ringing_by_command(tmp_path: pathlib.Path, closing: Closing, how: str) -> None:
    """A named mode with a recall of its own: the operator leaves, and is rung again when the target does not take the caller."""
    hospital = await opened(tmp_path, closing)
    target = await desk(hospital, "8001")
    phone, line, caller, call = await talk(hospital)
    consultation, told = await asked(hospital, call, "8001")
    rings = await target.rings()
    await agreed(hospital, call, ConsentOf.CALLER)
    completing = hospital.board.transfer_ringing(call, consultation, timeout=30)
    await line.over()
    if how == "answers":
        await rings.answer()
        await completing
        await ended(hospital, call, TransferResult.CONNECTED)
        await listens(caller.voice, rings)
    else:
        if how == "refuses":
            rings.refuse(603)
        again = await phone.rings()
        await again.answer()
        with pytest.raises(CommandError):
            await completing
        await ended(hospital, call, TransferResult.RECALLED)
        await listens(caller.voice, again)
    await leaves(hospital, caller, call)


async def test_2_5_the_caller_hangs_up_half_way(tmp_path: pathlib.Path, closing: Closing) -> None:
    """The operator can still tell the department."""
    hospital = await opened(tmp_path, closing)
    target = await desk(hospital, "8003")
    _, line, caller, call = await talk(hospital)
    _, told = await asked(hospital, call, "8003")
    there = await target.rings()
    await there.answer()
    await told
    await caller.hang_up()
    assert (await caller.result()).exit_code == 0
    await ended(hospital, call, TransferResult.CALLER_LEFT)
    await listens(there.voice, line)
    await line.bye()
    await there.over()
