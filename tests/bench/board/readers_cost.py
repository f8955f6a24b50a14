# SPDX-License-Identifier: Apache-2.0
"""What readers cost the board: its own processor time per event with none, one and eight that follow in other processes."""
import asyncio
import contextlib
import statistics
import time

from cordboard.log import Log
from house import program
from lines import cpu_seconds, progress, tell
from load import PHONE, Load
from peers import Child, until

RATE = 100


async def one_round(load: Load, readers: int, seconds: int) -> tuple[float, float]:
    """Microseconds of the board's processor time per event, and events a second."""
    child = load.house.child
    assert child
    async with contextlib.AsyncExitStack() as stack:
        for number in range(readers):
            reader = await Child.start([program(), "log", "--follow", "--json", str(load.house.hot)], load.folder, f"reader{number}")
            stack.push_async_callback(reader.stop)
            await until(lambda r=reader: "board_started" in r.text(), 15, "a reader that follows")  # type: ignore[misc]
        with Log(str(load.house.hot)) as log:
            before, cpu, begun = log.newest, cpu_seconds(child.pid), time.monotonic()
            callers = await load.call(PHONE, RATE * seconds, RATE, 500)
            await load.all_good(callers, 30 + 2 * seconds)
            events, used, took = log.newest - before, cpu_seconds(child.pid) - cpu, time.monotonic() - begun
        for number in range(readers):
            (load.folder / f"reader{number}.out").unlink()
    return used / events * 1e6, events / took


async def measure(quick: bool) -> None:
    rounds, seconds = (1, 2) if quick else (5, 5)
    found: dict[int, list[float]] = {0: [], 1: [], 8: []}
    rate = 0.0
    async with contextlib.AsyncExitStack() as stack:
        load = await Load.start(stack, media={"port_min": 10_000, "port_max": 12_999, "address": "127.0.0.9"}, sip={"port": 5095},
                                policy={"closing_grace": "0s"})
        await load.phone()
        await one_round(load, 0, 1)  # what the first calls alone cost
        for turn in range(rounds):
            progress(f"readers: round {turn + 1} of {rounds}, {RATE} calls a second")
            for readers, values in found.items():
                value, rate = await one_round(load, readers, seconds)
                values.append(value)
                await asyncio.sleep(0.2)
    base = "board's CPU per event, no reader"
    least = statistics.median(found[0])
    tell(base, least, "us")
    tell("board's CPU per event, 1 reader", statistics.median(found[1]), "us", base, statistics.median(found[1]) / least)
    tell("board's CPU per event, 8 readers", statistics.median(found[8]), "us", base, statistics.median(found[8]) / least)
    tell("events while these were measured", rate, "events/s")
