# SPDX-License-Identifier: Apache-2.0
"""The registers of the example hospital, which are configuration alone, on the running switchboard: what is asked, who owns it, by when.

    H3 C8   advice, appointment, follow-up, triage, members: what the paper forms ask, and what they are closed with
    A5 A8   one slot, one booking; who does not come may not book for a while
    S13     a deficiency has an owner and a time until it is mended, and comes from a complaint
    M8      a wrong number is counted apart
    M9      a fault is notified, on site, repaired; a known one is announced, those who report it again are told with it
    N3      when the handler cannot act another one is named, and the person and the handler know each other
    C9      suggestions are a kind; satisfaction by department is asked in follow-ups
    P1      the 12345 work order: outside number, sign-for, extension, return, second round
    P2      complaints: 5 working days, 10 with several departments; who was asked first owns it
"""
import asyncio
import contextlib
import datetime
import json
import pathlib
import tomllib

import pytest
from cordboard import (Board, BookingBarred, DeviceId, QueueConfigured, Request, RequestAdvanced, RequestAnnounced, RequestClosed, RequestLinked,
                       RequestNoShow, RequestOpened, RequestOwnerExcused, RequestTaken, RequestTime, RequestTold, ToldOf, errors)
from hospital import Hospital
from house import example

Closing = contextlib.AsyncExitStack
FORMS = {  # what the forms of the regulations ask, and one way to close each
    "advice": ({"age": "61", "sex": "女", "address": "黄冈", "matter": "就诊", "question": "胃镜需要空腹吗", "answer": "需要", "wish_to_come": "yes",
                "satisfied": "yes"}, "answered"),
    "appointment": ({"booked_by": "王强", "address": "黄冈", "item": "胃镜", "matter": "复查", "time": "周三上午", "id_checked": "yes", "doctor": "李医生"},
                    "came"),
    "follow_up": ({"visit": "2026-11-20", "department": "内科", "doctor": "李医生", "opinion": "满意", "score": "5"}, "satisfied"),
    "triage": ({"symptom": "腹痛", "department": "消化内科", "channel": "电话"}, "sent"),
    "care": ({"occasion": "birthday", "card": "A-1001"}, "reached"),
    "suggestion": ({"matter": "增加座椅", "department": "门诊"}, "taken_up"),
}


@pytest.mark.parametrize("kind", FORMS)
async def test_h3_c8_c9_each_form_is_kept_as_it_was_filled_in(tmp_path: pathlib.Path, closing: Closing, kind: str) -> None:
    hospital = await Hospital.open(tmp_path, closing)
    filled_in, result = FORMS[kind]
    request = await hospital.board.requests.open(kind, name="王芳", number="13800138000", **filled_in)
    opened = await hospital.watch.next(RequestOpened)
    told = json.loads(opened.text)
    assert told == {"no": request.number, "name": "王芳", "number": "13800138000"} | filled_in
    assert opened.device == hospital.device(next(k["owner"] for k in hospital.house.hospital["request_kind"] if k["name"] == kind))
    with pytest.raises(errors.FieldInvalid):
        await hospital.board.requests.open(kind, name="王芳", colour="red", **filled_in)
    await request.close(result)
    assert json.loads((await hospital.watch.next(RequestClosed)).text) == {"result": result}


async def test_s13_a_deficiency_of_a_complaint_has_an_owner_until_it_is_mended(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await Hospital.open(tmp_path, closing)
    complaint = await hospital.board.requests.open("complaint", name="王芳", matter="地面湿滑")
    matter = await hospital.board.requests.open("deficiency", matter="门厅地面湿滑", found_by=complaint.number)
    assert (await hospital.watch.next(RequestOpened, request=matter.id)).device == hospital.device("1000")
    for stage in ("accepted", "mended", "checked"):
        await matter.advance_request(stage)
    assert [e.text for e in hospital.watch.all(RequestAdvanced, request=matter.id)] == ["accepted", "mended", "checked"]
    await matter.close("mended", "铺设防滑垫")
    await complaint.tell(ToldOf.RESULT, "已铺设防滑垫")
    await complaint.close("accepted")


async def test_m8_a_wrong_number_is_counted_apart(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await Hospital.open(tmp_path, closing)
    numbers = []
    for _ in range(3):
        request = await hospital.board.requests.open("wrong_number", wanted="药房")
        numbers.append(request.number)
        await request.close("explained", "已致歉并告知正确号码")
    year = datetime.date.today().year
    assert numbers == [f"M-{year}-00000{n}" for n in (1, 2, 3)]


async def test_m9_a_fault_from_the_report_to_the_repair(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await Hospital.open(tmp_path, closing)
    queue = (await hospital.watch.next(QueueConfigured)).queue
    fault = await hospital.board.requests.open("fault", name="护士站", number="8003", place="三号电梯", matter="停运")
    assert 0 < fault.due_ns - (await hospital.watch.next(RequestOpened)).time_ns == 24 * 3600 * 10**9
    await hospital.board.announce_request(fault.id, queue, on=1)
    announced = await hospital.watch.next(RequestAnnounced)
    assert (announced.queue, announced.state) == (queue, 1)
    again = [await hospital.board.requests.open("fault", name=f"{n} 楼", place="三号电梯", matter="停运") for n in (5, 6)]
    for report in again:
        await report.link_request(to=fault.id)
    for stage in ("notified", "on_site", "repaired"):
        await fault.advance_request(stage)
    stages = hospital.watch.all(RequestAdvanced, request=fault.id)
    assert [e.text for e in stages] == ["notified", "on_site", "repaired"] and stages[0].time_ns < stages[2].time_ns
    await fault.tell(ToldOf.RESULT, "已修复,致歉")
    await fault.close("repaired", "更换继电器")
    assert {e.request for e in hospital.watch.all(RequestLinked)} == {r.id for r in again}
    for report in again:
        await hospital.watch.next(RequestClosed, request=report.id)
    assert hospital.board.requests.now() == {}


async def test_n3_when_the_handler_cannot_act_the_head_of_the_unit_names_another(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await Hospital.open(tmp_path, closing)
    request = await hospital.board.requests.open("appointment", name="王芳", number="13800138000", item="CT")
    await request.book(datetime.datetime.now() + datetime.timedelta(days=2), "周三九点,CT 室")
    await request.excuse_owner("出差")
    excused = await hospital.watch.next(RequestOwnerExcused)
    assert excused.device == hospital.device("1000")
    other = DeviceId(hospital.device("8003"))
    await request.take_request(device=other)
    taken = await hospital.watch.next(RequestTaken)
    assert (taken.device, taken.other) == (other, excused.sequence)
    await request.tell(ToldOf.HANDLER, "改由李医生接待,电话 8003")
    assert (await hospital.watch.next(RequestTold, fits=lambda e: e.detail == ToldOf.HANDLER)).text == "改由李医生接待,电话 8003"
    with pytest.raises(errors.RequestWrongState):
        await request.take_request(device=other)


def kinds(**changes: object) -> list[dict[str, object]]:
    """The example's, appointments with these keys."""
    return [row | (changes if row["name"] == "appointment" else {}) for row in example()["request_kind"]]


async def test_a8_a_slot_is_booked_once_by_whoever_is_first(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await Hospital.open(tmp_path, closing, request_kind=kinds(slots=True, per_person_max=0))
    board = hospital.board
    at = datetime.datetime.now() + datetime.timedelta(days=2)
    for _ in range(2):  # a list that is read twice
        await board.requests.slots.offer("appointment", "内科 王医生", at, places=2)
    [slot] = board.requests.slots.free("appointment")
    assert (slot.what, slot.places, slot.taken) == ("内科 王医生", 2, 0)
    other = await closing.enter_async_context(Board.attach(str(hospital.house.run)))  # another channel
    wanted = [await (board, other)[n % 2].requests.open("appointment", name=f"病人{n}", item="复诊") for n in range(8)]
    told = await asyncio.gather(*(request.book(slot, "周三九点") for request in wanted), return_exceptions=True)
    assert sum(isinstance(one, errors.SlotTaken) for one in told) == 6 and sum(not isinstance(one, Exception) for one in told) == 2
    assert board.requests.slots.free() == []
    await hospital.crash()
    [first, *_] = [request.id for request, one in zip(wanted, told) if not isinstance(one, Exception)]
    with pytest.raises(errors.SlotTaken):
        await hospital.board.promise_request(wanted[-1].id if wanted[-1].id != first else wanted[0].id, RequestTime.APPOINTMENT,
                                             at_ns=slot.at_ns, slot=slot.number)
    await hospital.board.requests.now()[first].cancel_request("有事")
    assert [s.taken for s in hospital.board.requests.slots.free()] == [1]


async def test_a5_who_stays_away_may_not_book_in_any_spelling_of_the_number(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await Hospital.open(tmp_path, closing, request_kind=kinds(no_show_after="1s", no_shows_max=1, change_until="0s"))
    board = hospital.board
    request = await board.requests.open("appointment", name="王芳", number="0713-6281234", item="CT")
    await request.book(datetime.datetime.now() + datetime.timedelta(seconds=1))
    missed = await hospital.watch.next(RequestNoShow)
    barred = await hospital.watch.next(BookingBarred)
    assert (missed.request, barred.other) == (request.id, missed.other) and missed.other != 0
    for spelling in ("07136281234", "(0713) 628 1234", "+86 713 6281234"):
        with pytest.raises(errors.BookingBarred):
            await board.requests.open("appointment", name="王芳", number=spelling, item="CT")
    await hospital.crash()
    with pytest.raises(errors.BookingBarred):
        await hospital.board.requests.open("appointment", name="王芳", number="0713-6281234", item="CT")
    await hospital.board.release_booking("0713 6281234")
    await hospital.board.requests.open("appointment", name="王芳", number="0713-6281234", item="CT")


async def test_p1_a_work_order_of_the_hotline(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await Hospital.open(tmp_path, closing)
    order = await hospital.board.requests.open("order_12345", name="王芳", outside_number="12345-2026-778", matter="停车难", round="1")
    for stage in ("signed_for", "passed_on", "answered"):
        await order.advance_request(stage)
    await order.advance_request("returned")  # a second round
    await order.change_request(json.dumps({"round": "2", "extended_to": "2026-12-31"}))
    with pytest.raises(errors.ApprovalMissing):
        await order.refuse_request("不属于本院")
    with pytest.raises(errors.ToldMissing):
        await order.close("solved")
    await order.tell(ToldOf.RESULT, "增设车位")
    await order.close("solved")


def working_days_from(day: datetime.date, count: int, holidays: set[datetime.date], worked: set[datetime.date]) -> datetime.date:
    while count:
        day += datetime.timedelta(days=1)
        if day in worked or (day.weekday() < 5 and day not in holidays):
            count -= 1
    return day


async def test_p2_complaints_have_the_limits_of_the_rules_and_the_first_one_asked_owns_them(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await Hospital.open(tmp_path, closing)
    holidays: set[datetime.date] = set()
    worked: set[datetime.date] = set()
    for row in tomllib.loads(pathlib.Path(hospital.house.hospital["hours"][-1]["holidays"]).read_text())["holiday"]:
        for key, into in (("off", holidays), ("work", worked)):
            for span in row.get(key, []):
                first, _, last = span.partition("..")
                day, end = datetime.date.fromisoformat(first), datetime.date.fromisoformat(last or first)
                into |= {day + datetime.timedelta(days=n) for n in range((end - day).days + 1)}
    china = datetime.timezone(datetime.timedelta(hours=8))
    for kind, days, fields in (("complaint", 5, {}), ("complaint_joint", 10, {"departments": "内科、药房"})):
        request: Request = await hospital.board.requests.open(kind, name="王芳", matter="等候太久", **fields)
        opened = await hospital.watch.next(RequestOpened, request=request.id)
        today = datetime.datetime.fromtimestamp(opened.time_ns / 1e9, china).date()
        due = datetime.datetime.fromtimestamp(request.due_ns / 1e9, china)
        assert due.date() == working_days_from(today, days, holidays, worked), (kind, due)
        assert (due.hour, due.minute) == (17, 30)
        assert opened.device == hospital.device("1000")


def hostile() -> list[str]:
    words = ["'; DROP TABLE request;--", "\" OR \"\"=\"", "$1", "%s%n", "{0}", "\\", "\\\\", "\\u0000", "'", '"', "`", "<script>alert(1)</script>", "&lt;",
             "=cmd|'/C calc'!A0", "+1+1", "@SUM(A1)", "a,b", " ", "  x  ", "\u3000", "😀", "👩‍👩‍👧‍👦", "🏥☎️", "e\u0301", "ﷺ", "ﬁ", "İ", "ß", "Ǆ", "עברית", "العربية",
             "\u202eabc", "\u200b", "\u2028", "\ufeff", "𠮷野家", "㐀", "豈", "か゚", "한국어", "ไทย", "Z͑ͫ̓a", "null", "true", "[]", "{}", '{"a":1}', "NaN", "0x10", "--",
             "/* */", "\U0010ffff", "../../etc/passwd", "%2e%2e", "\u00a0", "‮", "1e400", "-0", "2026-02-30", "民国115年", "令和8年", "١٤٤٨", "9999-12-31",
             "王芳\u4e00", "\uff10\uff11", "a" * 200, "王" * 60, '"' * 90, "\\" * 90]
    bad = ["\x00", "a\x00b", "\n", "a\r\nb", "\t", "\x1b[31m", "\x7f", "\x85", "\ud800", "a\udfff", "a" * 400, "王" * 400, "x" * 1_000_000, "\x01", "\x1f", "\x9f"]
    numbers = ["call me", "１２３", "12;34", "1\n2", "sip:a@b", "<1>", "1'2"]
    dates = ["2026-13-01", "2026-02-29", "26-1-1", "1448-05-01 AH", "民国115-11-23", "tomorrow", "2026/11/23", "2026-11-23T00:00", "-1", "0000-00-00"]
    return [*words, *bad, *(f"number:{n}" for n in numbers), *(f"since:{d}" for d in dates)]


async def test_a_hundred_hostile_inputs_are_stored_exactly_or_refused_by_name(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await Hospital.open(tmp_path, closing)
    board, kept, refused = hospital.board, 0, 0
    assert len(hostile()) >= 100
    for text in hostile():
        field, _, value = text.partition(":")
        fields = {"matter": "x", field: value} if field in ("number", "since") else {"matter": text}
        before = len(hospital.watch.all(RequestOpened))
        try:
            request = await board.requests.open("complaint", name=fields["matter"], **fields)
        except (errors.FieldInvalid, errors.TextInvalid, ValueError) as why:
            assert str(why), text
            refused += 1
            continue
        opened = await hospital.watch.next(RequestOpened, request=request.id)
        told = json.loads(opened.text)
        assert all(told.get(name, "") == value for name, value in fields.items()) and told.get("name", "") == fields["matter"], text
        assert len(hospital.watch.all(RequestOpened)) == before + 1
        kept += 1
    assert kept >= 60 and refused >= 20, (kept, refused)
    # Deadlines that have passed, or never come.
    for wrong in (-1, 1, 0.5, -1e18):
        with pytest.raises((errors.FieldInvalid, ValueError, OverflowError)):
            await request.promise(wrong, "gestern")
    with pytest.raises((errors.TextInvalid, ValueError)):
        await request.note("x" * 1_000_000)
    await request.note("x" * 384)
