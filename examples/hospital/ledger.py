# SPDX-License-Identifier: Apache-2.0
"""The morning in figures, as a fold of the events that a program saw: one figure, one sentence of what it counts."""
from typing import Any

from cordboard import (Cause, Custodian, CustodyMoved, DeviceConfigured, DeviceKind, Established, Event, Mark, MediaEnded,
                       Layer, Offered, Originated, PartyRole, Queued, ServiceInitiated, TransferEnded, TransferResult,
                       TransferStarted)

Figures = dict[str, Any]


def figures(events: list[Event]) -> Figures:
    """@returns the same object as `recount.py` prints; times in nanoseconds"""
    caller_of: dict[int, int] = {}            # call to the caller's party
    queued: dict[int, int] = {}               # call to when it first was queued
    answered: dict[int, int] = {}             # call to when it first met an operator
    last_transfer: dict[int, int] = {}        # call to how its last transfer ended; 0: it has not
    transfers: dict[str, int] = {}
    closing: set[int] = set()
    ended: dict[int, Layer] = {}              # call to whose doing its end was
    trunks: set[int] = set()
    device_of: dict[int, int] = {}            # leg to its device
    rtp = {"from_outside": 0, "to_outside": 0, "from_phones": 0, "to_phones": 0}

    for event in events:
        if event.marks & (Mark.DRILL | Mark.SELF_TEST):
            continue
        match event:
            case DeviceConfigured(device=device, state=DeviceKind.TRUNK):
                trunks.add(device)
            case Originated(call=call, leg=leg, party=party, device=device):
                device_of[leg] = device
                if event.detail == PartyRole.CALLER and device in trunks:
                    caller_of[call] = party
            case Offered(leg=leg, device=device) | ServiceInitiated(leg=leg, device=device):
                device_of[leg] = device
            case Queued(call=call) if call in caller_of:
                queued.setdefault(call, event.time_ns)
            case Established(call=call, operator=operator) if operator and call in queued:
                answered.setdefault(call, event.time_ns)
            case TransferStarted(call=call):
                last_transfer[call] = 0
            case TransferEnded(call=call, detail=result, cause=cause):
                last_transfer[call] = result
                name = f"{TransferResult(result).name.lower()}: {cause.name.lower()}"
                transfers[name] = transfers.get(name, 0) + 1
            case CustodyMoved(call=call, party=party, custodian=to, cause=cause) if caller_of.get(call) == party:
                if to == Custodian.WAIT and cause == Cause.CLOSING:
                    closing.add(call)
                if to == Custodian.ENDED:
                    ended[call] = event.layer
            case MediaEnded(leg=leg, value=received, other=sent):
                side = "outside" if device_of.get(leg) in trunks else "phones"
                rtp[f"from_{side}"] += received
                rtp[f"to_{side}"] += sent

    waits = [answered[call] - queued[call] for call in answered]
    # Lost: the caller did not end it, no transfer had reached anybody, and it was no polite end by an operator.
    dropped = [call for call, result in last_transfer.items()
               if call in ended and ended[call] != Layer.PARTY and result != TransferResult.CONNECTED and call not in closing]
    return {
        "calls": len(caller_of), "answered": len(answered),
        "left_in_queue": sum(call not in answered for call in ended if call in queued),
        "ended": len(ended), "wait_sum_ns": sum(waits), "wait_max_ns": max(waits, default=0),
        "transfers": dict(sorted(transfers.items())), "dropped_in_transfer": len(dropped), "rtp": rtp,
    }


def table(counted: Figures) -> str:
    """The figures for people."""
    rows = [
        ("来电 calls", str(counted["calls"])),
        ("接听 answered", str(counted["answered"])),
        ("排队中放弃 left in the queue", str(counted["left_in_queue"])),
        ("平均等待 mean wait", f"{counted['wait_sum_ns'] / 1e9 / max(1, counted['answered']):.2f} s"),
        ("最长等待 longest wait", f"{counted['wait_max_ns'] / 1e9:.2f} s"),
    ]
    rows += [(f"转接 transfer, {name}", str(count)) for name, count in counted["transfers"].items()]
    rows += [("转接中丢失 dropped in transfer", str(counted["dropped_in_transfer"]))]
    rtp = counted["rtp"]
    rows += [("语音包 RTP packets, outside", f"{rtp['from_outside']} in, {rtp['to_outside']} out"),
             ("语音包 RTP packets, phones", f"{rtp['from_phones']} in, {rtp['to_phones']} out")]

    def width(text: str) -> int:
        return sum(2 if ord(letter) > 0x2E7F else 1 for letter in text)

    widest = max(width(name) for name, _ in rows)
    return "\n".join(f"  {name}{' ' * (widest - width(name))}   {value}" for name, value in rows)
