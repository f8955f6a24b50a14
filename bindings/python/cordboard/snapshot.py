# SPDX-License-Identifier: Apache-2.0
"""The house at one sequence of its log, for programs that then follow the events behind it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from . import _core
from ._schema import (CallId, ConnectionState, Consent, Custodian, DeviceId, DeviceKind, LegId, OperatorId, OperatorState, PartyId,
                      PartyRole, QueueId, RequestId, RequestStatus, TransferState)


@dataclass(frozen=True, slots=True)
class CallSnapshot:
    """A call.

    state: of its connections' states the first of: hold, alerting, queued, initiated, connected, failed
    revision: what a command may expect
    since_ns: when it began, ns since 1970
    caller: the party that is served
    custodian: who is responsible for that party; keeper: the operator, queue or device that is meant by it, 0 none
    operator: who has, or last had, the caller
    queue: the queue that it came by
    parent, consultation: the call that this one consults for, and the one that consults for this; 0 none
    transfer: the step that its transfer is in
    """

    id: CallId
    state: ConnectionState
    revision: int
    since_ns: int
    caller: PartyId
    custodian: Custodian
    keeper: int
    operator: OperatorId
    queue: QueueId
    parent: CallId
    consultation: CallId
    transfer: TransferState


@dataclass(frozen=True, slots=True)
class ConnectionSnapshot:
    """A call at a device: which leg, who is there, whose phone it is (0: nobody's), and what the device does in the call."""

    call: CallId
    leg: LegId
    party: PartyId
    device: DeviceId
    operator: OperatorId
    state: ConnectionState


@dataclass(frozen=True, slots=True)
class PartySnapshot:
    """A person in a call.

    identity: sequence of the event that says who it is; 0: nobody has said
    number, name: empty also when the log's text may not be read, is kept no more, or is erased; not in `repr`
    """

    id: PartyId
    role: PartyRole
    custodian: Custodian
    keeper: int
    call: CallId
    leg: LegId
    identity: int
    number: str = field(repr=False)
    name: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class OperatorSnapshot:
    """An operator: what they do and since when, at which phone, and the calls that they have or are offered."""

    id: OperatorId
    state: OperatorState
    device: DeviceId
    since_ns: int
    name: str
    calls: tuple[CallId, ...]


@dataclass(frozen=True, slots=True)
class QueueSnapshot:
    """A queue: what callers dial, and who waits, in order, without those that are offered to an operator at present."""

    id: QueueId
    number: str
    name: str
    waiting: tuple[CallId, ...]


@dataclass(frozen=True, slots=True)
class WaitSnapshot:
    """A caller's place in line.

    position: from 1, among all who will be served before by the same operators
    expected_ns: the expected wait from `Snapshot.time_ns` on; 0: not known, or an operator is free
    since_ns: when the wait began, ns since 1970
    """

    call: CallId
    queue: QueueId
    position: int
    expected_ns: int
    since_ns: int


@dataclass(frozen=True, slots=True)
class DeviceSnapshot:
    """A phone or a trunk: whether it stands for a department, and whether it is in service."""

    id: DeviceId
    kind: DeviceKind
    department: bool
    registered: bool
    number: str = field(repr=False)
    name: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class RequestSnapshot:
    """An open request. Who it is about stands in the texts of its events alone.

    shown: its number as people read it, "A-2026-000123": `year` and `number` are parts of it, as numbers
    kind: what the configuration calls its kind, `kind_number` what events call it
    stage: how far it is, by a word of its kind; "": at none
    may_call: whether the person may be called
    operator, device: who owns it, one of the two; backup, backup_device: who is told first when it is overdue
    first_contact_ns, due_ns, promised_ns, call_at_ns, appointment_ns: ns since 1970; 0: none, or met
    attempt: the call that runs for it; attempts: calls until now that count
    level: how far up the chain it has gone; 0: its owner alone knows
    call_due: the time to call has come, and nobody has called yet
    arrived: the person of the appointment is here
    """

    id: RequestId
    shown: str
    kind: str
    stage: str
    status: RequestStatus
    may_call: Consent
    operator: OperatorId
    device: DeviceId
    backup: OperatorId
    backup_device: DeviceId
    opened_ns: int
    first_contact_ns: int
    due_ns: int
    promised_ns: int
    call_at_ns: int
    appointment_ns: int
    attempt: CallId
    attempts: int
    level: int
    call_due: bool
    overdue: bool
    arrived: bool
    kind_number: int
    year: int
    number: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The house as the events up to `sequence` have made it: `events(after=snapshot.sequence)` hands out what follows, with
    nothing missing and nothing twice. By id, in the order of ids."""

    sequence: int
    time_ns: int
    calls: dict[CallId, CallSnapshot]
    connections: tuple[ConnectionSnapshot, ...]
    parties: dict[PartyId, PartySnapshot]
    operators: dict[OperatorId, OperatorSnapshot]
    queues: dict[QueueId, QueueSnapshot]
    devices: dict[DeviceId, DeviceSnapshot]
    waits: dict[CallId, WaitSnapshot]
    requests: dict[RequestId, RequestSnapshot]


def take(path: str, at: int) -> Snapshot:
    """The newest, or that of a sequence: see `Log.snapshot`."""
    sequence, time_ns, calls, connections, parties, operators, queues, devices, waits, requests = _core.take_snapshot(path, at)
    return Snapshot(
        sequence, time_ns,
        {CallId(c[0]): CallSnapshot(*_with(c, {1: ConnectionState, 5: Custodian, 11: TransferState})) for c in calls},
        tuple(ConnectionSnapshot(*_with(c, {5: ConnectionState})) for c in connections),
        {PartyId(p[0]): PartySnapshot(*_with(p, {1: PartyRole, 2: Custodian})) for p in parties},
        {OperatorId(o[0]): OperatorSnapshot(*_with(o, {1: OperatorState, 5: tuple})) for o in operators},
        {QueueId(q[0]): QueueSnapshot(*_with(q, {3: tuple})) for q in queues},
        {DeviceId(d[0]): DeviceSnapshot(*_with(d, {1: DeviceKind})) for d in devices},
        {CallId(w[0]): WaitSnapshot(*w) for w in waits},
        {RequestId(r[0]): RequestSnapshot(*_with(r, {4: RequestStatus, 5: Consent})) for r in requests})


def _with(values: tuple[Any, ...], kinds: dict[int, Any]) -> list[Any]:
    return [kinds[i](value) if i in kinds else value for i, value in enumerate(values)]
