# SPDX-License-Identifier: Apache-2.0
"""SRTP with baresip, whose sealing is not ours: heard both ways, refused where the policy says so, and gone on with after a crash."""
import contextlib
import pathlib

import pytest
from cordboard import CallCleared, Cause, Diverted, Established, PacketsRefused
from hospital import Hospital, tone_of
from peers import tone_seconds

pytestmark = pytest.mark.needs("baresip", "sipp")
Closing = contextlib.AsyncExitStack


async def opened(tmp_path: pathlib.Path, closing: Closing, srtp: str) -> Hospital:
    """Operator 1001's voice is to be sealed as `srtp` says; the caller's from outside is plain."""
    return await Hospital.open(tmp_path, closing, phones={"1001": {"srtp": srtp}})


@pytest.mark.parametrize(("srtp", "seal"), [("required", "srtp-mand"), ("allowed", "srtp"), ("required", "srtp")])
async def test_sealed_and_plain_hear_each_other(tmp_path: pathlib.Path, closing: Closing, srtp: str, seal: str) -> None:
    hospital = await opened(tmp_path, closing, srtp)
    operator = await hospital.staff("1001", seal=seal)
    caller, call = await hospital.call_in(scenario="caller_stays")
    await hospital.watch.next(Established, call=call, fits=lambda e: e.operator != 0)
    await operator.wait("CALL_RTPESTAB")
    await hospital.hears(caller, 100)
    assert "SRTP is Enabled" in operator.said(), operator.said()[-2000:]
    assert tone_seconds(caller.voice.heard(), tone_of("1001")) > 1, "the operator's voice, opened"
    # The keys survive a kill -9, and the counts behind which no packet is sealed twice.
    await hospital.crash()
    before = len(caller.voice.heard())
    await hospital.hears(caller, 150)
    assert tone_seconds(caller.voice.heard()[before:], tone_of("1001")) > 2, "the operator's voice after the restart"
    await operator.hangup()
    await operator.wait("CALL_CLOSED")
    await hospital.watch.next(CallCleared, call=call, timeout=20)
    # What the operator heard, before and after: the caller's tone, which baresip has opened.
    assert tone_seconds(operator.heard()[0], 1000) > 3
    assert not hospital.watch.all(PacketsRefused), "nothing was taken for forged or replayed"
    keys = [line for path in (tmp_path.glob("serve.*")) for line in path.read_text(errors="replace").splitlines() if "inline:" in line]
    assert not keys, "keys stand in no trace"


async def test_phone_that_cannot_seal_is_not_called_where_it_must(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await opened(tmp_path, closing, "required")
    operator = await hospital.staff("1001")
    _, call = await hospital.call_in(scenario="caller_stays")
    await hospital.watch.next(Diverted, call=call, cause=Cause.INCOMPATIBLE_DESTINATION)
    assert operator.count("CALL_ESTABLISHED") == 0


async def test_call_of_a_phone_that_must_seal_is_refused_where_nothing_is(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await opened(tmp_path, closing, "off")
    phone = await hospital.phone("1001", seal="srtp-mand")
    await phone.dial(f"sip:9000@{hospital.house.address}")
    closed = await phone.wait("CALL_CLOSED")
    assert "488" in closed.get("param", ""), closed


async def test_call_of_a_phone_that_seals(tmp_path: pathlib.Path, closing: Closing) -> None:
    """The phone offers, the house answers; and what it hears is the music of who waits."""
    hospital = await opened(tmp_path, closing, "allowed")
    phone = await hospital.phone("1001", seal="srtp-mand")
    await phone.dial(f"sip:9000@{hospital.house.address}")
    await phone.wait("CALL_RTPESTAB")
    assert "SRTP is Enabled" in phone.said(), phone.said()[-2000:]
    await phone.hangup()
    await phone.wait("CALL_CLOSED")
