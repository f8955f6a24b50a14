# SPDX-License-Identifier: Apache-2.0
"""A board's event log: every event after a sequence, texts, and whole segments as arrays."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator
from types import TracebackType
from typing import TYPE_CHECKING

from . import _core, errors
from ._schema import _MAKER, EVENT_BYTES, EVENT_DTYPE, Event
from .aio import Pulse

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_SEGMENT_BITS = 18  # a segment is the sequence without these
_LAST = (1 << 64) - 1


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
    def closed(self) -> bool:
        return self._closed

    def text(self, sequence: int) -> str:
        """The text of the event with this sequence; "" when it has none.

        Raises LogGone when it is kept no more, PermissionError for the board's own (`dialog_saved`).
        """
        return self._file.text(sequence).decode("utf-8", "surrogateescape")

    def segments(self) -> list[int]:
        """The numbers of the segments that are kept, rising."""
        return self._file.segments()

    def array(self, segment: int | None = None, *, after: int = 0, copy: bool = False) -> npt.NDArray[np.void]:
        """The log as one NumPy array of `EVENT_DTYPE`, without a copy: the log's memory itself, its segments side by side.

        segment: only the segment with this number, of `segments`
        after: only the events after this sequence; 0: from the oldest that is kept
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

        until = _LAST
        if segment is not None:
            until = (segment + 1 << _SEGMENT_BITS) - 1
            after = max(after, (segment << _SEGMENT_BITS) - 1)
        view = memoryview(self._file.array(after, until))  # type: ignore[arg-type]  # buffers are typed from 3.12 on
        # NumPy takes no buffer of nothing.
        slots = numpy.frombuffer(view if view.nbytes else bytes(EVENT_BYTES), numpy.dtype(EVENT_DTYPE))
        slots = slots if view.nbytes else slots[:0]
        return slots[slots["sequence"] != 0] if copy else slots

    def events(self, *, after: int | None = None, follow: bool = True, timeout: float | None = None) -> Events:
        """The events after a sequence, for `for` or `async for`.

        after: the last sequence that was seen; 0: from the oldest that is kept; None: from now on
        follow: wait for more at the end; otherwise end there
        timeout: seconds without an event after which it ends with Timeout
        """
        return Events(self, self.newest if after is None else after, follow, timeout)

    def pulse(self) -> Pulse:
        """The thread that waits for this log; made when first asked for."""
        with self._lock:
            if self._closed:
                raise errors.BoardClosed("the log is closed")
            if self._pulse is None:
                self._pulse = Pulse(self.path, self.newest)
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


class Events:
    """Events in order, none lost, none twice: whoever keeps `event.sequence` can go on there, after a crash too."""

    def __init__(self, log: Log, after: int, follow: bool, timeout: float | None) -> None:
        self._log = log
        self._follow = follow
        self._timeout = timeout
        self._follower = _core.Follower(log.path, after)

    def _chunk(self) -> list[Event]:
        return [] if self._log.closed else self._follower.next(_MAKER, self._log)

    def __iter__(self) -> Iterator[Event]:
        last = time.monotonic()
        while not self._log.closed:
            chunk = self._chunk()
            if chunk:
                yield from chunk
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
                chunk = self._chunk()
                if chunk:
                    for event in chunk:
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

