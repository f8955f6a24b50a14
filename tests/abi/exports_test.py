# SPDX-License-Identifier: Apache-2.0
"""The exported names equal the map, and the map equals the headers.

usage: exports_test.py NM LIBRARY SOURCE_FOLDER
"""

import re
import subprocess
import sys
from pathlib import Path


def main() -> int:
    nm, library, source = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    listed = subprocess.run([nm, "-D", "--defined-only", library], capture_output=True, text=True, check=True).stdout
    exported, unversioned = set(), set()
    for line in listed.splitlines():
        name, _, node = line.split()[-1].partition("@@")
        if name.startswith("CORDBOARD_"):
            continue  # the version node itself, which not every linker lists
        exported.add(name)
        if not node:
            unversioned.add(name)
    text = (source / "bindings/c/cordboard.map").read_text(encoding="utf-8")
    mapped = set(re.findall(r"^    (cordboard_\w+);$", text, re.MULTILINE))
    declared = set()
    for header in ("cordboard.h", "cordboard_schema.h"):
        body = (source / "include/cordboard" / header).read_text(encoding="utf-8")
        declared |= set(re.findall(r"^CORDBOARD_API [^(]*?(cordboard_\w+)\(", body, re.MULTILINE))
    wrong = 0
    for what, a, b in (("exported, not in the map", exported, mapped), ("in the map, not exported", mapped, exported),
                       ("declared, not in the map", declared, mapped), ("in the map, not declared", mapped, declared)):
        for name in sorted(a - b):
            print(f"{name}: {what}", file=sys.stderr)
            wrong += 1
    for name in sorted(unversioned):
        print(f"{name}: exported without a version", file=sys.stderr)
        wrong += 1
    print(f"{len(exported)} names exported")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
