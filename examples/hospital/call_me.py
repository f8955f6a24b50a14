# SPDX-License-Identifier: Apache-2.0
import asyncio
import cordboard
from cordboard import Board, CallCleared, Delivered, Established, OperatorConfigured

async def main(number: str = "2000") -> None:
    async with Board.attach("/tmp/cordboard-hospital") as board:
        operator = next(e.operator for e in board.events(after=0, follow=False) if isinstance(e, OperatorConfigured))
        events, asked = board.events(), board.make_call(operator, number)      # the operator's own phone first, then yours
        await asked.accepted                                                   # a refusal is raised
        async for event in events:
            match event:
                case Delivered(call=asked.new_call): print("a phone rings")
                case Established(call=asked.new_call): print("answered: you hear the operator's tone; hang up when you like")
                case CallCleared(call=asked.new_call, cause=cause): break
    print("ended:", cause.name.lower())

try: asyncio.run(main())
except cordboard.Error as refused: raise SystemExit(f"call_me: {refused} (is the softphone registered?)")
