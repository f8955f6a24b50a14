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
from ._schema import _MAKER, EVENT_DTYPE, Event
from .aio import Pulse

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


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

    def array(self, number: int | None = None) -> npt.NDArray[np.void]:
        """A segment as one NumPy array, without a copy: the newest, or the one with this number.

        The array is read-only and is the log's memory itself. It holds what was committed when it was taken, and stays
        valid as long as it lives, also when retention removes the segment or the log is closed.
        """
        import numpy

        if number is None:
            kept = self.segments()
            if not kept:
                return numpy.zeros(0, numpy.dtype(EVENT_DTYPE))
            number = kept[-1]
        view = memoryview(self._file.segment(number))  # type: ignore[arg-type]  # the buffer protocol has no annotation before 3.12
        slots = numpy.frombuffer(view, numpy.dtype(EVENT_DTYPE))
        # Sequence 0 does not exist, so the first slot of the first segment is empty.
        return slots[1:] if len(slots) and slots["sequence"][0] == 0 else slots

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

