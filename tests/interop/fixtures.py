# SPDX-License-Identifier: Apache-2.0
"""What every test with real peers shares, in whichever suite: skipped without them, and the end of whatever was begun."""
import contextlib
import shutil
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from peers import give_back


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
    """Ends what was begun, in the opposite order, whatever happens: `closing.push_async_callback(phone.stop)`."""
    async with contextlib.AsyncExitStack() as stack:
        yield stack
    give_back()
