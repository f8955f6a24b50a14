# SPDX-License-Identifier: Apache-2.0
"""Follows the event log as any program can, and lets a script wait for what it expects to happen next."""
import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

import cordboard
from cordboard import Board, Event

E = TypeVar("E", bound=Event)


class Unexpected(AssertionError):
    """Something did not happen in time, or happened otherwise than the script expects."""


class Watch:
    """Every event so far, in order, and a bounded wait for the next that fits."""

    def __init__(self, board: Board, tell: Callable[[Event], None] = lambda event: None):
        self.events: list[Event] = []
        self._board = board
        self._tell = tell
        self._changed = asyncio.Event()
        self._task = asyncio.create_task(self._follow())

    @property
    def now(self) -> int:
        """The newest sequence: what comes after it is news."""
        return self.events[-1].sequence if self.events else 0

    def all(self, kind: type[E], **fields: Any) -> list[E]:
        return [e for e in self.events if isinstance(e, kind) and all(getattr(e, k) == v for k, v in fields.items())]

    async def next(self, kind: type[E], *, after: int = 0, timeout: float = 10.0,
                   fits: Callable[[E], bool] = lambda event: True, **fields: Any) -> E:
        """The first event of this kind above sequence `after` whose fields are as given.

        @raises Unexpected  when none came in time
        """
        seen = 0

        async def look() -> E:
            nonlocal seen
            while True:
                while seen < len(self.events):
                    event = self.events[seen]
                    seen += 1
                    if event.sequence > after and isinstance(event, kind) and fits(event) and all(
                            getattr(event, name) == value for name, value in fields.items()):
                        return event
                if self._task.done():
                    self._task.result()
                    raise Unexpected("the board has ended")
                self._changed.clear()
                await self._changed.wait()

        try:
            return await asyncio.wait_for(look(), timeout)
        except asyncio.TimeoutError:
            asked = ", ".join(f"{name}={value!r}" for name, value in fields.items())
            raise Unexpected(f"no {kind.__name__}({asked}) within {timeout:g} s") from None

    async def close(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _follow(self) -> None:
        try:
            async for event in self._board.events(after=0):
                self.events.append(event)
                self._tell(event)
                self._changed.set()
        except cordboard.Error:
            self._changed.set()
            raise
