# SPDX-License-Identifier: Apache-2.0
"""The phones of a board without SIP."""

from __future__ import annotations

import enum

from . import _core, errors
from ._schema import CallId, new_id


class LoopbackPhone(enum.IntEnum):
    """What a phone of a loopback board does when it is rung."""

    ANSWERS = 0
    """Rings, and is answered at once."""
    RINGS = 1
    """Rings until `Loopback.answer`."""
    BUSY = 2
    """Is busy."""
    REFUSES = 3
    """Rejects the call."""
    DEAD = 4
    """Nothing comes at all."""


class Loopback:
    """What the phones of a loopback board do. They are asked and not waited for: the events tell what came of it."""

    def __init__(self, door: _core.Door) -> None:
        self._door = door

    def behave(self, number: str, how: LoopbackPhone) -> None:
        """From now on."""
        self._must(self._door.behave(number, how))

    def call_in(self, trunk: str, called: str, *, number: str = "", name: str = "", call: CallId | None = None) -> CallId:
        """A call from outside over a trunk, or from a phone. Returns the call's id."""
        chosen = CallId(new_id()) if call is None else call
        self._must(self._door.call_in(trunk, called, number, name, chosen, new_id(), new_id()))
        return chosen

    def answer(self, number: str) -> None:
        """A phone that rings is answered."""
        self._must(self._door.answer(number))

    def hang_up(self, number: str) -> None:
        """A phone hangs up; or a caller, by their number."""
        self._must(self._door.hang_up(number))

    @staticmethod
    def _must(done: bool) -> None:
        if not done:
            raise errors.HandleInvalid("the board is no loopback board of this process")
