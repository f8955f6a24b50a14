#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The package under stress: threads that read, command, drop and close all at once, while calls are up in another process.

    stress.py [SECONDS]

Exits 0 when nothing crashed or stood still, memory, threads and open files stayed flat, and nothing happened to the calls.
"""

from __future__ import annotations

import asyncio
import contextlib
import faulthandler
import gc
import logging
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import cordboard
from cordboard import Board, CallId, Established, Event, EventKind, Held, Log, OperatorConfigured, OperatorId, errors

OPERATORS = 6
STANDS_STILL = 1000
"""A worker has deadlocked when it made no round while so many threads began and ended beside it. Not a time: on a machine that is
busy with forty other things, a round that takes milliseconds may take a minute, and a thread's beginning a second."""
WORKERS = 7
SANITIZED = any(name in os.environ.get("LD_PRELOAD", "") for name in ("libasan", "libtsan"))
MEMORY_MB = 1024 if SANITIZED else 32
"""How much more memory of its own the process may have at the end than after the warm-up; a sanitizer keeps what was freed."""
GONE = (errors.BoardClosed, errors.NotConnected)
UNKNOWN = CallId(1)


def house(folder: Path) -> Path:
    """A loopback house whose operators answer whatever comes."""
    names = [f"Operator {i}" for i in range(OPERATORS)]
    lines = ["[board]", "loopback = true", "[[trunk]]", 'name = "city"', 'addresses = ["127.0.0.2"]',
             'target = "sip:127.0.0.2:5080;transport=udp"']
    for i, name in enumerate(names):
        lines += ["[[phone]]", f'number = "10{i:02}"', f'name = "Position {i}"', 'password = "loopback"',
                  "[[operator]]", f'name = "{name}"', f'phone = "10{i:02}"']
    lines += ["[[queue]]", 'number = "9000"', 'name = "Switchboard"', f"operators = {names}".replace("'", '"')]
    path = folder / "house.toml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def serve(folder: Path) -> None:
    """The other process: puts a call up for each operator, says which, and waits until its input ends."""
    with Board.open(house(folder), run=folder / "run", log=folder / "log") as board:
        who = [e.operator for e in board.events(after=0, follow=False) if isinstance(e, OperatorConfigured)]
        for one in who:
            board.log_on(one).result()
            board.ready(one).result()
        calls = [board.loopback.call_in("city", "9000", number=f"1380013{i:04}") for i in range(OPERATORS)]
        open_calls = set(calls)
        for event in board.events(after=0, timeout=30):
            if isinstance(event, Established) and event.operator:
                open_calls.discard(event.call)
                if not open_calls:
                    break
        print(*calls, flush=True)
        sys.stdin.read()


class Stress:
    def __init__(self, run: str, folder: Path, seconds: float) -> None:
        self.run = run
        self.folder = folder
        self.end = time.monotonic() + seconds
        self.rounds: dict[str, int] = {}
        self.events = 0
        self.failures: list[str] = []
        self.beats = 0

    # ------------------------------------------------------------------------------------------------ what workers do

    def closed_while_iterating(self, dice: random.Random) -> None:
        """A plain iteration in this thread, and a close in another."""
        board = Board.attach(self.run)
        closer = threading.Timer(dice.random() * 0.02, board.close)
        closer.start()
        for event in board.events(after=0):
            self.seen(event)
        closer.join()
        with contextlib.suppress(*GONE):
            board.hold(UNKNOWN)
            raise AssertionError("a closed board took a command")

    def asyncio_with_a_close(self, dice: random.Random) -> None:
        async def follow(board: Board) -> None:
            async for event in board.events(after=0, kinds=dice.choice([(), (Held, Established)])):
                self.seen(event)

        async def command(board: Board) -> None:
            for _ in range(dice.randrange(5)):
                with contextlib.suppress(errors.CallUnknown, *GONE):
                    await board.call(UNKNOWN).hold(timeout=20.0)

        async def main() -> None:
            async with Board.attach(self.run) as board:
                tasks = [asyncio.create_task(one(board)) for one in (follow, follow, command, command)]
                await asyncio.sleep(dice.random() * 0.02)
                if dice.random() < 0.3:
                    tasks[0].cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        asyncio.run(main())

    def dropped(self, dice: random.Random) -> None:
        """Nothing is closed: boards, iterations half way, commands on their way, handles."""
        board = Board.attach(self.run)
        reading = iter(board.events(after=0))
        for _ in range(dice.randrange(1, 20)):
            self.seen(next(reading))
        kept = [board.call(UNKNOWN).hold(), board.operator(OperatorId(99)).ready()]
        handles = [board.call(CallId(i)) for i in range(1, 50)]
        if dice.random() < 0.5:
            del board
        if dice.random() < 0.5:
            del reading
        if dice.random() < 0.5:
            handles.append(handles)  # type: ignore[arg-type]  # for the collector alone
        if dice.random() < 0.3:
            with contextlib.suppress(cordboard.Error):
                kept[0].result(timeout=20)

    def arrays(self, dice: random.Random) -> None:
        """Views that outlive their log, and texts."""
        log = Log(self.run)
        array = log.array()
        part = array[dice.randrange(len(array)):][:100]
        event = log.at(log.oldest)
        del array
        log.close()
        del log
        assert (part["sequence"] > 0).all() and event is not None and event.kind == EventKind.BOARD_STARTED
        for row in part:
            self.seen(Event.from_slot(row))

    def a_board_of_its_own(self, dice: random.Random) -> None:
        """Opened here, closed while it is read and commanded."""
        with tempfile.TemporaryDirectory(dir=self.folder) as name:
            own = Board.open(self.folder / "house.toml", run=f"{name}/run", log=f"{name}/log")

            def read() -> None:
                for event in own.events(after=0):
                    self.seen(event)

            reader = threading.Thread(target=read)
            reader.start()
            pending = [own.hold(UNKNOWN) for _ in range(dice.randrange(4))]
            own.close()
            reader.join()
            for one in pending:
                with contextlib.suppress(cordboard.Error):
                    one.result(timeout=20)

    def collected(self, dice: random.Random) -> None:
        gc.collect(dice.randrange(3))
        time.sleep(0.001)

    # ------------------------------------------------------------------------------------------------ around them

    def beat(self) -> None:
        """How fast threads come and go now."""
        while True:
            thread = threading.Thread(target=time.sleep, args=(0.05,), daemon=True)
            thread.start()
            thread.join()
            self.beats += 1

    def goes_on(self) -> bool:
        """Until the time is over, and each worker did something."""
        return not self.failures and (time.monotonic() < self.end or len(self.rounds) < WORKERS)

    def seen(self, event: Event) -> None:
        self.events += 1  # roughly: threads may lose a count
        assert event.sequence and repr(event)

    def work(self, name: str, what: Callable[[random.Random], None], seed: int) -> None:
        dice = random.Random(seed)
        while self.goes_on():
            try:
                what(dice)
            except GONE:
                pass  # it was closed under our hands, as was meant
            except Exception as error:
                self.failures.append(f"{name}: {type(error).__name__}: {error}")
                raise
            self.rounds[name] = self.rounds.get(name, 0) + 1


def own_memory_mb() -> float:
    """Memory of the process alone: what is mapped of the log belongs to the log."""
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("RssAnon"))


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


def stress(run: str, folder: Path, seconds: float) -> int:
    this = Stress(run, folder, seconds)
    gc.set_threshold(50, 3, 3)
    work = {"closed": this.closed_while_iterating, "asyncio": this.asyncio_with_a_close, "dropped": this.dropped,
            "dropped too": this.dropped, "arrays": this.arrays, "own": this.a_board_of_its_own, "collected": this.collected}
    threads = [threading.Thread(target=this.work, args=(name, what, seed), name=f"stress-{name}", daemon=True)
               for seed, (name, what) in enumerate(work.items())]
    assert len(threads) == WORKERS
    for thread in (*threads, threading.Thread(target=this.beat, name="stress-beat", daemon=True)):
        thread.start()
    begun = time.monotonic()
    warm, files, told = 0.0, 0, begun
    last: dict[str, tuple[int, int]] = {}
    while any(thread.is_alive() for thread in threads):
        faulthandler.dump_traceback_later(300, exit=True)  # for when this very thread stands still
        time.sleep(0.1)
        now = time.monotonic()
        if not warm and now - begun > max(3.0, min(60.0, seconds / 5)) and len(this.rounds) == WORKERS:
            warm, files = own_memory_mb(), open_files()
        for name in work:
            count = this.rounds.get(name, 0)
            if last.get(name, (-1, 0))[0] != count or not any(t.is_alive() and t.name == f"stress-{name}" for t in threads):
                last[name] = count, this.beats
            elif this.beats - last[name][1] > STANDS_STILL:
                print(f"stress: '{name}' stands still", flush=True)
                faulthandler.dump_traceback(all_threads=True)
                os._exit(1)
        if now - told > 30:
            told = now
            print(f"{now - begun:6.0f} s  {this.events} events  {own_memory_mb():.0f} MB  {open_files()} files", flush=True)
    faulthandler.cancel_dump_traceback_later()

    # What is dropped goes in its own time: threads end when their wait does.
    warm, files = warm or own_memory_mb(), files or open_files()
    until = time.monotonic() + 120
    left: list[str] = []
    while time.monotonic() < until:
        gc.collect()
        left = [t.name for t in threading.enumerate() if t.name.startswith("cordboard")]
        if not left and own_memory_mb() <= warm + MEMORY_MB and open_files() <= files + 10:
            break
        time.sleep(0.1)
    memory, at_end = own_memory_mb(), open_files()
    print(f"rounds: {this.rounds}; {this.events} events; memory {warm:.1f} -> {memory:.1f} MB; open files {files} -> {at_end}")
    failures = this.failures
    if left:
        failures.append(f"threads are left: {left}")
    if memory > warm + MEMORY_MB:
        failures.append(f"memory grew from {warm:.0f} to {memory:.0f} MB")
    if at_end > files + 10:
        failures.append(f"open files grew from {files} to {at_end}")
    for failure in failures:
        print(f"stress: {failure}")
    return 1 if failures else 0


def main() -> int:
    if sys.argv[1:2] == ["--serve"]:
        serve(Path(sys.argv[2]))
        return 0
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 600.0
    faulthandler.enable()
    logging.getLogger("asyncio").setLevel(logging.ERROR)  # with -X dev it tells of every turn that took long
    with tempfile.TemporaryDirectory(prefix="cordboard_stress_", dir="/dev/shm") as name:
        folder = Path(name)
        with subprocess.Popen([sys.executable, __file__, "--serve", name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
            assert other.stdin is not None and other.stdout is not None
            calls = {int(call) for call in other.stdout.readline().split()}
            if len(calls) != OPERATORS:
                print("stress: the house did not start")
                return 1
            run = str(folder / "run")
            with Log(run) as log:
                before = log.newest
            result = stress(run, folder, seconds)
            with Log(run) as log:
                touched = [e for e in log.events(after=before, follow=False) if getattr(e, "call", 0) in calls]
                up = {e.call for e in log.events(after=0, follow=False) if isinstance(e, Established)} & calls
                alive = log.writer_alive and other.poll() is None
            other.stdin.close()
    print(f"calls: {len(up)} of {OPERATORS} up, {len(touched)} events touched one; board {'alive' if alive else 'gone'}")
    return 1 if result or touched or len(up) != OPERATORS or not alive else 0


if __name__ == "__main__":
    sys.exit(main())
