# SPDX-License-Identifier: Apache-2.0
"""A shift at the console, by keyboard alone: nobody touches a mouse in this file."""
import contextlib
import json
import pathlib

from cordboard import (CallNoted, CodeCallStarted, CodeMemberAcknowledged, Consent, ConsentDeclared, ConsentOf, Held, LeaveAnswered, Mark, OperatorLoggedOff, OperatorNotReady,
                       Queued, RequestOpened, RequestTaken, Retrieved, ShiftHandedOver, TransferEnded, Transferred, TransferResult)
from dialogue_test import press
from peers import Agent
from room import Room

Closing = contextlib.AsyncExitStack


async def test_a_shift_from_log_on_to_hand_over(tmp_path: pathlib.Path, closing: Closing) -> None:
    """S1 S2 S4 S6 M6 M7: a caller is answered, held, noted, consulted about, put through with both consents; a break; the shift is handed over."""
    room = await Room.open(tmp_path, closing)
    hospital, watch = room.hospital, room.hospital.watch
    page = await room.sit_down("zhang", "1001")
    await hospital.phone("8002")
    caller, call = await hospital.call_in()
    await room.talks(call)
    await page.shows("王芳", ".card .name")
    await page.shows("13800000001", ".card .number")
    await page.shows("责任: 话务员 · 张敏", ".facts")

    await page.press("F3")
    await watch.next(Held, call=call)
    await page.shows("保持", ".card .badge")
    await page.press("F3")
    await watch.next(Retrieved, call=call)
    await page.shows("通话", ".card .badge")

    await page.press("Alt+m")
    await page.type("问体检报告什么时候出")
    await page.press("Control+Enter")
    assert (await watch.next(CallNoted, call=call)).text == "问体检报告什么时候出"
    await page.shows("问体检报告什么时候出", ".story li")
    await page.press("Escape")

    await page.choose("neike", "内科")
    await page.press("Enter")
    await page.shows("内科", ".card.consultation .name")
    await page.can("F8")
    await page.press("F7", "F8")
    for of in (ConsentOf.CALLER, ConsentOf.TARGET):
        assert (await watch.next(ConsentDeclared, call=call, detail=of)).consent is Consent.YES
    await page.wait("document.querySelectorAll('.consent.is-yes').length === 2")
    await page.press("F6")
    await watch.next(Transferred, call=call)
    await page.shows("没有通话", ".mine")
    await hospital.hears(caller)

    await page.press("Alt+n")
    await page.shows("小休", "dialog")
    await page.press("Enter")
    assert (await watch.next(OperatorNotReady, fits=lambda e: e.detail == 1)).detail == 1
    await page.shows("小休", ".me .badge")

    await page.press("Alt+t")
    await page.wait("document.activeElement?.name === 'note'")
    await page.type("内科的回话还没有等到")
    await page.press("Tab", "Enter")
    assert (await watch.next(ShiftHandedOver)).text == "内科的回话还没有等到"
    await page.press("Escape")
    await page.wait("!document.querySelector('dialog')?.open")
    await page.press("Alt+o")
    await watch.next(OperatorLoggedOff)
    await page.can("Alt+S")
    assert await page.errors() == []
    await caller.hang_up()
    assert (await caller.result()).exit_code == 0


async def test_who_is_consulted_declines_and_another_one_is_busy(tmp_path: pathlib.Path, closing: Closing) -> None:
    """S4: a refusal is on record and the caller stays with the operator, whoever refuses and however."""
    room = await Room.open(tmp_path, closing)
    hospital, watch = room.hospital, room.hospital.watch
    page = await room.sit_down("zhang", "1001")
    await hospital.phone("8002")
    busy = await Agent.start("8003", hospital.house.phone("8003")["password"], hospital.house.address, answer=486)
    closing.callback(busy.close)
    await busy.register()
    caller, call = await hospital.call_in()
    await room.talks(call)
    await page.shows("王芳", ".card .name")

    await page.choose("8002", "内科")
    await page.press("F4")
    await page.can("F8")
    await page.press("F7", "Shift+F8")
    assert (await watch.next(ConsentDeclared, call=call, detail=ConsentOf.TARGET)).consent is Consent.NO
    await page.shows("被叫方: 不同意", ".consents")
    await page.press("F6")
    await page.shows("对方不同意转接。", ".messages")
    await page.press("F10")
    ended = await watch.next(TransferEnded, call=call)
    assert ended.detail in (TransferResult.CANCELLED, TransferResult.RETURNED)
    await page.lacks("咨询通话", ".card")
    await page.shows("通话", ".card .badge")
    await hospital.hears(caller)

    since = watch.now
    await page.choose("8003", "外科")
    await page.press("F4")
    again = await watch.next(TransferEnded, after=since, call=call)
    assert again.detail is TransferResult.RETURNED
    await page.shows("通话", ".card .badge")
    await hospital.hears(caller)
    assert watch.all(Transferred) == []
    await caller.hang_up()
    assert (await caller.result()).exit_code == 0


async def test_a_caller_is_parked_and_taken_by_the_other_position(tmp_path: pathlib.Path, closing: Closing) -> None:
    room = await Room.open(tmp_path, closing)
    hospital, watch = room.hospital, room.hospital.watch
    first = await room.sit_down("zhang", "1001")
    caller, call = await hospital.call_in()
    await room.talks(call)
    second = await room.sit_down("li", "1002")
    await first.can("Alt+P")
    await first.press("Alt+p")
    await watch.next(Queued, call=call, fits=lambda e: e.cause.name == "PARK")
    for page in (first, second):
        await page.shows("王芳", "#parked [role=option]")
    await second.press("Alt+k", "ArrowDown", "Alt+u")
    await second.shows("王芳", ".card .name")
    await second.shows("责任: 话务员 · 李华", ".facts")
    await first.lacks("王芳")
    await hospital.hears(caller)
    await caller.hang_up()
    assert (await caller.result()).exit_code == 0


async def test_a_drill_of_a_code_call(tmp_path: pathlib.Path, closing: Closing) -> None:
    """S5: two keys from anywhere; who was reached is on every console."""
    room = await Room.open(tmp_path, closing)
    hospital, watch = room.hospital, room.hospital.watch
    page, other = await room.console("zhang"), await room.console("wang")
    member = await hospital.phone("8001")
    await page.press("Alt+x")
    await page.wait("document.activeElement?.name === 'place'")
    await page.type("305")
    await page.press("Tab", "Space", "Enter")
    started = await watch.next(CodeCallStarted)
    assert started.text == "9911\t305" and started.marks & Mark.DRILL
    for one in (page, other):
        await one.shows("抢救", ".code-runs")
        await one.shows("演练", ".code-runs")
    await member.wait("CALL_ESTABLISHED", timeout=20)
    await press(member, "1")
    await watch.next(CodeMemberAcknowledged, timeout=20)


async def test_a_break_that_takes_an_approval(tmp_path: pathlib.Path, closing: Closing) -> None:
    """M6: the supervisor's wall shows the wish, and grants it."""
    room = await Room.open(tmp_path, closing)
    desk, wall = await room.sit_down("zhang", "1001"), await room.console("wang")
    await wall.press("Shift+F4")
    await desk.press("Alt+n")
    await desk.shows("外出", "dialog")
    await desk.press("Tab", "Enter")
    await desk.shows("等待审批", ".me")
    await wall.shows("外出", ".wall-alarms")
    await wall.evaluate("document.querySelector('.wall-alarms button.main').focus()")
    await wall.press("Enter")
    assert (await room.hospital.watch.next(LeaveAnswered)).consent is Consent.YES
    await desk.shows("示忙 · 外出", ".me")


async def test_a_request_is_entered_in_a_form_of_its_kind(tmp_path: pathlib.Path, closing: Closing) -> None:
    """H3 H5 M4: what the caller wants becomes a request while they talk; another console has it, and takes it in hand."""
    room = await Room.open(tmp_path, closing)
    hospital, watch = room.hospital, room.hospital.watch
    page, other = await room.sit_down("zhang", "1001"), await room.console("li")
    caller, call = await hospital.call_in()
    await room.talks(call)
    await page.shows("王芳", ".card .name")
    await page.press("Alt+q")
    await page.wait("document.activeElement?.tagName === 'SELECT'")
    await page.press("ArrowDown", "ArrowDown", "Tab", "Tab", "Tab")
    await page.type("等候两小时,无人说明原因" * 3)
    await page.press("Enter")
    opened = await watch.next(RequestOpened)
    assert opened.call == call and "等候两小时" in opened.text and "13800000001" in opened.text
    number = json.loads(opened.text)["no"]
    await other.press("Shift+F2")
    await other.shows(number, "#requests [role=option]")
    await other.evaluate("document.getElementById('requests').focus()")
    await other.press("ArrowDown")
    await other.shows("等候两小时", ".fields")
    await other.evaluate("document.querySelector('.doing select').focus()")
    await other.press("Tab", "Enter")
    taken = await watch.next(RequestTaken)
    assert taken.request == opened.request and taken.operator != 0
    for one in (page, other):
        await one.press("Shift+F2")
        await one.shows("办理中", "#requests [role=option]")
    assert await page.errors() == [] and await other.errors() == []
    await caller.hang_up()
