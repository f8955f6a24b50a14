#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Greps the tree for what no compiler refuses: an include against the arrows of src/README.md, a file without its licence line, a page
that names what does not exist.

    tidy.py ROOT          names each finding with file and line; exits 1 when there is one
    tidy.py --self-test   plants each kind of fault in a small tree and expects it to be found
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from pathlib import Path
from typing import Iterator, NamedTuple


class Folder(NamedTuple):
    """What the files of a folder may include: folders of our own, and libraries by the first part of the header's name."""

    ours: tuple[str, ...]
    libraries: tuple[str, ...] = ()
    pure: bool = False


# The arrows, in one place. Every folder may include itself, `include` and the standard library.
ARROWS = {
    "include": Folder((), ("tl",)),
    "src/base": Folder((), ("tl", "fmt", "posix")),
    "src/numbers": Folder((), ()),
    "src/hours": Folder(("src/base",), ("tl", "fmt", "date")),
    "src/dialogue": Folder(("src/base",), ("fmt",), pure=True),
    "src/config": Folder(("src/base", "src/hours", "src/dialogue"), ("tl", "fmt", "posix", "toml++")),
    "src/directory": Folder(("src/base", "src/hours", "src/numbers"), ("fmt",)),
    "src/call": Folder(("src/base",), ("tl",), pure=True),
    "src/board": Folder(("src/base", "src/call"), ("tl",), pure=True),
    "src/log": Folder(("src/base",), ("tl", "fmt", "posix", "openssl")),
    "src/snapshot": Folder(("src/base", "src/call", "src/board", "src/log"), ("tl", "fmt")),
    "src/sip": Folder(("src/base", "call/facts.hpp", "call/actions.hpp"), ("tl", "fmt", "posix", "sofia-sip", "openssl")),
    "src/media": Folder(("src/base", "call/facts.hpp", "call/actions.hpp"), ("tl", "fmt", "posix", "spandsp", "srtp2", "opus", "openssl")),
    "src/figures": Folder(("src/base", "src/log"), ("tl", "fmt", "date", "posix")),
    "src/store": Folder(("src/base", "src/numbers"), ("tl", "fmt", "posix")),
    "src/client": Folder(("src/base",), ("tl", "fmt", "posix")),
    "src/outbox": Folder(("src/base", "src/hours", "src/config"), ("tl", "fmt", "posix", "openssl", "curl")),
    "src/runtime": Folder(
        ("src/base", "src/hours", "src/numbers", "src/call", "src/sip", "src/media", "src/board", "src/log", "src/snapshot"),
        ("tl", "fmt", "posix", "boost", "openssl"),
    ),
    "src/gateway": Folder(
        ("src/base", "src/config", "src/call", "src/board", "src/log", "src/snapshot", "src/figures", "src/store"), ("tl", "fmt", "posix", "boost", "openssl"),
    ),
    "src/cli": Folder(
        ("src/base", "src/hours", "src/dialogue", "src/config", "src/directory", "src/call", "src/sip", "src/media", "src/board", "src/log", "src/snapshot",
         "src/runtime", "src/client", "src/figures", "src/store", "src/gateway", "src/outbox"),
        ("tl", "fmt", "posix", "boost"),
    ),
    "bindings/door": Folder((), ("tl", "fmt", "posix", "boost")),
    "bindings/c": Folder(("bindings/door",), ("tl", "fmt", "posix")),
    "bindings/python": Folder(("bindings/door",), ("tl", "fmt", "posix", "pybind11", "python")),
    "examples": Folder((), ("fmt", "boost", "posix")),
}
# The only public header that mentions Asio, and the executor by which Asio enters the SIP loop.
EXCEPTIONS = {"include/cordboard/board.hpp": ("boost",), "src/sip/loop_executor.hpp": ("boost",)}

# Decisions replay to the same state: no clock, thread, socket, file or chance, and no walk over a hash map.
IMPURE = frozenset(
    "thread mutex shared_mutex condition_variable future stop_token semaphore barrier latch random unordered_map "
    "unordered_set fstream iostream filesystem ctime".split()
)
POSIX = re.compile(r"^(sys|netinet|arpa|net|linux|bits)/|^(immintrin|nmmintrin|smmintrin|emmintrin)\.h$")
C_STANDARD = frozenset(
    "assert ctype errno float inttypes limits math setjmp signal stdarg stdbool stddef stdint stdio stdlib string time".split()
)

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
LICENCE = "SPDX-License-Identifier: Apache-2.0"
SOURCES = re.compile(r"\.(cpp|hpp|c|h|py|pyi|ts|mjs|cmake|sh)$|(^|/)(CMakeLists\.txt|dev|run)$")
SKIPPED = frozenset((".git", "build", ".cache", ".ccache", "node_modules", "__pycache__", ".mypy_cache", ".pytest_cache"))
# The sources speak of the project alone: of nobody's machine, and of no list of work. (Put together, so that this file passes.)
PRIVATE = re.compile(r"(?<![\w.])/(work|root|Users)/|\bissue" + r" #?\d|\bstage" + r" [AB]\b", re.IGNORECASE)
UNFINISHED = re.compile(r"\b(TO" + r"DO|FIX" + r"ME)\b|\bNOLINT" + r"(NEXTLINE|BEGIN|END)?(?![A-Z(])")


class Finding(NamedTuple):
    path: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what}"


def files_of(root: Path) -> Iterator[str]:
    for folder, names, files in os.walk(root):
        names[:] = sorted(name for name in names if name not in SKIPPED)
        for name in sorted(files):
            path = (Path(folder) / name).relative_to(root).as_posix()
            if SOURCES.search(path):
                yield path


def folder_of(path: str) -> str | None:
    """The row of ARROWS that a file stands in; None where no row is needed."""
    parts = path.split("/")
    if parts[0] in ("include", "examples"):
        return parts[0]
    if parts[0] in ("src", "bindings") and len(parts) > 2:
        return "/".join(parts[:2])
    return None


def library_of(header: str) -> str:
    """`std`, `posix`, or the first part of the name."""
    stem, dot, ending = header.partition(".")
    if "/" not in header and (not dot or (ending == "h" and stem in C_STANDARD)):
        return "std"
    if POSIX.match(header):
        return "posix"
    if header in ("Python.h", "structmember.h"):
        return "python"
    first = header.partition("/")[0]
    return "posix" if first == header and ending == "h" else first


def refused(path: str, mark: str, header: str, root: Path) -> str | None:
    """Why a file may not include a header; None: it may."""
    folder = folder_of(path)
    if folder is None:
        return None
    if folder not in ARROWS:
        return f"the folder {folder} has no arrows yet: draw them in tests/tidy/tidy.py and src/README.md"
    row = ARROWS[folder]
    if mark == '"' and (root / path).parent.joinpath(header).exists():
        return None
    if header.startswith("cordboard/"):
        return None
    first = header.partition("/")[0]
    if "/" in header and first not in (".", ".."):
        for ours in (f"src/{first}", f"bindings/{first}"):
            if ours not in ARROWS and not (root / ours).is_dir():
                continue
            if ours == folder or ours in row.ours or header in row.ours:
                return None
            return f"no arrow from {folder} to {ours}: <{header}>"
    library = library_of(header)
    if library == "std":
        stem = header.removesuffix(".h")
        return f"{folder} is pure: <{header}>" if row.pure and stem in IMPURE else None
    if library in row.libraries or library in EXCEPTIONS.get(path, ()):
        return None
    return f"{folder} does not use {library}: <{header}>"


def check(root: Path) -> list[Finding]:
    findings = []
    for path in files_of(root):
        text = (root / path).read_text(encoding="utf-8")
        lines = text.split("\n")
        if text and not any(LICENCE in line for line in lines[:3]):
            findings.append(Finding(path, 1, f"the licence line is missing: {LICENCE}"))
        if text and not text.endswith("\n"):
            findings.append(Finding(path, len(lines), "the last line has no end"))
        for number, line in enumerate(lines, 1):
            include = INCLUDE.match(line) if path.endswith((".cpp", ".hpp", ".c", ".h")) else None
            if include and (why := refused(path, include[1], include[2], root)):
                findings.append(Finding(path, number, why))
            if line != line.rstrip():
                findings.append(Finding(path, number, "space at the end of the line"))
            if "\t" in line:
                findings.append(Finding(path, number, "a tab"))
            if private := PRIVATE.search(line):
                findings.append(Finding(path, number, f"speaks of somebody's machine or list of work: {private[0]!r}"))
            if unfinished := UNFINISHED.search(line):
                findings.append(Finding(path, number, f"unfinished, or a check left out without its name: {unfinished[0]!r}"))
    return findings


LINK = re.compile(r"\]\(([^)#:]+)\)|`((?:src|tests|examples|schema|bindings|include)/[\w./-]+)`")
PROGRAM = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def check_docs(root: Path) -> list[Finding]:
    """Pages name files that exist, and a program printed in one is the file that the tests run."""
    findings = []
    for path in sorted(root.glob("*.md")) + sorted(root.glob("src/*.md")) + sorted(root.glob("examples/*/*.md")):
        name, text = path.relative_to(root).as_posix(), path.read_text(encoding="utf-8")
        for number, line in enumerate(text.split("\n"), 1):
            for link, place in LINK.findall(line):
                if not ((path.parent / link).exists() if link else (root / place).exists() or (path.parent / place).exists()):
                    findings.append(Finding(name, number, f"names what does not exist: {link or place}"))
        programs = {file.read_text(encoding="utf-8").partition("\n")[2] for file in root.glob("examples/*/*.py")}
        for program in PROGRAM.findall(text):
            if program not in programs:
                findings.append(Finding(name, 1, "prints a Python program that is not that of an example"))
    return findings


def self_test() -> int:
    """A planted fault each; the second column is what must be said about it, or None where nothing may be said."""
    licence = f"// {LICENCE}\n"
    planted = [
        ("src/call/a.hpp", licence + "#include <sip/stack.hpp>\n", "no arrow from src/call to src/sip"),
        ("src/call/b.hpp", licence + "#include <unordered_map>\n", "src/call is pure"),
        ("src/call/c.hpp", licence + "#include <unistd.h>\n", "src/call does not use posix"),
        ("src/call/d.hpp", licence + '#include "../log/writer.hpp"\n', "src/call does not use .."),
        ("src/call/facts.hpp", licence + "#include <cordboard/ids.hpp>\n#include <vector>\n", None),
        ("src/board/a.cpp", licence + "#include <board/board.hpp>\n#include <call/leg_fsm.hpp>\n", None),
        ("src/board/b.cpp", licence + "#include <log/writer.hpp>\n", "no arrow from src/board to src/log"),
        ("src/sip/a.cpp", licence + "#include <sofia-sip/nta.h>\n#include <call/facts.hpp>\n", None),
        ("src/sip/b.cpp", licence + "#include <call/leg_fsm.hpp>\n", "no arrow from src/sip to src/call"),
        ("src/sip/c.cpp", licence + "#include <board/board.hpp>\n", "no arrow from src/sip to src/board"),
        ("src/sip/d.cpp", licence + "#include <boost/asio/post.hpp>\n", "src/sip does not use boost"),
        ("src/log/a.cpp", licence + "#include <sys/mman.h>\n#include <base/assert.hpp>\n", None),
        ("src/log/b.cpp", licence + "  #  include <runtime/loop.hpp>\n", "no arrow from src/log to src/runtime"),
        ("src/media/a.cpp", licence + "#include <sofia-sip/su.h>\n", "src/media does not use sofia-sip"),
        ("src/runtime/a.cpp", licence + "#include <boost/asio/post.hpp>\n#include <sip/stack.hpp>\n", None),
        ("src/newcomer/a.cpp", licence + "#include <vector>\n", "the folder src/newcomer has no arrows yet"),
        ("include/cordboard/a.hpp", licence + "#include <boost/asio/post.hpp>\n", "include does not use boost"),
        ("include/cordboard/board.hpp", licence + "#include <boost/asio/post.hpp>\n", None),
        ("include/cordboard/b.hpp", licence + "#include <call/facts.hpp>\n", "no arrow from include to src/call"),
        ("bindings/c/b.cpp", licence + "#include <door/door.hpp>\n#include <cordboard/cordboard.h>\n", None),
        ("bindings/door/a.cpp", licence + "#include <runtime/service.hpp>\n", "no arrow from bindings/door to src/runtime"),
        ("bindings/c/a.cpp", licence + "#include <log/writer.hpp>\n", "no arrow from bindings/c to src/log"),
        ("examples/embed/a.cpp", licence + "#include <base/assert.hpp>\n", "no arrow from examples to src/base"),
        ("src/base/a.hpp", "#pragma once\n", "the licence line is missing"),
        ("src/base/b.py", f"# {LICENCE}\nx = 1", "the last line has no end"),
        ("src/base/c.hpp", licence + "int a; \n", "space at the end"),
        ("src/base/d.hpp", licence + "// see " + "/wo" + "rk/notes\n", "speaks of somebody's machine"),
        ("src/base/e.hpp", licence + "int a;  // NOLI" + "NT\n", "unfinished"),
        ("src/base/f.hpp", licence + "int a;  // NOLI" + "NT(bugprone-x): why\n", None),
        ("examples/embed/a.py", f"# {LICENCE}\nimport b\n", None),
        ("README.md", "[a](examples/embed/a.py) `src/base/d.hpp`\n```python\nimport b\n```\n", None),
        ("A.md", "[a](examples/embed/z.py)\n", "names what does not exist: examples/embed/z.py"),
        ("B.md", "see `tests/none.cpp`\n", "names what does not exist: tests/none.cpp"),
        ("examples/embed/README.md", "`tests/none.cpp` `src/own.ts`\n", "names what does not exist: tests/none.cpp"),
        ("examples/embed/src/own.ts", licence, None),
        ("C.md", "```python\nimport c\n```\n", "prints a Python program"),
        ("src/base/g.hpp", licence + "// TO" + "DO: later\n", "unfinished"),
    ]
    failures = []
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for path, text, _ in planted:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding="utf-8")
        found: dict[str, list[Finding]] = {}
        for finding in check(root):
            found.setdefault(finding.path, []).append(finding)
        for finding in check_docs(root):
            found.setdefault(finding.path, []).append(finding)
        for path, _, expected in planted:
            said = [finding.what for finding in found.get(path, [])]
            if expected is None and said:
                failures.append(f"{path}: nothing is wrong there, but: {said}")
            if expected is not None and (len(said) != 1 or expected not in said[0]):
                failures.append(f"{path}: expected '{expected}', but: {said}")
    for failure in failures:
        print(failure)
    print(f"{len(planted) - len(failures)} of {len(planted)} planted files judged as they should be")
    return 1 if failures else 0


def main() -> int:
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    root = Path(sys.argv[1])
    findings = check(root) + check_docs(root)
    for finding in findings:
        print(finding)
    print(f"{len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
