# SPDX-License-Identifier: Apache-2.0
"""Says which complaints run out of time; those that are overdue are handed to the superior. 投诉时限监督。   complaints.py RUN"""
import asyncio
import datetime
import sys

from cordboard import Board, RequestOverdue, RequestReminded, errors

KIND = "complaint"
SUPERIOR = "1000"


async def main(run: str) -> None:
    async with Board.attach(run) as board:
        superior = next(d.id for d in board.snapshot().devices.values() if d.number == SUPERIOR)
        start = board.log.newest
        for known in board.requests.now().values():
            if known.kind == KIND:
                print(known, "open until", datetime.datetime.fromtimestamp(known.due_ns / 1e9), flush=True)
        async for event in board.events(after=start, kinds=(RequestReminded, RequestOverdue)):
            if not isinstance(event, (RequestReminded, RequestOverdue)):
                continue
            request = board.requests.now().get(event.request)
            if request is None or request.kind != KIND:
                continue
            match event:
                case RequestReminded():
                    print(request, f"{event.detail} % of its time is gone", flush=True)
                case RequestOverdue():
                    print(request, f"{event.detail.name.lower()} is overdue", flush=True)
                    try:
                        await request.pass_request("overdue 超时", device=superior)
                    except errors.RequestWrongState:
                        pass  # the superior has it already


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
