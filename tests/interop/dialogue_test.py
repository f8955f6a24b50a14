# SPDX-License-Identifier: Apache-2.0
"""Dialogues run by real callers: keys as events from baresip and as tones from a SIPp caller, speech by espeak-ng, and a crash in the middle.

    H4   the caller rates by key after the operator has hung up first; the score lands on the right operator
    N1   name, number, matter and wanted time are left after hours: recordings and a confirmed number, in one event
"""
import contextlib
import os
import pathlib
import signal
import subprocess
import sys
import wave

import numpy as np
import pytest
from cordboard import (AnnouncementStarted, CallCleared, CallId, Cause, Custodian, CustodyMoved, DialogueAdvanced, DialogueAnswered,
                       DialogueConfigured, DialogueEnded, DialoguePhase, DialogueResult, DialogueStarted, Established, NightMode,
                       OperatorConfigured, OperatorId, QueueConfigured)
from hospital import Hospital
from peers import Baresip, audio, tone_seconds, until
from recording_test import play

pytestmark = pytest.mark.needs("baresip", "sipp")
Closing = contextlib.AsyncExitStack
EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "examples" / "hospital"
OPERATOR = "张敏 Zhang Min"


def tones(folder: pathlib.Path, names: list[str], seconds: float = 0.4) -> str:
    """Prompts that are only tones: what is asked is read in the log."""
    folder.mkdir()
    for at, name in enumerate([*names, *"0123456789"]):
        audio.write_tone(folder / f"{name}.wav", 400 + 37 * at, seconds if name not in "0123456789" else 0.1)
    return str(folder)


async def house(folder: pathlib.Path, closing: Closing, prompts: str, *scripts: pathlib.Path) -> Hospital:
    """A house with these scripts at 9190, 9191 …; its switchboard leads its callers to them."""
    (folder / "recordings").mkdir()
    queue = {"number": "9000", "name": "总机", "operators": [OPERATOR, "李华 Li Hua"], "when_closed": "9190",
             "rating": f"{9190 + len(scripts) - 1}"}
    return await Hospital.open(folder, closing, queue=[queue], media={"prompts": prompts, "recordings": str(folder / "recordings")},
                               dialogue=[{"number": f"{9190 + at}", "file": str(one)} for at, one in enumerate(scripts)])


async def at_step(hospital: Hospital, call: CallId, name: str, phase: DialoguePhase, after: int = 0) -> DialogueAdvanced:
    return await hospital.watch.next(DialogueAdvanced, call=call, text=name, after=after, timeout=30, fits=lambda e: e.state == phase)


async def press(phone: Baresip, keys: str) -> None:
    for key in keys:
        await phone.command("sndcode", key)


def answers(ended: DialogueEnded) -> dict[str, str]:
    number, kind, *fields = ended.text.split("\t")
    return {"number of the dialogue": number, "request": kind} | dict(field.split("=", 1) for field in fields)


def speech(path: pathlib.Path, text: str) -> pathlib.Path:
    """Spoken by espeak-ng, at a telephone's rate; then silence, since baresip ends a call with its file."""
    subprocess.run(["espeak-ng", "-v", "cmn-latn-pinyin", "-s", "140", "-w", path, text], check=True)
    with wave.open(str(path), "rb") as spoken:
        rate, raw = spoken.getframerate(), np.frombuffer(spoken.readframes(spoken.getnframes()), "<i2").astype(float)
    at = np.arange(0, len(raw) / rate, 1 / audio.RATE)
    samples = np.interp(at, np.arange(len(raw)) / rate, raw)
    audio.write_wav(path, np.concatenate([samples, np.zeros(120 * audio.RATE)]).round().astype(np.int16))
    return path


def voiced(samples: audio.Samples) -> float:
    """Seconds in which somebody speaks."""
    frames = samples[:len(samples) // audio.FRAME * audio.FRAME].astype(float).reshape(-1, audio.FRAME)
    return float((np.sqrt((frames ** 2).mean(axis=1)) > 300).sum()) * 0.02


# The number is asked for aloud too, before it is keyed: a house where many callers have no keys to press.
SPOKEN = """
[[step]]
name = "spoken"
do = "voice"
say = ["key_number", "beep"]
field = "number_spoken"
longest = "20s"
silence = "2s"
invalid = ["not_understood"]
next = "phone"
otherwise = "phone"
"""


@pytest.mark.needs("espeak-ng")
@pytest.mark.parametrize("aloud", [False, True], ids=["as the example", "four recordings"])
async def test_n1_four_answers_are_left_after_hours(tmp_path: pathlib.Path, closing: Closing, aloud: bool) -> None:
    subprocess.run([sys.executable, EXAMPLE / "prompts.py", tmp_path], check=True, stdout=subprocess.PIPE)
    script = tmp_path / "after-hours.toml"
    text = (EXAMPLE / "after-hours.toml").read_text()
    script.write_text(text.replace('next = "phone"', 'next = "spoken"', 1) + SPOKEN if aloud else text)
    hospital = await house(tmp_path, closing, str(tmp_path / "prompts"), script, EXAMPLE / "rating.toml")
    queue = (await hospital.watch.next(QueueConfigured)).queue
    await hospital.board.switch_night_service(NightMode.NIGHT, queue=queue)
    caller = await hospital.phone("2000", hz=0)
    said = {"patient": "我叫王芳", "matter": "我想预约骨科门诊复查", "time": "下周三上午十点"}
    said |= {"spoken": "一三八零零一三八零零零"} if aloud else {}
    files = {step: speech(tmp_path / f"{step}.wav", text) for step, text in said.items()}
    await caller.dial(f"sip:9000@{hospital.house.address}")
    started = await hospital.watch.next(DialogueStarted)
    call = started.call
    assert started.cause == Cause.CALENDAR_OVERFLOW
    assert (await hospital.watch.next(CustodyMoved, call=call)).custodian == Custodian.DIALOGUE

    async def speak(step: str) -> None:
        await at_step(hospital, call, step, DialoguePhase.RECORDING)
        await caller.command("ausrc", f"aufile,{files[step]}")

    await speak("patient")  # ended by the silence behind it
    if aloud:
        await speak("spoken")
    await at_step(hospital, call, "phone", DialoguePhase.SAYING)
    await press(caller, "13800138000#")  # the caller does not wait for the prompt
    given = await hospital.watch.next(DialogueAnswered, call=call, text="13800138000")
    back = await hospital.watch.next(AnnouncementStarted, call=call, after=given.sequence)
    assert back.text == f"your_number #{given.sequence} confirm_or_again"  # the number itself stands in one event
    await at_step(hospital, call, "phone", DialoguePhase.CONFIRMING)
    await press(caller, "1")
    await speak("matter")
    await speak("time")
    ended = await hospital.watch.next(DialogueEnded, call=call, timeout=60)
    await hospital.watch.next(CallCleared, call=call)
    left = answers(ended)
    print(ended.text.replace("\t", "  "))
    assert (ended.detail, ended.flags, ended.state) == (DialogueResult.COMPLETED, 1, 5 if aloud else 4)
    assert (left["number of the dialogue"], left["request"], left["number"]) == ("9190", "appointment", "confirmed:13800138000")
    await hospital.house.stop()
    spoken_fields = {"name": "patient", "matter": "matter", "time": "time"} | ({"number_spoken": "spoken"} if aloud else {})
    assert sum(kind.startswith("voice:") for kind in left.values()) == len(spoken_fields)
    for field, step in spoken_fields.items():
        kind, _, name = left[field].partition(":")
        mouth, ear = play(tmp_path / "recordings" / name)
        spoken = voiced(audio.read_wav(files[step]))
        print(f"{field}: {len(mouth) / audio.RATE:.1f} s, {voiced(mouth):.1f} s of speech of {spoken:.1f} s")
        assert kind == "voice" and voiced(mouth) > 0.7 * spoken and len(mouth) / audio.RATE < spoken + 10
        assert voiced(ear) == 0


async def test_h4_the_score_lands_on_the_operator_who_was_rated(tmp_path: pathlib.Path, closing: Closing) -> None:
    prompts = tones(tmp_path / "prompts", ["please_rate", "not_understood", "thanks", "closing"], 1.5)
    hospital = await house(tmp_path, closing, prompts, EXAMPLE / "rating.toml")
    scores: dict[OperatorId, int] = {}
    for number, score in (("1001", "5"), ("1002", "2")):
        operator = await hospital.staff(number)
        caller, call = await hospital.call_in(number=f"1380000{number}", scenario="caller_stays")
        who = await hospital.watch.next(Established, call=call, fits=lambda e: e.operator != 0)
        await operator.wait("CALL_RTPESTAB")
        await hospital.hears(caller)
        await operator.hangup()
        started = await hospital.watch.next(DialogueStarted, call=call)
        assert (started.operator, started.cause) == (who.operator, Cause.CLOSING)
        await at_step(hospital, call, "score", DialoguePhase.SAYING)
        caller.voice.press(score)  # SIPp's caller knows no events: the key is two tones
        ended = await hospital.watch.next(DialogueEnded, call=call, timeout=20)
        scores[ended.operator] = ended.value
        assert answers(ended)["score"] == f"keys:{score}"
        result = await caller.result()
        assert (result.exit_code, result.hung_up_by) == (0, "house"), result
        await hospital.board.log_off(who.operator)
    names = {e.operator: e.text for e in hospital.watch.all(OperatorConfigured)}
    assert {names[who]: score for who, score in scores.items()} == {OPERATOR: 5, "李华 Li Hua": 2}


async def test_a_key_leads_to_a_human(tmp_path: pathlib.Path, closing: Closing) -> None:
    prompts = tones(tmp_path / "prompts", ["please_rate", "not_understood", "thanks", "closing"], 5)
    hospital = await house(tmp_path, closing, prompts, EXAMPLE / "rating.toml")
    await hospital.staff()
    caller = await hospital.phone("2000", hz=1000)
    await caller.dial(f"sip:9190@{hospital.house.address}")
    started = await hospital.watch.next(DialogueStarted)
    await caller.wait("CALL_RTPESTAB")
    await press(caller, "0")
    ended = await hospital.watch.next(DialogueEnded, call=started.call)
    assert ended.detail == DialogueResult.HUMAN
    await hospital.watch.next(Established, call=started.call, fits=lambda e: e.operator != 0)
    await caller.hangup()


NUMBER = """[dialogue]
name = "Number"
human = "9000"
fallback = "9000"
[[step]]
name = "number"
do = "keys"
say = ["ask"]
field = "number"
max = 11
between = "20s"
first = "20s"
read_back = ["answer"]
next = "name"
otherwise = "name"
[[step]]
name = "name"
do = "voice"
say = ["ask"]
field = "name"
next = "bye"
otherwise = "bye"
[[step]]
name = "bye"
do = "hang_up"
"""


async def test_a_crash_in_the_middle_of_a_dialogue(tmp_path: pathlib.Path, closing: Closing) -> None:
    """kill -9 while keys are pressed, and while the answer is recorded: the caller stays, and the dialogue goes on at its step."""
    script = tmp_path / "number.toml"
    script.write_text(NUMBER)
    hospital = await house(tmp_path, closing, tones(tmp_path / "prompts", ["ask"]), script)
    caller = await hospital.phone("2000", hz=1000)
    await caller.dial(f"sip:9190@{hospital.house.address}")
    call = (await hospital.watch.next(DialogueStarted)).call
    await at_step(hospital, call, "number", DialoguePhase.LISTENING)
    await press(caller, "138")
    await until(lambda: len(hospital.watch.all(DialogueAdvanced, call=call)) == 5, 10, "three keys")
    await hospital.crash()
    await press(caller, "00138000")
    given = await hospital.watch.next(DialogueAnswered, call=call, state=1, timeout=20)
    assert given.text == "13800138000"
    await press(caller, "1")
    await hospital.watch.next(DialogueAnswered, call=call, state=3)
    recording = await at_step(hospital, call, "name", DialoguePhase.RECORDING)
    await hospital.crash()
    again = await at_step(hospital, call, "name", DialoguePhase.SAYING, recording.sequence)
    assert again.cause == Cause.INTERRUPTED
    anew = await at_step(hospital, call, "name", DialoguePhase.RECORDING, again.sequence)

    def written() -> int:
        return sum(path.stat().st_size for path in (tmp_path / "recordings").rglob(f"*-{anew.sequence}.wav"))

    await until(lambda: written() > 16000, 10, "a second of the answer")
    await press(caller, "#")
    ended = await hospital.watch.next(DialogueEnded, call=call)
    left = answers(ended)
    assert (ended.detail, left["number"]) == (DialogueResult.COMPLETED, "confirmed:13800138000")
    await caller.wait("CALL_CLOSED")
    assert caller.count("CALL_ESTABLISHED") == 1
    await hospital.house.stop()
    assert tone_seconds(play(tmp_path / "recordings" / left["name"].partition(":")[2])[0], 1000) > 0.8


async def test_a_script_is_read_again(tmp_path: pathlib.Path, closing: Closing) -> None:
    script = tmp_path / "number.toml"
    script.write_text(NUMBER)
    hospital = await house(tmp_path, closing, tones(tmp_path / "prompts", ["ask"]), script)
    caller = await hospital.phone("2000", hz=1000)
    await caller.dial(f"sip:9190@{hospital.house.address}")
    first = await hospital.watch.next(DialogueStarted)
    assert hospital.house.child
    child = hospital.house.child

    async def reload(text: str, told: str) -> None:
        script.write_text(text)
        seen = child.text().count(told)
        os.kill(child.pid, signal.SIGHUP)
        await until(lambda: child.text().count(told) > seen, 10, told)

    await reload(NUMBER.replace('next = "bye"', 'next = "nowhere"'), "dialogues and kinds of requests stay as they are")
    assert 'step.next: found "nowhere"' in child.text()
    await reload(NUMBER.replace('say = ["ask"]', 'say = ["new"]'), 'step.say: "new" is not in [media] prompts')
    audio.write_tone(tmp_path / "prompts" / "new.wav", 500, 0.3)
    await reload(NUMBER.replace('say = ["ask"]', 'say = ["new"]'), "1 dialogues and ")
    newer = await hospital.watch.next(DialogueConfigured, after=first.sequence)
    await press(caller, "12345678901")
    await press(caller, "1")
    await at_step(hospital, first.call, "name", DialoguePhase.RECORDING)
    assert {e.text for e in hospital.watch.all(AnnouncementStarted, call=first.call)} >= {"ask"}
    assert "new" not in {e.text for e in hospital.watch.all(AnnouncementStarted, call=first.call)}
    await caller.hangup()
    cut = answers(await hospital.watch.next(DialogueEnded, call=first.call))
    assert cut["name"].startswith("cut:")
    await caller.dial(f"sip:9190@{hospital.house.address}")
    second = await hospital.watch.next(DialogueStarted, after=first.sequence)
    assert second.other == newer.sequence
    assert (await hospital.watch.next(AnnouncementStarted, call=second.call)).text == "new"
    await caller.hangup()
