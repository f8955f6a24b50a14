# SPDX-License-Identifier: Apache-2.0
"""Requests of a month, by kind. 事项月报。   monthly_report.py RUN 2026-11"""
import collections
import datetime
import sys

from cordboard import (Board, RequestAttempted, RequestClosed, RequestId, RequestKindConfigured, RequestOpened, RequestOverdue,
                       RequestStatus)

COLUMNS = ("opened", "closed", "refused", "cancelled", "late", "calls")


def report(run: str, month: str) -> dict[str, collections.Counter[str]]:
    first = datetime.datetime.fromisoformat(month + "-01")
    following = (first + datetime.timedelta(days=32)).replace(day=1)
    kinds: dict[int, str] = {}
    kind_of: dict[RequestId, str] = {}
    counts: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    with Board.attach(run) as board:
        asked = (RequestKindConfigured, RequestOpened, RequestClosed, RequestOverdue, RequestAttempted)
        for event in board.events(after=0, follow=False, kinds=asked):
            inside = first.timestamp() <= event.time < following.timestamp()
            match event:
                case RequestKindConfigured():
                    kinds[event.detail] = event.text.split("\t")[1]
                case RequestOpened():
                    kind_of[event.request] = kinds.get(event.detail, "?")
                    counts[kind_of[event.request]]["opened"] += inside
                case RequestClosed() if event.request in kind_of:
                    counts[kind_of[event.request]][RequestStatus(event.state).name.lower()] += inside
                case RequestOverdue() if event.request in kind_of:
                    counts[kind_of[event.request]]["late"] += inside
                case RequestAttempted() if event.request in kind_of:
                    counts[kind_of[event.request]]["calls"] += inside
    return counts


def main(run: str, month: str) -> None:
    print("kind", *COLUMNS, sep="\t")
    for kind, counted in sorted(report(run, month).items()):
        print(kind, *(counted[column] for column in COLUMNS), sep="\t")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
