# SPDX-License-Identifier: Apache-2.0
"""What callers are told by prompts, and what is recorded of their calls, with real phones.

    caller 1000 Hz ──► queue: welcome 700 Hz, notice 900 Hz ──► operator: greeting 500 Hz ──► talk, recorded ──► closing 350 Hz
"""
import contextlib
import pathlib
import subprocess
import sys

import cordboard
import numpy as np
import pytest
from cordboard import (Announcement, AnnouncementEnded, CallCleared, CallId, Cause, DigitsDetected, Established, MediaAlarm,
                       RecordingDeclined, RecordingEnded, RecordingStarted)
from hospital import Hospital, tone_of
from house import program
from peers import PeerError, audio, tone_seconds, until

pytestmark = pytest.mark.needs("baresip", "sipp")
Closing = contextlib.AsyncExitStack
TONES = {"welcome": 700, "notice": 900, "greeting": 500, "closing": 350, "digit": 620}
EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "examples" / "hospital" / "prompts.py"


async def talking_house(folder: pathlib.Path, closing: Closing, notice: float = 1.0, recordings: str = "",
                        key: str = "") -> Hospital:
    """A house that says each thing in a tone of its own."""
    prompts = folder / "prompts"
    prompts.mkdir()
    for name in ("welcome", "greeting", "closing"):
        audio.write_tone(prompts / f"{name}.wav", TONES[name], 1.0)
    audio.write_tone(prompts / "notice.wav", TONES["notice"], notice)
    for digit in "0123456789":
        audio.write_tone(prompts / f"{digit}.wav", TONES["digit"], 0.3)
    (folder / "recordings").mkdir()
    queue = {"number": "9000", "name": "总机", "operators": ["张敏 Zhang Min"], "welcome": ["welcome"], "notice": ["notice"],
             "greeting": ["greeting", "operator"], "closing": ["closing"], "record": True}
    operator = {"name": "张敏 Zhang Min", "phone": "1001", "number": "801"}
    return await Hospital.open(folder, closing, queue=[queue], operator=[operator],
                               media={"prompts": str(prompts), "recordings": recordings or str(folder / "recordings")} |
                                     ({"recordings_key_file": key} if key else {}))


def play(path: pathlib.Path) -> tuple[audio.Samples, audio.Samples]:
    """Both channels of a recording, read as any player would: by its header."""
    data = path.read_bytes()
    assert data[:4] == b"RIFF" and data[8:12] == b"WAVE", path
    at, kind = 12, 0
    while at < len(data):
        name, size = data[at:at + 4], int.from_bytes(data[at + 4:at + 8], "little")
        if name == b"fmt ":
            kind = int.from_bytes(data[at + 8:at + 10], "little")
            assert (kind, data[at + 10], int.from_bytes(data[at + 12:at + 16], "little")) == (6, 2, 8000)  # A-law, two, 8 kHz
        if name == b"data":
            both = audio.ALAW[np.frombuffer(data[at + 8:at + 8 + size // 2 * 2], np.uint8)]
            return both[0::2], both[1::2]
        at += 8 + size + size % 2
    raise AssertionError(f"{path}: no sound in it")


async def said(hospital: Hospital, call: CallId, what: Announcement, cause: Cause = Cause.NORMAL) -> AnnouncementEnded:
    event = await hospital.watch.next(AnnouncementEnded, call=call, fits=lambda e: e.detail == what, timeout=20)
    assert event.cause == cause, event
    return event


async def test_callers_are_told_and_recorded_from_the_queue_to_the_department(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await talking_house(tmp_path, closing)
    department = await hospital.phone("8002", hz=380)
    operator = await hospital.staff()
    caller, call = await hospital.call_in()
    await said(hospital, call, Announcement.WELCOME)
    notice = await said(hospital, call, Announcement.NOTICE)
    greeting = await said(hospital, call, Announcement.GREETING)
    who = await hospital.watch.next(Established, call=call, fits=lambda e: e.operator != 0)
    assert greeting.operator == who.operator and 1.5e9 < greeting.value < 10e9  # a second, and three digits
    began = await hospital.watch.next(RecordingStarted, call=call)
    assert (began.other, began.cause) == (notice.sequence, Cause.NORMAL)
    heard = caller.voice.heard()
    for name, seconds in (("welcome", 0.8), ("notice", 0.8), ("greeting", 0.8), ("digit", 0.6)):
        assert tone_seconds(heard, TONES[name]) >= seconds, name
    await hospital.hears(caller, 100)

    # Through hold and transfer, and a crash between them.
    await hospital.board.hold(call)
    await hospital.hears(caller, 50)
    await hospital.board.retrieve(call)
    await hospital.hears(caller, 75)
    await hospital.crash()
    again = await hospital.watch.next(RecordingStarted, call=call, cause=Cause.RECALL)
    ended = await hospital.watch.next(RecordingEnded, call=call, cause=Cause.INTERRUPTED)
    assert ended.other == began.sequence and again.text != began.text
    await hospital.put_through(call, "8002", department)
    await hospital.hears(caller, 100)
    await hospital.board.suspend_recording(call)
    await hospital.hears(caller, 60)
    await hospital.board.resume_recording(call)
    await hospital.hears(caller, 60)
    await caller.hang_up()
    assert (await caller.result()).exit_code == 0
    await department.wait("CALL_CLOSED")
    await hospital.watch.next(RecordingEnded, call=call, cause=Cause.NORMAL_CLEARING)
    await hospital.house.stop()
    assert tone_seconds(operator.heard()[0], TONES["greeting"]) > 0.5  # the operator hears when it is over

    first, second = (play(tmp_path / "recordings" / event.text) for event in (began, again))
    assert len(list((tmp_path / "recordings").rglob("*.wav"))) == 2
    assert tone_seconds(first[0], 1000) > 3 and tone_seconds(second[0], 1000) > 3
    assert tone_seconds(first[1], tone_of("1001")) > 2 and tone_seconds(first[1], 1000) == 0
    assert tone_seconds(second[1], 380) > 2
    # Suspended for sixty packets: silence in both, since the file runs with the clock.
    silent = [part for part in np.array_split(second[0].astype(float), len(second[0]) // 800) if np.abs(part).max() < 100]
    assert len(silent) >= 8


async def test_a_caller_who_is_left_hears_goodbye(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await talking_house(tmp_path, closing)
    operator = await hospital.staff()
    caller, call = await hospital.call_in(scenario="caller_stays")
    await said(hospital, call, Announcement.GREETING)
    await operator.hangup()
    await said(hospital, call, Announcement.CLOSING)
    cleared = await hospital.watch.next(CallCleared, call=call)
    assert cleared.cause == Cause.CLOSING
    result = await caller.result()
    assert (result.exit_code, result.hung_up_by) == (0, "house"), result
    assert tone_seconds(caller.voice.heard(), TONES["closing"]) > 0.7


async def test_a_caller_declines_by_a_key(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await talking_house(tmp_path, closing, notice=8.0)
    operator = await hospital.staff()
    caller = await hospital.phone("2000", hz=1000)
    await caller.dial(f"sip:9000@{hospital.house.address}")
    welcome = await hospital.watch.next(AnnouncementEnded, fits=lambda e: e.detail == Announcement.WELCOME, timeout=20)
    await until(lambda: bool(hospital.watch.all(Established, call=welcome.call)), 20, "an answer")
    await caller.command("sndcode", "9")
    pressed = await hospital.watch.next(DigitsDetected, call=welcome.call)
    declined = await hospital.watch.next(RecordingDeclined, call=welcome.call)
    assert (pressed.text, declined.other) == ("9", pressed.sequence)
    await said(hospital, welcome.call, Announcement.NOTICE, Cause.CALL_REJECTED)
    await said(hospital, welcome.call, Announcement.GREETING)
    with pytest.raises(cordboard.errors.RecordingOn):
        await hospital.board.start_recording(welcome.call)
    await operator.wait("CALL_RTPESTAB")
    await caller.hangup()
    await hospital.watch.next(CallCleared, call=welcome.call)
    assert not hospital.watch.all(RecordingStarted) and not list((tmp_path / "recordings").rglob("*.wav"))


async def test_a_disk_that_cannot_be_written_ends_no_call(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await talking_house(tmp_path, closing, recordings="/proc/self")
    await hospital.staff()
    caller, call = await hospital.call_in()
    await hospital.watch.next(RecordingStarted, call=call, timeout=20)
    ended = await hospital.watch.next(RecordingEnded, call=call)
    alarm = await hospital.watch.next(MediaAlarm)
    assert ended.cause == Cause.RESOURCES_NOT_AVAILABLE and alarm.value > 0 and alarm.other == ended.other
    await said(hospital, call, Announcement.GREETING)
    before = len(caller.voice.heard())
    await hospital.hears(caller, 75)
    assert tone_seconds(caller.voice.heard()[before:], tone_of("1001")) > 1
    begun = await hospital.watch.next(Established, call=call)
    with pytest.raises(cordboard.Error):
        await hospital.board.play(call, begun.leg, "no_such_prompt")
    await hospital.board.play(call, begun.leg, "welcome 12")
    await caller.hang_up()
    assert (await caller.result()).exit_code == 0


@pytest.mark.needs("espeak-ng")
@pytest.mark.parametrize("language", ["zh", "en"])
async def test_prompts_can_be_made_at_set_up(tmp_path: pathlib.Path, closing: Closing, language: str) -> None:
    subprocess.run([sys.executable, EXAMPLE, tmp_path, "--language", language], check=True, stdout=subprocess.PIPE)
    queue = {"number": "9000", "name": "总机", "operators": ["张敏 Zhang Min"], "welcome": ["welcome"],
             "greeting": ["hello", "number", "operator", "at_your_service"], "closing": ["closing"]}
    media = {"prompts": str(tmp_path / "prompts"), "music": str(tmp_path / "music.wav")}
    hospital = await Hospital.open(tmp_path, closing, queue=[queue], media=media)
    assert len(list((tmp_path / "prompts").iterdir())) == 34
    caller, call = await hospital.call_in()
    await said(hospital, call, Announcement.WELCOME)
    # What was heard is speech: neither silence nor a tone.
    heard = caller.voice.heard().astype(float)
    assert np.sqrt(np.mean(heard ** 2)) > 300 and tone_seconds(caller.voice.heard(), 450) < 0.5
    await caller.hang_up()


async def test_a_word_that_nobody_recorded_is_told_before_anybody_calls(tmp_path: pathlib.Path, closing: Closing) -> None:
    prompts = tmp_path / "prompts"
    prompts.mkdir()
    audio.write_tone(prompts / "hello.wav", 500, 0.2)
    queue = {"number": "9000", "name": "总机", "operators": ["张敏 Zhang Min"], "greeting": ["hello", "operator"]}
    with pytest.raises(PeerError) as told:
        await Hospital.open(tmp_path, closing, queue=[queue], media={"prompts": str(prompts)})
    assert '[[queue]] 9000 greeting: "0123456789" is not in [media] prompts' in str(told.value)
    check = subprocess.run([program(), "check", "--lang", "en", str(tmp_path / "hospital.toml")], stdout=subprocess.PIPE,
                           text=True, check=False)
    assert check.returncode == 1 and 'queue.greeting: found "operator"; expected names of files in' in check.stdout
