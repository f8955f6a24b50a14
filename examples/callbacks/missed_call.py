# SPDX-License-Identifier: Apache-2.0
"""Calls back whoever gave up waiting. 回拨未接来电。   missed_call.py RUN"""
import asyncio
import sys
import time

from cordboard import Board, errors

KIND = "lost_call"  # what [[queue]] abandoned names


async def main(run: str) -> None:
    async with Board.attach(run) as board:
        # Each comes when its time has come: at once, and again when nobody has answered.
        async for request in board.requests.due():
            if request.kind != KIND:
                continue
            try:
                call = await board.call(request)  # waits for an operator who is ready; the operator's phone rings first
            except (errors.AttemptRunning, errors.CallingClosed, errors.RequestUnknown) as other:
                print(request, "left alone:", other, flush=True)  # somebody else is at it
                continue
            except errors.OperatorsBusy:
                await request.call_at(time.time() + 60)
                continue
            if await call.answered():
                print(request, "answered", flush=True)
                await call.ended()
                await request.close("reached")
            else:
                print(request, call.outcome.name.lower() if call.outcome else "", flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
