# SPDX-License-Identifier: Apache-2.0
"""A program of another language prints, of the same board, byte for byte what the C99 one prints, and gives a command.

usage: consumers_test.py LANGUAGE LOOPBACK_BOARD C99_CONSUMER LIBRARY SOURCE_FOLDER NODE_MODULES

Exits 77 when the machine has not the language: that is a skip, never a pass.
"""

from __future__ import annotations

import difflib
import os
import select
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SKIPPED = 77
LIMIT = 60.0
language = sys.argv[1]
board_program, c99, library, source, node_modules = (Path(name) for name in sys.argv[2:])
headers = source / "include"
consumers = source / "tests" / "abi" / "consumers"


def need(tool: str, package: str) -> str:
    found = shutil.which(tool)
    if found is None:
        print(f"skipped: there is no {tool} here; Debian's package is {package}")
        sys.exit(SKIPPED)
    return found


def commands(folder: Path) -> tuple[list, list | None]:
    """What to run with a board's folder behind it; and what says how records lie that are written by hand."""
    own = [library, headers]
    if language in ("ctypes", "cffi"):
        if language == "cffi" and subprocess.run([sys.executable, "-c", "import cffi"], stderr=subprocess.DEVNULL).returncode != 0:
            print("skipped: there is no cffi here; Debian's package is python3-cffi")
            sys.exit(SKIPPED)
        return [sys.executable, "-B", consumers / f"consumer_{language}.py", *own], None
    if language == "luajit":
        return [need("luajit", "luajit"), consumers / "consumer.lua", *own], None
    if language == "node":
        node = need("node", "nodejs")
        if not (node_modules / "koffi").is_dir():
            print(f"skipped: {node_modules} has no koffi; ./dev test puts it there when npm reaches its registry")
            sys.exit(SKIPPED)
        return [node, consumers / "node" / "consumer.js", *own], None
    program = folder / "consumer"
    if language == "rust":
        run(need("rustc", "rustc"), "--edition", "2021", "-D", "warnings", consumers / "consumer.rs", "-o", program,
            "-L", library.parent)
        command = [program]
    else:
        run(need("mcs", "mono-mcs"), "-warnaserror", f"-out:{program}", consumers / "Consumer.cs")
        command = [need("mono", "mono-runtime"), program]
    return command, [*command, "--layout"]


def run(*command: str | Path) -> str:
    environment = {**os.environ, "LD_LIBRARY_PATH": str(library.parent), "NODE_PATH": str(node_modules)}
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, text=True, timeout=LIMIT, env=environment)
    if done.returncode != 0:
        sys.exit(f"{command[0]} failed: {done.returncode}\n{done.stdout}")
    return done.stdout


def wait_ready(board: subprocess.Popen[str]) -> None:
    assert board.stdout is not None
    if not select.select([board.stdout], [], [], LIMIT)[0] or board.stdout.readline() != "ready\n":
        sys.exit("the board is not ready")


def compare(what: str, theirs: str, ours: str) -> None:
    if theirs != ours:
        difference = difflib.unified_diff(ours.splitlines(), theirs.splitlines(), "C99", language, n=0, lineterm="")
        sys.exit(f"{what} differs:\n" + "\n".join(difference))


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="cordboard_abi_", dir="/dev/shm") as name:
        folder = Path(name)
        consumer, layout = commands(folder)
        if layout is not None:
            compare("the layout", run(*layout), run(board_program, "--layout"))
        house = source / "tests" / "fake_board" / "house.toml"
        with subprocess.Popen([board_program, house, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as board:
            assert board.stdin is not None
            try:
                wait_ready(board)
                ours = run(c99, folder / "run")
                board.stdin.write("again\n")
                board.stdin.flush()
                wait_ready(board)
                theirs = run(*consumer, folder / "run")
                board.stdin.close()
                if board.wait(LIMIT) != 0:
                    sys.exit("the board failed")
            finally:
                board.kill()
        lines = ours.splitlines()
        if len(lines) != 21 or not lines[20].endswith(": command_done") or "放射科" not in ours:
            sys.exit(f"the C99 program printed:\n{ours}")
        compare("what is printed", theirs, ours)
        print(f"{language}: twenty events and a command, as in C99")
    return 0


if __name__ == "__main__":
    sys.exit(main())
