# SPDX-License-Identifier: Apache-2.0
"""H6: people's numbers and names stand where they must, and nowhere else. One house, one caller, one request; then each place is looked at.

    the traces of the program; what Python prints of its objects; the log's export for who may not read texts; the snapshot's names
"""
import asyncio
import contextlib
import pathlib

import cordboard
from cordboard import Event, PartyIdentified, RequestOpened
from hospital import Hospital
from house import program
from pytest import mark

pytestmark = mark.needs("baresip", "sipp")
Closing = contextlib.AsyncExitStack
NUMBER, NAME, MATTER = "13877665544", "欧阳芳菲", "化验单遗失"


async def lived(folder: pathlib.Path, closing: Closing) -> Hospital:
    """Somebody has called, was talked to, and is owed a call."""
    hospital = await Hospital.open(folder, closing)
    operator, caller, call = await hospital.talk(number=NUMBER, name=NAME)
    request = await hospital.board.requests.open("callback", name=NAME, number=NUMBER, matter=MATTER, call=call)
    await request.note(MATTER)
    await hospital.board.note_call(call, MATTER)
    await caller.hang_up()
    await caller.result()
    await operator.wait("CALL_CLOSED")
    with contextlib.suppress(cordboard.Error):
        await hospital.board.call(request, number=NUMBER, patience=0)
    return hospital


def is_clean(text: str) -> None:
    for secret in (NUMBER, NUMBER[3:], NAME, NAME[1:], MATTER):
        assert secret not in text, text[max(0, text.find(secret) - 80):][:160]


async def test_h6_the_traces_hold_no_number_and_no_name(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await lived(tmp_path, closing)
    await hospital.crash()  # what is read back is traced, too
    await hospital.house.stop()
    traces = [path.read_text(errors="replace") for path in tmp_path.glob("serve.*")]
    assert traces and any("ready" in text for text in traces)
    for text in traces:
        is_clean(text)


async def test_h6_what_python_prints_of_its_objects(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await lived(tmp_path, closing)
    board = hospital.board
    assert any(e.text.startswith(NUMBER) for e in hospital.watch.all(PartyIdentified))  # it may be read
    for event in hospital.watch.all(Event):
        is_clean(repr(event) + str(event))
    [request] = board.requests.now().values()
    assert request.person["number"] == NUMBER
    is_clean(repr(request) + str(request))
    is_clean(repr(board.snapshot()))
    is_clean(repr(cordboard._schema.open_request(request.id, f'{{"kind":"callback","number":"{NUMBER}"}}')))
    is_clean(repr(board.call(request.id)))
    with contextlib.suppress(cordboard.Error):
        try:
            await request.call(number=NUMBER)
        except cordboard.Error as error:
            is_clean(repr(error) + str(error))


async def test_h6_the_export_of_the_log_for_who_may_not_read_texts(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await lived(tmp_path, closing)

    async def export(*how: str) -> str:
        child = await asyncio.create_subprocess_exec(program(), "log", "export", "--format", "json", *how, str(hospital.house.run),
                                                     stdout=asyncio.subprocess.PIPE)
        return (await child.communicate())[0].decode()

    assert NUMBER in await export("--texts")
    is_clean(await export())
    masked = await export("--masked")
    is_clean(masked)
    assert "138****5544" in masked and "欧***" in masked
    opened = hospital.watch.all(RequestOpened)[0]
    assert opened.text and '"no\\":\\"B-' in masked


async def test_h6_other_users_of_the_machine_cannot_open_the_texts(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await lived(tmp_path, closing)
    tails = [path for path in hospital.house.hot.iterdir() if path.suffix in (".text", ".dialog")]
    assert tails
    for tail in tails:
        assert oct(tail.stat().st_mode)[-1] == "0", tail.name
