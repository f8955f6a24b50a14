# SPDX-License-Identifier: Apache-2.0
"""Three figures computed by hand, from the slots of the log: whoever doubts a report can do the same.

usage: by_hand.py LOG FROM TO      times as numpy.datetime64 reads them, in UTC: 2026-10-01T00:00 2026-10-02T00:00
"""

from __future__ import annotations

import sys

import cordboard
import numpy as np
from cordboard import EventKind, Mark, QueueResult


def waits(log: cordboard.Log, start: int, end: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Waits that began in [start, end): when, how they ended (0: not yet) and after how long, in ns."""
    events = log.array(copy=True)
    events = events[events["marks"] & int(Mark.DRILL) == 0]  # what is practised is no figure
    began = events[(events["kind"] == EventKind.QUEUED) & (events["flags"] & 4 != 0)]
    left = events[events["kind"] == EventKind.QUEUE_LEFT]
    # A call may wait more than once, each time until its next `queue_left`: both in the order of calls, then of sequences.
    began = began[np.lexsort((began["sequence"], began["call"]))]
    left = left[np.lexsort((left["sequence"], left["call"]))]
    order = {(call, nth): i for i, (call, nth) in enumerate(zip(left["call"].tolist(), nth_of(left["call"])))}
    place = np.array([order.get(key, -1) for key in zip(began["call"].tolist(), nth_of(began["call"]))])
    result = np.where(place >= 0, left["detail"][place], 0)
    length = np.where(place >= 0, left["time_ns"][place] - began["time_ns"], 0)
    inside = (began["time_ns"] >= start) & (began["time_ns"] < end)
    return began["time_ns"][inside], result[inside], length[inside]


def nth_of(calls: np.ndarray) -> list[int]:
    """0 for the first of each call, then 1, and so on; equal ones stand together."""
    first = np.r_[True, calls[1:] != calls[:-1]]
    places = np.arange(len(calls))
    return (places - np.maximum.accumulate(np.where(first, places, 0))).tolist()


def answer_rate(log: cordboard.Log, start: int, end: int, short: int = 5) -> float:
    """Answered over offered, without those who gave up within 5 seconds."""
    _, result, length = waits(log, start, end)
    gave_up_at_once = (result == QueueResult.ABANDONED) & (length <= short * 10**9)
    return (result == QueueResult.ANSWERED).sum() / (len(result) - gave_up_at_once.sum())


def service_level(log: cordboard.Log, start: int, end: int, target: int = 20) -> float:
    """Service level B: answered or given up within 20 seconds, over all who were offered."""
    _, result, length = waits(log, start, end)
    soon = np.isin(result, [QueueResult.ANSWERED, QueueResult.ABANDONED]) & (length <= target * 10**9)
    return soon.sum() / len(result)


def speed_of_answer(log: cordboard.Log, start: int, end: int) -> float:
    """Average speed of answer: the waits of those who were answered, in seconds."""
    _, result, length = waits(log, start, end)
    return length[result == QueueResult.ANSWERED].mean() / 1e9


def main() -> None:
    start, end = (int(np.datetime64(text, "ns").astype("int64")) for text in sys.argv[2:4])
    with cordboard.Log(sys.argv[1]) as log:
        for figure in (answer_rate, service_level, speed_of_answer):
            print(f"{figure.__name__}  {figure(log, start, end):.4f}")


if __name__ == "__main__":
    main()
