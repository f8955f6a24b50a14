# SPDX-License-Identifier: Apache-2.0
"""Twice as many calls as the house takes, for a while; then as many as it takes: whether all is as before, and nothing stays."""
import asyncio
import contextlib
import pathlib

from cordboard import Board
from house import OUTSIDE
from lines import progress, tell
from load import PHONE, Load, sipp
from peers import free_port, until
from scenarios import impatient

LIMIT = 200


async def measure(quick: bool) -> None:
    rate, seconds = (LIMIT, 2) if quick else (LIMIT, 30)
    async with contextlib.AsyncExitStack() as stack:
        load = await Load.start(stack, media={"port_min": 10_000, "port_max": 29_999, "address": "127.0.0.9"},
                                sip={"port": 5096, "calls_per_second": rate}, policy={"closing_grace": "0s"})
        await load.phone()
        board = await stack.enter_async_context(Board.attach(str(load.house.run)))
        progress(f"overload: {2 * rate} calls a second where {rate} are taken, for {seconds} s")
        calls = 2 * rate * seconds
        crowd = await sipp(load.folder, "crowd", impatient(1000), OUTSIDE, free_port(OUTSIDE), load.house.address, "-s", PHONE, "-m", str(calls),
                           "-l", str(calls), "-r", str(2 * rate))
        stack.push_async_callback(crowd.kill)
        await asyncio.sleep(seconds)
        # Five seconds later everybody who comes at a bearable rate is served.
        await asyncio.sleep(5)
        after = await load.call(PHONE, rate // 2 * 5, rate // 2, 1000)
        code = await after.wait(60)
        errors = pathlib.Path(load.folder / "callers1.errors")
        failed = 0 if code == 0 else max(1, errors.read_text(errors="replace").count("Aborting call") if errors.exists() else 1)
        tell(f"calls that failed at half the limit, five seconds after an overload of twice the limit, of {rate // 2 * 5}", failed, "calls")
        tell("callers in the overload who were neither served nor told to come again", 0 if await crowd.wait(90) == 0 else 1, "calls")

        def empty() -> bool:
            now = board.snapshot()
            return not now.calls and not now.connections and not now.parties

        await until(empty, 45, "the end of all calls after an overload")
        tell("calls, lines and parties that stayed", 0, "")
