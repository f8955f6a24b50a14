# SPDX-License-Identifier: Apache-2.0
"""Handles: an id and the board that knows it. Losing one touches nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ._schema import CallCommands, CallId, Command, CommandId, ConnectionState, Event, EventKind, OperatorCommands, OperatorId, OperatorState
from .log import Events, Time
from .pending import Pending
from .snapshot import CallSnapshot, OperatorSnapshot

if TYPE_CHECKING:
    from .board import Board


class _Handle:
    """What the handles have in common: equal when they name the same thing of the same board."""

    id: Any

    def __init__(self, board: Board) -> None:
        self.board = board

    def _give(self, command: Command, *, timeout: float, revision: int, id: CommandId | None) -> Pending:
        return self.board.submit(command, timeout=timeout, revision=revision, id=id)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Handle) or type(self) is not type(other):
            return NotImplemented
        return self.id == other.id and self.board.path == other.board.path

    def __hash__(self) -> int:
        return hash((type(self), self.id))


class Call(_Handle, CallCommands[Pending]):
    """A call: `await call.hold()`, `async for event in call.events()`. Make one by `Board.call`.

    It is an id and a board, no more: it may be made for a call that is still to come, kept when the call has ended (its commands
    then raise CallUnknown), and collected at any time.
    """

    def __init__(self, board: Board, id: CallId) -> None:
        super().__init__(board)
        self.id = id

    def events(self, *, after: int | None = None, since: Time | None = None, follow: bool = True, timeout: float | None = None,
               kinds: Iterable[EventKind | type[Event]] = ()) -> Events:
        """The events of this call alone: see `Log.events`. `after=0`: from its beginning, as far as it is kept."""
        return self.board.events(after=after, follow=follow, timeout=timeout, since=since, kinds=kinds, call=self.id)

    def snapshot(self) -> CallSnapshot | None:
        """What the call is now; None: there is none, since it ended, or is still to come. For many calls take the board's."""
        return self.board.snapshot().calls.get(self.id)

    @property
    def state(self) -> ConnectionState:
        """Of the call now, by a snapshot: NULL when there is no such call."""
        now = self.snapshot()
        return ConnectionState.NULL if now is None else now.state

    def __repr__(self) -> str:
        return f"<Call {self.id:x}>"


class Operator(_Handle, OperatorCommands[Pending]):
    """An operator: `await operator.ready()`. Make one by `Board.operator`; an id and a board, no more, as `Call`."""

    def __init__(self, board: Board, id: OperatorId) -> None:
        super().__init__(board)
        self.id = id

    def events(self, *, after: int | None = None, since: Time | None = None, follow: bool = True, timeout: float | None = None,
               kinds: Iterable[EventKind | type[Event]] = ()) -> Events:
        """The events that name this operator alone: see `Log.events`."""
        return self.board.events(after=after, follow=follow, timeout=timeout, since=since, kinds=kinds, operator=self.id)

    def snapshot(self) -> OperatorSnapshot | None:
        """What the operator does now, and the calls that they have; None: the house has no such operator."""
        return self.board.snapshot().operators.get(self.id)

    @property
    def state(self) -> OperatorState:
        """Of the operator now, by a snapshot: NULL when there is no such operator, too."""
        now = self.snapshot()
        return OperatorState.NULL if now is None else now.state

    def __repr__(self) -> str:
        return f"<Operator {self.id}>"
