# SPDX-License-Identifier: Apache-2.0
"""The peers themselves, without Cordboard: a test that fails here means that the others say nothing."""
import contextlib
import pathlib
from typing import Any

import numpy as np
import pytest
from peers import Agent, Baresip, Caller, PeerError, tone_share, until
from peers import audio
from registrar import Registrar

pytestmark = pytest.mark.needs("kamailio", "baresip", "sipp")
Closing = contextlib.AsyncExitStack


async def begin(tmp_path: pathlib.Path, closing: Closing) -> Registrar:
    registrar = await Registrar.start(tmp_path / "registrar")
    closing.push_async_callback(registrar.stop)
    return registrar


async def phone(tmp_path: pathlib.Path, closing: Closing, registrar: Registrar, number: str, **how: Any) -> Baresip:
    made = await Baresip.start(tmp_path / number, number, f"secret-{number}", registrar.address, **how)
    closing.push_async_callback(made.stop)
    await made.registered()
    return made


def test_alaw_is_not_its_own_inverse() -> None:
    for code in range(256):
        assert audio.ALAW[audio.to_alaw(np.array([audio.ALAW[code]]))[0]] == audio.ALAW[code]


def test_a_tone_is_found_where_none_is() -> None:
    assert tone_share(audio.tone(1000, 1), 1000) > 0.99
    assert tone_share(audio.tone(440, 1), 1000) == 0
    assert tone_share(np.zeros(8000, np.int16), 1000) == 0
    assert tone_share(np.random.default_rng(7).integers(-9000, 9000, 8000).astype(np.int16), 1000) == 0


async def test_caller_and_phone_do_not_hear_each_other(tmp_path: pathlib.Path, closing: Closing) -> None:
    registrar = await begin(tmp_path, closing)
    desk = await phone(tmp_path, closing, registrar, "1001", hz=440)
    caller = await Caller.call(tmp_path / "caller", "1001", board=registrar.address, number="13800001234", name="王芳",
                               address="127.0.0.2")
    closing.push_async_callback(caller.close)
    await caller.answered()
    await desk.wait("CALL_ESTABLISHED")
    await until(lambda: caller.voice.received >= 100, 10, "two seconds of voice")
    await desk.hangup()
    result = await caller.result()
    assert (result.exit_code, result.successful, result.failed, result.hung_up_by) == (0, 1, 0, "house"), result
    await until(lambda: bool(desk.packets()), 5, "the phone's packet counts")
    sent, received = desk.packets()[0]
    # Nothing is lost on a loopback, except what is on its way when the other end closes.
    assert 0 <= result.sent - received <= 5 and 0 <= sent - result.received <= 5
    assert tone_share(desk.heard()[0], 1000) > 0.9
    assert tone_share(caller.voice.heard(), 440) > 0.9


async def test_caller_who_leaves_is_counted_as_failed(tmp_path: pathlib.Path, closing: Closing) -> None:
    registrar = await begin(tmp_path, closing)
    desk = await phone(tmp_path, closing, registrar, "1001", answer="manual")
    caller = await Caller.call(tmp_path / "caller", "1001", board=registrar.address, number="13800001234",
                               scenario="caller_leaves", address="127.0.0.2")
    closing.push_async_callback(caller.close)
    await desk.wait("CALL_INCOMING")
    assert "answered" not in caller.said()
    await desk.accept()
    await caller.hang_up()
    result = await caller.result()
    assert (result.exit_code, result.successful, result.hung_up_by) == (0, 1, "caller"), result
    await desk.wait("CALL_CLOSED")


async def test_caller_who_gives_up_is_counted_as_failed(tmp_path: pathlib.Path, closing: Closing) -> None:
    registrar = await begin(tmp_path, closing)
    desk = await phone(tmp_path, closing, registrar, "1001", answer="manual")
    caller = await Caller.call(tmp_path / "caller", "1001", board=registrar.address, number="13800001234",
                               scenario="caller_cancels", address="127.0.0.2")
    closing.push_async_callback(caller.close)
    await desk.wait("CALL_INCOMING")
    await caller.hang_up()
    result = await caller.result()
    assert (result.exit_code, result.successful, result.answered) == (0, 1, False), result
    await desk.wait("CALL_CLOSED")


@pytest.mark.parametrize(("answer", "status"), [(486, "486"), (603, "603")])
async def test_agent_does_not_refuse(tmp_path: pathlib.Path, closing: Closing, answer: int, status: str) -> None:
    registrar = await begin(tmp_path, closing)
    agent = await Agent.start("8004", "secret-8004", registrar.address, answer=answer)
    closing.callback(agent.close)
    await agent.register()
    caller = await Caller.call(tmp_path / "caller", "8004", board=registrar.address, number="1", address="127.0.0.2")
    closing.push_async_callback(caller.close)
    result = await caller.result()
    assert result.exit_code == 1 and result.failed == 1 and f"SIP/2.0 {status}" in result.errors
    assert agent.invites == 1


async def test_dead_phone_answers(tmp_path: pathlib.Path, closing: Closing) -> None:
    registrar = await begin(tmp_path, closing)
    agent = await Agent.start("8006", "secret-8006", registrar.address)
    await agent.register()
    agent.die()
    caller = await Caller.call(tmp_path / "caller", "8006", board=registrar.address, number="1", address="127.0.0.2")
    closing.push_async_callback(caller.close)
    result = await caller.result()
    # Kamailio knows the phone and forwards to it (480 would mean "not registered"): nothing comes back.
    assert result.exit_code == 1 and "SIP/2.0 480" not in result.errors and agent.invites == 0


async def test_wrong_password_registers(tmp_path: pathlib.Path, closing: Closing) -> None:
    registrar = await begin(tmp_path, closing)
    agent = await Agent.start("8004", "wrong", registrar.address)
    closing.callback(agent.close)
    with pytest.raises(PeerError, match="401"):
        await agent.register()
    desk = await Baresip.start(tmp_path / "1001", "1001", "wrong", registrar.address)
    closing.push_async_callback(desk.stop)
    with pytest.raises(PeerError, match="refused"):
        await desk.registered()


async def test_phone_over_tcp_is_not_reached(tmp_path: pathlib.Path, closing: Closing) -> None:
    registrar = await begin(tmp_path, closing)
    desk = await phone(tmp_path, closing, registrar, "1002", transport="tcp")
    caller = await Caller.call(tmp_path / "caller", "1002", board=registrar.address, number="1", scenario="caller_leaves",
                               address="127.0.0.2", transport="tcp")
    closing.push_async_callback(caller.close)
    await caller.hang_up()
    result = await caller.result()
    assert result.exit_code == 0, result
    await desk.wait("CALL_CLOSED")
