# SPDX-License-Identifier: Apache-2.0
"""The threads on which commands wait for their answers."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

Job = Callable[[], None]


class Workers:
    """A few threads, made as they are needed. They keep nobody alive: whoever has forgotten them calls `stop` as a last word.

    Not `concurrent.futures`: its threads are waited for when a program ends, so one silent board would hold it up for a minute.
    """

    def __init__(self, most: int, name: str) -> None:
        self._most = most
        self._name = name
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._idle = threading.Semaphore(0)
        self._threads: list[threading.Thread] = []

    def submit(self, job: Job) -> None:
        """Carries it out as soon as a thread is free. From one thread at a time; not after `stop`."""
        if not self._idle.acquire(blocking=False) and len(self._threads) < self._most:
            thread = threading.Thread(target=_work, args=(self._jobs, self._idle), name=f"{self._name}-{len(self._threads)}", daemon=True)
            thread.start()
            self._threads.append(thread)
        self._jobs.put(job)

    def stop(self) -> None:
        """What was submitted is still done. Waits for nobody: it may be called while garbage is collected."""
        self._jobs.put(None)

    def join(self) -> None:
        """After `stop`: waits until all is done."""
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join()


def _work(jobs: queue.SimpleQueue[Job | None], idle: threading.Semaphore) -> None:
    while (job := jobs.get()) is not None:
        job()
        del job  # it keeps its board
        idle.release()
    jobs.put(None)  # for the next thread
