# SPDX-License-Identifier: Apache-2.0
"""The demo itself, as somebody would run it; with a fault planted it has to fail, and it leaves nothing running."""
import asyncio
import pathlib
import shutil
import signal
import sys

import pytest
from peers import Child

pytestmark = pytest.mark.needs("baresip", "sipp")
DEMO = pathlib.Path(__file__).resolve().parents[2] / "examples" / "hospital" / "demo.py"


def left_over(folder: pathlib.Path) -> list[str]:
    """Command lines of processes that name this folder."""
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(folder) in line:
            found.append(line)
    return found


async def run(folder: pathlib.Path, *arguments: str) -> tuple[int, str]:
    child = await Child.start([sys.executable, str(DEMO), "--pace", "1", "--folder", str(folder / "demo"),
                               *arguments], folder, "out")
    try:
        code = await child.wait(220)
    finally:
        await child.stop(grace=15)
    return code, child.text()


def clear_up(text: str) -> None:
    """The demo keeps its log for whoever wants to look further; a test does not."""
    for line in text.splitlines():
        if line.strip().startswith("rm -r "):
            for path in line.split()[2:5]:
                shutil.rmtree(path, ignore_errors=True)


async def test_a_morning_goes_wrong(tmp_path: pathlib.Path) -> None:
    code, text = await run(tmp_path)
    clear_up(text)
    assert code == 0, text
    assert "dropped in transfer" in text and "WRONG" not in text
    assert not left_over(tmp_path / "demo")


async def test_a_dropped_caller_is_not_noticed(tmp_path: pathlib.Path) -> None:
    code, text = await run(tmp_path, "--plant", "drop-on-refusal")
    clear_up(text)
    assert code == 1, text
    assert "WRONG" in text and "dropped in a transfer" in text
    assert not left_over(tmp_path / "demo")


async def test_ctrl_c_leaves_something_running(tmp_path: pathlib.Path) -> None:
    child = await Child.start([sys.executable, str(DEMO), "--folder", str(tmp_path / "demo")], tmp_path, "out")
    try:
        while "is ready" not in child.text():
            assert child.returncode is None, child.text()
            await asyncio.sleep(0.05)
        child.signal(signal.SIGINT)
        assert await child.wait(30) == 130, child.text()
    finally:
        await child.stop()
    assert not left_over(tmp_path / "demo")
