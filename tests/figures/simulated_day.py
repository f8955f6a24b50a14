# SPDX-License-Identifier: Apache-2.0
"""A simulated day, made once for all tests of a class."""
from __future__ import annotations

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path


class WithDay(unittest.TestCase):
    """usage of the script: SCRIPT PROGRAM MAKE_DAY ..."""

    seed: str
    folder: tempfile.TemporaryDirectory[str]
    log: str

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = tempfile.TemporaryDirectory(prefix="cordboard-figures-")
        subprocess.run([sys.argv[2], cls.folder.name, cls.seed], check=True, timeout=600)
        cls.log = cls.folder.name + "/hot"

    @classmethod
    def tearDownClass(cls) -> None:
        cls.folder.cleanup()

    def file(self, name: str) -> Path:
        return Path(self.folder.name, name)
