# SPDX-License-Identifier: Apache-2.0
"""Recordings sealed with a key from a file: of a real call, through kill -9, opened by the program's own verb."""
import asyncio
import contextlib
import pathlib

import pytest
from cordboard import Cause, RecordingEnded, RecordingStarted
from hospital import Hospital, tone_of
from house import program
from peers import tone_seconds
from recording_test import play, talking_house

pytestmark = pytest.mark.needs("baresip", "sipp")
Closing = contextlib.AsyncExitStack


async def opened(file: pathlib.Path, key: pathlib.Path) -> tuple[int, bytes, str]:
    verb = await asyncio.create_subprocess_exec(str(program()), "recording", "open", "--key-file", str(key), str(file),
                                                stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
    out, err = await verb.communicate()
    return verb.returncode or 0, out, err.decode()


async def test_recordings_open_with_their_key_alone_also_what_a_crash_left(tmp_path: pathlib.Path, closing: Closing) -> None:
    key, other = tmp_path / "key", tmp_path / "other"
    for path, byte in ((key, "a"), (other, "b")):
        path.touch(0o600)
        path.write_text(byte * 64)
    hospital = await talking_house(tmp_path, closing, key=str(key))
    operator = await hospital.staff()
    caller, call = await hospital.call_in()
    began = await hospital.watch.next(RecordingStarted, call=call, timeout=20)
    await hospital.hears(caller, 250)
    await hospital.crash()
    again = await hospital.watch.next(RecordingStarted, call=call, cause=Cause.RECALL)
    await hospital.hears(caller, 150)
    await caller.hang_up()
    assert (await caller.result()).exit_code == 0
    await operator.wait("CALL_CLOSED")
    await hospital.watch.next(RecordingEnded, call=call, cause=Cause.NORMAL_CLEARING)
    await hospital.house.stop()

    first, second = (tmp_path / "recordings" / event.text for event in (began, again))
    for file, whole, seconds in ((first, False, 2.5), (second, True, 1.5)):  # what waited in sockets meanwhile came at once
        sealed = file.read_bytes()
        assert sealed.startswith(b"cordboard-rec-1\n") and b"RIFF" not in sealed[:200]
        code, voice, said = await opened(file, other)
        assert (code, voice) == (1, b"") and "another key" in said
        code, voice, said = await opened(file, key)
        assert code == 0, said
        assert whole == ("has no end" not in said), said
        (tmp_path / "open.wav").write_bytes(voice)
        left, right = play(tmp_path / "open.wav")
        assert tone_seconds(left, 1000) >= seconds and tone_seconds(right, tone_of("1001")) > seconds - 1
    # One byte that was changed is told, and nothing is given out.
    damaged = bytearray(second.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    second.write_bytes(damaged)
    code, voice, said = await opened(second, key)
    assert (code, voice) == (1, b"") and "damaged" in said
