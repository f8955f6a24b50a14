# SPDX-License-Identifier: Apache-2.0
"""Where the peers are, and the fixtures."""
import pathlib
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS.parent / "examples" / "hospital")]
from fixtures import closing, pytest_collection_modifyitems, pytest_configure  # noqa: E402, F401
