# SPDX-License-Identifier: Apache-2.0
"""Opus and G.722 with baresip, towards a caller who has G.711 alone: the tones of both arrive, the other way too, and over a crash."""
import contextlib
import pathlib

import pytest
from cordboard import CallCleared, Established
from hospital import Hospital, tone_of
from peers import tone_seconds

pytestmark = pytest.mark.needs("baresip", "sipp")
Closing = contextlib.AsyncExitStack


# The last two are not made into another: what the caller speaks is offered first.
@pytest.mark.parametrize(("codecs", "speaks", "chosen"), [
    (["opus"], "opus/48000/2,PCMA", "opus"), (["g722"], "G722/16000/1,PCMA", "G722"), (["opus", "pcma"], "opus/48000/2,PCMA", "PCMA"),
    ([], "G722/16000/1,PCMA", "PCMA")])
async def test_voice_is_made_into_what_the_other_takes(tmp_path: pathlib.Path, closing: Closing, codecs: list[str], speaks: str,
                                                       chosen: str) -> None:
    hospital = await Hospital.open(tmp_path, closing, phones={"1001": {"codecs": codecs} if codecs else {}})
    operator = await hospital.staff("1001", codecs=speaks)
    caller, call = await hospital.call_in(scenario="caller_stays")
    await hospital.watch.next(Established, call=call, fits=lambda e: e.operator != 0)
    await operator.wait("CALL_RTPESTAB")
    await hospital.hears(caller, 150)
    used = [line for line in operator.said().splitlines() if "Set audio encoder" in line]
    assert used and chosen.lower() in used[-1].lower(), operator.said()[-3000:]
    assert tone_seconds(caller.voice.heard(), tone_of("1001")) > 2
    await hospital.crash()
    before = len(caller.voice.heard())
    await hospital.hears(caller, 150)
    assert tone_seconds(caller.voice.heard()[before:], tone_of("1001")) > 2, "the operator's voice after the restart"
    await operator.hangup()
    await hospital.watch.next(CallCleared, call=call, timeout=20)
    assert tone_seconds(operator.heard()[0], 1000) > 4, "the caller's voice"
