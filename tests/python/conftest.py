# SPDX-License-Identifier: Apache-2.0
"""A board to attach to: a process with a real log and a real socket."""

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import cordboard
import pytest


def without_ids(text: str) -> str:
    """Without the ids and sequences in it: these are random, or long, and may hold any digits.

    The numbers in these tests are shorter, and would stay.
    """
    return re.sub(r"[0-9a-f]{12,}", "", text)


class FakeBoard:
    def __init__(self, run: str) -> None:
        self.run = run
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen([os.environ["CORDBOARD_FAKE_BOARD"], self.run], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"

    def end(self) -> None:
        """Ends at once, as after a crash."""
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None


@pytest.fixture
def fake() -> Iterator[FakeBoard]:
    with tempfile.TemporaryDirectory(prefix="cordboard_python_") as folder:
        board = FakeBoard(str(Path(folder) / "run"))
        board.start()
        yield board
        board.end()


@pytest.fixture
def board(fake: FakeBoard) -> Iterator[cordboard.Board]:
    with cordboard.Board.attach(fake.run) as attached:
        yield attached
