# SPDX-License-Identifier: Apache-2.0
"""How many bytes of log a simple call leaves: in, queued, answered, hung up; its texts and what a restart needs included."""
import asyncio
import contextlib
import statistics

from cordboard import Board, DialogSaved, MediaEnded, OperatorReady
from cordboard.log import Log
from house import OUTSIDE
from lines import tell
from load import Load, register, seat_first
from peers import until
from wire import Caller, Phone

SLOT, ENTRY = 128, 32  # of an event, and the head of an entry in a tail


def tail_bytes(text_len: int) -> int:
    return (ENTRY + text_len + 7) // 8 * 8 if text_len else 0


async def measure(quick: bool) -> None:
    count = 3 if quick else 20
    async with contextlib.AsyncExitStack() as stack:
        load = await Load.start(stack, policy={"closing_grace": "0s"})
        phone = Phone(await register(load.house, "1001"))
        stack.callback(phone.close)
        caller = Caller(OUTSIDE, load.house.address)
        stack.callback(caller.close)
        board = await stack.enter_async_context(Board.attach(str(load.house.run)))
        await seat_first(board)
        found: list[tuple[int, int, int, int]] = []
        with Log(str(load.house.hot)) as log:
            for _ in range(count):
                since = log.newest
                caller.call("9000")
                await asyncio.sleep(0.3)  # they talk: what a restart needs of both ends is written down
                caller.hang_up()

                def over(since: int = since) -> bool:
                    seen = list(log.events(after=since, follow=False))
                    return sum(isinstance(e, MediaEnded) for e in seen) == 2 and any(isinstance(e, OperatorReady) for e in seen)

                await until(over, 10, "the end of the call")
                seen = list(log.events(after=since, follow=False))
                found.append((len(seen), SLOT * len(seen), sum(tail_bytes(e.text_len) for e in seen if not isinstance(e, DialogSaved)),
                              sum(tail_bytes(e.text_len) for e in seen if isinstance(e, DialogSaved))))
    events, slots, texts, dialog = (statistics.median(column) for column in zip(*found))
    tell("bytes of log per simple call", slots + texts + dialog, "bytes")
    tell("of these: slots", slots, "bytes")
    tell("of these: texts", texts, "bytes")
    tell("of these: dialog, deleted after the call", dialog, "bytes")
    tell("events per simple call", events, "events")
