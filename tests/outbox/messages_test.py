# SPDX-License-Identifier: Apache-2.0
"""P7: what people are written, by a real gateway for short messages, a real mail server and a file; what became of it is on record.

    templates by kind and occasion; delivery result; refused; away and tried again; given up; kill -9 and nothing twice or forgotten
"""
import contextlib
import datetime
import json
import pathlib
import time


from cordboard import MessageAsked, MessageReported, MessageResult, MessageWay, RequestTime, RequestTimeSet, ToldOf
from hospital import Hospital
from peers import until
from receivers import HttpServer, MailServer, http_server, outbox

Closing = contextlib.AsyncExitStack
CONFIRMATION = {"name": "confirmation", "way": "sms", "on": "appointment", "kind": "appointment",
                "text": "{name}您好,您的预约{no}为{appointment},{item}。"}
CLOSED = {"name": "result", "way": "mail", "on": "closed", "kind": "complaint", "to": "complaints@hospital.example",
          "subject": "投诉{no}已办结", "text": "{no}:{result},{note}"}


def sms_of(server: HttpServer, **more: object) -> dict[str, object]:
    return {"url": f"{server.url}/send", "poll": "100ms", **more}


async def appointment(hospital: Hospital, number: str = "13800138000") -> int:
    """An appointment in an hour. @returns when, ns"""
    request = await hospital.board.requests.open("appointment", name="王芳", number=number, item="胃镜")
    at = datetime.datetime.now() + datetime.timedelta(days=3)
    await request.book(at, "空腹")
    return request.id


async def reported(hospital: Hospital, result: MessageResult, **how: object) -> MessageReported:
    return await hospital.watch.next(MessageReported, timeout=20, fits=lambda e: e.detail == result, **how)


async def test_p7_an_appointment_is_confirmed_by_a_short_message_and_its_delivery_is_on_record(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await Hospital.open(tmp_path, closing)
    server = await http_server(closing)
    secret = tmp_path / "sms.secret"
    secret.write_text("geheim\n")
    secret.chmod(0o600)
    await outbox(closing, hospital.house, tmp_path, template=[CONFIRMATION],
                 sms=sms_of(server, headers=["Authorization: Bearer {secret}"], secret_file=str(secret), status_url=f"{server.url}/status/{{id}}"))
    request = await appointment(hospital)
    asked = await hospital.watch.next(MessageAsked)
    booked = await hospital.watch.next(RequestTimeSet, detail=RequestTime.APPOINTMENT)
    assert (asked.request, asked.text, asked.detail) == (request, "confirmation", MessageWay.SMS)
    sent = await reported(hospital, MessageResult.SENT)
    assert (sent.other, sent.text) == (asked.sequence, "m-1")
    [post] = server.posts
    when = datetime.datetime.fromtimestamp(booked.value / 1e9, datetime.timezone(datetime.timedelta(hours=8)))
    assert post.json["to"] == "13800138000"
    assert post.json["text"] == f"王芳您好,您的预约Y-{when.year}-000001为{when:%Y-%m-%d %H:%M},胃镜。"
    assert post.headers["authorization"] == "Bearer geheim"
    assert post.headers["idempotency-key"] == post.json["id"] == f"cordboard.{asked.sequence}"
    await until(lambda: len(server.asked) > 1, 10, "asking what became of it")
    server.status["m-1"] = "delivered"
    delivered = await reported(hospital, MessageResult.DELIVERED)
    assert delivered.other == asked.sequence
    # Another one does not arrive.
    await appointment(hospital, "13800138001")
    await reported(hospital, MessageResult.SENT, after=delivered.sequence)
    server.status["m-2"] = "failed"
    await reported(hospital, MessageResult.UNDELIVERED)
    assert len(server.posts) == 2


async def test_p7_a_gateway_that_is_away_refuses_or_is_busy(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await Hospital.open(tmp_path, closing)
    server = HttpServer()
    closing.push_async_callback(server.stop)
    made = await outbox(closing, hospital.house, tmp_path, template=[CONFIRMATION], sms=sms_of(server))
    await appointment(hospital)
    await hospital.watch.next(MessageAsked)
    server.answers = [503, 429]
    await server.start()  # it was away until now
    sent = await reported(hospital, MessageResult.SENT)
    assert len(server.posts) == 3 and len({post.json["id"] for post in server.posts}) == 1
    server.answers = [400]
    await appointment(hospital)
    refused = await reported(hospital, MessageResult.REFUSED, after=sent.sequence)
    assert refused.text == "400" and len(server.posts) == 4
    # Somebody without a number is nobody to write to.
    request = await hospital.board.requests.open("appointment", name="陈静", item="CT")
    await request.book(time.time() + 86400)
    await reported(hospital, MessageResult.REFUSED, after=refused.sequence)
    assert len(server.posts) == 4
    assert made.child and made.child.returncode is None


async def test_p7_it_is_given_up_in_the_end(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await Hospital.open(tmp_path, closing)
    server = HttpServer()
    await outbox(closing, hospital.house, tmp_path, template=[CONFIRMATION], sms=sms_of(server), outbox={"give_up": "1s"})
    await appointment(hospital)
    given_up = await reported(hospital, MessageResult.GIVEN_UP)
    assert "onnect" in given_up.text or "refused" in given_up.text


async def test_p7_a_mail_by_smtp(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await Hospital.open(tmp_path, closing)
    server = MailServer()
    closing.callback(server.stop)
    await outbox(closing, hospital.house, tmp_path, template=[CLOSED, {"name": "hint", "way": "mail", "to": "{matter}", "text": "x"}],
                 mail={"server": f"smtp://127.0.0.1:{server.port}", "from": "cordboard@hospital.example"})
    complaint = await hospital.board.requests.open("complaint", name="王芳", number="13800138000", matter="等候太久")
    await complaint.tell(ToldOf.RESULT, "已道歉")
    await complaint.close("accepted", "加派一人\u3002")
    asked = await hospital.watch.next(MessageAsked)
    server.start()  # it was away until now
    await reported(hospital, MessageResult.SENT)
    [(sender, people, mail)] = server.mails
    assert (sender, people) == ("cordboard@hospital.example", ["complaints@hospital.example"])
    assert mail["subject"] == f"投诉T-{datetime.date.today().year}-000001已办结"
    assert mail.get_content().replace("\r\n", "\n") == f"T-{datetime.date.today().year}-000001:accepted,加派一人。"
    assert mail["message-id"] == f"<cordboard.{asked.sequence}@hospital.example>"
    # What is typed into a field is no second address; what the server refuses is on record.
    for matter, said in (("a@b.example>\\nRCPT TO:<c@d.example", "no mail address"), ("gone@hospital.example", "550")):
        server.refuses["gone@hospital.example"] = "550 no such user"
        hostile = await hospital.board.requests.open("complaint", matter=matter.replace("\\n", " "))
        await hostile.send_message(MessageWay.MAIL, "hint")
        refused = await reported(hospital, MessageResult.REFUSED, request=hostile.id)
        assert refused.text == said
    assert len(server.mails) == 1


async def test_p7_kill_and_nothing_is_forgotten_nor_asked_for_twice(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await Hospital.open(tmp_path, closing)
    sink = tmp_path / "messages.jsonl"
    made = await outbox(closing, hospital.house, tmp_path, template=[CONFIRMATION], outbox={"file": str(sink)})
    count = 12
    for turn in range(count):
        if turn % 4 == 1:
            await made.kill()  # and this one is booked while nobody is there
        await appointment(hospital, f"1380013800{turn % 10}")
        if turn % 4 == 1:
            await made.start()
        if turn % 4 == 3:
            await hospital.crash()
    await until(lambda: len(hospital.watch.all(MessageReported)) >= count, 30, "all messages")
    asked = hospital.watch.all(MessageAsked)
    assert len(asked) == count == len({event.other for event in asked})
    assert {event.other for event in hospital.watch.all(MessageReported)} == {event.sequence for event in asked}
    # A line may be written twice, when the kill came between the file and the log: the ids say so.
    lines = [json.loads(line) for line in sink.read_text().splitlines()]
    assert {line["id"] for line in lines} == {f"cordboard.{event.sequence}" for event in asked}
    assert len(lines) <= count + made.starts - 1
    assert oct(sink.stat().st_mode)[-3:] == "600"


async def test_p7_by_serve_itself(tmp_path: pathlib.Path, closing: Closing) -> None:
    """`[board] outbox`: serve starts it, and again when it falls."""
    from house import House, to_toml
    house = House.prepare(tmp_path)
    sink, file = tmp_path / "messages.jsonl", tmp_path / "outbox.toml"
    (tmp_path / "state").mkdir()
    file.write_text(to_toml({"outbox": {"run": str(house.run), "state": str(tmp_path / "state"), "file": str(sink)}, "template": [CONFIRMATION]}))
    hospital = await Hospital.open(tmp_path, closing, board={"outbox": str(file)})
    file.write_text(to_toml({"outbox": {"run": str(hospital.house.run), "state": str(tmp_path / "state"), "file": str(sink)},
                             "template": [CONFIRMATION]}))
    await appointment(hospital)
    await reported(hospital, MessageResult.SENT)
    assert "Y-" in sink.read_text()


