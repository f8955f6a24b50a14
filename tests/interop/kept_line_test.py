# SPDX-License-Identifier: Apache-2.0
"""An operator's line that is kept (nailed up): one call to a real phone, and callers who come and go on it.

    log on ──► phone answers by itself, once ──► caller 1 ── answer ──► talk ──► caller 2 ──► transfer ──► log off ──► BYE
"""
import contextlib
import pathlib

import pytest
from cordboard import Custodian, CustodyMoved, Established, LineEnded, LineUp, Offered, OperatorConfigured, OperatorId, OperatorReady
from hospital import SWITCHBOARD, Hospital, tone_of
from peers import Baresip, tone_seconds, until

pytestmark = pytest.mark.needs("baresip", "sipp")
Closing = contextlib.AsyncExitStack


async def desk(folder: pathlib.Path, closing: Closing) -> tuple[Hospital, Baresip, OperatorId]:
    hospital = await Hospital.open(folder, closing, operator=[{"name": "张敏 Zhang Min", "phone": "1001", "keep_line": True},
                                                              {"name": "李华 Li Hua", "phone": "1002"}])
    phone = await hospital.phone("1001")
    operator = next(e.operator for e in hospital.watch.all(OperatorConfigured) if e.device == hospital.device("1001"))
    await hospital.board.log_on(operator)
    await hospital.watch.next(LineUp, operator=operator)
    await hospital.board.ready(operator)
    return hospital, phone, operator


async def test_callers_come_and_go_on_one_call_of_the_phone(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital, phone, operator = await desk(tmp_path, closing)
    department = await hospital.phone("8004", hz=380)
    for turn in range(3):
        mark = hospital.watch.now
        caller, call = await hospital.call_in(number=f"1380000000{turn}", to=SWITCHBOARD)
        await hospital.watch.next(Offered, call=call, operator=operator)
        await hospital.board.answer(call, operator)
        talks = await hospital.watch.next(Established, call=call, operator=operator)
        assert talks.leg == hospital.watch.all(LineUp)[0].leg
        await hospital.hears(caller, 75)
        before = len(caller.voice.heard())
        await hospital.hears(caller, 75)
        assert tone_seconds(caller.voice.heard()[before:], tone_of("1001")) > 1
        if turn == 1:
            await hospital.put_through(call, "8004", department)
            before = len(caller.voice.heard())
            await hospital.hears(caller, 75)
            assert tone_seconds(caller.voice.heard()[before:], 380) > 1
        await caller.hang_up()
        assert (await caller.result()).exit_code == 0
        await hospital.watch.next(OperatorReady, after=mark, operator=operator)
    assert phone.count("CALL_ESTABLISHED") == 1 and phone.count("CALL_CLOSED") == 0
    await hospital.board.log_off(operator)
    await phone.wait("CALL_CLOSED")
    assert (await hospital.watch.next(LineEnded, operator=operator)).value == 0
    heard = phone.heard()[0]
    assert tone_seconds(heard, 1000) > 3  # three callers, in one call


async def test_a_line_survives_a_crash_in_a_call_and_between_two(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital, phone, operator = await desk(tmp_path, closing)
    caller, call = await hospital.call_in()
    await hospital.watch.next(Offered, call=call, operator=operator)
    await hospital.board.answer(call, operator)
    await hospital.hears(caller, 75)
    await hospital.crash()
    before = len(caller.voice.heard())
    await hospital.hears(caller, 75)
    assert tone_seconds(caller.voice.heard()[before:], tone_of("1001")) > 1
    await caller.hang_up()
    assert (await caller.result()).exit_code == 0
    await hospital.watch.next(OperatorReady, operator=operator)
    await hospital.crash()
    caller, call = await hospital.call_in(number="13800000002")
    await hospital.watch.next(Offered, call=call, operator=operator)
    await hospital.board.answer(call, operator)
    await hospital.hears(caller, 75)
    assert phone.count("CALL_ESTABLISHED") == 1 and phone.count("CALL_CLOSED") == 0
    # Who hangs up the phone has closed the call; the line comes back.
    await phone.hangup()
    await hospital.watch.next(CustodyMoved, call=call, custodian=Custodian.WAIT)
    await until(lambda: phone.count("CALL_ESTABLISHED") == 2, 20, "the line again")
