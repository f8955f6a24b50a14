# SPDX-License-Identifier: Apache-2.0
"""kill -9 of the switchboard: calls go on, and no event is lost, changed or there twice."""
import asyncio
import contextlib
import os
import pathlib
import random
import sys

import pytest
import recount
from cordboard import CallCleared, CustodyMoved, Custodian
from hospital import Hospital, tone_of
from house import OUTSIDE
from peers import Caller, Child, PeerError, tone_seconds

pytestmark = pytest.mark.needs("baresip", "sipp")
Closing = contextlib.AsyncExitStack
HERE = pathlib.Path(__file__).parent


@pytest.mark.parametrize("first", ["caller", "operator"])
async def test_call_ends_in_a_crash(tmp_path: pathlib.Path, closing: Closing, first: str) -> None:
    hospital = await Hospital.open(tmp_path, closing, policy={"closing_grace": "1s"})
    operator, caller, call = await hospital.talk(scenario="caller_leaves" if first == "caller" else "caller_stays")
    await hospital.crash()
    before = len(caller.voice.heard())
    await hospital.hears(caller, 150)
    assert tone_seconds(caller.voice.heard()[before:], tone_of("1001")) > 2, "the operator's voice after the restart"
    if first == "caller":
        await caller.hang_up()
    else:
        await operator.hangup()
    await operator.wait("CALL_CLOSED")
    await hospital.watch.next(CallCleared, call=call, timeout=20)
    result = await caller.result()
    assert (result.exit_code, result.hung_up_by) == (0, "caller" if first == "caller" else "house"), result
    assert operator.count("CALL_ESTABLISHED") == 1
    # Three seconds were heard after the restart, and a part of the time before it.
    assert tone_seconds(operator.heard()[0], 1000) > 3


async def calls_without_end(hospital: Hospital, name: str) -> None:
    """Load: callers who come and go. What a crash does to the one or the other is not this test's question."""
    for turn in range(100_000):
        folder = hospital.folder / f"{name}.{turn}"
        caller = await Caller.call(folder, "9000", board=hospital.house.address, number=f"1380000{turn:04}",
                                   scenario="caller_leaves", address=OUTSIDE, limit=20)
        try:
            await caller.answered(5)
            await asyncio.sleep(random.uniform(0.05, 0.6))
            await caller.hang_up(5)
            await caller.result(5)
        except PeerError:
            pass
        finally:
            await caller.close()


async def test_crash_loses_or_changes_an_event(tmp_path: pathlib.Path, closing: Closing) -> None:
    crashes = int(os.environ.get("CORDBOARD_CRASHES", "4"))
    seed = int(os.environ.get("CORDBOARD_SEED", random.randrange(1 << 32)))
    print(f"CORDBOARD_SEED={seed}")
    moments = random.Random(seed)
    hospital = await Hospital.open(tmp_path, closing)
    await hospital.staff("1001")
    await hospital.staff("1002")
    notebook = tmp_path / "notebook"
    notebook.touch()
    witness = await Child.start([sys.executable, str(HERE / "witness.py"), str(hospital.house.hot), str(notebook)],
                                tmp_path, "witness")
    closing.push_async_callback(witness.stop)
    load = [asyncio.create_task(calls_without_end(hospital, f"load{i}")) for i in range(3)]

    async def stop_load() -> None:
        for task in load:
            task.cancel()
        await asyncio.gather(*load, return_exceptions=True)

    closing.push_async_callback(stop_load)
    for crash in range(crashes):
        await asyncio.sleep(moments.uniform(0.02, 1.2))
        await hospital.house.kill()
        await hospital.house.start()
        seen = notebook.read_bytes()
        seen = seen[:len(seen) // 128 * 128]
        log = recount.read(hospital.house.hot)
        sequences = log["sequence"].tolist()
        assert sequences == sorted(set(sequences)), f"crash {crash}: a sequence is there twice, or out of order"
        there = dict(zip(sequences, (row.tobytes() for row in log)))
        for at in range(0, len(seen), 128):
            slot = seen[at:at + 128]
            sequence = int.from_bytes(slot[:8], "little")
            assert there.get(sequence) == slot, f"crash {crash}: event {sequence} is gone or changed"
        for task in load:
            if task.done():
                task.result()
    print(f"{crashes} crashes, {len(seen) // 128} events seen by the witness, {len(sequences)} in the log")
    assert len(seen) // 128 > 10 * crashes

    # Nobody is forgotten: with the callers gone, every caller's way through the house has an end.
    await stop_load()
    await hospital.crash()
    callers = {e.party for e in hospital.watch.all(CustodyMoved)}
    for party in callers:
        await hospital.watch.next(CustodyMoved, party=party, custodian=Custodian.ENDED, timeout=60)
