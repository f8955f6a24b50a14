# SPDX-License-Identifier: Apache-2.0
"""A child process that cannot outlive us and is ended by its pid."""
import asyncio
import ctypes
import os
import pathlib
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


class PeerError(RuntimeError):
    """A peer did not do what it was asked to."""


def _die_with_parent() -> None:
    # Even a SIGKILL of the parent leaves nothing running. Must be called from the main thread's event loop: the signal
    # comes when the thread that forked ends.
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


async def until(ready: Callable[[], bool], timeout: float, what: str) -> None:
    """Waits for a condition, with a bound.

    @raises PeerError  naming `what` when the bound is reached
    """
    end = time.monotonic() + timeout
    while not ready():
        if time.monotonic() > end:
            raise PeerError(f"{what}: not within {timeout:g} s")
        await asyncio.sleep(0.01)


class Child:
    """One process; its output goes to `<folder>/<name>.out`."""

    def __init__(self, process: asyncio.subprocess.Process, name: str, output: pathlib.Path):
        self._process = process
        self.name = name
        self.output = output

    @classmethod
    async def start(cls, argv: Sequence[str], folder: pathlib.Path, name: str,
                    env: Mapping[str, str] | None = None, *, listens: bool = False) -> "Child":
        """Runs `argv` in `folder`. A sanitizer in LD_PRELOAD goes on to our scripts only. @param listens  to `tell`"""
        folder.mkdir(parents=True, exist_ok=True)
        ours = argv[0] == sys.executable
        env = {name: text for name, text in (env or os.environ).items() if ours or name != "LD_PRELOAD"}
        output = folder / f"{name}.out"
        with output.open("ab") as out:
            process = await asyncio.create_subprocess_exec(
                *argv, cwd=folder, env=env, stdout=out, stderr=out,
                stdin=asyncio.subprocess.PIPE if listens else asyncio.subprocess.DEVNULL, preexec_fn=_die_with_parent, start_new_session=True)
        return cls(process, name, output)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.returncode

    def text(self) -> str:
        return self.output.read_text(errors="replace")

    async def wait(self, timeout: float) -> int:
        """The exit code.

        @raises PeerError  when it still runs after `timeout` seconds
        """
        try:
            return await asyncio.wait_for(self._process.wait(), timeout)
        except asyncio.TimeoutError:
            raise PeerError(f"{self.name} (pid {self.pid}) still runs after {timeout:g} s") from None

    async def tell(self, line: str) -> None:
        """A line for its standard input."""
        assert self._process.stdin
        self._process.stdin.write(line.encode() + b"\n")
        await self._process.stdin.drain()

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    async def kill(self) -> None:
        """SIGKILL, as a crash."""
        if self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def stop(self, grace: float = 3.0) -> int:
        """SIGTERM, then after `grace` seconds SIGKILL. Safe to repeat."""
        if self._process.returncode is None:
            self._process.terminate()
            try:
                return await asyncio.wait_for(self._process.wait(), grace)
            except asyncio.TimeoutError:
                self._process.kill()
        return await self._process.wait()
