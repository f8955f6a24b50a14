# SPDX-License-Identifier: Apache-2.0
"""The C++ library exports what the public headers declare, and nothing else.

usage: cpp_exports_test.py NM SOURCE_FOLDER LIBRARY PARTS...      the static parts that the library is made of
"""

import re
import subprocess
import sys
from pathlib import Path


def functions(*command: str) -> set[str]:
    """The functions that are defined, demangled; without those of headers, which every program has itself."""
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return {line[19:] for line in listed.splitlines() if line[17:18] == "T"}


def main() -> int:
    nm, source, library, *parts = sys.argv[1:]
    everything = functions(nm, "-C", "--defined-only", *parts)
    exported = functions(nm, "-DC", "--defined-only", library)
    headers = "".join(header.read_text(encoding="utf-8") for header in sorted((Path(source) / "include/cordboard").glob("*.hpp")))
    code = re.sub(r"//[^\n]*", "", headers)
    classes = set(re.findall(r"^(?:class|struct) (\w+)[^;]*?\{", code, re.MULTILINE))
    declared = set(re.findall(r"\b(\w+)\(", code))
    public = set()
    for name in everything:
        path = re.match(r"cordboard::(\w+)(?:\[[\w:]+\])?(::|\()", name)
        if path is not None and path[1] in (classes if path[2] == "::" else declared):
            public.add(name)
    wrong = [f"{name}: declared, not exported; see cmake/cordboard.map" for name in sorted(public - exported)]
    wrong += [f"{name}: exported, not declared in a public header" for name in sorted(exported - public)]
    print("\n".join(wrong + [f"{len(exported)} of {len(everything)} functions exported"]))
    return 1 if wrong or not exported else 0


if __name__ == "__main__":
    sys.exit(main())
