# SPDX-License-Identifier: Apache-2.0
"""What a caller hears who waits or is held: the house's music, the queue's, and no start with a file that cannot be played."""
import contextlib
import pathlib
import subprocess
import wave

import numpy as np
import pytest
from cordboard import Established, Queued
from hospital import Hospital, tone_of
from house import program
from peers import Caller, PeerError, audio, tone_seconds

pytestmark = pytest.mark.needs("baresip", "sipp")
Closing = contextlib.AsyncExitStack
HOUSE, QUEUE = 640, 760  # a tone is music that a test can tell
RATE = 22050


def music(path: pathlib.Path, hz: float) -> str:
    """Two seconds as a person would bring them: in stereo, and not at a telephone's rate."""
    samples = np.round(0.3 * 32767 * np.sin(2 * np.pi * hz * np.arange(2 * RATE) / RATE)).astype("<i2")
    with wave.open(str(path), "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(np.repeat(samples, 2).tobytes())
    return str(path)


async def hears_now(hospital: Hospital, caller: Caller, hz: float) -> float:
    """The share of three seconds in which the caller hears this tone."""
    await hospital.hears(caller, 10)
    before = len(caller.voice.heard())
    await hospital.hears(caller, 150)
    heard = caller.voice.heard()[before:]
    return tone_seconds(heard, hz) / (len(heard) / audio.RATE)


async def test_waiting_and_held_callers_hear_music(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await Hospital.open(tmp_path, closing, media={"music": music(tmp_path / "house.wav", HOUSE)})
    caller, call = await hospital.call_in()
    await hospital.watch.next(Queued, call=call)
    assert await hears_now(hospital, caller, HOUSE) > 0.9
    operator = await hospital.staff()
    await hospital.watch.next(Established, call=call, fits=lambda e: e.operator != 0)
    await operator.wait("CALL_RTPESTAB")
    assert await hears_now(hospital, caller, tone_of("1001")) > 0.9
    await hospital.board.hold(call)
    assert await hears_now(hospital, caller, HOUSE) > 0.9
    await hospital.crash()
    assert await hears_now(hospital, caller, HOUSE) > 0.9
    await hospital.board.retrieve(call)
    assert await hears_now(hospital, caller, tone_of("1001")) > 0.9
    await caller.hang_up()
    assert (await caller.result()).exit_code == 0


async def test_a_queue_has_music_of_its_own(tmp_path: pathlib.Path, closing: Closing) -> None:
    queue = {"number": "9000", "name": "总机", "operators": ["张敏 Zhang Min"], "music": music(tmp_path / "queue.wav", QUEUE)}
    hospital = await Hospital.open(tmp_path, closing, media={"music": music(tmp_path / "house.wav", HOUSE)}, queue=[queue])
    caller, call = await hospital.call_in()
    await hospital.watch.next(Queued, call=call)
    assert await hears_now(hospital, caller, QUEUE) > 0.9
    await caller.hang_up()
    assert (await caller.result()).exit_code == 0


async def test_a_file_that_cannot_be_played_is_told_before_anybody_calls(tmp_path: pathlib.Path, closing: Closing) -> None:
    broken = tmp_path / "music.wav"
    broken.write_text("These are the words of a song.\n")
    with pytest.raises(PeerError) as told:
        await Hospital.open(tmp_path, closing, media={"music": str(broken)})
    assert f'media music "{broken}": ' in str(told.value)
    check = subprocess.run([program(), "check", "--lang", "en", str(tmp_path / "hospital.toml")], stdout=subprocess.PIPE,
                           text=True, check=False)
    assert check.returncode == 1
    assert f'media.music: found "{broken}": ' in check.stdout and "expected a sound file of at most 600 s" in check.stdout
