# SPDX-License-Identifier: Apache-2.0
"""What is said of people is sealed in the log: a real call, kill -9, the store beside it, a person who is erased, a key that is changed.

    H6   no file of the log or the archive has a caller's number; whoever has the key reads it; erased, it comes back from nowhere
"""
import asyncio
import contextlib
import pathlib

import pytest
from cordboard import CallCleared, CallNoted, PartyIdentified
from hospital import Hospital
from house import program

pytestmark = pytest.mark.needs("baresip", "sipp")
Closing = contextlib.AsyncExitStack
NUMBER, NAME, NOTE = "13800000001", "王芳 Wang Fang", "欧阳大夫已告知结果"


async def verb(*words: str | pathlib.Path, code: int = 0) -> str:
    done = await asyncio.create_subprocess_exec(program(), *map(str, words), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)
    out, _ = await done.communicate()
    assert done.returncode == code, out.decode()
    return out.decode()


def files_with(word: str, *folders: pathlib.Path) -> list[str]:
    """What a restart needs of a dialog is in memory alone, and goes with its call."""
    return [str(file) for folder in folders for file in folder.rglob("*")
            if file.is_file() and file.suffix != ".dialog" and word.encode() in file.read_bytes()]


async def test_a_caller_is_sealed_in_the_log_and_can_be_erased_there(tmp_path: pathlib.Path, closing: Closing) -> None:
    key, archive = tmp_path / "text.key", tmp_path / "archive"
    key.touch(0o600)
    key.write_text("a" * 64)
    hospital = await Hospital.open(tmp_path, closing, log={"archive": str(archive), "text_key_file": str(key)})
    hot, run = hospital.house.hot, hospital.house.run
    operator, caller, call = await hospital.talk()
    await hospital.board.note_call(call, NOTE)
    await hospital.watch.next(CallNoted, call=call)
    await hospital.crash()
    # The log is read from its beginning, by this program and by the switchboard that started over it.
    who = await hospital.watch.next(PartyIdentified, call=call)
    assert who.text.partition("\t")[0] == NUMBER and NAME in who.text
    await hospital.hears(caller)
    await caller.hang_up()
    await hospital.watch.next(CallCleared, call=call)
    await operator.wait("CALL_CLOSED")
    await hospital.house.stop()
    for word in (NUMBER, NAME, NOTE):
        assert files_with(word, hot, archive) == []
    assert NUMBER in await verb("log", run)
    assert NUMBER not in await verb("log", archive) and NUMBER in await verb("log", "--text-key", key, archive)
    key.chmod(0o644)  # a key that others may read is none
    assert NUMBER not in await verb("log", run)
    assert "sealed" in await verb("store", "rebuild", "--store", tmp_path / "none.db", "--key", tmp_path / "store.key", "--log", run, code=1)
    key.chmod(0o600)

    # A new key, while everything that was said stays readable.
    key.rename(tmp_path / "text.key.old")
    key.touch(0o600)
    key.write_text("b" * 64)
    await hospital.house.start()
    assert "keys sealed anew" in await verb("log", "rekey", "--text-key", key, run)
    (tmp_path / "text.key.old").unlink()
    await hospital.house.stop()
    assert NUMBER in await verb("log", "--text-key", key, archive) and NUMBER in await verb("log", run)

    store = ("--store", tmp_path / "store.db", "--key", tmp_path / "store.key", "--log", run)
    await verb("store", "rebuild", *store)
    assert NOTE in await verb("store", "search", *store[:4], "--plain", "欧阳")
    assert ", 0 keys" not in await verb("store", "erase", *store, NUMBER)
    for words in (("log", run), ("log", "--text-key", key, archive)):
        said = await verb(*words)
        assert NUMBER not in said and NAME not in said and NOTE not in said
    await verb("store", "rebuild", *store)
    assert NOTE not in await verb("store", "search", *store[:4], "--plain", "欧阳", code=1)
    assert "whole" in await verb("log", "verify", archive)
