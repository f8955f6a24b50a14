# SPDX-License-Identifier: Apache-2.0
"""A crash with thousands of calls up, behind millions of older events: how long until the board serves again."""
import asyncio
import contextlib
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import time

from cordboard import CallCleared, Established, Queued
from cordboard.log import Log
from house import program
from lines import allow_files, progress, tell
from load import PHONE, Load
from peers import Child, PeerError, until

MEDIA = "127.0.0.9"  # an address of its own: a range of ports as wide as this leaves none for anybody else on the address
FIRST_PORT, LAST_PORT = 10_000, 31_999


def port_of_kernel() -> int:
    """A SIP port outside the voice ports."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def options(port: int) -> bytes:
    return (f"OPTIONS sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bKbench{time.monotonic_ns()};rport\r\n"
            f"From: <sip:bench@127.0.0.1>;tag=b\r\nTo: <sip:127.0.0.1>\r\nCall-ID: {time.monotonic_ns()}@bench\r\n"
            "CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n").encode()


def started_again(load: Load) -> tuple[float, float, str, subprocess.Popen[bytes]]:
    """Milliseconds from exec until "ready", and until a SIP request is answered; and what the board said."""
    host, port = load.house.address.split(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.bind((host, 0))
        asking.setblocking(False)
        begun = time.perf_counter()
        board = subprocess.Popen([program(), "serve", "--lang", "en", str(load.folder / "hospital.toml")], stdout=subprocess.PIPE,
                                 stderr=(load.folder / "again.errors").open("ab"))
        assert board.stdout
        said = b""
        while not said.endswith(b"ready\n"):
            line = board.stdout.readline()
            if not line:
                raise PeerError(f"the board ended at its start: {(load.folder / 'again.errors').read_text()[-1000:]}")
            said += line
        ready = time.perf_counter() - begun
        while True:
            asking.sendto(options(asking.getsockname()[1]), (host, int(port)))
            try:
                asking.setblocking(True)
                asking.settimeout(0.05)
                asking.recv(4096)
                break
            except (TimeoutError, ConnectionRefusedError):
                if time.perf_counter() - begun > 60:
                    raise PeerError("no SIP request is answered after the restart") from None
        return ready * 1000, (time.perf_counter() - begun) * 1000, said.decode(), board


async def measure(log_bench: str, disk: str, quick: bool) -> None:
    # A call that waits has one line, one that is answered two; a line has two sockets for its voice.
    talking, waiting, past = (90, 10, 1_000_000) if quick else (4800, 200, 30_000_000)
    lines, calls = 2 * talking + waiting, talking + waiting
    if not allow_files(2 * lines + 300):
        raise PeerError(f"{lines} lines need {2 * lines + 300} open files: raise that limit (ulimit -n)")
    async with contextlib.AsyncExitStack() as stack:
        archive = pathlib.Path(tempfile.mkdtemp(prefix="cordboard-bench-", dir=disk))
        stack.callback(shutil.rmtree, archive, ignore_errors=True)
        hot = pathlib.Path(tempfile.mkdtemp(prefix="cordboard-bench-", dir="/dev/shm"))
        stack.callback(shutil.rmtree, hot, ignore_errors=True)
        progress(f"restart: {past:,} older events are written, archive in {archive}")
        feed = await Child.start([log_bench, "--feed-past", str(hot), str(archive / "log"), str(past)], hot.parent / hot.name, "feed")
        if await feed.wait(600) != 0:
            raise PeerError(feed.text())
        feed.output.unlink()
        progress("restart: the board starts and reads them once; later starts have its checkpoints")
        load = await Load.start(stack, queues={"wait_limit": "1h"}, wait=300, log={"hot": str(hot), "archive": str(archive / "log"), "hot_bytes_max": "1GiB"},
                                media={"address": MEDIA, "port_min": FIRST_PORT, "port_max": LAST_PORT},
                                sip={"port": port_of_kernel()}, policy={"calls_max": calls + 100})
        await load.phone()
        with Log(str(hot)) as log:
            since = log.newest
            rate = 50 if quick else 100
            all_callers = [await load.call(PHONE, talking, rate, 3_600_000), await load.call("9000", waiting, rate // 10, 3_600_000)]
            seen = 0
            while seen < lines:
                for callers in all_callers:
                    if callers.returncode is not None:
                        raise PeerError(f"SIPp ended with {callers.returncode}:\n{callers.text()[-1500:]}")
                for event in log.events(after=since, follow=False):
                    since = event.sequence
                    seen += isinstance(event, (Established, Queued))
                    if isinstance(event, CallCleared):
                        raise PeerError(f"a call ended: {event}")
                await asyncio.sleep(0.2)
        progress(f"restart: {talking} calls talk, {waiting} wait in the queue")
        await asyncio.sleep(1)
        found = []
        rounds = 2 if quick else 5
        child = load.house.child
        assert child
        await child.kill()
        for turn in range(rounds):
            ready, answered, said, board = started_again(load)
            back = re.search(r"(\d+) events read back, (\d+) lines go on, (\d+) lost", said)
            if not back or int(back[2]) != lines or int(back[3]):
                board.kill()
                raise PeerError(f"not all calls came back:\n{said}")
            progress(f"restart: {turn + 1} of {rounds}: ready after {ready:.0f} ms, {back[0]}")
            found.append((ready, answered, int(back[1])))
            # As after any crash: checkpoints are the board's own business meanwhile.
            await asyncio.sleep(1)
            board.kill()
            board.wait()
            assert board.stdout
            board.stdout.close()
        found.sort()
        ready, answered, replayed = found[len(found) // 2]
        what = f"restart with {calls} live calls behind {past // 1_000_000} million events"
        tell(f"{what}: ready", ready, "ms")
        tell(f"{what}: a SIP request is answered", answered, "ms")
        tell(f"{what}: events read back", replayed, "events")
