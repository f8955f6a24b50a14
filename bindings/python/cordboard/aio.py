# SPDX-License-Identifier: Apache-2.0
"""Between threads and asyncio: the one thread that waits for a log, and replies that may be awaited or waited for."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from collections.abc import Callable, Generator
from typing import Generic, TypeVar

from . import _core, errors

T = TypeVar("T")


class Pulse:
    """One thread that sleeps on the log, without the interpreter's lock, and calls whoever wants to know of news.

    Listeners are called on that thread and must be short; after `close` they are called once more.
    """

    LONGEST = 0.25
    """Seconds between two calls when nothing comes: listeners keep their deadlines by it."""

    def __init__(self, path: str, after: int) -> None:
        self._follower = _core.Follower(path, after)
        self._listeners: list[Callable[[], None]] = []
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self.closed = False

    def listen(self, listener: Callable[[], None]) -> None:
        """Calls it from now on; the first starts the thread."""
        with self._lock:
            self._listeners.append(listener)
            if self._thread is None and not self.closed:
                self._thread = threading.Thread(target=self._run, name="cordboard", daemon=True)
                self._thread.start()

    def forget(self, listener: Callable[[], None]) -> None:
        """Calls it no more."""
        with self._lock:
            if listener in self._listeners:
                self._listeners.remove(listener)

    def stop(self) -> None:
        """Ends the thread, and waits for nobody: it may be called while garbage is collected, on any thread."""
        self.closed = True
        self._follower.interrupt()

    def close(self) -> None:
        """Ends the thread, waits for it, and calls every listener once more."""
        with self._lock:
            self.closed = True
            thread = self._thread
        self._follower.interrupt()
        if thread is not None and thread is not threading.current_thread():
            thread.join()
        self._call()

    def _call(self) -> None:
        with self._lock:
            listeners = list(self._listeners)
        for listener in listeners:
            listener()

    def _run(self) -> None:
        while not self.closed:
            try:
                self._follower.skip()
            except errors.Error:
                self._catch_up()
            self._call()
            if not self.closed:
                self._follower.wait(self.LONGEST)

    def _catch_up(self) -> None:
        """This follower only counts heartbeats: what it missed, the listeners tell for themselves."""
        try:
            self._follower.after(0)
        except errors.Error:
            pass


class Reply(Generic[T]):
    """Something that comes later: `await` it in asyncio, or take `result()` in a plain script."""

    def __init__(self, future: concurrent.futures.Future[T]) -> None:
        self._future = future

    def __await__(self) -> Generator[object, None, T]:
        waited = asyncio.wrap_future(self._future)
        # Whoever is cancelled here leaves the command as it is, and its error is then nobody's to be warned of.
        waited.add_done_callback(lambda done: done.cancelled() or done.exception())
        return asyncio.shield(waited).__await__()

    def result(self, *, timeout: float | None = None) -> T:
        """Waits for it, at most so many seconds; without: until the command's own time is over."""
        try:
            return self._future.result(timeout)
        except concurrent.futures.TimeoutError as error:
            if isinstance(error, errors.Error):
                raise
            raise errors.Timeout("no reply yet") from None

    @property
    def done(self) -> bool:
        """Whether it has come, or never will."""
        return self._future.done()
