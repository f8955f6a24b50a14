# SPDX-License-Identifier: Apache-2.0
"""The demo's two counts, one event at a time and by whole columns, on random logs: they are two programs for one meaning."""
import pathlib
import random

import numpy as np
import pytest
import recount
from cordboard import (EVENT_DTYPE, Cause, ConnectionState, Custodian, DeviceKind, Event, EventKind, Layer, PartyRole,
                       TransferResult)
from ledger import figures

TRUNK, PHONE = 1, 2


def random_log(seed: int) -> recount.Events:
    """Events in any order and any mixture, with few ids, so that they meet; more nonsense than a board can make."""
    dice = random.Random(seed)
    rows = [{"kind": EventKind.DEVICE_CONFIGURED, "device": TRUNK, "state": DeviceKind.TRUNK},
            {"kind": EventKind.DEVICE_CONFIGURED, "device": PHONE, "state": DeviceKind.PHONE}]
    # A call begins once, its caller is its own, and a leg is one device's.
    rows += [{"kind": EventKind.ORIGINATED, "call": call, "party": 100 + call, "leg": 200 + call,
              "device": dice.choice((TRUNK, PHONE)), "detail": PartyRole.CALLER} for call in range(1, 6)]
    rows += [{"kind": EventKind.OFFERED, "call": call, "leg": 300 + call, "device": dice.choice((TRUNK, PHONE))}
             for call in range(1, 6)]
    for _ in range(dice.randrange(60)):
        call = dice.randrange(1, 6)
        rows.append(dice.choice((
            {"kind": EventKind.QUEUED, "call": call},
            {"kind": EventKind.ESTABLISHED, "call": call, "operator": dice.randrange(3), "leg": dice.randrange(1, 9),
             "device": PHONE, "state": ConnectionState.CONNECTED},
            {"kind": EventKind.TRANSFER_STARTED, "call": call},
            {"kind": EventKind.TRANSFER_ENDED, "call": call, "detail": dice.choice(list(TransferResult)),
             "cause": dice.choice((Cause.BUSY, Cause.NORMAL))},
            {"kind": EventKind.CUSTODY_MOVED, "call": call, "party": 100 + dice.choice((call, call, 6)),
             "custodian": dice.choice((Custodian.WAIT, Custodian.ENDED, Custodian.QUEUE)), "layer": dice.choice(list(Layer)),
             "cause": dice.choice((Cause.CLOSING, Cause.NORMAL))},
            {"kind": EventKind.MEDIA_ENDED, "leg": dice.choice((200, 300)) + call, "value": dice.randrange(9999),
             "other": dice.randrange(9999)},
        )))
    log = np.zeros(len(rows), np.dtype(EVENT_DTYPE))
    for place, row in enumerate(rows):
        for name, value in row.items():
            log[place][name] = value
        log[place]["sequence"] = place + 1
        log[place]["time_ns"] = 1_000 * place
    return log


@pytest.mark.parametrize("seed", range(200))
def test_two_counts_differ(seed: int) -> None:
    log = random_log(seed)
    events = [Event.from_slot(row) for row in log]
    assert figures(events) == recount.count(log)


def test_empty_slots_are_counted(tmp_path: pathlib.Path) -> None:
    log = random_log(1)
    slots = np.zeros(len(log) + 50, np.dtype(EVENT_DTYPE))
    slots[1:len(log) + 1] = log  # slot 0 of the first segment stays empty
    slots.tofile(tmp_path / "000000000000.slots")
    assert recount.read(tmp_path).tobytes() == log.tobytes()
    assert recount.count(recount.read(tmp_path / "nothing"))["calls"] == 0
