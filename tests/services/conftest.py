# SPDX-License-Identifier: Apache-2.0
"""The house, the peers and the fixtures of the interop suite."""
import importlib.util
import pathlib
import sys

INTEROP = pathlib.Path(__file__).resolve().parents[1] / "interop"
sys.path.insert(0, str(INTEROP))
_spec = importlib.util.spec_from_file_location("interop_conftest", INTEROP / "conftest.py")
assert _spec and _spec.loader
_shared = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_shared)
pytest_collection_modifyitems = _shared.pytest_collection_modifyitems
pytest_configure = _shared.pytest_configure
closing = _shared.closing
