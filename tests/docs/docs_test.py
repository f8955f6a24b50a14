# SPDX-License-Identifier: Apache-2.0
"""Doxygen finds every name of include/cordboard described, and would find one that is not.

usage: docs_test.py SOURCE_FOLDER VERSION
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

source, version = Path(sys.argv[1]), sys.argv[2]
NAMELESS = {
    "zz.h": ("/* SPDX-License-Identifier: Apache-2.0 */\n/* A header. */\nint cordboard_undescribed(void);\n", "cordboard_undescribed"),
    "zz.hpp": ("// SPDX-License-Identifier: Apache-2.0\n// A header.\n/// A record.\nstruct zz {\n  int undescribed;\n};\n", "undescribed"),
}


def doxygen(folder: str, more: str = "") -> subprocess.CompletedProcess[str]:
    settings = (source / "cmake/doxygen/Doxyfile").read_text(encoding="utf-8") + more
    environment = {**os.environ, "CORDBOARD_DOCS": folder, "CORDBOARD_VERSION": version}
    return subprocess.run(["doxygen", "-"], input=settings, stderr=subprocess.PIPE, text=True, cwd=source, env=environment)


def main() -> int:
    if shutil.which("doxygen") is None:
        print("skipped: there is no doxygen here; Debian's package is doxygen")
        return 77
    with tempfile.TemporaryDirectory(prefix="cordboard_docs_") as folder:
        done = doxygen(folder)
        pages = [page for page in Path(folder).glob("*.html") if "cordboard_attach" in page.read_text(encoding="utf-8")]
        if done.returncode != 0 or not pages:
            print(done.stderr)
            return 1
    for name, (text, undescribed) in NAMELESS.items():
        with tempfile.TemporaryDirectory(prefix="cordboard_docs_") as folder:
            header = Path(folder) / name
            header.write_text(text, encoding="utf-8")
            done = doxygen(folder, f"\nINPUT = {header}\nUSE_MDFILE_AS_MAINPAGE =\n")
            if done.returncode == 0 or undescribed not in done.stderr:
                print(f"{name}: an undescribed name was not found\n{done.stderr}")
                return 1
    print("every public name is described")
    return 0


if __name__ == "__main__":
    sys.exit(main())
