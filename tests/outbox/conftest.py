# SPDX-License-Identifier: Apache-2.0
"""The house and the fixtures of the interop suite."""
import pathlib
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "interop"), str(TESTS.parent / "examples" / "hospital")]
from fixtures import closing, pytest_collection_modifyitems, pytest_configure  # noqa: E402, F401
