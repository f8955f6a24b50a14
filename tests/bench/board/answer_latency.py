# SPDX-License-Identifier: Apache-2.0
"""From the callee's 200 OK on the wire until a program in Python, asleep until then, has the event."""
import contextlib
import pathlib
import socket
import statistics
import subprocess
import sys
import time

from cordboard import Established
from cordboard.log import Log
from lines import progress, tell
from load import PHONE, Load, register
from wire import Caller, Phone
from house import OUTSIDE

BASE = "one UDP datagram to a sleeping Python process"
NAME = "callee's 200 OK to the event in a sleeping Python reader"


def read_events(folder: str, count: int) -> None:
    """In a process of its own: when it has the first `established` of each call."""
    with Log(folder) as log:
        print("ready", flush=True)
        last = 0
        for event in log.events():
            if isinstance(event, Established) and event.call != last:
                now = time.perf_counter_ns()
                last = event.call
                print(now, flush=True)
                count -= 1
                if count == 0:
                    return


def read_datagrams(count: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
        end.bind(("127.0.0.1", 0))
        print(end.getsockname()[1], flush=True)
        for _ in range(count):
            end.recv(2048)
            print(time.perf_counter_ns(), flush=True)


def reader(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, __file__, *words], stdout=subprocess.PIPE, text=True)


def next_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    line = process.stdout.readline()
    if not line:
        raise RuntimeError("a reader ended early")
    return line


def datagrams(count: int) -> list[float]:
    """The least: a wake of a process in Python by the network."""
    process = reader("--datagrams", str(count))
    port = int(next_line(process))
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        for _ in range(count):
            time.sleep(0.02)
            sent = time.perf_counter_ns()
            out.sendto(b"x" * 700, ("127.0.0.1", port))
            found.append((int(next_line(process)) - sent) / 1e6)
    process.wait()
    return found


def calls(hot: pathlib.Path, phone: Phone, caller: Caller, count: int) -> list[float]:
    process = reader("--events", str(hot), str(count))
    next_line(process)
    found = []
    for turn in range(count):
        time.sleep(0.02)
        before = len(phone.sent_ns)
        caller.call(PHONE)
        seen = int(next_line(process))
        found.append((seen - phone.sent_ns[before]) / 1e6)
        caller.hang_up()
        if turn % 50 == 49:
            progress(f"answer: {turn + 1} of {count} calls")
    process.wait()
    return found


async def measure(quick: bool) -> None:
    count = 20 if quick else 200
    async with contextlib.AsyncExitStack() as stack:
        load = await Load.start(stack, policy={"closing_grace": "0s"})
        phone = Phone(await register(load.house, PHONE))
        stack.callback(phone.close)
        caller = Caller(OUTSIDE, load.house.address)
        stack.callback(caller.close)
        progress(f"answer: {count} calls, one at a time")
        bare = datagrams(count)
        ours = calls(load.house.hot, phone, caller, count)
    for part, label in ((50, "p50"), (95, "p95"), (99, "p99")):
        least, value = (statistics.quantiles(of, n=100)[part - 1] for of in (bare, ours))
        tell(f"{BASE}, {label}", least, "ms")
        tell(f"{NAME}, {label}", value, "ms", f"{BASE}, {label}", value / least)


if __name__ == "__main__":
    if sys.argv[1] == "--events":
        read_events(sys.argv[2], int(sys.argv[3]))
    else:
        read_datagrams(int(sys.argv[2]))
