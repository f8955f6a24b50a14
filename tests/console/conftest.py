# SPDX-License-Identifier: Apache-2.0
"""The console in a real browser, the gateway, the board, real phones: each test has all of it for itself."""
import pathlib
import shutil
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
sys.path[:0] = [str(HERE), str(HERE.parent / "interop"), str(HERE.parent / "gateway"), str(REPOSITORY / "examples" / "hospital")]
from fixtures import closing, pytest_configure  # noqa: E402, F401


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    missing = [program for program in ("chromium", "node", "baresip", "sipp") if not shutil.which(program)]
    if not (HERE / "node_modules" / "playwright-core").is_dir():
        missing.append("playwright-core (./dev test installs it)")
    if missing:
        for item in items:
            item.add_marker(pytest.mark.skip(reason=f"not installed: {', '.join(missing)}"))
