# SPDX-License-Identifier: Apache-2.0
"""The console in a real browser, the gateway, the board, real phones: each test has all of it for itself."""
import contextlib
import pathlib
import shutil
import sys
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
sys.path[:0] = [str(HERE), str(HERE.parent / "interop"), str(HERE.parent / "gateway"), str(REPOSITORY / "examples" / "hospital")]
from peers import give_back  # noqa: E402


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    missing = [program for program in ("chromium", "node", "baresip", "sipp") if not shutil.which(program)]
    if not (HERE / "node_modules" / "playwright-core").is_dir():
        missing.append("playwright-core (./dev test installs it)")
    if missing:
        for item in items:
            item.add_marker(pytest.mark.skip(reason=f"not installed: {', '.join(missing)}"))


def pytest_sessionstart() -> None:
    # Their helper is the gateway's own tests': without a gateway in the tree nobody would serve the page.
    if not (HERE.parent / "gateway" / "gate.py").exists():
        pytest.exit("1 skipped: there is no gateway in this tree", returncode=0)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(program, ...): of the tests whose helpers are taken from other suites")


@pytest_asyncio.fixture
async def closing() -> AsyncIterator[contextlib.AsyncExitStack]:
    """Ends what was begun, in the opposite order, whatever happens."""
    async with contextlib.AsyncExitStack() as stack:
        yield stack
    give_back()
