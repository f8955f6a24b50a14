#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Readers in Python: the log as objects, in asyncio and as NumPy columns, beside the same events as JSON lines over a socket.

    readers.py LOG_BENCH [--quick]

Prints lines of the table. What counts is this process's own processor time: what feeds the socket is another process, and what
else happens on the machine is not counted. Each round is a process of its own, bound to one processor.
"""
import asyncio
import json
import os
import pathlib
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable

from cordboard import EventKind
from cordboard.log import Log

JSON_PLAIN = "JSON lines by a Unix socket, Python, plain"
JSON_ASYNC = "JSON lines by a Unix socket, Python, asyncio"
ITERATION = "log: Python iteration, three fields"
ASYNCIO = "log: Python asyncio, three fields"
NUMPY = "log: NumPy scan, three columns"
BASELINE = {ITERATION: JSON_PLAIN, ASYNCIO: JSON_ASYNC, NUMPY: JSON_PLAIN}


def json_plain(place: str) -> int:
    seen = 0
    with socket.socket(socket.AF_UNIX) as link:
        link.connect(place)
        with link.makefile("rb", buffering=1 << 16) as lines:
            for line in lines:
                event = json.loads(line)
                event["sequence"], event["time_ns"], event["revision"]
                seen += 1
    return seen


async def json_async(place: str) -> int:
    seen = 0
    lines, link = await asyncio.open_unix_connection(place, limit=1 << 20)
    async for line in lines:
        event = json.loads(line)
        event["sequence"], event["time_ns"], event["revision"]
        seen += 1
    link.close()
    return seen


def iteration(place: str) -> int:
    seen = 0
    with Log(place) as log:
        for event in log.events(after=0, follow=False):
            event.sequence, event.time_ns, event.revision
            seen += 1
    return seen


async def asynchronous(place: str) -> int:
    seen = 0
    with Log(place) as log:
        async for event in log.events(after=0, follow=False):
            event.sequence, event.time_ns, event.revision
            seen += 1
    return seen


def columns(place: str) -> int:
    with Log(place) as log:
        events = log.array()
        seen = int((events["sequence"] != 0).sum())
        established = int((events["kind"] == EventKind.ESTABLISHED).sum())
        if seen and not (established and events["time_ns"].max()):
            raise AssertionError("the columns are empty")
    return seen


READERS: dict[str, Callable[[str], int | Awaitable[int]]] = {
    JSON_PLAIN: json_plain, JSON_ASYNC: json_async, ITERATION: iteration, ASYNCIO: asynchronous, NUMPY: columns}


def one_round(name: str, place: str, count: int) -> None:
    """In a process of its own: prints the events a second of processor time."""
    import numpy  # before the clock starts: what an import takes is nobody's reading

    assert numpy
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    reader = READERS[name]
    begun = time.process_time()
    done = reader(place)
    seen = done if isinstance(done, int) else asyncio.run(done)  # type: ignore[arg-type]
    used = time.process_time() - begun
    if seen != count:
        raise SystemExit(f"{name}: {seen} events of {count}")
    print(count / used)


def ran(name: str, place: str, count: int) -> float:
    done = subprocess.run([sys.executable, __file__, "--round", name, place, str(count)], stdout=subprocess.PIPE, check=True)
    return float(done.stdout)


def by_socket(bench: str, folder: pathlib.Path, name: str, count: int) -> float:
    place = folder / "socket"
    place.unlink(missing_ok=True)
    feed = subprocess.Popen([bench, "--feed-json", str(place), str(count)])
    try:
        deadline = time.monotonic() + 30
        while not place.exists():
            if feed.poll() is not None or time.monotonic() > deadline:
                raise SystemExit("nobody feeds the socket")
            time.sleep(0.001)
        return ran(name, str(place), count)
    finally:
        feed.kill()
        feed.wait()


def main() -> None:
    if sys.argv[1] == "--round":
        return one_round(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    bench, quick = sys.argv[1], "--quick" in sys.argv
    rounds, lines, objects, slots = (2, 20_000, 50_000, 1 << 19) if quick else (5, 100_000, 400_000, 1 << 22)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="cordboard-bench-", dir="/dev/shm"))
    found: dict[str, list[float]] = {name: [] for name in READERS}
    try:
        for name, count in (("small", objects), ("large", slots)):
            subprocess.run([bench, "--feed-log", str(folder / name), str(count)], check=True)
        for turn in range(rounds):
            print(f"      python: round {turn + 1} of {rounds}", file=sys.stderr, flush=True)
            for name in (JSON_PLAIN, JSON_ASYNC):
                found[name].append(by_socket(bench, folder, name, lines))
            for name in (ITERATION, ASYNCIO):
                found[name].append(ran(name, str(folder / "small"), objects))
            found[NUMPY].append(ran(NUMPY, str(folder / "large"), slots))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    medians = {name: statistics.median(values) for name, values in found.items()}
    for name, value in medians.items():
        baseline = BASELINE.get(name)
        ratio = round(value / medians[baseline], 4) if baseline else None
        print(json.dumps({"name": name, "value": round(value), "unit": "events/CPU s", "baseline": baseline, "ratio": ratio}), flush=True)


if __name__ == "__main__":
    main()
