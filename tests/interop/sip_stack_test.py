# SPDX-License-Identifier: Apache-2.0
"""The SIP part alone against SIPp (the outside) and baresip (phones): no board, no media of ours."""
import contextlib
import os
import pathlib

import pytest
from peers import Baresip
from peers.ports import free_port
from sip_scenario import ADDRESS, Sipp, Stack

pytestmark = pytest.mark.needs("sipp")
over_both = pytest.mark.parametrize("tcp", [False, True], ids=["udp", "tcp"])
Closing = contextlib.AsyncExitStack
PROGRAM = os.environ.get("CORDBOARD_SIP_PEER") or os.path.join(os.environ.get("CORDBOARD_BUILD", ""), "tests/sip/sip_peer")


async def stack(closing: Closing, *words: str, target: str = "", port: int | None = None) -> Stack:
    made = await Stack.start(PROGRAM, "1001:secret-1001", "1002:secret-1002", "--trunk", f"{ADDRESS}={target}",
                             *(["--port", str(port)] if port else []), *words)
    closing.push_async_callback(made.stop)
    return made


async def caller(closing: Closing, tmp_path: pathlib.Path, steps: list[str], service: str, to: Stack, tcp: bool, **how: int) -> Sipp:
    made = await Sipp.start(tmp_path, steps, service, to.port, tcp=tcp, **how)
    closing.push_async_callback(made.stop)
    return made


@pytest.mark.parametrize(("service", "steps"), [
    pytest.param("800", ["invite", "answered", "pause 100", "bye"], id="answered, the caller hangs up"),
    pytest.param("804", ["invite", "answered", "take_bye"], id="answered, the house hangs up"),
    pytest.param("801", ["invite", "ringing", "cancel"], id="the caller gives up"),
    pytest.param("802", ["invite", "486"], id="busy"),
    pytest.param("803", ["invite", "603"], id="declined"),
    pytest.param("777", ["invite", "404"], id="no such number"),
    pytest.param("800", ["invite", "answered", "hold", "pause 50", "bye"], id="held by a re-INVITE"),
    pytest.param("1002", ["invite", "480"], id="a phone that is not there"),
])
@over_both
async def test_calls_in(tmp_path: pathlib.Path, closing: Closing, tcp: bool, service: str, steps: list[str]) -> None:
    house = await stack(closing)
    assert await (await caller(closing, tmp_path, steps, service, house, tcp, calls=20, rate=40)).done() == 0
    assert len([line for line in house.lines if line.startswith("incoming ")]) == 20
    ends = [line for line in house.lines if line.startswith(("ended ", "released "))]
    await house.wait(ends[0].split()[0], 20)


@over_both
async def test_through_the_house_and_out_again(tmp_path: pathlib.Path, closing: Closing, tcp: bool) -> None:
    outside = await Sipp.start(tmp_path, ["serve"], "", None, tcp=tcp, calls=20)
    closing.push_async_callback(outside.stop)
    house = await stack(closing, target=f"sip:{ADDRESS}:{outside.port};transport={'tcp' if tcp else 'udp'}")
    inside = await caller(closing, tmp_path, ["invite", "answered", "pause 100", "bye"], "9555", house, tcp, calls=20, rate=20)
    assert await inside.done() == 0
    assert await outside.done() == 0


@pytest.mark.parametrize("status", [486, 603])
@over_both
async def test_the_outside_refuses(tmp_path: pathlib.Path, closing: Closing, tcp: bool, status: int) -> None:
    outside = await Sipp.start(tmp_path, [f"serve {status}"], "", None, tcp=tcp, calls=5)
    closing.push_async_callback(outside.stop)
    house = await stack(closing, target=f"sip:{ADDRESS}:{outside.port};transport={'tcp' if tcp else 'udp'}")
    inside = await caller(closing, tmp_path, ["invite", str(status)], "9555", house, tcp, calls=5, rate=20)
    assert await inside.done() == 0
    assert await outside.done() == 0


@over_both
async def test_a_dead_port_outside(tmp_path: pathlib.Path, closing: Closing, tcp: bool) -> None:
    house = await stack(closing, target=f"sip:{ADDRESS}:{free_port(ADDRESS)};transport={'tcp' if tcp else 'udp'}")
    assert await (await caller(closing, tmp_path, ["invite", "503"], "9555", house, tcp)).done() == 0
    await house.wait("refused ")


@pytest.mark.parametrize("we_end", [False, True], ids=["the caller hangs up", "the house hangs up"])
async def test_a_kill_in_an_answered_call(tmp_path: pathlib.Path, closing: Closing, we_end: bool) -> None:
    state = tmp_path / "state"
    state.mkdir()
    port = free_port()
    house = await stack(closing, "--state", str(state), port=port)
    # The house waits for nobody: SIPp listens for BYE from the ACK on.
    steps = ["invite", "answered", "take_bye"] if we_end else ["invite", "answered", "pause 2500", "hold", "bye"]
    there = await caller(closing, tmp_path, steps, "800", house, False)
    await house.wait("acknowledged ")
    await house.kill()
    house = await stack(closing, "--state", str(state), port=port)
    assert (await house.wait("restored ")).endswith(" 1")
    if we_end:
        house.command("release")
        await house.wait("released ")
    assert await there.done() == 0


@pytest.mark.needs("baresip")
@over_both
async def test_phones_register_and_call_each_other(tmp_path: pathlib.Path, closing: Closing, tcp: bool) -> None:
    house = await stack(closing)
    phones = []
    for number in ("1001", "1002"):
        phone = await Baresip.start(tmp_path / number, number, f"secret-{number}", f"127.0.0.1:{house.port}",
                                    transport="tcp" if tcp else "udp")
        closing.push_async_callback(phone.stop)
        await phone.registered()
        phones.append(phone)
    await house.wait("registered ", 2)
    first, second = phones
    await first.dial(f"sip:1002@127.0.0.1:{house.port}" + (";transport=tcp" if tcp else ""))
    await first.wait("CALL_ESTABLISHED")
    await second.wait("CALL_ESTABLISHED")
    assert " 1002 from 1001 " in await house.wait("incoming ")
    await second.hangup()
    await first.wait("CALL_CLOSED")
    await house.wait("ended ")
    await house.wait("released ")


@pytest.mark.needs("baresip")
@over_both
async def test_the_outside_calls_a_phone_and_gives_up_and_calls_again(tmp_path: pathlib.Path, closing: Closing, tcp: bool) -> None:
    house = await stack(closing)
    phone = await Baresip.start(tmp_path / "phone", "1001", "secret-1001", f"127.0.0.1:{house.port}", answer="manual",
                                transport="tcp" if tcp else "udp")
    closing.push_async_callback(phone.stop)
    await phone.registered()
    gives_up = await caller(closing, tmp_path, ["invite", "ringing", "pause 500", "cancel"], "1001", house, tcp)
    await phone.wait("CALL_INCOMING")
    assert await gives_up.done() == 0
    await phone.wait("CALL_CLOSED")
    seen = len(phone.events)
    talks = await caller(closing, tmp_path, ["invite", "answered", "pause 200", "bye"], "1001", house, tcp)
    await phone.wait("CALL_INCOMING", after=seen)
    await phone.accept()
    assert await talks.done() == 0
    await phone.wait("CALL_CLOSED", after=seen)
    seen = len(phone.events)
    refused = await caller(closing, tmp_path, ["invite", "486"], "1001", house, tcp)
    await phone.wait("CALL_INCOMING", after=seen)
    await phone.hangup()
    assert await refused.done() == 0


@pytest.mark.needs("baresip")
@over_both
async def test_a_wrong_password_does_not_register(tmp_path: pathlib.Path, closing: Closing, tcp: bool) -> None:
    house = await stack(closing)
    phone = await Baresip.start(tmp_path / "phone", "1001", "guess", f"127.0.0.1:{house.port}", transport="tcp" if tcp else "udp")
    closing.push_async_callback(phone.stop)
    await phone.wait("REGISTER_FAIL")
    assert not [line for line in house.lines if line.startswith("registered ")]
