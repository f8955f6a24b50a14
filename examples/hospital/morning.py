# SPDX-License-Identifier: Apache-2.0
"""The script: what callers do, and what the operators' hands do for them by the public API. One scene, one caller.

A scene does not know which operator it gets: the queue decides that, and the script goes on with whoever has answered.
"""
import asyncio
import dataclasses
import pathlib
from collections.abc import Awaitable, Callable

import cordboard
from cordboard import (Board, CallCleared, CallId, Consent, ConsentOf, DeviceConfigured, DeviceId, DeviceInService,
                       Established, Failed, Held, OperatorConfigured, OperatorId, PartyIdentified, Queued, Retrieved,
                       TransferEnded, TransferResult, Transferred)
from house import House, OUTSIDE
from narrator import Narrator
from peers import Agent, Baresip, Caller, CallerResult
from watch import Unexpected, Watch

EMERGENCY, INTERNAL, SURGERY, RADIOLOGY, LABORATORY, PHARMACY = "8001", "8002", "8003", "8004", "8005", "8006"
SWITCHBOARD = "9000"


@dataclasses.dataclass
class Visit:
    """One caller, and how far the script is with them."""

    name: str
    number: str
    hz: float
    caller: Caller
    call: CallId
    operator: OperatorId = OperatorId(0)
    met: int = 0                      # sequence of the `established` event
    result: CallerResult | None = None


class Morning:
    def __init__(self, board: Board, watch: Watch, house: House, phones: dict[str, Baresip], agents: dict[str, Agent],
                 narrator: Narrator, folder: pathlib.Path, pace: float = 1.0, plant: str = ""):
        self.visits: list[Visit] = []
        self._board = board
        self._watch = watch
        self._house = house
        self._phones = phones
        self._agents = agents
        self._narrator = narrator
        self._folder = folder
        self._pace = pace
        self._plant = plant
        self._first_two = asyncio.Barrier(3)   # two visits and whoever waits until both operators are busy
        self._queue_was_left = asyncio.Event()

    # ----------------------------------------------------------------------------------------------------- the plan
    async def live(self) -> list[BaseException]:
        """Opens the switchboard and lets everybody call. Answers what went otherwise than the script expects."""
        await self._open()
        scenes = [asyncio.create_task(self._guarded(scene)) for scene in (
            self._consulted_with_consent, self._held_and_retrieved, self._left_in_the_queue, self._refused, self._busy,
            self._put_through_blind, self._to_a_dead_phone, self._operator_hangs_up_half_way)]
        try:
            results = await asyncio.gather(*scenes, return_exceptions=True)
        finally:
            for scene in scenes:
                scene.cancel()
        return [result for result in results if isinstance(result, BaseException)]

    async def close(self) -> None:
        for visit in self.visits:
            await visit.caller.close()

    # --------------------------------------------------------------------------------------------------- the scenes
    async def _consulted_with_consent(self) -> None:
        visit = await self._arrive("王芳 Wang Fang", "13800000001", hz=1000)
        await self._meet(visit)
        await self._both_operators_are_busy()
        consultation = CallId(cordboard.new_id())
        await asyncio.gather(self._board.consult(visit.call, INTERNAL, new_call=consultation), self._picks_up(INTERNAL))
        await self._talk()
        await self._board.declare_consent(visit.call, ConsentOf.CALLER, Consent.YES)
        await self._board.declare_consent(visit.call, ConsentOf.TARGET, Consent.YES)
        desk = self.phone_of(visit)
        mark = len(desk.events)
        await self._board.transfer(visit.call, consultation)
        await self._watch.next(Transferred, call=visit.call)
        await desk.wait("CALL_CLOSED", after=mark)
        await self._talk(3)
        await self._say_goodbye(visit)
        self._expect(visit, TransferResult.CONNECTED)

    async def _held_and_retrieved(self) -> None:
        visit = await self._arrive("吴敏 Wu Min", "13800000002", hz=620)
        await self._meet(visit)
        await self._both_operators_are_busy()
        await self._board.hold(visit.call)
        await self._watch.next(Held, call=visit.call)
        await self._talk(2)
        await self._board.retrieve(visit.call)
        await self._watch.next(Retrieved, call=visit.call)
        await self._talk()
        await self._say_goodbye(visit)
        self._expect(visit)

    async def _left_in_the_queue(self) -> None:
        await self._first_two.wait()
        visit = await self._arrive("周强 Zhou Qiang", "13800000003", hz=640)
        await self._watch.next(Queued, call=visit.call)
        await self._talk(2.5)
        self._narrator.line("放弃", f"{visit.name} is tired of waiting and hangs up")
        await self._say_goodbye(visit)
        self._queue_was_left.set()
        if any(e.operator for e in self._watch.all(Established, call=visit.call)):
            raise Unexpected(f"{visit.name} was answered although both operators were busy")

    async def _busy(self) -> None:
        await self._queue_was_left.wait()
        visit = await self._arrive("陈伟 Chen Wei", "13800000004", hz=660)
        await self._meet(visit)
        await self._talk()
        await self._asks_in_vain(visit, SURGERY)
        await self._talk()
        await self._say_goodbye(visit)
        self._expect(visit, TransferResult.RETURNED)

    async def _refused(self) -> None:
        await self._queue_was_left.wait()
        visit = await self._arrive("赵磊 Zhao Lei", "13800000005", hz=680)
        await self._meet(visit)
        await self._talk()
        await self._asks_in_vain(visit, RADIOLOGY)
        if self._plant == "drop-on-refusal":
            self._narrator.line("故障", f"planted: {visit.name} is cleared because the target has refused")
            await self._board.clear_call(visit.call)
        await self._talk()
        await self._say_goodbye(visit)
        self._expect(visit, TransferResult.RETURNED)

    async def _to_a_dead_phone(self) -> None:
        await self._queue_was_left.wait()
        visit = await self._arrive("刘洋 Liu Yang", "13800000006", hz=700)
        await self._meet(visit)
        await self._talk()
        # An operator who lets a caller go without asking stays free, so that the caller can come back to the same one.
        await self._board.not_ready(visit.operator)
        await self._sends_on(visit, PHARMACY)
        await self._comes_back(visit)
        await self._board.ready(visit.operator)
        await self._talk()
        await self._say_goodbye(visit)
        self._expect(visit, TransferResult.RECALLED)

    async def _put_through_blind(self) -> None:
        await self._queue_was_left.wait()
        visit = await self._arrive("孙丽 Sun Li", "13800000007", hz=720, stays=True)
        await self._meet(visit)
        await self._talk()
        await asyncio.gather(self._sends_on(visit, EMERGENCY), self._picks_up(EMERGENCY))
        await self._watch.next(Transferred, call=visit.call)
        await self._talk(2)
        # The department hangs up first: the caller hears the closing tone for a while, then the house ends the call.
        await self._phones[EMERGENCY].hangup()
        await self._ends(visit)
        self._expect(visit, TransferResult.CONNECTED)

    async def _operator_hangs_up_half_way(self) -> None:
        await self._queue_was_left.wait()
        visit = await self._arrive("郑洁 Zheng Jie", "13800000008", hz=740)
        await self._meet(visit)
        await self._talk()
        consultation = CallId(cordboard.new_id())
        await asyncio.gather(self._board.consult(visit.call, LABORATORY, new_call=consultation), self._picks_up(LABORATORY))
        await self._talk(0.5)
        self._narrator.line("误挂", f"the operator's handset falls on the hook while {visit.name} waits")
        await self.phone_of(visit).hangup()
        await self._comes_back(visit)
        await self._talk()
        await self._say_goodbye(visit)
        self._expect(visit, TransferResult.RECALLED)

    # ---------------------------------------------------------------------------------------------- what hands can do
    async def _open(self) -> None:
        for number in (*self._phones, *self._agents):
            await self._watch.next(DeviceInService, device=self.device(number))
        for operator in self._watch.all(OperatorConfigured):
            await self._board.log_on(operator.operator)
            await self._board.ready(operator.operator)

    async def _arrive(self, name: str, number: str, *, hz: float, stays: bool = False) -> Visit:
        since = self._watch.now
        caller = await Caller.call(self._folder / number, SWITCHBOARD, board=self._house.address, number=number, name=name,
                                   scenario="caller_stays" if stays else "caller_leaves", hz=hz, address=OUTSIDE)
        visit = Visit(name, number, hz, caller, CallId(0))
        self.visits.append(visit)
        who = await self._watch.next(PartyIdentified, after=since, fits=lambda e: e.text.partition("\t")[0] == number)
        visit.call = who.call
        return visit

    async def _meet(self, visit: Visit, timeout: float = 60) -> None:
        """Waits until an operator talks to the caller: the first time, or again after a recall."""
        met = await self._watch.next(Established, call=visit.call, after=visit.met, fits=lambda e: e.operator != 0,
                                     timeout=timeout)
        visit.operator, visit.met = met.operator, met.sequence

    async def _comes_back(self, visit: Visit) -> None:
        await self._meet(visit, timeout=30)
        await self._watch.next(TransferEnded, call=visit.call)

    async def _asks_in_vain(self, visit: Visit, department: str) -> None:
        try:
            await self._board.consult(visit.call, department)
        except cordboard.Error:
            await self._watch.next(Failed, device=self.device(department))
            await self._watch.next(TransferEnded, call=visit.call)
            return
        raise Unexpected(f"{department} has answered {visit.name}, though it cannot")

    async def _sends_on(self, visit: Visit, department: str) -> None:
        """Puts the caller through without asking the department; the command's outcome is judged by what follows."""
        await self._board.declare_consent(visit.call, ConsentOf.CALLER, Consent.YES)
        try:
            await self._board.single_step_transfer(visit.call, department, timeout=30)
        except cordboard.Error:
            if department != PHARMACY:
                raise

    async def _picks_up(self, department: str) -> None:
        phone = self._phones[department]
        await phone.wait("CALL_INCOMING", after=len(phone.events))
        await self._talk(0.8)  # it rings
        await phone.accept()

    async def _say_goodbye(self, visit: Visit) -> None:
        await visit.caller.hang_up()
        await self._ends(visit)

    async def _ends(self, visit: Visit) -> None:
        await self._watch.next(CallCleared, call=visit.call, timeout=20)
        visit.result = await visit.caller.result()

    async def _both_operators_are_busy(self) -> None:
        await self._first_two.wait()
        await self._queue_was_left.wait()
        await self._talk()

    async def _guarded(self, scene: Callable[[], Awaitable[None]]) -> None:
        try:
            await scene()
        except BaseException:
            # Nobody shall wait for somebody who does not come.
            self._queue_was_left.set()
            await self._first_two.abort()
            raise

    async def _talk(self, seconds: float = 1.5) -> None:
        """People take their time; everything else happens when it happens."""
        await asyncio.sleep(seconds * self._pace)

    def phone_of(self, visit: Visit) -> Baresip:
        configured = self._watch.all(OperatorConfigured, operator=visit.operator)[-1]
        return next(phone for number, phone in self._phones.items() if self.device(number) == configured.device)

    def device(self, number: str) -> DeviceId:
        return next(e.device for e in self._watch.all(DeviceConfigured) if e.text.partition("\t")[0] == number)

    def _expect(self, visit: Visit, result: TransferResult | None = None) -> None:
        """The call's transfers ended as the script says: once and so, or there was none."""
        found = [TransferResult(e.detail) for e in self._watch.all(TransferEnded, call=visit.call)]
        if found != ([result] if result else []):
            raise Unexpected(f"{visit.name}: transfers ended {[one.name for one in found]}, expected {result and result.name}")
