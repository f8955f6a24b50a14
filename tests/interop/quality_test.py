# SPDX-License-Identifier: Apache-2.0
"""How voices were: what the house measures, and what a real phone (baresip) tells by its own RTCP.

    caller ──► loses packets ──► house ──► operator's phone, which reports what it misses
"""
import contextlib
import pathlib

import pytest
from cordboard import Established, MediaDegraded, MediaEnded, MediaOneWay, MediaQuality, MediaRecovered, Originated, VoiceDirection
from hospital import Hospital

pytestmark = pytest.mark.needs("baresip", "sipp")
Closing = contextlib.AsyncExitStack
FROM, TO = VoiceDirection.FROM_FAR, VoiceDirection.TO_FAR


async def test_a_good_call_is_told_to_have_been_one(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await Hospital.open(tmp_path, closing)
    operator, caller, call = await hospital.talk()
    of_operator = (await hospital.watch.next(Established, call=call, fits=lambda e: e.operator != 0)).leg
    of_caller = (await hospital.watch.next(Originated, call=call)).leg
    await hospital.hears(caller, 500)  # a phone reports every few seconds
    await caller.hang_up()
    assert (await caller.result()).exit_code == 0
    await operator.wait("CALL_CLOSED")
    for leg in (of_caller, of_operator):
        await hospital.watch.next(MediaEnded, leg=leg)
    told = {(e.leg, e.state): e for e in hospital.watch.all(MediaQuality)}
    assert set(told) == {(of_caller, FROM), (of_operator, FROM), (of_operator, TO)}  # SIPp sends no reports
    for event in told.values():
        assert 430 <= event.detail <= 441 and event.other < 5000, event
    # On one machine a report and its answer are together within a second's small part, and not nothing.
    assert 0 < told[of_operator, TO].value < 0.2e9
    assert not hospital.watch.all(MediaDegraded) and not hospital.watch.all(MediaOneWay)


async def test_losses_are_told_by_the_house_and_by_the_phone_that_misses_them(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await Hospital.open(tmp_path, closing)
    operator, caller, call = await hospital.talk()
    of_operator = (await hospital.watch.next(Established, call=call, fits=lambda e: e.operator != 0)).leg
    of_caller = (await hospital.watch.next(Originated, call=call)).leg
    caller.voice.loses = 4  # every fourth packet
    bad = await hospital.watch.next(MediaDegraded, leg=of_caller, timeout=30)
    assert bad.state == FROM and bad.call == call and 150_000 < bad.other < 300_000 and bad.detail < 330, bad
    missed = await hospital.watch.next(MediaDegraded, leg=of_operator, timeout=30)
    assert missed.state == TO and 100_000 < missed.other < 300_000, missed
    caller.voice.loses = 0
    for leg, which in ((of_caller, FROM), (of_operator, TO)):
        well = await hospital.watch.next(MediaRecovered, leg=leg, timeout=30)
        assert well.state == which and well.value > 0
    # A command of who looked before all that is not stale for it.
    await caller.hang_up()
    await operator.wait("CALL_CLOSED")
    await hospital.watch.next(MediaEnded, leg=of_caller)
    whole = next(e for e in hospital.watch.all(MediaQuality) if (e.leg, e.state) == (of_caller, FROM))
    assert 10_000 < whole.other < bad.other and whole.detail > bad.detail


async def test_a_caller_who_is_not_heard_is_told(tmp_path: pathlib.Path, closing: Closing) -> None:
    """One-way audio: a firewall that lets nothing of the caller through. It is told while the call is up, and when it is over."""
    hospital = await Hospital.open(tmp_path, closing)
    await hospital.staff()
    caller, call = await hospital.call_in()
    caller.voice.loses = 1  # all
    of_caller = (await hospital.watch.next(Originated, call=call)).leg
    one_way = await hospital.watch.next(MediaOneWay, call=call, timeout=20)
    assert (one_way.leg, one_way.state) == (of_caller, FROM) and one_way.value >= 5e9
    caller.voice.loses = 0
    well = await hospital.watch.next(MediaRecovered, leg=of_caller)
    assert well.state == FROM and well.value >= one_way.value
    await caller.hang_up()
    assert (await caller.result()).exit_code == 0
