# SPDX-License-Identifier: Apache-2.0
"""What a call costs that is only held: memory, once all that its setup needed is free again, and processor time."""
import asyncio
import contextlib
import os
import pathlib
import shlex
import signal
import tempfile

from house import program
from lines import allow_files, cpu_seconds, own_memory, progress, tell
from load import PHONE, Load
from peers import until

RATE = 400
FREE_AGAIN = 60  # seconds after the last INVITE: the library keeps transactions for 32
IDLE = 10


class Heap:
    """The heap of the switchboards that start while it is open: they run with heap_in_use.c in them."""

    def __enter__(self) -> "Heap":
        self._before = os.environ.get("CORDBOARD_PROGRAM")
        self._folder = tempfile.TemporaryDirectory(prefix="cordboard-heap-")
        self._said = pathlib.Path(self._folder.name) / "said"
        self._said.touch()
        run = pathlib.Path(self._folder.name) / "cordboard"
        run.write_text(f"#!/bin/sh\nexport HEAP_IN_USE_FILE={shlex.quote(str(self._said))} "
                       f"LD_PRELOAD={shlex.quote(os.environ['CORDBOARD_HEAP_IN_USE'])}\nexec {shlex.quote(program())} \"$@\"\n")
        run.chmod(0o755)
        os.environ["CORDBOARD_PROGRAM"] = str(run)
        return self

    def __exit__(self, *_: object) -> None:
        del os.environ["CORDBOARD_PROGRAM"]
        if self._before is not None:
            os.environ["CORDBOARD_PROGRAM"] = self._before
        self._folder.cleanup()

    async def in_use(self, pid: int) -> int:
        """Bytes."""
        known = len(self._said.read_text().splitlines())
        os.kill(pid, signal.SIGRTMAX)
        await until(lambda: self._said.read_text().count("\n") > known, 10, "the heap's figure")
        return int(self._said.read_text().splitlines()[-1])


async def held(count: int, direct: bool, quick: bool) -> None:
    name = f"{count} calls held, {'direct' if direct else 'anchored'}"
    wait = 2 if quick else FREE_AGAIN
    async with contextlib.AsyncExitStack() as stack:
        heap = stack.enter_context(Heap())
        load = await Load.start(stack, direct=direct, media={"port_min": 10_000, "port_max": 29_999, "address": "127.0.0.9"},
                                sip={"port": 5096, "calls_per_second": 100_000}, policy={"closing_grace": "0s", "calls_max": 100_000},
                                log={"hot_bytes_max": "1GiB"})
        await load.phone()
        assert load.house.child
        pid = load.house.child.pid
        before = sum(own_memory(pid))
        heap_before = await heap.in_use(pid)
        progress(f"held: {name}")
        seconds = count / RATE + wait + IDLE + 10
        callers = await load.call(PHONE, count, RATE, int(seconds * 1000))
        await asyncio.sleep(count / RATE + wait)
        after = sum(own_memory(pid))
        heap_after = await heap.in_use(pid)
        cpu = cpu_seconds(pid)
        await asyncio.sleep(IDLE)
        tell(f"{name}: heap in use of a call", (heap_after - heap_before) / count / 1024, "kB")
        tell(f"{name}: memory of a call (Pss without the log)", (after - before) / count / 1024, "kB")
        tell(f"{name}: processor while nothing happens", (cpu_seconds(pid) - cpu) / IDLE * 100, "% of one")
        await load.all_good(callers, 300 + count / RATE)


async def measure(quick: bool) -> None:
    allow_files(200_000)
    for count, direct in ((20, True), (20, False)) if quick else ((20_000, True), (2_000, False), (2_000, True), (50_000, True)):
        await held(count, direct, quick)
