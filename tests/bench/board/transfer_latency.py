# SPDX-License-Identifier: Apache-2.0
"""An attended transfer: from the command until another process sees in the log that caller and called party are joined."""
import asyncio
import contextlib
import pathlib
import statistics
import subprocess
import sys
import time

from cordboard import Board, CallId, Consent, ConsentOf, Established, OperatorReady, Transferred, new_id
from cordboard.log import Log
from house import OUTSIDE
from lines import progress, tell
from load import Load, register, seat_first
from wire import Caller, Phone

TARGET = "8003"


def read_transfers(folder: str, count: int) -> None:
    """In a process of its own: when it has each `transferred`."""
    with Log(folder) as log:
        print("ready", flush=True)
        for event in log.events():
            if isinstance(event, Transferred):
                print(time.perf_counter_ns(), flush=True)
                count -= 1
                if count == 0:
                    return


async def measure(quick: bool) -> None:
    count = 10 if quick else 200
    found = []
    async with contextlib.AsyncExitStack() as stack:
        load = await Load.start(stack, policy={"closing_grace": "0s"})
        for number in ("1001", TARGET):
            stack.callback(Phone(await register(load.house, number)).close)
        caller = Caller(OUTSIDE, load.house.address)
        stack.callback(caller.close)
        board = await stack.enter_async_context(Board.attach(str(load.house.run)))
        await seat_first(board)
        reader = subprocess.Popen([sys.executable, __file__, str(load.house.hot), str(count)], stdout=subprocess.PIPE, text=True)
        stack.callback(reader.kill)
        assert reader.stdout
        reader.stdout.readline()
        with Log(str(load.house.hot)) as log:
            async def seen(kind: type, fits: "object", since: int) -> "object":
                while True:
                    for event in log.events(after=since, follow=False):
                        if isinstance(event, kind) and fits(event):  # type: ignore[operator]
                            return event
                    await asyncio.sleep(0.002)

            for turn in range(count):
                since = log.newest
                await asyncio.to_thread(caller.call, "9000")
                talks = await seen(Established, lambda e: e.operator != 0, since)
                call, consultation = talks.call, CallId(new_id())  # type: ignore[attr-defined]
                await board.consult(call, TARGET, new_call=consultation)
                await board.declare_consent(call, ConsentOf.CALLER, Consent.YES)
                await board.declare_consent(call, ConsentOf.TARGET, Consent.YES)
                await asyncio.sleep(0.02)
                asked = time.perf_counter_ns()
                await board.transfer(call, consultation)
                found.append((int(reader.stdout.readline()) - asked) / 1e6)
                await asyncio.to_thread(caller.hang_up)
                await seen(OperatorReady, lambda e: True, since)
                if turn % 50 == 49:
                    progress(f"transfer: {turn + 1} of {count}")
    for part, label in ((50, "p50"), (95, "p95"), (99, "p99")):
        tell(f"attended transfer: command to both joined, as another process sees it, {label}", statistics.quantiles(found, n=100)[part - 1], "ms")
    tell(f"attended transfers that came about, of {count}", len(found), "transfers")


if __name__ == "__main__":
    read_transfers(sys.argv[1], int(sys.argv[2]))
