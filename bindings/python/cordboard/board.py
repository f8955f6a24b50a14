# SPDX-License-Identifier: Apache-2.0
"""A board: commands go in, events come out."""

from __future__ import annotations

import asyncio
import atexit
import functools
import os
import threading
import time
import weakref
from collections.abc import Awaitable, Iterable
from types import TracebackType
from typing import overload

from . import _core, errors
from ._schema import (_MAKER, COMMAND_TIMEOUT, CallId, Command, CommandDone, CommandFailed, CommandId, Commands, CommandTimedOut,
                      DeviceId, Event, EventKind, OperatorId, PartyId, QueueId, new_command_id)
from .handles import Call, Operator
from .log import Events, Log, Time
from .loopback import Loopback
from .pending import Pending
from .requests import Attempt, Request, Requests, call
from .snapshot import Snapshot
from .workers import Workers

_OUTCOMES = [int(EventKind.COMMAND_DONE), int(EventKind.COMMAND_FAILED), int(EventKind.COMMAND_TIMED_OUT)]
_OPEN: set[_core.Door] = set()  # boards of this process: they serve until `close`, whoever has lost the object
_LIVING: weakref.WeakSet[Board] = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    """Before the interpreter goes: a thread that comes back from C++ when it has gone would take the process down."""
    for board in list(_LIVING):
        board.close()
    while _OPEN:
        _OPEN.pop().close()


class Board(Commands[Pending]):
    """A board: one that another process serves (`attach`), or one in this process (`open`).

        async with cordboard.Board.attach("/run/cordboard") as board:
            async for event in board.events(after=last_seen):
                match event:
                    case Delivered(call=call):
                        await board.hold(call, timeout=2.0)

    Every command is a method, which gives the command at once and returns a `Pending`. Each takes, by keyword, `timeout`
    (seconds until its deadline), `revision` (the call's, when it must not have changed) and `id` (to give the same command
    again). Every method may be called from any thread. Losing the object never touches a call: one that was attached is then
    detached, and one that was opened goes on to serve until `close`, through another `Board.attach`, or until the program ends.
    """

    SAYS_NOTHING = 2.0
    """Seconds after a command's deadline until Timeout is raised when the board does not tell the outcome."""

    def __init__(self, door: _core.Door) -> None:
        """Use `attach` or `open`."""
        self._door = door
        self.log = Log(door.path())
        self._follower = _core.Follower(door.path(), self.log.newest)
        self._follower.filter(_OUTCOMES, 0, 0, 0, 0, 0, 0, 0)
        self._pending: dict[CommandId, list[Pending]] = {}
        self._lock = threading.Lock()
        self._workers = Workers(8, "cordboard-command")
        weakref.finalize(self, self._workers.stop).atexit = False
        self._listening = False
        self._closed = False
        _LIVING.add(self)

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
        door = _core.Door.open(os.fspath(config), os.fspath(run), os.fspath(log), calls_max, loopback)
        _OPEN.add(door)
        return cls(door)

    @property
    def loopback(self) -> Loopback:
        """The phones of a loopback board that this process has opened."""
        return Loopback(self._door)

    @property
    def path(self) -> str:
        """The board's run folder: where another program attaches to it."""
        return self.log.path

    def events(self, *, after: int | None = None, since: Time | None = None, follow: bool = True, timeout: float | None = None,
               kinds: Iterable[EventKind | type[Event]] = (), call: CallId | int = 0, party: PartyId | int = 0,
               device: DeviceId | int = 0, operator: OperatorId | int = 0, queue: QueueId | int = 0,
               command: CommandId | int = 0) -> Events:
        """The events after a sequence, or since a time, for `for` or `async for`: as `Log.events`, which tells each parameter."""
        return self.log.events(after=after, since=since, follow=follow, timeout=timeout, kinds=kinds, call=call, party=party,
                               device=device, operator=operator, queue=queue, command=command)

    def snapshot(self, at: int = 0) -> Snapshot:
        """The house now, or as it was at a sequence: see `Log.snapshot`."""
        return self.log.snapshot(at)

    @property
    def requests(self) -> Requests:
        """What the house owes people: `async for request in board.requests.due(): ...`."""
        return Requests(self)

    @overload
    def call(self, what: CallId) -> Call: ...
    @overload
    def call(self, what: Request, *, operator: OperatorId = ..., number: str = ..., patience: float = ...,
             by_dialogue: bool = ...) -> Awaitable[Attempt]: ...

    def call(self, what: CallId | Request, *, operator: OperatorId = OperatorId(0), number: str = "",
             patience: float = 300.0, by_dialogue: bool = False) -> Call | Awaitable[Attempt]:
        """Of a call's id, its handle: nobody is asked whether there is such a call. Of a request, a call to its person:

            call = await board.call(request)
            if await call.answered(): ...

        operator: who talks to the person, and is rung first; by default the next one who is ready
        number: another one than the request's
        patience: seconds that an operator is waited for; then OperatorsBusy is raised
        by_dialogue: the kind's dialogue talks to the person, and no operator is rung

        Raises AttemptRunning, AttemptsExhausted, CallingClosed, ConsentDeclined, NumberStopped or ServiceBarred when the person may not be called
        now, RequestUnknown when the request is over.
        """
        if isinstance(what, Request):
            return call(self, what, operator, number, patience, by_dialogue)
        return Call(self, what)

    def operator(self, id: OperatorId) -> Operator:
        """A handle of an operator."""
        return Operator(self, id)

    def submit(self, command: Command, *, timeout: float = COMMAND_TIMEOUT, revision: int = 0,
               id: CommandId | None = None) -> Pending:
        """Gives a command that was built before."""
        return self._give(command, timeout=timeout, revision=revision, id=id)

    def _give(self, command: Command, *, timeout: float, revision: int, id: CommandId | None) -> Pending:
        chosen = new_command_id() if id is None else id
        record = command.record(id=chosen, deadline_ns=time.time_ns() + int(timeout * 1e9), revision=revision)
        pending = Pending(chosen, command, time.monotonic() + max(timeout, 0.0) + self.SAYS_NOTHING, self.log.newest,
                          self)
        with self._lock:
            if self._closed:
                raise errors.BoardClosed("close was called")
            self._pending.setdefault(chosen, []).append(pending)
            listen, self._listening = not self._listening, True
            try:
                self._workers.submit(functools.partial(self._carry, pending, record))
            except RuntimeError:  # the interpreter is ending
                raise errors.BoardClosed("the interpreter is ending") from None
        if listen:
            look = weakref.WeakMethod(self._look)  # a thread that waits keeps nobody

            def tell() -> None:
                alive = look()
                if alive is not None:
                    alive()

            self.log.pulse().listen(tell)
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
            error.detail = error.detail or str(pending.command)
            self._drop(pending)
            pending.fail(error)

    def _drop(self, pending: Pending) -> None:
        with self._lock:
            same = self._pending.get(pending.id, [])
            if pending in same:
                same.remove(pending)
            if not same:
                self._pending.pop(pending.id, None)

    def _ended(self, outcome: Event) -> None:
        if not isinstance(outcome, (CommandDone, CommandFailed, CommandTimedOut)):
            return
        with self._lock:
            ended = self._pending.pop(outcome.command, [])
        for pending in ended:
            pending.end(outcome)

    def _look(self) -> None:
        """On the log's thread: outcomes that have come, and commands that wait in vain."""
        try:
            while events := self._follower.next(_MAKER, self.log):
                for event in events:
                    self._ended(event)
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
        _OPEN.discard(self._door)
        self._workers.stop()
        self._workers.join()
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
