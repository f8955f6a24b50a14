# SPDX-License-Identifier: Apache-2.0
"""A board's event log: every event after a sequence, texts, and whole segments as arrays."""

from __future__ import annotations

import asyncio
import atexit
import datetime
import operator as operators
import threading
import time
import weakref
from collections.abc import AsyncIterator, Iterable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple

from . import _core, errors
from ._schema import (_MAKER, EVENT_BYTES, EVENT_DTYPE, CallId, CommandId, DeviceId, Event, EventKind, LinkState, OperatorId, PartyId,
                      QueueId)
from .aio import Pulse
from .snapshot import Snapshot, take

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_SEGMENT_BITS = 18  # a segment is the sequence without these
_LAST = (1 << 64) - 1
Time = float | datetime.datetime
"""Seconds since 1970, as `time.time()` and `Event.time`; or a datetime, without a zone: of this machine's."""


def _nanoseconds(when: Time) -> int:
    return round((when.timestamp() if isinstance(when, datetime.datetime) else when) * 1e9)


class Link(NamedTuple):
    """Whether a board is behind a log, and lives."""

    state: LinkState
    age: float
    """Seconds since its last sign of life, of which there is one a second; 0 when there is no board."""


class Log:
    """A log, of a board that runs or not. Reading never slows the board, however slow the reader is.

    Every method may be called from any thread.
    """

    def __init__(self, path: str) -> None:
        """`path`: the board's run folder, the folder of the hot segments, or an archive's."""
        self.path = path
        self._file = _core.LogFile(path)
        self._pulse: Pulse | None = None
        self._lock = threading.Lock()
        self._closed = False

    @property
    def oldest(self) -> int:
        """The oldest sequence that is kept; 0: there is none yet."""
        return self._file.oldest()

    @property
    def newest(self) -> int:
        """The newest committed sequence; 0: there is none yet."""
        return self._file.newest()

    @property
    def durable(self) -> int:
        """All up to here is on disk; 0: nothing is, or there is no archive."""
        return self._file.durable()

    @property
    def writer_alive(self) -> bool:
        """Whether a process writes this log now."""
        return self._file.writer_alive()

    @property
    def link(self) -> Link:
        """Whether a board is there and lives. What is in the log can be read either way, and an iteration goes on by itself when
        the board is back."""
        state, age = self._file.link()
        return Link(LinkState(state), age)

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    def at(self, sequence: int) -> Event | None:
        """The event with this sequence, at once; None: it was not issued yet, or never will be.

        Raises LogGone when it is kept no more.
        """
        slot = self._file.at(sequence)
        return None if slot is None else Event.from_slot(slot, self)

    def snapshot(self, at: int = 0) -> Snapshot:
        """The house now, or as it was at a sequence, at no cost to the board: the newest checkpoint, and the events since.

            now = log.snapshot()
            async for event in log.events(after=now.sequence): ...

        Raises LogGone when the log no longer begins at its beginning and no checkpoint fits, AccessDenied when one would, but is
        for the board's own user alone, OSError for a sequence that was not issued yet.
        """
        return take(self.path, at)

    def text(self, sequence: int) -> str:
        """The text of the event with this sequence; "" when it has none.

        Raises LogGone when it is kept no more, PermissionError for the board's own (`dialog_saved`).
        """
        return self._file.text(sequence).decode("utf-8", "surrogateescape")

    def segments(self) -> list[int]:
        """The numbers of the segments that are kept, rising."""
        return self._file.segments()

    def array(self, segment: int | None = None, *, after: int = 0, since: Time | None = None, until: Time | None = None,
              copy: bool = False) -> npt.NDArray[np.void]:
        """The log as one NumPy array of `EVENT_DTYPE`, without a copy: the log's memory itself, its segments side by side.

        segment: only the segment with this number, of `segments`
        after: only the events after this sequence; 0: from the oldest that is kept
        since: only events of this time and later
        until: only events before this time
        copy: a copy of one's own instead, that may be changed, without empty slots

        The array is read-only. It holds what was committed when it was taken, and stays valid as long as it lives, also when
        retention removes the segments or the log is closed. A log that goes on in a new segment, as after a restart, may leave
        up to 31 empty slots there, more where old events gave way; they are all zeros, so that

            events = log.array()
            events = events[events["sequence"] != 0]    # what `copy=True` does
            frame = pandas.DataFrame(events)

        leaves them out. Raises LogGone when events after `after` are kept no more.
        """
        import numpy

        last = _LAST if until is None else self._file.before(_nanoseconds(until))
        if since is not None:
            after = max(after, self._file.before(_nanoseconds(since)))
        if segment is not None:
            last = min(last, (segment + 1 << _SEGMENT_BITS) - 1)
            after = max(after, (segment << _SEGMENT_BITS) - 1)
        view = memoryview(self._file.array(after, last))  # type: ignore[arg-type]  # buffers are typed from 3.12 on
        # NumPy takes no buffer of nothing.
        slots = numpy.frombuffer(view if view.nbytes else bytes(EVENT_BYTES), numpy.dtype(EVENT_DTYPE))
        slots = slots if view.nbytes else slots[:0]
        if copy:
            slots = slots[slots["sequence"] != 0]
        return slots

    def events(self, *, after: int | None = None, since: Time | None = None, follow: bool = True, timeout: float | None = None,
               kinds: Iterable[EventKind | type[Event]] = (), call: CallId | int = 0, party: PartyId | int = 0,
               device: DeviceId | int = 0, operator: OperatorId | int = 0, queue: QueueId | int = 0,
               command: CommandId | int = 0) -> Events:
        """The events after a sequence, or since a time, for `for` or `async for`.

        after: the last sequence that was seen; 0: from the oldest that is kept; None: from now on
        since: instead, events of this time and later
        follow: wait for more at the end; otherwise end there
        timeout: seconds without an event after which it ends with Timeout
        kinds: only these, as `kinds=(Delivered, CallCleared)`
        call, party, device, operator, queue, command: only events with this id

        What is said must hold all of it. A `Gap` is handed out whatever was asked for: nobody should miss that something is
        missing. Raises LogGone when events from there on are kept no more: go on at `oldest`.
        """
        start = self.newest if after is None else after
        events = Events(self, start if since is None else 0, follow, timeout)
        # The place first: from there on the filter holds.
        if since is not None:
            events._since(_nanoseconds(since))
        numbers = [int(kind.kind if isinstance(kind, type) else kind) for kind in kinds]
        if numbers or call or party or device or operator or queue or command:
            events._filter(numbers, call, party, device, operator, queue, command)
        return events

    def pulse(self) -> Pulse:
        """The thread that waits for this log; made when first asked for."""
        with self._lock:
            if self._closed:
                raise errors.BoardClosed("the log is closed")
            if self._pulse is None:
                self._pulse = Pulse(self.path, self.newest)
                weakref.finalize(self, self._pulse.stop).atexit = False  # for whoever forgets to close
                _WAITED_FOR.add(self)
            return self._pulse

    def close(self) -> None:
        """Ends every iteration. Arrays stay valid."""
        with self._lock:
            self._closed = True
            pulse = self._pulse
        if pulse is not None:
            pulse.close()

    def __enter__(self) -> Log:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


_WAITED_FOR: weakref.WeakSet[Log] = weakref.WeakSet()  # logs that have a thread


@atexit.register
def _close_all() -> None:
    for log in list(_WAITED_FOR):
        log.close()


class Events:
    """Events in order, none lost, none twice: whoever keeps `event.sequence` can go on there, after a crash too."""

    def __init__(self, log: Log, after: int, follow: bool, timeout: float | None) -> None:
        self._log = log
        self._follow = follow
        self._timeout = timeout
        self._follower = _core.Follower(log.path, after)
        self._chunk: list[Event] = []
        self._rest = iter(self._chunk)
        self._before = after  # `position` when nothing of `_chunk` was handed out, and when all was
        self._passed = after

    def _since(self, time_ns: int) -> None:
        self._follower.since(time_ns)
        self._before = self._passed = self._follower.position()

    def _filter(self, kinds: list[int], call: int, party: int, device: int, operator: int, queue: int, command: int) -> None:
        self._follower.filter(kinds, call, party, device, operator, queue, command >> 64, command & _LAST)

    @property
    def position(self) -> int:
        """A bookmark: the last sequence that was handed out or passed over. `after=position` goes on right there, in another
        program too, also when a filter let nothing through for a million events."""
        left = operators.length_hint(self._rest)
        return self._chunk[-left - 1].sequence if 0 < left < len(self._chunk) else self._before if left else self._passed

    def _next(self) -> bool:
        """Whether there is more; it stands in `_rest`."""
        if self._log.closed:
            return False
        self._before = self._passed
        chunk = self._follower.next(_MAKER, self._log)
        self._passed = self._follower.position()
        self._chunk, self._rest = chunk, iter(chunk)
        return bool(chunk)

    def __iter__(self) -> Iterator[Event]:
        last = time.monotonic()
        while not self._log.closed:
            if self._next():
                yield from self._rest
                last = time.monotonic()
            elif not self._follow:
                return
            elif self._timeout is not None and time.monotonic() - last >= self._timeout:
                raise errors.Timeout(f"no event for {self._timeout:g} s")
            else:
                self._follower.wait(Pulse.LONGEST if self._timeout is None else min(self._timeout, Pulse.LONGEST))

    async def __aiter__(self) -> AsyncIterator[Event]:
        loop = asyncio.get_running_loop()
        news = asyncio.Event()

        def tell() -> None:
            try:
                loop.call_soon_threadsafe(news.set)
            except RuntimeError:  # the loop was closed meanwhile: nobody waits there any more
                pass

        pulse = self._log.pulse()
        pulse.listen(tell)
        try:
            last = loop.time()
            while not self._log.closed:
                news.clear()
                if self._next():
                    for event in self._rest:
                        yield event
                    last = loop.time()
                    await asyncio.sleep(0)  # a long replay leaves others their turn
                elif not self._follow:
                    return
                elif self._timeout is not None and loop.time() - last >= self._timeout:
                    raise errors.Timeout(f"no event for {self._timeout:g} s")
                else:
                    await news.wait()
        finally:
            pulse.forget(tell)

