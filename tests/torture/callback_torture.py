#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Kills the switchboard, SIGKILL, at each step of callbacks to a real phone, and asks the log and that phone what became of them.

    callback_torture.py [KILLS] [SEED]

A request is opened for each kill, and a script calls its person until that person was reached, over all restarts. In the end every request
is closed, every call to a person has one end, none went out under a second id, and the person's phone was not rung more often than called.
"""
import asyncio
import collections
import contextlib
import pathlib
import random
import shutil
import sys
import tempfile
import time
from typing import Any

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "examples" / "hospital"), str(ROOT / "tests" / "interop")]

import cordboard  # noqa: E402
from cordboard import (AttemptOutcome, Board, CallCleared, CommandAccepted, Delivered, DigitsDialed, Established, Event, Offered,  # noqa: E402
                       OperatorConfigured, Originated, RequestAttempted, RequestAttemptEnded, RequestCallDue, RequestClosed,
                       RequestOpened, ServiceInitiated)
from hospital import Hospital  # noqa: E402
from peers import PeerError, until  # noqa: E402

PERSON, SKIPPED = "2000", 77
# The life of a callback, by what is committed; the kill comes behind one of these, at once or a little later.
STEPS: tuple[type[Event], ...] = (RequestOpened, RequestCallDue, CommandAccepted, ServiceInitiated, DigitsDialed, RequestAttempted, Delivered, Originated,
                                  Offered, Established, CallCleared, RequestAttemptEnded)


class Script:
    """Calls whoever is to be called, one after the other; what a crash does to it is what it does to any script."""

    def __init__(self, run: str):
        self.run = run

    async def work(self) -> None:
        while True:
            # Now and then it looks again for what was left: a call from before a crash may be answered after it.
            with contextlib.suppress(cordboard.Error, OSError, TimeoutError):
                async with Board.attach(self.run) as board, asyncio.timeout(5):
                    await self.sit_down(board)
                    await self.finish(board)
                    async for request in board.requests.due():
                        with contextlib.suppress(cordboard.errors.AttemptRunning, cordboard.errors.CallingClosed, cordboard.errors.RequestUnknown):
                            await self.call(board, request)
            await asyncio.sleep(0.05)

    async def sit_down(self, board: Board) -> None:
        for event in board.events(after=0, follow=False, kinds=(OperatorConfigured,)):
            if not isinstance(event, OperatorConfigured):
                continue  # a gap, where the switchboard was killed
            for step in (board.log_on, board.ready):
                with contextlib.suppress(cordboard.Error):
                    await step(event.operator)

    async def call(self, board: Board, request: cordboard.Request) -> None:
        await self.sit_down(board)
        attempt = await board.call(request, patience=5)
        if await attempt.answered():
            await asyncio.sleep(0.1)
            await board.clear_call(attempt.id)
            await attempt.ended()
            await request.close("done")

    async def finish(self, board: Board) -> None:
        """What a crash has left: whoever talks goes on talking until the operator says goodbye, and who was reached is not called again."""
        kinds = (RequestAttempted, RequestAttemptEnded, RequestClosed, Established)
        events = list(board.events(after=0, follow=False, kinds=kinds))
        over = {e.call for e in events if isinstance(e, RequestAttemptEnded)}
        persons = {(e.call, e.party) for e in events if isinstance(e, RequestAttempted)}
        for call in {e.call for e in events if isinstance(e, Established) and (e.call, e.party) in persons} - over:
            await board.clear_call(call)
        reached = {e.request for e in events if isinstance(e, RequestAttemptEnded) and e.detail == AttemptOutcome.ANSWERED}
        for id in reached - {e.request for e in events if isinstance(e, RequestClosed)}:
            if (request := board.requests.now().get(id)) is not None:
                await request.close("done")


async def wait_and_kill(hospital: Hospital, step: type[Event], dice: random.Random) -> None:
    since = hospital.watch.now
    await hospital.board.requests.open("callback", name="王芳", number=PERSON, matter="化验结果")
    with contextlib.suppress(AssertionError):
        await hospital.watch.next(step, after=since, timeout=20)
    if dice.random() < 0.5:
        await asyncio.sleep(dice.uniform(0, 0.05))
    await hospital.crash()


def judged(events: list[Any], rung: int) -> tuple[collections.Counter[str], list[str]]:
    wrong: list[str] = []
    begun = {e.sequence: e for e in events if isinstance(e, RequestAttempted)}
    ended = collections.Counter(e.other for e in events if isinstance(e, RequestAttemptEnded))
    wrong += [f"the attempt {n} has {ended[n]} ends" for n in begun if ended[n] != 1]
    ids = collections.Counter(i for e in begun.values() for i in (e.call, e.leg, e.party))
    wrong += [f"the id {i:x} went out {n} times" for i, n in ids.items() if n != 1]
    opened = {e.request for e in events if isinstance(e, RequestOpened)}
    closed = collections.Counter(e.request for e in events if isinstance(e, RequestClosed))
    wrong += [f"the request {r:x} was closed {closed[r]} times" for r in opened if closed[r] != 1]
    lines: dict[int, set[int]] = collections.defaultdict(set)
    persons = {(e.call, e.party) for e in begun.values()}
    for e in events:
        if isinstance(e, Offered) and (e.call, e.party) in persons:
            lines[e.call].add(e.leg)
    wrong += [f"the call {c:x} rang its person on {len(all_of)} lines" for c, all_of in lines.items() if len(all_of) > 1]
    if rung > len(lines):
        wrong.append(f"the person's phone rang {rung} times for {len(lines)} calls")
    return collections.Counter(AttemptOutcome(e.detail).name.lower() for e in events if isinstance(e, RequestAttemptEnded)), wrong


async def main(kills: int, seed: int) -> int:
    dice = random.Random(seed)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="cordboard-callbacks-"))
    began = time.monotonic()
    try:
        async with contextlib.AsyncExitStack() as closing:
            always = [{"name": "office", "working_day": ["00:00-24:00"], "saturday": ["00:00-24:00"], "sunday": ["00:00-24:00"], "holiday": ["00:00-24:00"]}]
            hospital = await Hospital.open(folder, closing, hours=always)
            person = await hospital.phone(PERSON, answer="auto")
            await hospital.phone("1001", hz=500, answer="auto")
            script = asyncio.create_task(Script(str(hospital.house.run)).work())
            closing.callback(script.cancel)
            for turn in range(kills):
                await wait_and_kill(hospital, STEPS[(turn + seed) % len(STEPS)], dice)
                print(f"\r{turn + 1} kills", end="", flush=True)
            with contextlib.suppress(PeerError):
                await until(lambda: len(hospital.watch.all(RequestClosed)) >= kills, 180 + 4 * kills, "all to be called")
            outcomes, wrong = judged(hospital.watch.events, person.count("CALL_INCOMING"))
            print(f"\r{kills} kills, seed {seed}: {sum(outcomes.values())} calls to {kills} people:",
                  ", ".join(f"{n} {how}" for how, n in sorted(outcomes.items())), f"({time.monotonic() - began:.0f} s)")
            for line in wrong:
                print("WRONG:", line)
            return 1 if wrong or outcomes["answered"] < kills else 0
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    if not all(shutil.which(name) for name in ("baresip", "sipp")):
        sys.exit(SKIPPED)
    sys.exit(asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 50, int(sys.argv[2]) if len(sys.argv) > 2 else 1)))
