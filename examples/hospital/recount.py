# SPDX-License-Identifier: Apache-2.0
"""Counts a morning again, from the log's files alone: another process, another way (whole columns with NumPy).

usage: recount.py LOG_FOLDER      prints one JSON object, as `ledger.figures` returns it, and what passed per leg
"""
import json
import pathlib
import sys
from typing import Any

import numpy as np
import numpy.typing as npt
from cordboard import (EVENT_DTYPE, Cause, ConnectionState, Custodian, DeviceKind, EventKind, Layer, Mark, PartyRole, TransferResult)

Events = npt.NDArray[np.void]


def read(folder: pathlib.Path) -> Events:
    """Every committed event, in order. Segments are plain arrays of slots, filled from the front; sequence 0 is empty."""
    parts = [np.zeros(0, np.dtype(EVENT_DTYPE))]
    for path in sorted(folder.glob("*.slots")):
        slots = np.memmap(path, np.dtype(EVENT_DTYPE), "r")
        for at in range(0, len(slots), 4096):  # most of a young segment is a hole, which nobody has to read
            page = np.array(slots[at:at + 4096])
            parts.append(page[page["sequence"] != 0])
            if len(page) and page["sequence"][-1] == 0:
                break
    committed: Events = np.concatenate(parts)
    return committed


def first_by_call(events: Events) -> dict[int, int]:
    """When each call is first met in `events`."""
    calls, at = np.unique(events["call"], return_index=True)
    return dict(zip(calls.tolist(), events["time_ns"][at].tolist()))


BEGINNINGS = (EventKind.ORIGINATED, EventKind.OFFERED, EventKind.SERVICE_INITIATED)


def media_by_device(events: Events) -> tuple[Events, npt.NDArray[np.uint32]]:
    """What passed on each leg, and whose leg it was: that stands where the leg began."""
    media = events[events["kind"] == EventKind.MEDIA_ENDED]
    began = events[np.isin(events["kind"], BEGINNINGS) & (events["leg"] != 0)]
    device_of = dict(zip(began["leg"].tolist(), began["device"].tolist()))
    return media, np.array([device_of.get(leg, 0) for leg in media["leg"].tolist()], np.uint32)


def count(events: Events) -> dict[str, Any]:
    events = events[(events["marks"] & (Mark.DRILL | Mark.SELF_TEST)) == 0]
    kind = events["kind"]
    configured = events[kind == EventKind.DEVICE_CONFIGURED]
    trunks = configured["device"][configured["state"] == DeviceKind.TRUNK]

    from_outside = events[(kind == EventKind.ORIGINATED) & (events["detail"] == PartyRole.CALLER)
                          & np.isin(events["device"], trunks)]
    callers = from_outside["party"]
    queued = events[(kind == EventKind.QUEUED) & np.isin(events["call"], from_outside["call"])]
    met = events[(kind == EventKind.ESTABLISHED) & (events["operator"] != 0)]
    first = {call: at for call, at in reversed(queued[["call", "sequence"]].tolist())}
    met = met[np.array([first.get(call, at) < at for call, at in met[["call", "sequence"]].tolist()], bool)]
    since, until = first_by_call(queued), first_by_call(met)
    waits = np.array([until[call] - since[call] for call in until], np.int64)

    over = events[kind == EventKind.TRANSFER_ENDED]
    pairs, counts = np.unique(over[["detail", "cause"]], return_counts=True)
    transfers = {f"{TransferResult(int(pair['detail'])).name.lower()}: {Cause(int(pair['cause'])).name.lower()}": int(times)
                 for pair, times in zip(pairs, counts)}

    moved = events[(kind == EventKind.CUSTODY_MOVED) & np.isin(events["party"], callers)
                   & np.isin(events["call"], from_outside["call"])]
    ended = moved[moved["custodian"] == Custodian.ENDED]
    closing = moved["call"][(moved["custodian"] == Custodian.WAIT) & (moved["cause"] == Cause.CLOSING)]
    ended_calls, at = np.unique(ended["call"][::-1], return_index=True)
    by_house = ended_calls[ended["layer"][::-1][at] != Layer.PARTY]  # by the last word on it
    dropped = 0
    steps = events[np.isin(kind, (EventKind.TRANSFER_STARTED, EventKind.TRANSFER_ENDED))]
    for call in np.unique(steps["call"]):
        last = steps[steps["call"] == call][-1]
        connected = last["kind"] == EventKind.TRANSFER_ENDED and last["detail"] == TransferResult.CONNECTED
        dropped += bool(call in by_house and not connected and call not in closing)

    media, devices = media_by_device(events)
    outside = np.isin(devices, trunks)
    return {
        "calls": len(np.unique(from_outside["call"])), "answered": len(until),
        "left_in_queue": int(np.sum(np.isin(ended_calls, queued["call"]) & ~np.isin(ended_calls, met["call"]))),
        "ended": len(ended_calls),
        "wait_sum_ns": int(waits.sum()), "wait_max_ns": int(waits.max(initial=0)),
        "transfers": dict(sorted(transfers.items())), "dropped_in_transfer": dropped,
        "rtp": {"from_outside": int(media["value"][outside].sum()), "to_outside": int(media["other"][outside].sum()),
                "from_phones": int(media["value"][~outside].sum()), "to_phones": int(media["other"][~outside].sum())},
    }


def per_device(events: Events) -> dict[int, dict[str, int]]:
    """What passed on each device's legs, to be laid beside what the peers themselves have counted."""
    media, devices = media_by_device(events)
    up = events[(events["kind"] == EventKind.ESTABLISHED) & (events["state"] == ConnectionState.CONNECTED)]
    rung = events[events["kind"] == EventKind.OFFERED]
    return {int(device): {"received": int(media["value"][devices == device].sum()),
                          "sent": int(media["other"][devices == device].sum()),
                          "legs": int((devices == device).sum()),
                          "offered": len(np.unique(rung["leg"][rung["device"] == device])),
                          "established": len(np.unique(up["leg"][up["device"] == device]))}
            for device in np.unique(events["device"]) if device}


def per_caller(events: Events) -> dict[int, dict[str, int]]:
    """The same for each call from outside, by its call id."""
    come = events[(events["kind"] == EventKind.ORIGINATED) & (events["detail"] == PartyRole.CALLER)]
    media = events[events["kind"] == EventKind.MEDIA_ENDED]
    legs = {int(row["leg"]): int(row["call"]) for row in come}
    return {legs[int(row["leg"])]: {"received": int(row["value"]), "sent": int(row["other"])}
            for row in media if int(row["leg"]) in legs}


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    events = read(pathlib.Path(sys.argv[1]))
    print(json.dumps({"figures": count(events), "devices": per_device(events), "callers": per_caller(events)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
