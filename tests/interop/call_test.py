# SPDX-License-Identifier: Apache-2.0
"""A call through the switchboard: who hears whom, before and after a transfer."""
import contextlib
import pathlib

import cordboard
import pytest
from cordboard import CallCleared, Consent, ConsentOf, Established, MediaEnded, Originated
from hospital import Hospital, tone_of
from peers import PeerError, tone_seconds, until
from peers import Agent

pytestmark = pytest.mark.needs("baresip", "sipp")
Closing = contextlib.AsyncExitStack


async def test_voice_is_lost_in_a_transfer(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await Hospital.open(tmp_path, closing)
    department = await hospital.phone("8002", hz=380)
    operator, caller, call = await hospital.talk()
    await hospital.put_through(call, "8002", department)
    await operator.wait("CALL_CLOSED")
    await hospital.hears(caller, 100)
    await caller.hang_up()
    result = await caller.result()
    await department.wait("CALL_CLOSED")
    assert (result.exit_code, result.hung_up_by) == (0, "caller"), result
    assert tone_seconds(operator.heard()[0], 1000) > 0.5   # before
    assert tone_seconds(department.heard()[0], 1000) > 0.8  # after
    assert tone_seconds(caller.voice.heard(), 380) > 1.5   # and the department at the caller

    # What the board says has passed is what the phones have counted, but for packets on their way at the end.
    began = await hospital.watch.next(Originated, call=call)
    come = await hospital.watch.next(MediaEnded, leg=began.leg)
    assert 0 <= result.sent - come.value <= 5 and 0 <= come.other - result.received <= 5


async def test_caller_hears_the_operator_while_on_hold(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await Hospital.open(tmp_path, closing)
    operator, caller, call = await hospital.talk()
    hz = tone_of("1001")
    await hospital.board.hold(call)
    await hospital.hears(caller, 10)
    before = len(caller.voice.heard())
    await hospital.hears(caller, 75)
    held = caller.voice.heard()[before:]
    assert tone_seconds(held, hz) == 0
    await hospital.board.retrieve(call)
    await hospital.hears(caller, 10)
    before = len(caller.voice.heard())
    await hospital.hears(caller, 75)
    assert tone_seconds(caller.voice.heard()[before:], hz) > 1
    await caller.hang_up()
    assert (await caller.result()).exit_code == 0
    await operator.wait("CALL_CLOSED")


async def test_phone_over_tcp_is_not_reached(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await Hospital.open(tmp_path, closing)
    operator = await hospital.staff(transport="tcp")
    caller, call = await hospital.call_in()
    await hospital.watch.next(Established, call=call, fits=lambda e: e.operator != 0)
    await hospital.hears(caller, 75)
    await operator.hangup()
    await hospital.watch.next(CallCleared, call=call, timeout=20)


async def test_wrong_password_registers(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await Hospital.open(tmp_path, closing)
    for number, password in (("8004", "wrong"), ("8004", ""), ("9999", "cord-9999")):
        agent = await Agent.start(number, password, hospital.house.address)
        closing.callback(agent.close)
        with pytest.raises(PeerError, match="401|403|404"):
            await agent.register()
    right = await Agent.start("8004", hospital.house.phone("8004")["password"], hospital.house.address)
    closing.callback(right.close)
    await right.register()


async def test_caller_who_gives_up_keeps_a_phone_ringing(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await Hospital.open(tmp_path, closing)
    department = await hospital.phone("8001", answer="manual")
    caller, call = await hospital.call_in(to="8001", scenario="caller_cancels")
    await department.wait("CALL_INCOMING")
    await caller.hang_up()
    assert (await caller.result()).exit_code == 0
    await department.wait("CALL_CLOSED")
    await hospital.watch.next(CallCleared, call=call)


@pytest.mark.parametrize("death", ["die", "fall_silent"])
async def test_dead_phone_keeps_a_caller(tmp_path: pathlib.Path, closing: Closing, death: str) -> None:
    hospital = await Hospital.open(tmp_path, closing)
    agent = await Agent.start("8006", hospital.house.phone("8006")["password"], hospital.house.address)
    closing.callback(agent.close)
    await agent.register()
    await hospital.watch.next(cordboard.DeviceInService, device=hospital.device("8006"))
    getattr(agent, death)()
    operator, caller, call = await hospital.talk()
    await hospital.board.declare_consent(call, ConsentOf.CALLER, Consent.YES)
    mark = hospital.watch.now
    with pytest.raises(cordboard.Error):
        await hospital.board.single_step_transfer(call, "8006", timeout=60)
    await hospital.watch.next(Established, call=call, after=mark, fits=lambda e: e.operator != 0, timeout=30)
    ended = await hospital.watch.next(cordboard.TransferEnded, call=call)
    assert ended.detail == cordboard.TransferResult.RECALLED
    await hospital.hears(caller)
    await until(lambda: operator.count("CALL_ESTABLISHED") == 2, 5, "the second ring at the operator's phone")
    await caller.hang_up()
    assert (await caller.result()).exit_code == 0
