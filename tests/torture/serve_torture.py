#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Kills the switchboard, SIGKILL, at random moments under mixed traffic, and asks the phones what became of their calls.

    serve_torture.py [KILLS] [SEED]

A call is established when its event is committed. None of those may be lost: SIPp's own record says who did not get through to the end
of its scenario, and the log says who of these had been answered. Callers who wait keep their order.
"""
import asyncio
import collections
import contextlib
import pathlib
import random
import re
import shutil
import signal
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "examples" / "hospital"), str(ROOT / "tests" / "bench" / "board")]

import cordboard  # noqa: E402
import scenarios  # noqa: E402
from cordboard import (Board, CallId, CommandDone, ConnectionCleared, Consent, ConsentOf, Established, Layer, Log, Offered,  # noqa: E402
                       OperatorConfigured, PartyIdentified, Queued)
from house import OUTSIDE, House  # noqa: E402
from load import register, sipp  # noqa: E402
from peers import Baresip, Child, PeerError, free_port  # noqa: E402

DIRECT, CONSULTED, QUEUE = "8001", "8002", "9000"
CALLS_A_SECOND, QUEUED_A_SECOND = 18, 2
POSITIONS = ("1001", "1002")
VOICES, VOICE_PORTS = "127.0.0.9", range(16384, 18384)
MUST_BE_DONE = ("hold", "retrieve", "consult", "transfer")
SKIPPED = 77


class Hands:
    """The operators' hands: hold, retrieve, consult, transfer, whatever the house does meanwhile."""

    def __init__(self, house: House, dice: random.Random):
        self._house, self._dice = house, dice
        self.done: collections.Counter[str] = collections.Counter()
        self._tasks: set[asyncio.Task[None]] = set()

    async def work(self) -> None:
        while True:
            with contextlib.suppress(cordboard.Error, OSError):
                async with Board.attach(str(self._house.run)) as board:
                    for operator in [e.operator for e in board.events(after=0, follow=False) if isinstance(e, OperatorConfigured)]:
                        for step in (board.log_on, board.ready):
                            with contextlib.suppress(cordboard.Error):
                                await step(operator)
                    offered: set[CallId] = set()
                    async for event in board.events():
                        if isinstance(event, CommandDone):
                            self.done[event.detail.name.lower()] += 1
                        if isinstance(event, Offered):
                            offered.add(event.call)
                        if isinstance(event, Established) and event.operator and event.call in offered:
                            offered.remove(event.call)
                            task = asyncio.create_task(self._serve(board, event.call))
                            self._tasks.add(task)
                            task.add_done_callback(self._tasks.discard)
            await asyncio.sleep(0.05)

    async def _serve(self, board: Board, call: CallId) -> None:
        """What is refused, or ends in a crash, is given up: the caller's own record says whether that harmed them."""
        with contextlib.suppress(cordboard.Error, PeerError):
            await asyncio.sleep(self._dice.uniform(0, 0.4))
            what = self._dice.randrange(4)
            if what == 0:
                await board.hold(call)
                await asyncio.sleep(self._dice.uniform(0, 0.6))
                await board.retrieve(call)
            elif what < 3:
                await board.declare_consent(call, ConsentOf.CALLER, Consent.YES)
                asked = board.consult(call, CONSULTED)
                await asked
                await board.declare_consent(call, ConsentOf.TARGET, Consent.YES)
                await asyncio.sleep(self._dice.uniform(0, 0.4))
                await board.transfer(call, int(asked.new_call))


class Callers:
    """One SIPp with many callers from outside, and its own record of each message."""

    def __init__(self, child: Child, record: pathlib.Path, number: str):
        self.child, self._record, self._number = child, record, number

    @classmethod
    async def begin(cls, house: House, folder: pathlib.Path, name: str, to: str, rate: int, number: str) -> "Callers":
        scenario = scenarios.caller(1000, 5000).replace(scenarios.NUMBER, number)
        record = folder / f"{name}.messages"
        child = await sipp(folder, name, scenario, OUTSIDE, free_port(OUTSIDE), house.address, "-s", to, "-r", str(rate), "-m", "1000000",
                           "-l", "2000", "-trace_shortmsg", "-shortmessage_file", str(record))
        return cls(child, record, number)

    def said(self) -> dict[str, list[str]]:
        """By the callers' numbers: each message of their calls, as SIPp wrote it down."""
        calls: dict[str, list[str]] = collections.defaultdict(list)
        for line in self._record.read_text(errors="replace").splitlines():
            if call := re.search(r"\t(\d+)-\d+@", line):
                calls[self._number + call[1]].append(line)
        return calls


def left_up(record: pathlib.Path) -> list[str]:
    """What a phone wrote down of the calls whose answer was acknowledged, and that nobody ended."""
    calls: dict[str, list[str]] = collections.defaultdict(list)
    for line in record.read_text(errors="replace").splitlines():
        if len(parts := line.split("\t")) > 4:
            calls[parts[4]].append(line)
    return ["\n".join(lines) for lines in calls.values()
            if any("\tR\t" in line and " ACK\t" in line for line in lines) and not any(" BYE\t" in line for line in lines)]


def ended_well(lines: list[str], heard: bool) -> bool:
    """Whether the caller's own BYE was answered.

    @param heard  the log says that the caller has left: after a crash right behind that, the BYE comes again to a house without the call
    """
    return any(re.search(r"\tR\t.*BYE.*SIP/2.0 " + ("(200|481)" if heard else "200"), line) for line in lines)


class Ledger:
    """What the log says, read on after each crash."""

    def __init__(self, hot: pathlib.Path):
        self._hot = hot
        self._numbers: dict[int, str] = {}  # by the caller's leg
        self.answered: dict[str, int] = {}  # number to the sequence of the event that answered them
        self.left: set[str] = set()  # who hung up
        self.newest = 0

    def read_on(self) -> None:
        with Log(str(self._hot)) as log:
            for event in log.events(after=self.newest, follow=False):
                self.newest = event.sequence
                if isinstance(event, PartyIdentified):
                    self._numbers[event.leg] = event.text.partition("\t")[0]
                elif isinstance(event, (Queued, Established)) and event.leg in self._numbers:
                    self.answered.setdefault(self._numbers[event.leg], event.sequence)
                elif isinstance(event, ConnectionCleared) and event.layer == Layer.PARTY and event.leg in self._numbers:
                    self.left.add(self._numbers[event.leg])

    def waiting(self) -> tuple[int, list[CallId]]:
        """Who waits, in order, and as of which sequence."""
        with Log(str(self._hot)) as log:
            house = log.snapshot()
        return house.sequence, [call for queue in house.queues.values() for call in queue.waiting]

    def moved(self, first: int, last: int) -> set[CallId]:
        """The calls that entered a queue, or were offered to somebody, in between."""
        with Log(str(self._hot)) as log:
            return {e.call for e in log.events(after=first, follow=False) if e.sequence <= last and isinstance(e, (Queued, Offered))}


async def staff(house: House, folder: pathlib.Path, stack: contextlib.AsyncExitStack) -> tuple[list[Baresip], list[Child]]:
    """The operators' phones, which are baresip, and two departments that answer every call."""
    positions, phones = [], []
    for number in POSITIONS:
        positions.append(await Baresip.start(folder / number, number, house.phone(number)["password"], house.address))
        stack.push_async_callback(positions[-1].stop)
        await positions[-1].registered()
    for number in (DIRECT, CONSULTED):
        phones.append(await sipp(folder, f"phone{number}", scenarios.phone(), "127.0.0.1", await register(house, number),
                                 "-trace_shortmsg", "-shortmessage_file", str(folder / f"phone{number}.messages")))
        stack.push_async_callback(phones[-1].kill)
    return positions, phones


async def ended(of: list[Child]) -> bool:
    """No new calls; whether those that are up end, each within the time that its peer waits in vain."""
    for child in of:
        child.signal(signal.SIGUSR1)
    try:
        for child in of:
            await child.wait(90)
    except PeerError:
        return False
    return True


async def torture(kills: int, seed: int) -> int:
    dice = random.Random(seed)
    async with contextlib.AsyncExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cordboard-torture-")))
        # The voices have an address of their own: while the switchboard is down, nobody else takes the ports of its calls.
        port = next(port for port in iter(free_port, None) if port not in VOICE_PORTS)
        house = House.prepare(folder, policy={"closing_grace": "0s"}, sip={"port": port, "failures_max": 0},
                              media={"address": VOICES, "port_min": VOICE_PORTS.start, "port_max": VOICE_PORTS.stop - 1})
        stack.callback(house.remove)
        stack.push_async_callback(house.stop)
        await house.start()
        positions, phones = await staff(house, folder, stack)
        hands = Hands(house, dice)
        working = asyncio.create_task(hands.work())
        stack.callback(working.cancel)
        callers = [await Callers.begin(house, folder, "direct", DIRECT, CALLS_A_SECOND, "1380"),
                   await Callers.begin(house, folder, "queued", QUEUE, QUEUED_A_SECOND, "1390")]
        for each in callers:
            stack.push_async_callback(each.child.kill)
        ledger, starts, wrong = Ledger(house.hot), [], []
        for kill in range(1, kills + 1):
            await asyncio.sleep(dice.uniform(0.2, 2.0))
            await house.kill()
            before, waited = ledger.waiting()
            began = time.monotonic()
            await house.start()
            starts.append(time.monotonic() - began)
            after, waiting = ledger.waiting()
            moved = ledger.moved(before, after)
            stayed = [[call for call in calls if call not in moved and call in waited and call in waiting] for calls in (waited, waiting)]
            if stayed[0] != stayed[1]:
                wrong.append(f"crash {kill}: callers wait in another order: {stayed[0]} were {stayed[1]}")
            ledger.read_on()
            if kill % 25 == 0 or kill == kills:
                print(f"{kill} of {kills} kills, {len(ledger.answered)} callers answered", flush=True)
        # A short run may have given the operators no time for all that they can do.
        bound = time.monotonic() + 60
        while not all(hands.done[name] for name in MUST_BE_DONE) and not working.done() and time.monotonic() < bound:
            await asyncio.sleep(0.1)
        if working.done():
            working.result()
        await ended([each.child for each in callers])
        # An operator whose caller has left in a consultation still talks to the department.
        for position in positions:
            await position.stop()
        if not await ended(phones):
            wrong.append("a phone was left in a call")
            for number in (DIRECT, CONSULTED):
                wrong += left_up(folder / f"phone{number}.messages")
        ledger.read_on()
        said = {number: lines for each in callers for number, lines in each.said().items()}
        lost = sorted(number for number in ledger.answered if not ended_well(said.get(number, []), number in ledger.left))
        wrong += [f"caller {number} had been answered (event {ledger.answered[number]}) and was lost:\n" + "\n".join(said.get(number, []))
                  for number in lost]
        unheard = sum(number not in ledger.answered for number in said)
        starts.sort()
        print(f"answered {len(ledger.answered)}, of these lost {len(lost)}; gave up without an answer {unheard}")
        print("commands done: " + ", ".join(f"{name} {count}" for name, count in sorted(hands.done.items())))
        print(f"from exec to ready: median {starts[len(starts) // 2]:.2f} s, longest {starts[-1]:.2f} s")
        for name in MUST_BE_DONE:
            if hands.done[name] == 0:
                wrong.append(f"no {name} was carried out")
        if wrong:
            wrong += sorted({line for said in folder.glob("serve.*.out") for line in said.read_text(errors="replace").splitlines()
                             if line and line != "ready"})
        print(*wrong, sep="\n")
        return 1 if wrong else 0


def main() -> int:
    if missing := [program for program in ("sipp", "baresip") if not shutil.which(program)]:
        print(f"skipped: not installed: {', '.join(missing)}")
        return SKIPPED
    words = [int(word) for word in sys.argv[1:3]]
    kills = words[0] if words else 500
    seed = words[1] if len(words) > 1 else random.randrange(1 << 32)
    print(f"{kills} kills, seed {seed}", flush=True)
    try:
        return asyncio.run(torture(kills, seed))
    except PeerError as error:
        print(f"serve_torture: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
