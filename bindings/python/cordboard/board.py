# SPDX-License-Identifier: Apache-2.0
"""A board: commands go in, events come out."""

from __future__ import annotations

import asyncio
import concurrent.futures
import enum
import os
import threading
import time
from types import TracebackType

from . import _core, errors
from ._schema import (_MAKER, COMMAND_TIMEOUT, CallId, Command, CommandDone, CommandFailed, CommandId, Commands,
                      CommandTimedOut, Event, LegId, PartyId, new_command_id, new_id)
from .aio import Reply
from .log import Events, Log

Outcome = CommandDone | CommandFailed | CommandTimedOut


class Pending(Reply[CommandDone]):
    """A command on its way. `await` it for its outcome, `await` its `accepted` for less; `result()` in a plain script.

    The outcome is the `CommandDone` event. Raised instead are: what the board refused the command for; CommandError when it
    was tried and failed; CommandTimeout when its time was over; Timeout when the board says nothing at all; QueueFull,
    BoardClosed.
    """

    def __init__(self, id: CommandId, command: Command, give_up: float, since: int) -> None:
        self.outcome_future: concurrent.futures.Future[CommandDone] = concurrent.futures.Future()
        self.accepted_future: concurrent.futures.Future[int] = concurrent.futures.Future()
        super().__init__(self.outcome_future)
        self.id = id
        self.command = command
        self.give_up = give_up
        self.since = since

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
        if not self.accepted_future.done():
            self.accepted_future.set_exception(error)
        if not self.outcome_future.done():
            self.outcome_future.set_exception(error)

    def end(self, outcome: Outcome) -> None:
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


class LoopbackPhone(enum.IntEnum):
    """What a phone of a loopback board does when it is rung."""

    ANSWERS = 0
    """Rings, and is answered at once."""
    RINGS = 1
    """Rings until `Loopback.answer`."""
    BUSY = 2
    REFUSES = 3
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


class Board(Commands[Pending]):
    """A board: one that another process serves (`attach`), or one in this process (`open`).

        async with cordboard.Board.attach("/run/cordboard") as board:
            async for event in board.events(after=last_seen):
                match event:
                    case Delivered(call=call):
                        await board.hold(call, timeout=2.0)

    Every command is a method, which gives the command at once and returns a `Pending`. Each takes, by keyword, `timeout`
    (seconds until its deadline), `revision` (the call's, when it must not have changed) and `id` (to give the same command
    again). Every method may be called from any thread. Losing the object never touches a call.
    """

    SAYS_NOTHING = 2.0
    """Seconds after a command's deadline until Timeout is raised when the board does not tell the outcome."""

    def __init__(self, door: _core.Door) -> None:
        """Use `attach` or `open`."""
        self._door = door
        self.log = Log(door.path())
        self._follower = _core.Follower(door.path(), self.log.newest)
        self._pending: dict[CommandId, list[Pending]] = {}
        self._lock = threading.Lock()
        self._workers = concurrent.futures.ThreadPoolExecutor(8, thread_name_prefix="cordboard-command")
        self._listening = False
        self._closed = False

    @classmethod
    def attach(cls, path: str | os.PathLike[str] = "/run/cordboard") -> Board:
        """Attaches to the board that serves this run folder. Raises NotConnected or AccessDenied."""
        return cls(_core.Door.attach(os.fspath(path)))

    @classmethod
    def open(cls, config: str | os.PathLike[str] = "", *, run: str | os.PathLike[str] = "", log: str | os.PathLike[str] = "",
             calls_max: int = 0, loopback: bool = False) -> Board:
        """Starts a board in this process; `close` stops it in order, and ends its calls.

        config: a configuration file; without one, the defaults
        run, log, calls_max: instead of what the file says: the folder of the local socket, that of the log, calls at a time
        loopback: no SIP and no media; the phones are played by `loopback`

        Raises CommandInvalid with every problem of the configuration, LogBusy, or OSError, as for a port that is taken.
        """
        return cls(_core.Door.open(os.fspath(config), os.fspath(run), os.fspath(log), calls_max, loopback))

    @property
    def loopback(self) -> Loopback:
        """The phones of a loopback board that this process has opened."""
        return Loopback(self._door)

    @property
    def path(self) -> str:
        return self.log.path

    def events(self, *, after: int | None = None, follow: bool = True, timeout: float | None = None) -> Events:
        """The events after a sequence, for `for` or `async for`: see `Log.events`."""
        return self.log.events(after=after, follow=follow, timeout=timeout)

    def submit(self, command: Command, *, timeout: float = COMMAND_TIMEOUT, revision: int = 0,
               id: CommandId | None = None) -> Pending:
        """Gives a command that was built before."""
        return self._give(command, timeout=timeout, revision=revision, id=id)

    def _give(self, command: Command, *, timeout: float, revision: int, id: CommandId | None) -> Pending:
        chosen = new_command_id() if id is None else id
        record = command.record(id=chosen, deadline_ns=time.time_ns() + int(timeout * 1e9), revision=revision)
        pending = Pending(chosen, command, time.monotonic() + max(timeout, 0.0) + self.SAYS_NOTHING, self.log.newest)
        with self._lock:
            if self._closed:
                raise errors.BoardClosed("close was called")
            self._pending.setdefault(chosen, []).append(pending)
            listen, self._listening = not self._listening, True
            try:
                self._workers.submit(self._carry, pending, record)
            except RuntimeError:  # the interpreter is ending
                raise errors.BoardClosed("the interpreter is ending") from None
        if listen:
            self.log.pulse().listen(self._look)
        return pending

    def _carry(self, pending: Pending, record: bytes) -> None:
        """On a worker: gives the record, and waits for the answer."""
        try:
            accepted = self._door.submit(record, max(0.0, pending.give_up - time.monotonic()))
            pending.accepted_future.set_result(accepted)
            if accepted <= pending.since:
                # The command was given before, so its outcome may stand where nobody looks for it any more.
                outcome = self._door.outcome(record, accepted, pending.give_up - time.monotonic())
                self._ended(Event.from_slot(outcome, self.log))
        except errors.Error as error:
            self._drop(pending)
            pending.fail(error)

    def _drop(self, pending: Pending) -> None:
        with self._lock:
            same = self._pending.get(pending.id, [])
            if pending in same:
                same.remove(pending)
            if not same:
                self._pending.pop(pending.id, None)

    def _ended(self, outcome: object) -> None:
        if not isinstance(outcome, (CommandDone, CommandFailed, CommandTimedOut)):
            return
        with self._lock:
            ended = self._pending.pop(outcome.command, [])
        for pending in ended:
            pending.end(outcome)

    def _look(self) -> None:
        """On the log's thread: outcomes that have come, and commands that wait in vain."""
        try:
            for outcome in self._follower.outcomes(_MAKER, self.log):
                self._ended(outcome)
        except errors.Error as error:
            self._fail_all(error)
            try:
                self._follower.after(0)
            except errors.Error:
                pass
        now = time.monotonic()
        with self._lock:
            late = [p for same in self._pending.values() for p in same if p.give_up <= now]
        for pending in late:
            self._drop(pending)
            pending.fail(errors.Timeout("the board has not told the outcome"))

    def _fail_all(self, error: errors.Error) -> None:
        with self._lock:
            all_of_them = [p for same in self._pending.values() for p in same]
            self._pending.clear()
        for pending in all_of_them:
            pending.fail(error)

    def close(self) -> None:
        """Detaches. Commands that wait get BoardClosed; iterations end; calls go on. Waits for work in flight."""
        with self._lock:
            self._closed = True
        self._door.close()
        self._workers.shutdown(wait=True)
        self.log.close()
        self._fail_all(errors.BoardClosed("close was called"))

    def __enter__(self) -> Board:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    async def __aenter__(self) -> Board:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None,
                        trace: TracebackType | None) -> None:
        await asyncio.to_thread(self.close)  # it waits for work in flight, and other tasks go on meanwhile
