# SPDX-License-Identifier: Apache-2.0
"""Pages of those who take no calls, and what is known of a caller: handlers, heads of units, who keeps the roster."""
import contextlib
import json
import pathlib
import shutil

from cordboard import AccessReport, AccessReported, CallCleared, RequestApprovalAnswered, RequestClosed, RequestId, RequestPassed, RequestSource, RequestTaken, new_id
from room import EXAMPLES, Room

Closing = contextlib.AsyncExitStack


async def test_a_handlers_matters_from_taking_over_to_the_end(tmp_path: pathlib.Path, closing: Closing) -> None:
    """N3 N4 C1 C2 P6: what belongs to the department stands in its handler's page by why it waits; the superior approves there."""
    room = await Room.open(tmp_path, closing)
    board, watch = room.hospital.board, room.hospital.watch
    advice, complaint = RequestId(new_id()), RequestId(new_id())
    await board.open_request(advice, json.dumps({"kind": "advice", "name": "王芳", "number": "13800000001", "matter": "挂号", "question": "周末是否开诊"}, ensure_ascii=False), source=RequestSource.PHONE)
    await board.open_request(complaint, json.dumps({"kind": "complaint", "name": "刘洋", "number": "13800000002", "matter": "等候太久"}, ensure_ascii=False), source=RequestSource.PHONE)
    await board.pass_request(complaint, "请内科说明", device=room.hospital.device("8002"))
    handler, superior = await room.console("zhao"), await room.console("wang")
    # Whoever takes no calls begins with what waits for them; a complaint of another unit is there because it was asked to take it.
    await handler.shows("待您接手", ".matters-list")
    await handler.shows("王芳", ".matters-list")
    await handler.evaluate("document.getElementById('matters-asked').focus()")
    await handler.press("ArrowDown")
    await handler.shows("等候太久", ".fields")
    await handler.evaluate("document.querySelector('.doing select').focus()")
    await handler.press("Tab", "Enter")
    taken = await watch.next(RequestTaken, request=complaint)
    assert taken.device == room.hospital.device("8002") and taken.operator == 0
    await handler.lacks("待您接手", ".matters-list")
    await handler.shows("办理中", ".matters-list")

    await handler.evaluate("document.querySelector('.doing select').focus()")
    await handler.evaluate("(() => { const s = document.querySelector('.doing select'); s.value = 'ask_approval'; s.dispatchEvent(new Event('change', {bubbles: true})); })()")
    await handler.wait("document.querySelector('.doing [name=text]') !== null")
    await handler.press("Tab")
    await handler.type("已当面说明")
    await handler.press("Enter")
    await superior.press("Shift+F9")
    await superior.shows("待审批", ".matters-list")
    await superior.evaluate("document.getElementById('matters-approvals').focus()")
    await superior.press("ArrowDown")
    await superior.shows("申请不予受理", "#main")
    await superior.evaluate("[...document.querySelectorAll('#main button.main')].find((b) => b.innerText === '批准').focus()")
    await superior.press("Enter")
    assert (await watch.next(RequestApprovalAnswered, request=complaint)).consent.name == "YES"
    await board.refuse_request(complaint, "已当面说明")
    await watch.next(RequestClosed, request=complaint)
    await handler.lacks("刘洋", ".matters-list")

    # The head of the unit gives the other matter to another department.
    await handler.evaluate("document.querySelector('.matters-list [role=listbox]').focus()")
    await handler.press("ArrowDown")
    await handler.shows("周末是否开诊", ".fields")
    await handler.evaluate("(() => { const s = document.querySelector('.doing select'); s.focus(); s.value = 'pass_request'; s.dispatchEvent(new Event('change', {bubbles: true})); })()")
    await handler.wait("document.querySelector('.doing [name=whom]') !== null")
    await handler.evaluate("(() => { const s = document.querySelector('.doing [name=whom]'); s.focus(); s.value = [...s.options].find((o) => o.text.includes('外科')).value; })()")
    await handler.press("Tab")
    await handler.type("请外科答复")
    await handler.press("Enter")
    assert (await watch.next(RequestPassed, request=advice)).device == room.hospital.device("8003")
    assert await handler.errors() == [] and await superior.errors() == []


async def test_the_roster_is_kept_in_a_page(tmp_path: pathlib.Path, closing: Closing) -> None:
    """S2 P3 P6: a duty is added and saved by keyboard; what is wrong is said in its row; who may not change it reads it."""
    roster = tmp_path / "roster.csv"
    shutil.copy(EXAMPLES / "roster.csv", roster)
    room = await Room.open(tmp_path, closing, gateway={"roster": str(roster)})
    before = roster.read_text()
    editor, reader = await room.console("sun"), await room.console("zhang")
    await editor.press("Alt+l")
    await editor.wait("document.querySelectorAll('.roster-form tbody tr').length === 4")
    await editor.wait("document.querySelector('.roster-form td small')?.innerText !== ''")
    await editor.evaluate("document.querySelector('.roster-form .actions button').focus()")
    await editor.press("Enter")
    await editor.wait("document.querySelectorAll('.roster-form tbody tr').length === 5")
    await editor.evaluate("document.querySelector('.roster-form tbody tr:last-child input').focus()")
    await editor.type("总值班")
    await editor.press("Tab")
    await editor.type("nobody")
    await editor.evaluate("""[...document.querySelectorAll('.roster-form tbody tr:last-child input[type=datetime-local]')].forEach((input, n) => {
      input.value = n === 0 ? '2026-12-01T08:00' : '2026-12-02T08:00'; input.dispatchEvent(new Event('input', {bubbles: true})); })""")
    await editor.press("Enter")
    await editor.shows("通讯录中人员的编号", ".roster-form")
    assert roster.read_text() == before
    await editor.evaluate("[...document.querySelectorAll('.roster-form input[list=roster-persons]')].find((i) => i.value === 'nobody').focus()")
    await editor.press("Control+a")
    await editor.type("p3")
    await editor.press("Enter")
    await editor.shows("已保存", ".messages")
    assert "总值班,p3,2026-12-01 08:00,2026-12-02 08:00,A" in roster.read_text()
    await room.hospital.watch.next(AccessReported, detail=AccessReport.ROSTER_CHANGED)
    await reader.press("Alt+l")
    await reader.shows("2026-12-01 08:00", "table")
    assert await reader.evaluate("document.querySelectorAll('.roster-form input, .roster-form button').length") == 0
    assert await editor.errors() == [] and await reader.errors() == []


async def test_who_calls_is_known_as_it_rings(tmp_path: pathlib.Path, closing: Closing) -> None:
    """C5: what was noted of the earlier call and what is still open stand in the card while the operator's phone rings."""
    room = await Room.open(tmp_path, closing, store=True)
    page = await room.sit_down("zhang", "1001", answer="manual")
    phone = room.hospital.phones["1001"]
    caller, first = await room.hospital.call_in()
    await page.shows("来电分配给您", ".card.offered")
    await phone.accept()
    await room.talks(first)
    await page.shows("通话", ".card .badge")  # a card that rings has no note yet, and a key pressed then is lost
    await page.shows("王芳", ".card .name")
    assert await page.evaluate("document.querySelector('.known')") is None
    await page.press("Alt+m")
    await page.type("问体检报告什么时候出")
    await page.press("Control+Enter")
    await page.shows("已保存", ".messages")
    await room.hospital.board.open_request(RequestId(new_id()), json.dumps({"kind": "callback", "number": "138 0000 0001", "matter": "报告出来后回电"}, ensure_ascii=False), call=first, source=RequestSource.PHONE)
    await caller.hang_up()
    await room.hospital.watch.next(CallCleared, call=first)
    await page.shows("没有通话", ".mine")
    page = await room.console("zhang")  # what was asked within the hour is not asked again
    await page.shows("示闲", ".me .badge")
    again, _ = await room.hospital.call_in(number="13800000001")
    await page.shows("报告出来后回电", ".card.offered .known")
    await page.shows("问体检报告什么时候出", ".card.offered .known")
    assert await page.errors() == []
    await again.hang_up()
