# SPDX-License-Identifier: Apache-2.0
"""A house with a phone that answers every call, and callers from outside: both are SIPp."""
import asyncio
import contextlib
import pathlib
import tempfile
from collections.abc import Sequence
from typing import Any

import scenarios
from cordboard import Board, OperatorConfigured
from house import OUTSIDE, House
from peers import Agent, Child, PeerError, free_port

PHONE = "8001"


async def seat_first(board: Board) -> None:
    """The first operator takes calls."""
    operator = next(e.operator for e in board.events(after=0, follow=False) if isinstance(e, OperatorConfigured))
    await board.log_on(operator)
    await board.ready(operator)


async def register(house: House, number: str) -> int:
    """Registers a phone and gives the port that it is at now free: whoever binds it is that phone."""
    agent = await Agent.start(number, house.phone(number)["password"], house.address)
    await agent.register(expires=3600)
    agent.close()
    await asyncio.sleep(0)
    return agent.port


async def sipp(folder: pathlib.Path, name: str, scenario: str, address: str, port: int, *more: str) -> Child:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}.xml"
    file.write_text(scenario)
    return await Child.start(["sipp", "-sf", str(file), "-i", address, "-p", str(port), "-nostdin", "-t", "u1", "-buff_size", "8388608",
                              "-trace_err", "-error_file", str(folder / f"{name}.errors"), *more], folder, name)


async def phone_at(folder: pathlib.Path, name: str, port: int) -> Child:
    """A phone that answers every call."""
    return await sipp(folder, name, scenarios.phone(), "127.0.0.1", port)


async def callers_of(folder: pathlib.Path, name: str, server: str, number: str, calls: int, rate: int, hold_ms: int) -> Child:
    """Begins so many calls from outside; the process ends when all have."""
    return await sipp(folder, name, scenarios.caller(hold_ms, hold_ms), OUTSIDE, free_port(OUTSIDE), server, "-s", number, "-m", str(calls),
                      "-l", str(calls), "-r", str(rate))


class Load:
    """A running house and its phone."""

    def __init__(self, house: House, folder: pathlib.Path, stack: contextlib.AsyncExitStack):
        self.house, self.folder, self.stack = house, folder, stack
        self.callers = 0

    @classmethod
    async def start(cls, stack: contextlib.AsyncExitStack, *, wait: float = 15, queues: dict[str, Any] | None = None,
                    more_phones: Sequence[dict[str, Any]] = (), direct: bool = False,
                    **changes: dict[str, Any]) -> "Load":
        """@param direct  voices may pass the house by"""
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cordboard-bench-")))
        house = House.prepare(folder, **changes)
        stack.callback(house.remove)
        house.hospital["phone"] += more_phones
        for queue in house.hospital["queue"]:
            queue |= queues or {}
        for row in (row for table in ("trunk", "phone", "department") for row in house.hospital[table]):
            row |= {"media": "direct"} if direct else {}
        house.write()
        stack.push_async_callback(house.stop)
        await house.start(wait)
        return cls(house, folder, stack)

    async def phone(self) -> None:
        child = await phone_at(self.folder, "phone", await register(self.house, PHONE))
        self.stack.push_async_callback(child.stop)

    async def call(self, number: str, calls: int, rate: int, hold_ms: int) -> Child:
        """Begins so many calls; the process ends when all have."""
        self.callers += 1
        child = await callers_of(self.folder, f"callers{self.callers}", self.house.address, number, calls, rate, hold_ms)
        self.stack.push_async_callback(child.kill)
        return child

    async def all_good(self, callers: Child, timeout: float) -> None:
        """@raises PeerError  when one of the calls did not go as it should"""
        if (code := await callers.wait(timeout)) != 0:
            raise PeerError(f"SIPp ended with {code}:\n{callers.text()[-1500:]}")
