# SPDX-License-Identifier: Apache-2.0
"""Calls members on their days, from a list, and counts by day how that ended. 会员关怀外呼。   campaign.py RUN members.csv

The list has the columns number, name, card, occasion, date (1980-11-23). A birthday comes each year, all else once.
"""
import asyncio
import collections
import csv
import datetime
import hashlib
import sys
import time

from cordboard import Board, Request, RequestId, RequestOpened

KIND = "care"
MORNING = datetime.time(9, 0)


def next_day(row: dict[str, str], today: datetime.date) -> datetime.date:
    day = datetime.date.fromisoformat(row["date"])
    if row["occasion"] == "birthday":
        day -= datetime.timedelta(days=day.month == 2 and day.day == 29)
        day = min(d for year in (today.year, today.year + 1) if (d := day.replace(year=year)) >= today)
    return day


async def open_list(board: Board, path: str) -> None:
    """Those of today. The same card and day have the same id: a list that is given again opens nothing twice."""
    known = {e.request for e in board.events(after=0, follow=False, kinds=(RequestOpened,)) if isinstance(e, RequestOpened)}
    today = datetime.date.today()
    with open(path, encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if next_day(row, today) == today]
    for row in rows:
        id = RequestId(int.from_bytes(hashlib.sha256(f"{row['card']} {row['occasion']} {today}".encode()).digest()[:8], "little") | 1)
        if id not in known:
            at = max(datetime.datetime.combine(today, MORNING).timestamp(), time.time())
            await board.requests.open(KIND, name=row["name"], number=row["number"], card=row["card"], occasion=row["occasion"], call_at=at, id=id)


async def reach(board: Board, request: Request) -> str:
    call = await board.call(request)
    how = (await call.ended()).name.lower()
    if how == "answered" or board.requests.now()[request.id].call_at_ns == 0:  # or called as often as the kind allows
        await request.close("reached" if how == "answered" else "not_reached")
    return how


async def main(run: str, path: str) -> None:
    counts: collections.Counter[str] = collections.Counter()
    async with Board.attach(run) as board:
        await open_list(board, path)
        async for request in board.requests.due():
            if request.kind == KIND:
                counts[await reach(board, request)] += 1
                print(datetime.date.today(), dict(counts), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
