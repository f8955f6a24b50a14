# SPDX-License-Identifier: Apache-2.0
"""RFC 5359 2.1 Call Hold, 2.2 Consultation Hold, 2.3 Music on Hold: whoever waits is told by a tone and is never let go.

    caller            house              operator's phone       department
      │◄══ talk ═══════╪══════════════════════►│                    │
      │                │◄─ INVITE a=sendonly ──│                    │   2.1
      │                │── 200 a=recvonly ────►│                    │
      │◄─ holding tone │                       │                    │   2.3
      │                │◄─ INVITE (2nd line) ──│                    │   2.2
      │                │── INVITE ─────────────────────────────────►│
      │                │◄════════════ talk ════╪═══════════════════►│
      │                │◄─ BYE ────────────────│                    │
      │                │◄─ INVITE a=sendrecv ──│                    │
      │◄══ talk ═══════╪══════════════════════►│                    │
"""
import pathlib

import cordboard
import pytest
from cordboard import CallId, Consent, ConsentOf, Custodian, Held, HoldChangedByPhone, Retrieved
from hospital import Hospital
from office import TONE, Closing, custodian, desk, leaves, listens, opened, talk
from peers import tone_seconds

pytestmark = pytest.mark.needs("baresip", "sipp")


async def test_2_1_call_hold_by_a_real_phone(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await Hospital.open(tmp_path, closing)
    operator = await hospital.staff(hz=700)
    caller, call = await hospital.call_in()
    await listens(caller.voice, 700.0)
    await operator.command("hold")
    assert (await hospital.watch.next(HoldChangedByPhone)).value == 1
    await listens(caller.voice, TONE, 0.2)
    await operator.command("resume")
    await hospital.watch.next(HoldChangedByPhone, value=0)
    await listens(caller.voice, 700.0)
    assert custodian(hospital, call) == Custodian.OPERATOR
    await leaves(hospital, caller, call)


@pytest.mark.parametrize("how", ["sendonly", "inactive"])
async def test_2_1_call_hold_in_all_spellings(tmp_path: pathlib.Path, closing: Closing, how: str) -> None:
    hospital = await opened(tmp_path, closing)
    _, line, caller, call = await talk(hospital)
    assert (await line.hold(how)).status == 200
    await hospital.watch.next(HoldChangedByPhone, value=1)
    await listens(caller.voice, TONE, 0.2)
    heard = len(caller.voice.heard())
    await hospital.hears(caller, 50)
    assert tone_seconds(caller.voice.heard()[heard:], line.hz) == 0
    assert (await line.resume()).status == 200
    await listens(caller.voice, line)
    await leaves(hospital, caller, call)


async def test_2_1_the_caller_hangs_up_while_held(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await opened(tmp_path, closing)
    _, line, caller, call = await talk(hospital)
    await line.hold()
    await leaves(hospital, caller, call)
    await line.over()


async def test_2_2_consultation_hold_by_the_phone(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await opened(tmp_path, closing)
    department = await hospital.phone("8003", hz=380)
    phone, line, caller, call = await talk(hospital)
    await line.hold()
    second = await phone.dial("8003")
    assert second.status == 200
    await listens(second.voice, 380.0)
    await listens(caller.voice, TONE, 0.2)  # and nothing of what those two say
    await second.bye()
    await department.wait("CALL_CLOSED")
    await line.resume()
    await listens(caller.voice, line)
    assert custodian(hospital, call) == Custodian.OPERATOR
    await leaves(hospital, caller, call)


async def test_2_2_the_consulted_party_hangs_up_first(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await opened(tmp_path, closing)
    department = await hospital.phone("8003")
    phone, line, caller, call = await talk(hospital)
    await line.hold()
    second = await phone.dial("8003")
    await department.hangup()
    await second.over()
    await line.resume()
    await listens(caller.voice, line)
    await leaves(hospital, caller, call)


async def test_2_2_consultation_hold_by_command(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await opened(tmp_path, closing)
    department = await desk(hospital, "8003")
    _, line, caller, call = await talk(hospital)
    consultation = CallId(cordboard.new_id())
    pending = hospital.board.consult(call, "8003", new_call=consultation)
    asked = await department.rings()
    await asked.answer()
    await pending
    await hospital.watch.next(Held, call=call)
    await listens(asked.voice, line)
    await listens(caller.voice, TONE, 0.2)
    await hospital.board.alternate(consultation, call)      # back and forth
    await listens(caller.voice, line)
    await hospital.board.alternate(call, consultation)
    await listens(asked.voice, line)
    await hospital.board.reconnect(call, consultation)
    await hospital.watch.next(Retrieved, call=call)
    await asked.over()
    await listens(caller.voice, line)
    await leaves(hospital, caller, call)


async def test_2_3_music_on_hold(tmp_path: pathlib.Path, closing: Closing) -> None:
    """The house sends the tone from where the voice came: no re-INVITE reaches the caller (the aim of RFC 7088)."""
    hospital = await opened(tmp_path, closing)
    _, line, caller, call = await talk(hospital)
    await hospital.board.hold(call)
    await listens(caller.voice, TONE, 0.2)
    await hospital.board.retrieve(call)
    await listens(caller.voice, line)
    messages = (caller.folder / "messages").read_text(errors="replace")
    assert messages.count("\nINVITE ") == 1, "the caller's own, and none of the house's"
    await leaves(hospital, caller, call)


async def test_2_3_a_held_caller_is_not_forgotten(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await opened(tmp_path, closing, policy={"hold_limit": "5s"})
    _, line, caller, call = await talk(hospital)
    await hospital.board.declare_consent(call, ConsentOf.CALLER, Consent.YES)
    await hospital.board.hold(call)
    await hospital.watch.next(cordboard.HoldOverdue, call=call, timeout=15)
    await hospital.watch.next(Retrieved, call=call)
    await listens(caller.voice, line)
    await leaves(hospital, caller, call)
