# SPDX-License-Identifier: Apache-2.0
"""A hospital for one test: the real program, real phones, a program attached, and an end to all of it."""
import contextlib
import dataclasses
import pathlib
from typing import Any

from cordboard import (Board, CallId, Consent, ConsentOf, DeviceConfigured, DeviceInService, Established, OperatorConfigured, PartyIdentified,
                       Transferred, new_id)
from house import OUTSIDE, House
from peers import Baresip, Caller, until
from watch import Watch

SWITCHBOARD = "9000"


def tone_of(number: str) -> float:
    """Each phone speaks in a tone of its own, none of them a caller's 1 kHz."""
    return 300 + int(number) % 97 * 5


@dataclasses.dataclass
class Hospital:
    house: House
    folder: pathlib.Path
    closing: contextlib.AsyncExitStack
    board: Board
    watch: Watch
    phones: dict[str, Baresip] = dataclasses.field(default_factory=dict)

    @classmethod
    async def open(cls, folder: pathlib.Path, closing: contextlib.AsyncExitStack, ring: str = "", queue_wait: str = "",
                   direct: bool = False, phones: dict[str, dict[str, Any]] | None = None, **changes: Any) -> "Hospital":
        """@param ring        for how long a department rings, if not as the example says
        @param queue_wait  for how long a caller waits before the superior is rung
        @param direct      all voices may pass the house by
        @param phones      keys of phones, by number
        """
        house = House.prepare(folder, **changes)
        for row in house.hospital["department"]:
            row |= {"ring": ring} if ring else {}
        for row in house.hospital["queue"]:
            row |= {"wait_limit": queue_wait} if queue_wait else {}
        for row in (row for table in ("trunk", "phone", "department") for row in house.hospital[table]):
            row |= {"media": "direct"} if direct else {}
        for number, keys in (phones or {}).items():
            house.phone(number).update(keys)
        house.write()
        closing.callback(house.remove)
        closing.push_async_callback(house.stop)
        await house.start()
        board = await closing.enter_async_context(Board.attach(str(house.run)))
        watch = Watch(board)
        closing.push_async_callback(watch.close)
        return cls(house, folder, closing, board, watch)

    async def phone(self, number: str, **how: Any) -> Baresip:
        """A registered phone."""
        how.setdefault("hz", tone_of(number))
        password = self.house.phone(number)["password"]
        made = await Baresip.start(self.folder / number, number, password, self.house.address, **how)
        self.closing.push_async_callback(made.stop)
        self.phones[number] = made
        await made.registered()
        await self.watch.next(DeviceInService, device=self.device(number))
        return made

    async def staff(self, number: str = "1001", **how: Any) -> Baresip:
        """The operator of this phone sits down and is ready; the phone answers by itself."""
        phone = await self.phone(number, **how)
        await self.sit_down(number)
        return phone

    async def sit_down(self, number: str) -> None:
        operator = next(e.operator for e in self.watch.all(OperatorConfigured) if e.device == self.device(number))
        await self.board.log_on(operator)
        await self.board.ready(operator)

    async def call_in(self, number: str = "13800000001", to: str = SWITCHBOARD, name: str = "王芳 Wang Fang",
                      **how: Any) -> tuple[Caller, CallId]:
        """A caller from outside, and the id of the call."""
        since = self.watch.now
        how.setdefault("scenario", "caller_leaves")
        caller = await Caller.call(self.folder / number, to, board=self.house.address, number=number, name=name,
                                   address=OUTSIDE, **how)
        self.closing.push_async_callback(caller.close)
        who = await self.watch.next(PartyIdentified, after=since, fits=lambda e: e.text.partition("\t")[0] == number)
        return caller, who.call

    async def talk(self, **how: Any) -> tuple[Baresip, Caller, CallId]:
        """An operator and a caller who hear each other."""
        phone = await self.staff()
        caller, call = await self.call_in(**how)
        await self.watch.next(Established, call=call, fits=lambda e: e.operator != 0)
        await phone.wait("CALL_RTPESTAB")
        await self.hears(caller)
        return phone, caller, call

    async def put_through(self, call: CallId, number: str, phone: Baresip) -> CallId:
        """Consults, both agree, and the caller is with that phone. @returns the consultation"""
        consultation = CallId(new_id())
        await self.board.consult(call, number, new_call=consultation)
        await phone.wait("CALL_RTPESTAB")
        await self.board.declare_consent(call, ConsentOf.CALLER, Consent.YES)
        await self.board.declare_consent(call, ConsentOf.TARGET, Consent.YES)
        await self.board.transfer(call, consultation)
        await self.watch.next(Transferred, call=call)
        return consultation

    async def hears(self, caller: Caller, packets: int = 50, timeout: float = 15) -> None:
        """Waits until so many packets more have reached the caller."""
        now = caller.voice.received
        await until(lambda: caller.voice.received >= now + packets, timeout, f"{packets} packets to the caller")

    async def crash(self) -> None:
        """kill -9, then a start on the same log, and a program attached to the new process."""
        await self.house.kill()
        await self.watch.close()
        await self.house.start()
        self.board = await self.closing.enter_async_context(Board.attach(str(self.house.run)))
        self.watch = Watch(self.board)
        self.closing.push_async_callback(self.watch.close)

    def device(self, number: str) -> int:
        return next(e.device for e in self.watch.all(DeviceConfigured) if e.text.partition("\t")[0] == number)
