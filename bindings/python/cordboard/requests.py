# SPDX-License-Identifier: Apache-2.0
"""Requests: what the house owes people, and the calls to them."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, NamedTuple

from . import errors
from ._schema import (AttemptOutcome, CallId, Consent, DeviceId, Established, Event, OperatorId, OperatorReady,
                      RequestAttemptEnded, RequestAttempted, RequestCallDue, RequestChanged, RequestClosed, RequestCommands, RequestId,
                      RequestKindConfigured, RequestOpened, RequestSource, RequestTime, RequestTimeSet, SlotOffered, ToldOf, call_request,
                      masked, new_id)
from .handles import Call, _Handle
from .log import Time, _nanoseconds
from .pending import Pending

if TYPE_CHECKING:
    from .board import Board

_CHANGES = (RequestKindConfigured, RequestOpened, RequestChanged, RequestTimeSet, RequestCallDue, RequestAttempted,
            RequestAttemptEnded, RequestClosed)

_SLOT_CHANGES = (RequestKindConfigured, SlotOffered, RequestTimeSet, RequestClosed)


def _text(**fields: str) -> str:
    return json.dumps({name: value for name, value in fields.items() if value}, ensure_ascii=False, separators=(",", ":"))


def _text_of(event: Event) -> str:
    try:
        return event.text
    except (errors.Error, PermissionError):
        return ""  # erased, kept no more, or not for this user


def _read(event: Event) -> dict[str, str]:
    text = _text_of(event)
    return {name: str(value) for name, value in json.loads(text).items()} if text else {}


class Slots:
    """When appointments may be booked: `await board.requests.slots.offer("appointment", "内科 王医生", at, places=2)`. By `Requests.slots`."""

    def __init__(self, board: Board) -> None:
        self._board = board

    def offer(self, kind: str, what: str, at: Time, places: int = 1) -> Pending:
        """Offers appointments at a time, or changes how many there are; 0 takes them away. A list that is read twice offers nothing twice.

        what: whose time it is: the doctor, the item
        """
        return self._board.offer_slot(_text(kind=kind, what=what), _nanoseconds(at), places=places)

    def free(self, kind: str = "") -> list[Slot]:
        """Those that are to come and have places left, by time; of this kind alone, if it is named."""
        fold = _SlotFold()
        for event in self._board.events(after=0, follow=False, kinds=_SLOT_CHANGES):
            fold.take(event)
        now = time.time_ns()
        return sorted((s for s in fold.slots.values() if s.places > s.taken and s.at_ns > now and kind in ("", s.kind)),
                      key=lambda s: (s.at_ns, s.number))


class Slot(NamedTuple):
    """A time at which appointments may be booked: `await request.book(slot)`.

    kind: of the requests; what: the doctor, the item; at_ns: when; number: what the board calls it
    """

    kind: str
    what: str
    at_ns: int
    number: int
    places: int
    taken: int


class Request(_Handle, RequestCommands[Pending]):
    """An open request: `await request.close("done")`. `Board.requests` hands it out.

    kind: name of its kind
    number: what people read, as "A-2026-000123"
    person: what is known, by name: `name` and `number` of the person, and the fields of the kind
    due_ns: when it is to be closed, ns since 1970
    call_at_ns: when its person is to be called, or was; 0: not any more
    attempts: calls until now that count
    """

    id: RequestId

    def __init__(self, board: Board, id: RequestId, kind: str = "", person: dict[str, str] | None = None) -> None:
        super().__init__(board)
        self.id = id
        self.kind = kind
        self.person = dict(person or {})
        self.number = self.person.pop("no", "")
        self.due_ns = 0
        self.call_at_ns = 0
        self.attempts = 0

    def close(self, result: str, note: str = "") -> Pending:
        """Closes it with a result of its kind."""
        return self.close_request(_text(result=result, note=note))

    def call(self, *, operator: OperatorId = OperatorId(0), number: str = "") -> Pending:
        """Calls the person: as `Board.call`, which waits for an operator, but refused at once when there is none."""
        return self.call_request(number or self.person.get("number", ""), operator=operator, timeout=CALL_TIMEOUT)

    def note(self, text: str, *, corrects: int = 0) -> Pending:
        """Writes a note on it, or corrects one, which stays."""
        return self.note_request(text, corrects=corrects)

    def promise(self, at: Time, told: str = "") -> Pending:
        """Promises an answer by then; `told`: what the person was told."""
        return self.promise_request(RequestTime.PROMISED, told, at_ns=_nanoseconds(at))

    def call_at(self, at: Time, told: str = "") -> Pending:
        """The person is called then, and not before."""
        return self.promise_request(RequestTime.CALL, told, at_ns=_nanoseconds(at))

    def book(self, slot: Slot | Time, told: str = "") -> Pending:
        """Agrees on an appointment: in a slot, or at a time where the kind needs none. `told`: time, place and what to bring, as told."""
        if isinstance(slot, Slot):
            return self.promise_request(RequestTime.APPOINTMENT, told, at_ns=slot.at_ns, slot=slot.number)
        return self.promise_request(RequestTime.APPOINTMENT, told, at_ns=_nanoseconds(slot))

    def tell(self, of: ToldOf, text: str = "") -> Pending:
        """Notes that the person was told something."""
        return self.tell_request(of, text)

    def __repr__(self) -> str:
        who = masked(self.person.get("number", ""))
        return f"<Request {self.number or format(self.id, 'x')} {self.kind}{' ' + who if who else ''}>"


CALL_TIMEOUT = 180.0
"""Seconds until a call to a person has failed at the latest: two phones ring, one after the other."""


class Attempt(Call):
    """A call to the person of a request: `if await attempt.answered(): ...`. `Board.call` makes it."""

    def __init__(self, board: Board, request: Request, pending: Pending, accepted: int) -> None:
        super().__init__(board, pending.new_call)
        self.request = request
        self.person = pending.new_party
        self.outcome: AttemptOutcome | None = None
        self._after = accepted

    async def answered(self) -> bool:
        """Waits until the person has answered; False: the attempt was over before, and `outcome` says why."""
        async for event in self._happens():
            if isinstance(event, Established) and event.party == self.person:
                return True
        return self.outcome == AttemptOutcome.ANSWERED

    async def ended(self) -> AttemptOutcome:
        """Waits until the call is over."""
        async for _ in self._happens():
            pass
        assert self.outcome is not None
        return self.outcome

    async def _happens(self) -> AsyncIterator[Event]:
        async for event in self.board.events(after=self._after, call=self.id, kinds=(Established, RequestAttemptEnded)):
            if isinstance(event, RequestAttemptEnded):
                self.outcome = AttemptOutcome(event.detail)
                return
            yield event
        raise errors.BoardClosed("close was called")


async def call(board: Board, request: Request, operator: OperatorId, number: str, patience: float, by_dialogue: bool) -> Attempt:
    """For `Board.call`."""
    loop = asyncio.get_running_loop()
    give_up = loop.time() + patience
    command = call_request(request.id, number or request.person.get("number", ""), operator=operator, by_dialogue=int(by_dialogue))
    while True:
        seen = board.log.newest
        pending = board.submit(command, timeout=CALL_TIMEOUT)
        try:
            return Attempt(board, request, pending, await pending.accepted)
        except (errors.OperatorsBusy, errors.OperatorWrongState):
            if loop.time() >= give_up:
                raise
        try:
            async for _ in board.events(after=seen, kinds=(OperatorReady, RequestAttemptEnded), timeout=min(5.0, patience)):
                break
        except errors.Timeout:
            pass  # nobody has said anything: it is asked again all the same


class Requests:
    """The requests of a board: `async for request in board.requests.due(): ...`. Made by `Board.requests`."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self.slots = Slots(board)

    async def open(self, kind: str, *, name: str = "", number: str = "", call: CallId = CallId(0), owner: OperatorId | DeviceId | None = None,
                   call_at: Time | None = None, consent: Consent = Consent.NONE, source: RequestSource = RequestSource.SCRIPT,
                   id: RequestId | None = None, **fields: str) -> Request:
        """Opens a request, and waits until it is.

        kind: name of a [[request_kind]]; `fields` are those of the kind
        name, number: of the person; without a number, that of the caller of `call` is taken
        call: in which it came in
        call_at: when the person wants to be called; by default what the kind says
        consent: whether the person may be called back
        id: chosen before, so that a script that is run again opens nothing twice: IdTaken is raised then
        """
        chosen = RequestId(new_id()) if id is None else id
        what = _text(kind=kind, name=name, number=number, **fields)
        done = await self._board.open_request(chosen, what, call=call, operator=OperatorId(owner or 0), source=source, consent=consent,
                                       call_at_ns=0 if call_at is None else _nanoseconds(call_at))
        request = Request(self._board, chosen, kind)
        if isinstance(opened := self._board.log.at(done.value), RequestOpened):
            request = Request(self._board, chosen, kind, _read(opened))
            request.due_ns = opened.value
        return request

    def now(self) -> dict[RequestId, Request]:
        """Those that are open, by id, as far as the log is kept. Their `person` is empty for who may not read texts."""
        fold = _Fold(self._board)
        for event in self._board.events(after=0, follow=False, kinds=_CHANGES):
            fold.take(event)
        return fold.open

    async def due(self, *, follow: bool = True) -> AsyncIterator[Request]:
        """Those whose person is to be called, as their time comes; first those whose time has come already. Each comes again when a
        call has failed and the next one is due. `follow`: wait for more."""
        fold = _Fold(self._board)
        known = self._board.events(after=0, follow=False, kinds=_CHANGES)
        async for event in known:
            fold.take(event)
        for request in fold.waiting():
            yield request
        if not follow:
            return
        async for event in self._board.events(after=known.position, kinds=_CHANGES):
            if (next_one := fold.take(event)) is not None:
                yield next_one


class _SlotFold:
    """What is offered, and how much of it is taken."""

    def __init__(self) -> None:
        self.kinds: dict[int, str] = {}
        self.slots: dict[int, Slot] = {}
        self.held: dict[RequestId, int] = {}

    def take(self, event: Event) -> None:
        match event:
            case RequestKindConfigured():
                self.kinds[event.detail] = _text_of(event).split("\t")[0]
            case SlotOffered():
                number = event.other or event.sequence
                known = self.slots.get(number)
                if known is None:
                    known = Slot(self.kinds.get(event.detail, ""), _text_of(event), event.value, number, 0, 0)
                self.slots[number] = known._replace(places=event.state)
            case RequestTimeSet(detail=RequestTime.APPOINTMENT):
                self._let_go(event.request)
                if event.other in self.slots:
                    self.held[event.request] = event.other
                    self.slots[event.other] = self.slots[event.other]._replace(taken=self.slots[event.other].taken + 1)
            case RequestClosed():
                self._let_go(event.request)

    def _let_go(self, request: RequestId) -> None:
        if (number := self.held.pop(request, None)) is not None:
            self.slots[number] = self.slots[number]._replace(taken=self.slots[number].taken - 1)


class _Fold:
    """What the events of requests make of them."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.kinds: dict[int, str] = {}
        self.open: dict[RequestId, Request] = {}
        self.due: dict[RequestId, None] = {}

    def waiting(self) -> list[Request]:
        return [self.open[id] for id in self.due]

    def take(self, event: Event) -> Request | None:
        """The request that is to be called now, if the event says so."""
        match event:
            case RequestKindConfigured():
                self.kinds[event.detail] = _text_of(event).split("\t")[0]
            case RequestOpened():
                made = Request(self.board, event.request, self.kinds.get(event.detail, ""), _read(event))
                made.due_ns = event.value
                self.open[event.request] = made
            case RequestChanged() if event.request in self.open:
                self.open[event.request].person.update(_read(event))
            case RequestCallDue() if event.request in self.open:
                self.due[event.request] = None
                return self.open[event.request]
            case RequestAttempted():
                self.due.pop(event.request, None)
            case RequestAttemptEnded() if event.request in self.open:
                self.open[event.request].attempts = event.state
                self.open[event.request].call_at_ns = event.value
            case RequestTimeSet(detail=RequestTime.CALL) if event.request in self.open:
                self.open[event.request].call_at_ns = event.value
                self.due.pop(event.request, None)
            case RequestClosed():
                self.open.pop(event.request, None)
                self.due.pop(event.request, None)
        return None
