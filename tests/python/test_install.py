# SPDX-License-Identifier: Apache-2.0
"""The package as it is installed: by CMake, and as a wheel. What is used here is the installed one alone."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

BUILD = os.environ["CORDBOARD_BUILD"]
SOURCE = Path(__file__).parents[2]
PROGRAM = f"""
import sys
sys.path.insert(0, sys.argv[1])
import cordboard
assert cordboard.__file__.startswith(sys.argv[1]), cordboard.__file__
with cordboard.Board.open({str(SOURCE / "tests" / "fake_board" / "house.toml")!r}, run=sys.argv[2] + "/run", log=sys.argv[2] + "/log") as board:
    operator = next(e.operator for e in board.events(after=0) if isinstance(e, cordboard.OperatorConfigured))
    board.operator(operator).log_on().result()
    board.operator(operator).ready().result()
    call = board.loopback.call_in("city", "9000", number="13800138000")
    next(e for e in board.call(call).events(after=0, timeout=20) if isinstance(e, cordboard.Established) and e.operator)
    board.call(call).hold().result()
    print(cordboard.__version__, sum(board.log.array()["kind"] == cordboard.EventKind.HELD))
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="cordboard_install_", dir="/dev/shm") as name:
        yield Path(name)


def run(*command: object) -> str:
    # A sanitizer that is loaded into us is for Python, which loads the module, and not for CMake, which waits for ever under one.
    left_out = {"PYTHONPATH"} if command[0] == sys.executable else {"PYTHONPATH", "LD_PRELOAD"}
    environment = {name: value for name, value in os.environ.items() if name not in left_out}
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
                          env=environment)
    assert done.returncode == 0, done.stdout
    return done.stdout


def use(package: Path, folder: Path) -> None:
    (folder / "board").mkdir()
    said = run(sys.executable, "-X", "dev", "-W", "error", "-I", "-c", PROGRAM, package, folder / "board")
    assert said.split()[1] == "1"


def test_installed_by_cmake(folder):
    run("cmake", "--install", BUILD, "--component", "python", "--prefix", folder / "prefix")
    [typed] = (folder / "prefix").rglob("py.typed")
    assert {f.name for f in typed.parent.iterdir()} >= {f.name for f in (SOURCE / "bindings/python/cordboard").iterdir() if f.is_file()}
    use(typed.parent.parent, folder)


def test_installed_as_a_wheel(folder):
    pytest.importorskip("build", reason="python3-build is not installed")
    wheel = run(sys.executable, SOURCE / "bindings" / "python" / "wheel" / "make_wheel.py", BUILD, folder / "dist").strip()
    assert Path(wheel).name.startswith("cordboard-") and "linux" in wheel and f"cp3{sys.version_info.minor}" in wheel
    run(sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-warn-script-location",
        "--root-user-action=ignore", "--target", folder / "target", wheel)
    use(folder / "target", folder)
