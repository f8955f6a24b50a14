# SPDX-License-Identifier: Apache-2.0
"""Figures of a log as pandas DataFrames. They are computed from the log alone: no board has to run."""

from __future__ import annotations

from datetime import date as date_type
from os import PathLike, fspath
from typing import TYPE_CHECKING, Iterable

from . import _core

if TYPE_CHECKING:
    import pandas  # type: ignore[import]  # it brings no types

_PERIODS = ("day", "week", "month", "quarter", "year")


def _request(period: str, date: str | date_type, zone: str, by: Iterable[str], of: Iterable[str], names: Iterable[str], target: int,
             short: int, rings: int, drills: bool, kinds: Iterable[str], summaries: str | PathLike[str]) -> _core.FiguresRequest:
    if period not in _PERIODS:
        raise ValueError(f"a period is one of {', '.join(_PERIODS)}, not {period!r}")
    return _core.FiguresRequest(_PERIODS.index(period), str(date), zone, list(by), list(of), list(names), target, short, rings, drills,
                                list(kinds), fspath(summaries))


def figures(log: str | PathLike[str], period: str, date: str | date_type, *, by: Iterable[str] = (), only: Iterable[str] = (),
            zone: str = "Asia/Shanghai", target: int = 20, short: int = 5, rings: int = 4, drills: bool = False,
            kinds: Iterable[str] = (), summaries: str | PathLike[str] = "", parts: bool = False) -> pandas.DataFrame:
    """The figures of a day, week, month, quarter or year: a row for each value of `by`, a column for each figure.

    log: a board's run folder, or the folder of its log
    date: of the period: "2026-10-01", "2026-10", "2026", or a datetime.date
    by: told apart by half, hour, clock, day, weekday, week, month, queue, operator, department, trunk, kind or channel
    only: names of figures; else all that can be told apart so
    zone: whose wall decides what an hour and a day are
    target, short, rings: limits of the service levels, of short abandons, and of rings
    drills: of drill calls instead of people's
    kinds: requests of these kinds only
    summaries: folder of stored sums, so that only the log since then is read

    parts: three columns for each figure: (name, "value"), (name, "numerator") and (name, "denominator"), the latter two whole numbers, times
        in ns, that may be added up over any rows

    Rates are from 0 to 1, times in seconds; what cannot be divided is NaN. `attrs` has the title, from when to when (ns), the newest event that
    is counted, gaps of the log, and whether the callers who entered queues are all accounted for.

        frame = cordboard.figures("/run/cordboard", "month", "2026-10", by=["queue", "hour"])
        frame["answer_rate"].unstack(0).plot()

    Raises SystemFailure with EINVAL when it is not asked for well, and what a `Log` raises.
    """
    import pandas

    dimensions = list(by)
    asked = _request(period, date, zone, dimensions, (), only, target, short, rings, drills, kinds, summaries)
    title, start, end, position, gaps, closure, names, rows = _core.read_figures(fspath(log), asked)
    if not dimensions:
        index = pandas.Index([title] * len(rows), name=period)
    elif len(dimensions) == 1:
        index = pandas.Index([labels[0] for labels, _ in rows], name=dimensions[0])
    else:
        index = pandas.MultiIndex.from_arrays([[labels[i] for labels, _ in rows] for i in range(len(dimensions))], names=dimensions)
    if parts:
        columns = pandas.MultiIndex.from_product([names, ["value", "numerator", "denominator"]], names=["figure", "part"])
        frame = pandas.DataFrame([[part for value in values for part in value] for _, values in rows], index, columns)
    else:
        frame = pandas.DataFrame([[value for value, _, _ in values] for _, values in rows], index, names, dtype="float64")
    entered, left, waiting_at_start, waiting_at_end, holds = closure
    frame.attrs = {"title": title, "from_ns": start, "to_ns": end, "position": position, "gaps": gaps,
                   "closure": {"entered": entered, "left": left, "waiting_at_start": waiting_at_start, "waiting_at_end": waiting_at_end,
                               "holds": holds}}
    return frame


def figure_entries(log: str | PathLike[str], figure: str, period: str, date: str | date_type, *, by: Iterable[str] = (),
                   of: Iterable[str] = (), zone: str = "Asia/Shanghai", target: int = 20, short: int = 5, rings: int = 4,
                   drills: bool = False, kinds: Iterable[str] = ()) -> pandas.DataFrame:
    """What a figure's numerator is made of, a row each: the calls, waits, transfers or requests. Their `amount` adds up to it.

    of: of one row alone: its labels, one for each of `by`

    Columns: at (in the zone), call, request, sequence, queue, operator, device, length (Timedelta), amount.
    """
    import pandas

    asked = _request(period, date, zone, by, of, (), target, short, rings, drills, kinds, "")
    rows = _core.read_figure_entries(fspath(log), asked, figure)
    frame = pandas.DataFrame(rows, columns=["at", "call", "request", "sequence", "queue", "operator", "device", "length", "amount"])
    for name in ("call", "request", "sequence"):
        frame[name] = pandas.Series([row[("at", "call", "request", "sequence").index(name)] for row in rows], dtype="uint64")
    frame["at"] = pandas.to_datetime(frame["at"].astype("int64"), unit="ns", utc=True).dt.tz_convert(zone)
    frame["length"] = pandas.to_timedelta(frame["length"].astype("int64"), unit="ns")
    return frame
