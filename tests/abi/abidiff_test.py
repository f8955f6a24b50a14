# SPDX-License-Identifier: Apache-2.0
"""The C ABI against the committed baseline: a break fails, an addition passes. Functions and records by libabigail, from the
library itself; constants, which no library holds, from the header.

    abidiff_test.py check LIBRARY SOURCE    the library and the header against tests/abi/baseline
    abidiff_test.py renew LIBRARY SOURCE    writes that baseline anew, on purpose
    abidiff_test.py self-test CC SOURCE     breaks the header in several ways, and expects each to be found

Exits 77 when abidiff is not installed.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HEADERS = ("cordboard.h", "cordboard_schema.h", "version.h")
BASELINE = Path("tests/abi/baseline/cordboard_c.abi")
CONSTANTS = Path("tests/abi/baseline/constants.txt")


def described(library: Path, headers: Path, out: Path) -> None:
    """What abidw says of a library's exported functions and the types of its public headers."""
    subprocess.run(["abidw", "--exported-interfaces-only", "--no-elf-needed", "--no-corpus-path", "--no-comp-dir-path", "--no-show-locs",
                    "--drop-private-types", "--headers-dir", headers, "--out-file", out, library], check=True)


def difference(before: Path, after: Path) -> str:
    """What a program that was built before would stumble on; empty: nothing."""
    run = subprocess.run(["abidiff", "--no-added-syms", "--no-show-locs", before, after], capture_output=True, text=True,
                         check=False)
    if run.returncode & 3:
        raise SystemExit(f"abidiff: {run.stderr}")
    return run.stdout if run.returncode else ""


def constants(headers: Path) -> dict[str, str]:
    text = "".join((headers / header).read_text(encoding="utf-8") for header in HEADERS)
    return dict(re.findall(r"^\s*(CORDBOARD_\w+) = (\d+)", text, re.MULTILINE))


def moved(before: dict[str, str], after: dict[str, str]) -> str:
    """Constants that are gone or have another value; empty: none."""
    return "".join(f"{name} was {value} and is {after.get(name, 'gone')}\n" for name, value in before.items()
                   if after.get(name) != value)


def check(library: Path, source: Path) -> int:
    with tempfile.TemporaryDirectory() as folder:
        now = Path(folder) / "now.abi"
        described(library, source / "include/cordboard", now)
        found = difference(source / BASELINE, now)
    before = dict(line.split(" ") for line in (source / CONSTANTS).read_text(encoding="utf-8").splitlines())
    found += moved(before, constants(source / "include/cordboard"))
    if not found:
        print("the C ABI is the committed one, or has grown")
        return 0
    print(found, file=sys.stderr)
    print("The C ABI breaks programs that were built before. When that is meant, and no release promised otherwise:\n"
          "  ./dev abi     writes the baseline anew; commit it with the reason", file=sys.stderr)
    return 1


def stub(cc: str, source: Path, folder: Path, name: str, change: tuple[str, str] | None) -> Path:
    """A library that has the functions of the header, changed in one place, and does nothing."""
    headers = folder / name / "cordboard"
    headers.mkdir(parents=True)
    changed = change is None
    declared = ""
    for header in HEADERS:
        text = (source / "include/cordboard" / header).read_text(encoding="utf-8")
        if change is not None and re.search(change[0], text):
            text = re.sub(change[0], change[1], text, count=1)
            changed = True
        (headers / header).write_text(text, encoding="utf-8")
        declared += re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    assert changed, f"{name}: the header has nothing like {change}"
    bodies = ["#include <cordboard/cordboard.h>"]
    for declaration in re.findall(r"^CORDBOARD_API ([^;]*?\));", declared, re.MULTILINE | re.DOTALL):
        void = declaration.startswith("void ")
        bodies.append(f"{declaration} {{ {'' if void else 'return 0;'} }}")
    assert len(bodies) > 40, "the header's functions were not found"
    (folder / name / "stub.c").write_text("\n".join(bodies) + "\n", encoding="utf-8")
    library = folder / name / "libcordboard_c.so"
    subprocess.run([cc, "-std=c99", "-g", "-shared", "-fPIC", "-Wno-unused-parameter", "-I", folder / name,
                    folder / name / "stub.c", "-o", library], check=True)
    out = folder / f"{name}.abi"
    described(library, headers, out)
    return out


# What is done to the header, and whether a program that was built before stumbles on it.
CHANGES: dict[str, tuple[bool, tuple[str, str]]] = {
    "a moved field": (True, (r"  uint32_t calls_max;[^\n]*\n  const char\* log_path;[^\n]*\n",
                             "  const char* log_path;\n  uint32_t calls_max;\n")),
    "a field of another size": (True, (r"  uint32_t revision;([^\n]*)\n  uint32_t keeper;", r"  uint64_t revision;\1\n  uint32_t keeper;")),
    "a removed function": (True, (r"CORDBOARD_API int32_t cordboard_reader_at\([^;]*;", "")),
    "a parameter of another type": (True, (r"cordboard_reader_since\(cordboard_reader\* reader, int64_t time_ns\)",
                                           "cordboard_reader_since(cordboard_reader* reader, int32_t time_ns)")),
    "a parameter more": (True, (r"cordboard_reader_close\(cordboard_reader\* reader\)",
                                "cordboard_reader_close(cordboard_reader* reader, int32_t how)")),
    "a moved constant": (True, (r"CORDBOARD_EVENT_GAP = 3,", "CORDBOARD_EVENT_GAP = 4,")),
    "a removed constant": (True, (r"  CORDBOARD_LOG_GONE = 3,[^\n]*\n", "")),
    "an added function": (False, (r"(CORDBOARD_API uint32_t cordboard_abi\(void\);)",
                                  r"\1\nCORDBOARD_API int32_t cordboard_new_thing(uint32_t what);")),
    "an added constant": (False, (r"(CORDBOARD_EVENT_GAP = 3,[^\n]*\n)", r"\1  CORDBOARD_EVENT_NEW_THING = 60000,\n")),
    "an added record": (False, (r"(/\* Attaches to a board)", r"struct cordboard_new_thing { uint32_t size; };\n\1")),
}


def self_test(cc: str, source: Path) -> int:
    wrong = 0
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        before = stub(cc, source, folder, "before", None)
        for what, (breaks, change) in CHANGES.items():
            name = what.replace(" ", "_")
            found = difference(before, stub(cc, source, folder, name, change))
            found += moved(constants(folder / "before/cordboard"), constants(folder / name / "cordboard"))
            if bool(found) != breaks:
                print(f"{what}: {'not found' if breaks else 'called a break'}\n{found}", file=sys.stderr)
                wrong += 1
            else:
                print(f"{what}: {'found' if breaks else 'passes'}")
    return 1 if wrong else 0


def main() -> int:
    if not shutil.which("abidiff") or not shutil.which("abidw"):
        print("skipped: abidiff is not installed (Debian: abigail-tools)")
        return 77
    what, of, source = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    if what == "self-test":
        return self_test(of, source)
    if what == "renew":
        (source / BASELINE).parent.mkdir(exist_ok=True)
        described(Path(of), source / "include/cordboard", source / BASELINE)
        listed = constants(source / "include/cordboard")
        (source / CONSTANTS).write_text("".join(f"{name} {value}\n" for name, value in listed.items()), encoding="utf-8")
        print(f"wrote {BASELINE.parent}")
        return 0
    return check(Path(of), source)


if __name__ == "__main__":
    sys.exit(main())
