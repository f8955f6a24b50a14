# SPDX-License-Identifier: Apache-2.0
"""What every test of this suite shares: the peers of the example, the hospital of the interop suite, and the end of what was begun."""
import contextlib
import pathlib
import shutil
import sys
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "examples" / "hospital"), str(REPOSITORY / "tests" / "interop")]
from peers import give_back  # noqa: E402


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # A test without its peer reports skipped, never passed.
    for item in items:
        for mark in item.iter_markers("needs"):
            missing = [program for program in mark.args if not shutil.which(program)]
            if missing:
                item.add_marker(pytest.mark.skip(reason=f"not installed: {', '.join(missing)}"))


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(program, ...): programs without which the test is skipped")


@pytest_asyncio.fixture
async def closing() -> AsyncIterator[contextlib.AsyncExitStack]:
    """Ends what was begun, in the opposite order, whatever happens."""
    async with contextlib.AsyncExitStack() as stack:
        yield stack
    give_back()
