# SPDX-License-Identifier: Apache-2.0
"""Today's figures as they change: for walls, which are told at most four times a second, and for Prometheus."""
import asyncio
import contextlib
import pathlib
import time
from typing import Any

import pytest
from gate import Gate, Refused, house_tables
from hospital import Hospital

pytestmark = pytest.mark.needs("baresip", "sipp")
Closing = contextlib.AsyncExitStack


async def test_a_wall_is_told_of_today(tmp_path: pathlib.Path, closing: Closing) -> None:
    """S7: the answer rate is on the wall as a call is answered; a busy house tells each wall four times a second at most; the report says the same."""
    hospital = await Hospital.open(tmp_path, closing, **house_tables())
    gate = await Gate.open(hospital.house.run, tmp_path / "gate", closing)
    await gate.follows()
    screen = await gate.browser("zhang")
    heard: list[tuple[float, dict[str, Any]]] = []

    async def follow() -> None:
        async for message in screen.events("events=0&figures=1"):
            assert message["event"] != "message"
            if message["event"] == "figures":
                heard.append((time.monotonic(), message["data"]))

    task = asyncio.create_task(follow())
    closing.callback(task.cancel)
    _, caller, call = await hospital.talk()
    own = hospital.board.snapshot().calls[call].operator

    async def shown(**values: float) -> None:
        for _ in range(200):
            if heard and all(heard[-1][1]["values"][name][0] == value for name, value in values.items()):
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"never {values}: {heard[-1:]}")

    await shown(offered=1, answered=1, answer_rate=1)
    assert heard[-1][1]["operators"]["busy"] == 1
    await caller.hang_up()
    began = time.monotonic()
    for _ in range(100):
        await hospital.board.not_ready(own)
        await hospital.board.ready(own)
    spent = time.monotonic() - began
    assert len([at for at, _ in heard if began <= at <= began + spent]) <= 4 * spent + 2
    report = (await screen.ask("GET", "/v1/figures?figures=offered,answered"))["rows"][0]["values"]
    assert {name: report[name] for name in ("offered", "answered")} == {name: heard[-1][1]["values"][name] for name in ("offered", "answered")}


async def test_prometheus_is_told_who_has_a_token(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await Hospital.open(tmp_path, closing, **house_tables())
    gate = await Gate.open(hospital.house.run, tmp_path / "gate", closing)
    await gate.follows()
    program, visitor = await gate.program("leader"), await gate.visitor()
    with pytest.raises(Refused) as no:
        await visitor.ask("GET", "/metrics")
    assert no.value.status == 401
    await hospital.talk()
    for _ in range(100):
        text = await program.ask("GET", "/metrics")
        if "13800000001" in text:
            raise AssertionError("a number is a label")
        lines = [line for line in text.splitlines() if line and not line.startswith("#")]
        if any(line.endswith(" 1") and "answered" in line for line in lines):
            return
        await asyncio.sleep(0.05)
    raise AssertionError(text)
