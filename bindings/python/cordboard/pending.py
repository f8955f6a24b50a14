# SPDX-License-Identifier: Apache-2.0
"""A command that was given and is not over yet."""

from __future__ import annotations

import concurrent.futures

from . import errors
from ._schema import CallId, Command, CommandDone, CommandFailed, CommandId, CommandTimedOut, LegId, PartyId
from .aio import Reply

Outcome = CommandDone | CommandFailed | CommandTimedOut


class Pending(Reply[CommandDone]):
    """A command on its way. `await` it for its outcome, `await` its `accepted` for less; `result()` in a plain script.

    The outcome is the `CommandDone` event. Raised instead are: what the board refused the command for; CommandError when it
    was tried and failed; CommandTimeout when its time was over; Timeout when the board says nothing at all; QueueFull,
    BoardClosed.
    """

    def __init__(self, id: CommandId, command: Command, give_up: float, since: int, board: object) -> None:
        self.outcome_future: concurrent.futures.Future[CommandDone] = concurrent.futures.Future()
        self.accepted_future: concurrent.futures.Future[int] = concurrent.futures.Future()
        super().__init__(self.outcome_future)
        self.id = id
        self.command = command
        self.give_up = give_up
        self.since = since
        self.board = board  # so that whoever waits here, and keeps nothing else, is told

    @property
    def accepted(self) -> Reply[int]:
        """The sequence of the `command_accepted` event."""
        return Reply(self.accepted_future)

    @property
    def new_call(self) -> CallId:
        """The id of the call that the command makes; 0: none."""
        return CallId(int(self.command.fields.get("new_call", 0)))

    @property
    def new_leg(self) -> LegId:
        """The id of the leg that the command makes; 0: none."""
        return LegId(int(self.command.fields.get("new_leg", 0)))

    @property
    def new_party(self) -> PartyId:
        """The id of the party that the command brings in; 0: none."""
        return PartyId(int(self.command.fields.get("new_party", 0)))

    def fail(self, error: errors.Error) -> None:
        """For the board: neither answer nor outcome will come."""
        if not self.accepted_future.done():
            self.accepted_future.set_exception(error)
        if not self.outcome_future.done():
            self.outcome_future.set_exception(error)

    def end(self, outcome: Outcome) -> None:
        """For the board: the outcome has come."""
        if self.outcome_future.done():
            return
        if isinstance(outcome, CommandDone):
            self.outcome_future.set_result(outcome)
        elif isinstance(outcome, CommandFailed):
            failed = errors.CommandError(f"{self.command}: {outcome.cause.name.lower()}")
            failed.outcome = outcome
            self.outcome_future.set_exception(failed)
        else:
            late = errors.CommandTimeout(f"{self.command}")
            late.outcome = outcome
            self.outcome_future.set_exception(late)

    def __repr__(self) -> str:
        state = "ended" if self.done else "accepted" if self.accepted_future.done() else "on its way"
        return f"<{self.command} {state}>"
