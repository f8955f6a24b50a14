# SPDX-License-Identifier: Apache-2.0
"""What the board adds to the setup of a single call: INVITE to 200 through it, beside the same two ends without it."""
import contextlib
import statistics
import time

from house import OUTSIDE
from lines import progress, tell
from load import PHONE, Load, register
from peers import free_port
from wire import Caller, Phone


def setups(caller: Caller, count: int) -> list[float]:
    found = []
    for _ in range(count):
        time.sleep(0.02)
        began = time.perf_counter_ns()
        caller.call(PHONE)
        found.append((time.perf_counter_ns() - began) / 1e6)
        caller.hang_up()
    return found


async def measure(quick: bool) -> None:
    count = 20 if quick else 200
    async with contextlib.AsyncExitStack() as stack:
        alone = Phone(free_port())
        stack.callback(alone.close)
        straight = Caller(OUTSIDE, f"127.0.0.1:{alone.socket.getsockname()[1]}")
        stack.callback(straight.close)
        progress(f"setup: {count} calls of each kind, one at a time")
        least = statistics.median(setups(straight, count))
        for name, direct in (("anchored", False), ("direct", True)):
            load = await Load.start(stack, direct=direct, policy={"closing_grace": "0s"})
            phone = Phone(await register(load.house, PHONE))
            stack.callback(phone.close)
            caller = Caller(OUTSIDE, load.house.address)
            stack.callback(caller.close)
            tell(f"setup of a single call, {name}: what the board adds, p50", statistics.median(setups(caller, count)) - least, "ms")
