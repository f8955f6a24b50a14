#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""cordboard directory import and export: what changes is told, a file that is wrong changes nothing, an export shows what may be seen."""

import subprocess
import sys
import tempfile
from pathlib import Path

program, files = sys.argv[1:]


def run(*arguments: str) -> tuple[int, str]:
    done = subprocess.run([program, "directory", arguments[0], "--lang", "en", *arguments[1:]], capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout


with tempfile.TemporaryDirectory() as folder:
    house, staff = Path(folder) / "house.csv", Path(folder) / "staff.csv"
    example = (Path(files) / "directory.csv").read_text(encoding="utf-8")
    staff.write_text(example, encoding="utf-8")
    assert run("import", str(staff), str(house)) == (0, f"{house}: 11 entries, 11 added, 0 changed, 0 removed\n")
    assert run("import", str(house), str(house)) == (0, f"{house}: 11 entries, 0 added, 0 changed, 0 removed\n")
    rows = example.splitlines()
    staff.write_text("\n".join(rows[:-1]).replace("护士长", "主任") + "\np9,person,吕芳,,内科,,,,8031\n", encoding="utf-8")
    assert run("import", str(staff), str(house)) == (0, f"{house}: 11 entries, 1 added, 1 changed, 1 removed\n")
    kept = house.read_bytes()
    staff.write_text(example.replace("8022", "80x2"), encoding="utf-8")
    code, told = run("import", str(staff), str(house))
    assert code == 1 and told.startswith(f"{staff}:10:") and '"80x2"' in told, told
    assert house.read_bytes() == kept
    code, shown = run("export", str(house), "--see", "through")
    assert code == 0 and "+8613800138001" not in shown and "8021 through" in shown, shown
    assert run("search", str(house), "13800138001")[0] == 1
    assert run("search", str(house), "13800138001", "--see", "internal") [1].startswith("p1  张伟")
print("imported, exported and searched")
