# SPDX-License-Identifier: Apache-2.0
"""The package itself: types, stubs, names."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import cordboard
import pytest
from cordboard import Event, errors

PACKAGE = Path(cordboard.__file__).parent


@pytest.mark.skipif(importlib.util.find_spec("mypy") is None, reason="mypy is not installed")
def test_the_stub_equals_the_module(tmp_path):
    allowed = tmp_path / "allowed"  # pybind11's metaclass, and the __init__ of a class that only the module makes
    allowed.write_text(r"cordboard\._core\.(DirectoryFile|Door|FiguresRequest|Follower|LogFile|SideBySide|EntryTuple|(Door|SideBySide)\.__init__)" + "\n", encoding="utf-8")
    done = subprocess.run([sys.executable, "-m", "mypy.stubtest", "--allowlist", str(allowed), "cordboard._core"],
                          capture_output=True, text=True, check=False, cwd=tmp_path,
                          env={**os.environ, "PYTHONPATH": str(PACKAGE.parent), "MYPYPATH": str(PACKAGE.parent)})
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(importlib.util.find_spec("mypy") is None, reason="mypy is not installed")
def test_the_package_is_strictly_typed(tmp_path):
    done = subprocess.run([sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path), str(PACKAGE)],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_parameter_in_the_stub_is_the_modules():
    """pybind11 tells its signatures in the docstrings alone, so stubtest cannot see the names of parameters."""
    stub = (PACKAGE / "_core.pyi").read_text(encoding="utf-8")
    for name in ("Follower", "LogFile", "Door", "DirectoryFile", "FiguresRequest"):
        kind = getattr(cordboard._core, name)
        for member in vars(kind):
            doc = (getattr(getattr(kind, member), "__doc__", None) or "").split("\n")[0]
            if not doc.startswith(f"{member}("):
                continue
            real = [p.split(":")[0].strip() for p in doc.split("(", 1)[1].split(")", 1)[0].split(",")]
            told = stub.split(f"class {name}:")[1].split(f"def {member}(")[1].split(")")[0]
            assert [p.split(":")[0].strip() for p in told.split(",")] == real, f"{name}.{member}"


def test_every_name_is_there():
    for name in cordboard.__all__:
        assert getattr(cordboard, name) is not None
    assert cordboard.__version__.count(".") == 2


def test_every_error_has_a_class_with_two_bases():
    for code in cordboard.Errc:
        if code is cordboard.Errc.OK:
            continue
        error = errors.of(code, "more")
        assert type(error) is not cordboard.Error, code
        assert error.errc == code
        builtin = [b for b in type(error).__mro__ if b.__module__ == "builtins" and b not in (Exception, BaseException, object)]
        assert builtin, code
        assert "more" in str(error)


def test_an_error_that_this_version_does_not_know():
    error = errors.of(9999)
    assert isinstance(error, cordboard.Error) and error.errc == 9999


def test_the_systems_errors_are_os_errors():
    error = errors.of(-13, "the log")
    assert isinstance(error, OSError) and isinstance(error, cordboard.Error)
    assert error.errno == 13 and "Permission denied" in str(error)


def test_an_event_of_a_newer_board_is_handed_out_as_unknown():
    slot = bytearray(128)
    slot[0] = 9
    slot[16:18] = (60000).to_bytes(2, "little")
    slot[32] = 7
    event = Event.from_slot(slot)
    assert isinstance(event, cordboard.Unknown) and event.number == 60000 and event.sequence == 9 and event.call == 7
    assert event.kind == 60000 and event.kind.name == "UNKNOWN_60000" and bytes(event) == bytes(slot)
    assert cordboard.Cause(60000).name == "UNKNOWN_60000"
