# SPDX-License-Identifier: Apache-2.0
"""Tells the events of the log as a person would follow them: time, what in Chinese, who did what in English."""
import time
from collections.abc import Callable

from cordboard import (CallCleared, Cause, Consent, ConsentDeclared, ConsentOf, Custodian, CustodyMoved, DeviceConfigured,
                       DeviceInService, DeviceKind, Established, Event, Failed, Held, OperatorConfigured, OperatorNotReady,
                       OperatorReady, Originated, PartyIdentified, PartyRole, Queued, Retrieved, Transferred, TransferEnded,
                       TransferResult, TransferStarted, masked)

_CAUSES = {
    Cause.BUSY: "占线 busy", Cause.CALL_REJECTED: "拒接 refused", Cause.CALL_NOT_ANSWERED: "无人应答 nobody answers",
    Cause.DEST_OUT_OF_ORDER: "话机无响应 the phone is dead", Cause.NORMAL_CLEARING: "挂机 hung up",
}
_RECALLS = (Cause.RECALL, Cause.RECALL_BUSY, Cause.RECALL_NO_ANSWER)


class Narrator:
    """Keeps who is who from the log itself; says nothing that the log does not hold."""

    def __init__(self, say: Callable[[str], None] = print):
        self._say = say
        self._began = time.time_ns()
        self._devices: dict[int, str] = {}
        self._trunks: set[int] = set()
        self._operators: dict[int, str] = {}
        self._parties: dict[int, str] = {}
        self._callers: dict[int, int] = {}  # call to its caller
        self._held_by_hand: set[int] = set()

    def line(self, what: str, text: str, time_ns: int | None = None) -> None:
        since = max(0, (time_ns or time.time_ns()) - self._began) // 100_000_000
        # A Chinese character takes two columns.
        self._say(f"{since // 600:02}:{since // 10 % 60:02}.{since % 10}  {what}{' ' * (10 - 2 * len(what))}{text}")

    def __call__(self, event: Event) -> None:
        say = self._sentence(event)
        if say:
            self.line(*say, event.time_ns)

    def _caller(self, call: int) -> str:
        return self._parties.get(self._callers.get(call, 0), "来电人 the caller")

    def _device(self, device: int) -> str:
        return self._devices.get(device, f"device {device}")

    def _operator(self, operator: int) -> str:
        return self._operators.get(operator, f"operator {operator}")

    def _sentence(self, event: Event) -> tuple[str, str] | None:
        match event:
            case DeviceConfigured(device=device):
                number, _, name = event.text.partition("\t")
                self._devices[device] = f"{name} {number}".strip()
                if event.state == DeviceKind.TRUNK:
                    self._trunks.add(device)
            case OperatorConfigured(operator=operator):
                self._operators[operator] = event.text
            case DeviceInService(device=device) if device not in self._trunks:
                return "注册", f"{self._device(device)} has registered"
            case OperatorReady(operator=operator, cause=cause) if cause == Cause.NONE:
                return "示闲", f"{self._operator(operator)} is ready"
            case OperatorNotReady(operator=operator) if event.actor:
                return "示忙", f"{self._operator(operator)} takes nobody else for now"
            case Originated(call=call, party=party, detail=PartyRole.CALLER):
                self._callers[call] = party
            case PartyIdentified(party=party):
                number, _, name = event.text.partition("\t")
                self._parties[party] = f"{name} {masked(number)}".strip()
            case Queued(call=call):
                return "排队", f"{self._caller(call)} calls the switchboard and waits in the queue"
            case Established(call=call, operator=operator) if operator and event.party != self._callers.get(call):
                return "接通", f"{self._operator(operator)} talks to {self._caller(call)}"
            case Held(call=call, operator=operator, cause=cause):
                if cause != Cause.CONSULTATION:
                    return "保持", f"{self._operator(operator)} puts {self._caller(call)} on hold"
            case Retrieved(call=call, operator=operator, cause=Cause.NORMAL):
                return "取回", f"{self._operator(operator)} is back with {self._caller(call)}"
            case TransferStarted(call=call, device=device, operator=operator, other=other):
                who, whom, to = self._operator(operator), self._caller(call), self._device(device)
                return ("征询", f"{who} asks {to} for {whom}") if other else ("直转", f"{who} puts {whom} through to {to} at once")
            case Failed(device=device, cause=cause):
                return "未通", f"{self._device(device)}: {_CAUSES.get(cause, cause.name.lower())}"
            case ConsentDeclared(call=call, detail=whose, consent=consent):
                who = self._caller(call) if whose == ConsentOf.CALLER else "the department"
                return "同意", f"{who} {'agrees' if consent == Consent.YES else 'declines'}"
            case Transferred(call=call, device=device):
                return "转接", f"{self._caller(call)} talks to {self._device(device)}; the operator has left"
            case TransferEnded(call=call, detail=result, operator=operator) if result in (
                    TransferResult.RETURNED, TransferResult.RECALLED, TransferResult.ESCALATED):
                back = {TransferResult.RETURNED: "is back with", TransferResult.RECALLED: "came back by itself to",
                        TransferResult.ESCALATED: "goes to the head of the queue, past"}[TransferResult(result)]
                return "退回", f"{self._caller(call)} {back} {self._operator(operator)}"
            case CustodyMoved(party=party, custodian=Custodian.WAIT, cause=Cause.CLOSING) if party in self._parties:
                return "告别", f"{self._parties[party]} hears the closing tone: the house hung up first"
            case CustodyMoved(party=party, custodian=Custodian.WAIT) if event.cause in _RECALLS and party in self._parties:
                return "等待", f"{self._parties[party]} is taken care of: the operator is rung again"
            case CallCleared(call=call, other=0) if call in self._callers:
                return "结束", f"the call of {self._caller(call)} is over after {event.value / 1e9:.1f} s"
        return None
