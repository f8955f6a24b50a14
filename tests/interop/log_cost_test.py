# SPDX-License-Identifier: Apache-2.0
"""What the event log costs the loop of the real program while real calls run: counted by strace."""
import asyncio
import contextlib
import pathlib
import re
import signal

import pytest
import recount
from cordboard import CallCleared
from hospital import Hospital

pytestmark = pytest.mark.needs("baresip", "sipp", "strace")
Closing = contextlib.AsyncExitStack
CALLS = 5
TURN = re.compile(r"^(epoll_wait|epoll_pwait|poll|ppoll)\(")
OF_THE_LOG = re.compile(r"/(?:[0-9a-f]{12}|log)\.[a-z]+\b")
# A wake that other processes may wait for is not a private one; those are the C library's own.
WAKE = re.compile(r"^futex\(0x[0-9a-f]+, FUTEX_WAKE, ")


async def test_log_makes_a_system_call_for_an_event(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await Hospital.open(tmp_path, closing)
    await hospital.staff()
    assert hospital.house.child
    pid = hospital.house.child.pid
    before = len(recount.read(hospital.house.hot))
    trace = tmp_path / "trace"
    # The loop is the program's first thread; strace follows no other. -y writes the path behind a descriptor.
    strace = await asyncio.create_subprocess_exec("strace", "-y", "-o", str(trace), "-p", str(pid),
                                                  stderr=asyncio.subprocess.PIPE)
    assert strace.stderr
    said = await asyncio.wait_for(strace.stderr.readline(), 10)
    if b"ttach" in said and b"not permitted" in said:
        pytest.skip("strace may not attach here")
    assert b"attached" in said, said
    for call_number in range(CALLS):
        caller, call = await hospital.call_in(number=f"1380000000{call_number}")
        await hospital.hears(caller, 20)
        await caller.hang_up()
        await hospital.watch.next(CallCleared, call=call)
        await caller.close()
    strace.send_signal(signal.SIGINT)
    await strace.wait()
    events = len(recount.read(hospital.house.hot)) - before

    lines = trace.read_text().splitlines()
    turns = wakes = most = since = 0
    on_log: list[str] = []
    for line in lines:
        if TURN.match(line):
            turns, most, since = turns + 1, max(most, since), 0
        elif WAKE.match(line):
            wakes, since = wakes + 1, since + 1
        # Where phones are registered stands in the same folder, and is written when that changes: only the log's own files count.
        if OF_THE_LOG.search(line):
            on_log.append(line)
    print(f"{CALLS} calls, {events} events, {turns} turns of the loop, {wakes} wakes, {most} in a turn at most, "
          f"{len(on_log)} system calls on the log's files")
    assert events > 10 * CALLS and turns > events / 10
    assert 0 < wakes <= turns and most == 1
    # Memory for the log is given in chunks of some two thousand events.
    assert len(on_log) <= 3, on_log
    assert all("fallocate" in line for line in on_log), on_log
