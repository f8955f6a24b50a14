# SPDX-License-Identifier: Apache-2.0
"""Calls the patients of a list the day after their visit. 次日回访。   follow_up.py RUN visits.csv

The list has the columns number, name, visit (2026-11-23), department.
"""
import asyncio
import csv
import datetime
import hashlib
import sys
import time

from cordboard import Board, RequestId, RequestOpened

KIND = "follow_up"
MORNING = datetime.time(9, 0)


def id_of(row: dict[str, str]) -> RequestId:
    """The same row has the same id, so a list that is given again opens nothing twice."""
    told = hashlib.sha256("\t".join(row[key] for key in sorted(row)).encode()).digest()
    return RequestId(int.from_bytes(told[:8], "little") | 1)


async def open_list(board: Board, path: str) -> None:
    known = {event.request for event in board.events(after=0, follow=False, kinds=(RequestOpened,)) if isinstance(event, RequestOpened)}
    opened = 0
    with open(path, encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            day = datetime.date.fromisoformat(row["visit"]) + datetime.timedelta(days=1)
            at = max(datetime.datetime.combine(day, MORNING).timestamp(), time.time())
            if id_of(row) not in known:
                request = await board.requests.open(KIND, name=row["name"], number=row["number"], visit=row["visit"],
                                                    department=row["department"], call_at=at, id=id_of(row))
                known.add(request.id)
                opened += 1
    print(opened, "opened", flush=True)


async def main(run: str, path: str) -> None:
    async with Board.attach(run) as board:
        await open_list(board, path)
        async for request in board.requests.due():
            if request.kind != KIND:
                continue
            call = await board.call(request)
            if await call.answered():
                await call.ended()
                await request.note("spoken to")  # whoever spoke closes it with what the patient said
            elif board.requests.now()[request.id].call_at_ns == 0:  # called as often as the kind allows
                await request.close("not_reached")
            print(request, call.outcome.name.lower() if call.outcome else "", flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
