# SPDX-License-Identifier: Apache-2.0
"""INVITE with Replaces (RFC 3891): a phone takes over a call from an operator's line, as RFC 5359 2.16 Call Pickup does while it
rings, and as RFC 5359 2.5 Transfer - Attended may be completed; with the guarantees of every transfer.

    caller            house              operator 1               operator 2, or a department
      │◄══ talk ═══════╪═════════════════►│                         │
      │                │◄─ INVITE, Replaces: operator 1's line ──── │
      │                │── 200 ───────────────────────────────────► │
      │                │◄─ ACK ──────────────────────────────────── │   none: the caller stays where they were
      │                │── BYE ──────────►│                         │
      │◄══ talk ═══════╪══════════════════════════════════════════► │
"""
import asyncio
import pathlib

import pytest
from cordboard import ConsentOf, Custodian, TransferResult
from office import Closing, agreed, custodian, desk, ended, leaves, listens, nothing_stays, on_duty, opened, operator_of, talk

pytestmark = pytest.mark.needs("baresip", "sipp")


def naming(line, flags: str = "") -> str:
    return f"Require: replaces\r\nReplaces: {line.replaces(flags)}\r\n"


@pytest.mark.parametrize("flags", ["", ";early-only"], ids=["any", "early-only"])
async def test_2_16_pickup_by_the_phone(tmp_path: pathlib.Path, closing: Closing, flags: str) -> None:
    hospital = await opened(tmp_path, closing)
    first = await on_duty(hospital, "1001")
    caller, call = await hospital.call_in()
    rings = await first.rings()
    second = await on_duty(hospital, "1002")
    line = await second.dial("9000", naming(rings, flags))
    assert line.status == 200
    cancel = await rings.over()
    assert cancel.method == "CANCEL"
    assert cancel.get("reason") == 'SIP;cause=200;text="Call completed elsewhere"', "a phone that has missed nothing"
    await listens(caller.voice, line)
    assert hospital.board.snapshot().calls[call].operator == operator_of(hospital, "1002")
    await leaves(hospital, caller, call)


async def test_2_16_only_operators_take_callers_out_of_a_queue(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await opened(tmp_path, closing)
    first = await on_duty(hospital, "1001")
    caller, call = await hospital.call_in()
    rings = await first.rings()
    department = await desk(hospital, "8004")
    assert (await department.dial("9000", naming(rings))).status == 403
    await rings.answer()
    await listens(caller.voice, rings)
    await leaves(hospital, caller, call)


async def test_another_operator_takes_the_call_over(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await opened(tmp_path, closing)
    _, line, caller, call = await talk(hospital)
    second = await on_duty(hospital, "1002")
    took = await second.dial("9000", naming(line))
    assert took.status == 200
    bye = await line.over()
    assert bye.method == "BYE" and bye.get("reason") == 'Q.850;cause=16;text="call_pickup"'
    await ended(hospital, call, TransferResult.CONNECTED)
    await listens(caller.voice, took)
    await listens(took.voice, 1000.0)
    assert custodian(hospital, call) == Custodian.OPERATOR
    assert hospital.board.snapshot().calls[call].operator == operator_of(hospital, "1002")
    await hospital.board.hold(call)  # and has the caller as any operator has
    await hospital.board.retrieve(call)
    await leaves(hospital, caller, call)


async def test_2_5_the_consulted_department_completes_it(tmp_path: pathlib.Path, closing: Closing) -> None:
    """The operator has asked on the phone's other line; the department takes the caller from the first."""
    hospital = await opened(tmp_path, closing)
    department = await desk(hospital, "8003")
    phone, line, caller, call = await talk(hospital)
    await line.hold()
    asking = asyncio.create_task(phone.dial("8003"))
    asked = await department.rings()
    await asked.answer()
    second = await asking
    assert (await department.dial("9000", naming(line))).status == 403  # that the caller agrees is the operator's to say
    await listens(second.voice, asked)
    await agreed(hospital, call, ConsentOf.CALLER)
    took = await department.dial("9000", naming(line))
    assert took.status == 200
    await line.over()
    await ended(hospital, call, TransferResult.CONNECTED)
    await listens(caller.voice, took)
    assert custodian(hospital, call) == Custodian.TARGET
    await second.bye()
    await asked.over()
    await leaves(hospital, caller, call)


async def test_whoever_takes_over_and_vanishes(tmp_path: pathlib.Path, closing: Closing) -> None:
    """No ACK: nothing was torn down, so the operator still has the caller."""
    hospital = await opened(tmp_path, closing)
    _, line, caller, call = await talk(hospital)
    second = await on_duty(hospital, "1002")
    second.acknowledges = False
    await second.dial("9000", naming(line))
    await ended(hospital, call, TransferResult.RETURNED)
    await listens(caller.voice, line)
    assert line.ended is None and custodian(hospital, call) == Custodian.OPERATOR
    second.vanish()
    await leaves(hospital, caller, call)


async def test_what_cannot_be_replaced(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await opened(tmp_path, closing)
    phone, line, caller, call = await talk(hospital)
    second = await on_duty(hospital, "1002")
    assert (await second.dial("9000", naming(line, ";early-only"))).status == 486
    assert (await second.dial("9000", "Replaces: nobody;to-tag=1;from-tag=2\r\n")).status == 481
    assert (await phone.dial("9000", naming(line))).status == 403  # the same phone
    await listens(caller.voice, line)
    await leaves(hospital, caller, call)


async def test_a_crash_behind_it(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await opened(tmp_path, closing)
    _, line, caller, call = await talk(hospital, scenario="caller_stays")
    second = await on_duty(hospital, "1002")
    took = await second.dial("9000", naming(line))
    await line.over()
    await ended(hospital, call, TransferResult.CONNECTED)
    await hospital.crash()
    await listens(caller.voice, took)
    assert hospital.board.snapshot().calls[call].operator == operator_of(hospital, "1002")
    await took.bye()
    assert (await caller.result()).hung_up_by == "house"
    await nothing_stays(hospital)


async def test_rfc_3892_the_target_is_told_who_referred(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await opened(tmp_path, closing)
    target = await desk(hospital, "8001")
    phone, line, caller, call = await talk(hospital)
    assert (await line.refer(phone.uri("8001"), f"Referred-By: <{phone.address}>\r\n")).status == 202
    rings = await target.rings()
    assert rings.invite and rings.invite.get("referred-by") == f"<{phone.address}>"
    await rings.answer()
    await listens(caller.voice, rings)
    await leaves(hospital, caller, call)
