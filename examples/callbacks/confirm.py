# SPDX-License-Identifier: Apache-2.0
"""Asks people by telephone, without an operator, whether they come: 1 yes, 2 another time, 3 no. 预约按键确认。   confirm.py RUN

Whoever does not answer, or wants another time, is called by an operator: such a request is in `board.requests.due()`.
"""
import asyncio
import sys

from cordboard import AppointmentNear, Board, RequestAttempted, RequestClosed, RequestConfirmed, RequestId, errors

KIND = "appointment"


async def ask(board: Board, id: RequestId) -> None:
    request = board.requests.now().get(id)
    if request is None or request.kind != KIND:
        return
    try:
        call = await board.call(request, by_dialogue=True)
    except errors.Error as why:  # closed hours, no line, called as often as it may be: it stays with the operators
        return print(request, type(why).__name__, flush=True)
    outcome = (await call.ended()).name.lower()
    events = [type(e) for e in board.events(after=0, follow=False, kinds=(RequestConfirmed, RequestClosed)) if getattr(e, "request", 0) == id]
    said = "confirmed" if RequestConfirmed in events else "cancelled" if RequestClosed in events else outcome
    print(request, said, flush=True)


async def main(run: str) -> None:
    async with Board.attach(run) as board:
        near: dict[RequestId, None] = {}
        history = board.events(after=0, follow=False, kinds=(AppointmentNear, RequestAttempted, RequestClosed))
        for event in history:  # those whose reminder is due, and whom nobody has called since
            match event:
                case AppointmentNear():
                    near[event.request] = None
                case RequestAttempted() | RequestClosed():
                    near.pop(event.request, None)
        for id in near:
            await ask(board, id)
        async for event in board.events(after=history.position, kinds=(AppointmentNear,)):
            await ask(board, event.request)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
