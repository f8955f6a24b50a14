# SPDX-License-Identifier: Apache-2.0
"""No warning under `python3 -X dev -W error`, and every public name says what it is."""

import inspect
import os
import subprocess
import sys
from pathlib import Path

import cordboard
import pytest

TESTS = Path(__file__).parent


def test_the_tests_themselves_run_without_a_warning(tmp_path):
    """Each warning is an error: unclosed files and loops, coroutines that nobody awaited, what goes with the next Python."""
    done = subprocess.run([sys.executable, "-X", "dev", "-W", "error", "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider",
                           *(str(TESTS / f"test_{name}.py") for name in ("commands", "event", "log", "loopback", "reading"))],
                          capture_output=True, text=True, check=False, cwd=tmp_path, env=dict(os.environ))
    assert done.returncode == 0 and "warning" not in done.stdout, done.stdout + done.stderr


def test_nothing_is_written_at_the_end(fake):
    """A program that closes nothing ends at once and says nothing."""
    done = subprocess.run([sys.executable, "-X", "dev", "-W", "error", "-c", f"""
import asyncio, cordboard
board = cordboard.Board.attach({fake.run!r})
board.hold(cordboard.CallId(42)).result()
rest = iter(board.events(after=0))
next(rest)
async def main():
    async for event in board.events(after=0):
        break
asyncio.run(main())
waits = board.ready(cordboard.OperatorId(1), timeout=60)
"""], capture_output=True, text=True, check=False, timeout=60, env=dict(os.environ))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_threads_that_still_wait_do_not_take_the_program_down(fake):
    """Threads of the program's own, in C++ when the interpreter goes: each stays where it is, and no signal ends the process."""
    program = f"""
import cordboard, threading
board = cordboard.Board.attach({fake.run!r})
log = cordboard.Log({fake.run!r})
begun = threading.Barrier(9)
def follow(of):
    rest = iter(of.events(after=0))
    next(rest)
    begun.wait()
    for event in rest:
        pass
for of in (board, log) * 4:
    threading.Thread(target=follow, args=(of,), daemon=True).start()
begun.wait()
"""
    for _ in range(5):
        # Several at once: on a busy machine a thread comes back while the interpreter is being taken down.
        running = [subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(4)]
        for one in running:
            out = one.communicate(timeout=60)
            assert (one.returncode, *out) == (0, "", "")


def public_members(kind: type) -> list[tuple[str, object]]:
    return [(name, member) for name, member in vars(kind).items()
            if not name.startswith("_") and (callable(member) or isinstance(member, (property, classmethod, staticmethod)))]


@pytest.mark.parametrize("name", [n for n in cordboard.__all__ if inspect.isclass(getattr(cordboard, n))])
def test_every_class_says_what_it_is(name):
    kind = getattr(cordboard, name)
    if hasattr(kind, "__supertype__"):
        return
    assert (kind.__doc__ or "").strip(), name
    assert kind.__doc__ != (kind.__mro__[1].__doc__ or ""), f"{name}: that is its base's"
    for member, what in public_members(kind):
        assert (inspect.getdoc(getattr(kind, member)) or "").strip(), f"{name}.{member}"


def test_every_function_and_module_says_what_it_is():
    for name in cordboard.__all__:
        what = getattr(cordboard, name)
        if inspect.isfunction(what) or inspect.ismodule(what):
            assert inspect.getdoc(what), name
    for name in ("aio", "board", "errors", "handles", "log", "loopback", "pending", "snapshot", "workers", "_schema"):
        module = sys.modules[f"cordboard.{name}"]
        assert module.__doc__, name
    for kind in vars(cordboard.errors).values():
        if inspect.isclass(kind) and issubclass(kind, cordboard.Error):
            assert kind.__doc__, kind
            for member, what in public_members(kind):
                assert inspect.getdoc(getattr(kind, member)), f"{kind}.{member}"
