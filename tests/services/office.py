# SPDX-License-Identifier: Apache-2.0
"""What the service tests share: an operator at a phone with keys, departments of every temper, and what a caller hears."""
import contextlib
import pathlib
from typing import Any

import cordboard
from cordboard import (CallCleared, CallId, Consent, ConsentOf, DeviceInService, Established, OperatorConfigured, OperatorId,
                       TransferEnded, TransferResult)
from desk import Desk, Line
from hospital import Hospital
from peers import Agent, Caller, Voice, tone_seconds, until

Closing = contextlib.AsyncExitStack
TONE = 450.0  # the house's own tones (GB/T 3380)
BUSY, REFUSES, SILENT = 486, 603, 0


async def opened(folder: pathlib.Path, closing: Closing, queue_wait: str = "", direct: bool = False,
                 **changes: dict[str, Any]) -> Hospital:
    """A hospital whose departments ring for two seconds, so that "nobody answers" is soon; a dead phone is let go soon, too."""
    changes["policy"] = {"recall_ring": "5s", "closing_grace": "1s", "release_limit": "3s"} | changes.get("policy", {})
    return await Hospital.open(folder, closing, ring="2s", queue_wait=queue_wait, direct=direct, **changes)


def operator_of(hospital: Hospital, number: str) -> OperatorId:
    return next(e.operator for e in hospital.watch.all(OperatorConfigured) if e.device == hospital.device(number))


async def desk(hospital: Hospital, number: str) -> Desk:
    """A registered phone of ours."""
    made = await Desk.start(hospital, number)
    await hospital.watch.next(DeviceInService, device=hospital.device(number))
    return made


async def on_duty(hospital: Hospital, number: str = "1001") -> Desk:
    """An operator sits down at such a phone and is ready."""
    made = await desk(hospital, number)
    await hospital.board.log_on(operator_of(hospital, number))
    await hospital.board.ready(operator_of(hospital, number))
    return made


async def talk(hospital: Hospital, at: str = "1001", **how: Any) -> tuple[Desk, Line, Caller, CallId]:
    """An operator, the line to the caller, and a caller from outside who hears the operator."""
    phone = await on_duty(hospital, at)
    caller, call = await hospital.call_in(**how)
    line = await phone.rings()
    await line.answer()
    await hospital.watch.next(Established, call=call, fits=lambda e: e.operator != 0)
    await listens(caller.voice, line)
    return phone, line, caller, call


async def agent(hospital: Hospital, number: str, answer: int) -> Agent:
    """A department that is busy, refuses, or rings for ever."""
    made = await Agent.start(number, hospital.house.phone(number)["password"], hospital.house.address, answer=answer)
    hospital.closing.callback(made.close)
    await made.register()
    await hospital.watch.next(DeviceInService, device=hospital.device(number))
    return made


async def listens(ear: Voice, to: "Line | float", seconds: float = 0.4, timeout: float = 15) -> None:
    """Waits until this ear has heard so much of somebody's tone from now on."""
    hz = to.hz if isinstance(to, Line) else to
    since = len(ear.heard())
    await until(lambda: tone_seconds(ear.heard()[since:], hz) >= seconds, timeout, f"{hz:g} Hz to be heard")


async def agreed(hospital: Hospital, call: CallId, *who: ConsentOf) -> None:
    for one in who or (ConsentOf.CALLER, ConsentOf.TARGET):
        await hospital.board.declare_consent(call, one, Consent.YES)


async def ended(hospital: Hospital, call: CallId, how: TransferResult, after: int = 0) -> TransferEnded:
    """The transfer's end, which must be this one."""
    end = await hospital.watch.next(TransferEnded, call=call, after=after, timeout=20)
    assert end.detail == how, (TransferResult(end.detail), end)
    return end


async def recalled(hospital: Hospital, call: CallId, phone: Desk, caller: Caller) -> None:
    """The operator is rung again, answers, and has the caller back."""
    again = await phone.rings()
    await again.answer()
    await ended(hospital, call, TransferResult.RECALLED)
    await listens(caller.voice, again)


async def leaves(hospital: Hospital, caller: Caller, call: CallId) -> None:
    """The caller hangs up: nobody but the caller may have ended the call, and nothing may stay."""
    await caller.hang_up()
    result = await caller.result()
    assert (result.exit_code, result.hung_up_by) == (0, "caller"), result
    await hospital.watch.next(CallCleared, call=call)
    await nothing_stays(hospital)


async def nothing_stays(hospital: Hospital) -> None:
    """No call, connection or party is left in the house."""
    def empty() -> bool:
        now = hospital.board.snapshot()
        return not now.calls and not now.connections and not now.parties
    await until(empty, 10, f"the end of all calls; there are {hospital.board.snapshot()}")


def custodian(hospital: Hospital, call: CallId) -> "cordboard.Custodian":
    return hospital.board.snapshot().calls[call].custodian
