# SPDX-License-Identifier: Apache-2.0
import asyncio
import cordboard
from cordboard import Board, CallCleared, CallId, Delivered, Established, OperatorConfigured

async def main(number: str = "2000") -> None:
    async with Board.attach("/tmp/cordboard-hospital") as board:
        operator = next(e.operator for e in board.events(after=0, follow=False) if isinstance(e, OperatorConfigured))
        call, events = CallId(cordboard.new_id()), board.events()
        board.make_call(operator, number, new_call=call)      # the operator's own phone first, then yours
        async for event in events:
            match event:
                case Delivered(call=c) if c == call: print("a phone rings")
                case Established(call=c) if c == call: print("answered: you hear the operator's tone; hang up when you like")
                case CallCleared(call=c, cause=cause) if c == call: break
    print("ended:", cause.name.lower())

asyncio.run(main())
