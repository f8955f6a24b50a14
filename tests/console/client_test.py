# SPDX-License-Identifier: Apache-2.0
"""The TypeScript client in Node against the real house: what it shows is the gateway's snapshot of the same sequence, to the last field."""
import asyncio
import contextlib
import json
import os
import pathlib
import subprocess
from typing import Any

from gate import Gate
from hospital import Hospital
from room import tables
from wire import Wire

Closing = contextlib.AsyncExitStack
BINDINGS = pathlib.Path(__file__).resolve().parents[2] / "bindings" / "typescript"
# What the client keeps of a snapshot: what is empty is left out by one and not by the other.
TABLES = ("calls", "parties", "operators", "queues", "devices", "reasons", "code_plans", "code_runs", "hand_overs")


class Follower:
    def __init__(self, process: asyncio.subprocess.Process):
        self.process = process

    @classmethod
    async def start(cls, folder: pathlib.Path, url: str, token: str, closing: Closing) -> "Follower":
        built = pathlib.Path(os.environ["CORDBOARD_BUILD"]) / "tests" / "console" / "client"
        subprocess.run([str(BINDINGS / "node_modules" / ".bin" / "tsc"), "-p", str(BINDINGS / "tsconfig.build.json"), "--outDir", str(built)], check=True, timeout=120)
        (built / "package.json").write_text('{"type": "module"}')
        process = await asyncio.create_subprocess_exec("node", str(pathlib.Path(__file__).with_name("fold.mjs")), str(built / "index.js"), url, stdin=asyncio.subprocess.PIPE,
                                                       stdout=asyncio.subprocess.PIPE, limit=1 << 24)
        made = cls(process)
        closing.push_async_callback(made.stop)
        await made.tell(token)
        return made

    async def tell(self, line: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(line.encode() + b"\n")
        await self.process.stdin.drain()

    async def look(self) -> dict[str, Any]:
        assert self.process.stdout
        await self.tell("?")
        seen: dict[str, Any] = json.loads(await asyncio.wait_for(self.process.stdout.readline(), 20))
        return seen

    async def stop(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        await asyncio.wait_for(self.process.wait(), 20)


def settled(rows: dict[str, Any]) -> dict[str, Any]:
    """Without how long a wait is expected to take: a snapshot computes it anew."""
    return {key: row | {"waiting": [{k: v for k, v in one.items() if k != "expected_ns"} for one in row.get("waiting", [])]} for key, row in rows.items()}


async def agrees(follower: Follower, screen: Any, least: int) -> dict[str, Any]:
    """Until client and gateway have come to the same sequence, and then that they say the same. @returns what the client shows"""
    for _ in range(400):
        truth, seen = await screen.ask("GET", "/v1/snapshot"), await follower.look()
        if truth["sequence"] >= least and seen["house"]["sequence"] == truth["sequence"]:
            for table in TABLES:
                assert settled(seen["house"].get(table, {})) == settled(truth.get(table, {})), table
            return seen
        await asyncio.sleep(0.05)
    raise AssertionError(f"the client stands at {seen['house']['sequence']}, the house at {truth['sequence']}; {seen['link']}")


async def test_the_clients_house_is_the_boards_over_a_cut_line_and_kills(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await Hospital.open(tmp_path, closing, **tables(tmp_path))
    gate = await Gate.open(hospital.house.run, tmp_path / "gate", closing, people=("wang",))
    await gate.follows()
    wire = await Wire("127.0.0.1", gate.port).start()
    closing.push_async_callback(wire.stop)
    screen = await gate.browser("wang")
    follower = await Follower.start(tmp_path, f"http://127.0.0.1:{wire.port}", gate.token("wang"), closing)
    phone = await hospital.staff("1001")
    _, call = await hospital.call_in()
    await phone.wait("CALL_RTPESTAB")
    begun = await agrees(follower, screen, hospital.watch.now)

    wire.mend()  # its connections break at once
    await hospital.call_in("13800000002")
    await hospital.board.hold(call)
    await agrees(follower, screen, hospital.watch.now)

    await gate.kill()
    await hospital.board.retrieve(call)
    await gate.start()
    await gate.follows()
    screen = await gate.browser("wang")
    await agrees(follower, screen, hospital.watch.now)

    await hospital.crash()
    await gate.follows()
    await hospital.board.hold(call)
    last = await agrees(follower, screen, hospital.watch.now)
    assert last["link"]["resumed"] >= 2 and last["link"]["anew"] == 0
    # Each event since the client began has come once, in order.
    since = [e.sequence for e in hospital.board.events(after=begun["heard"], follow=False) if e.sequence <= last["heard"]]
    assert [s for s in last["events"] if s > begun["heard"]] == since
