# SPDX-License-Identifier: Apache-2.0
"""npm_test.py FOLDER [DIST]: types and unit tests of a folder with a package.json; with DIST also its page, built there, and what it weighs.

Exits 77, skipped, when what it needs of npm is not installed: `./dev test` does that.
"""
import pathlib
import re
import subprocess
import sys

FIRST_LOAD_MAX = 200_000  # bytes, compressed


def run(folder: pathlib.Path, *command: str) -> None:
    done = subprocess.run(command, cwd=folder, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}")


def first_load(dist: pathlib.Path) -> int:
    """What a browser fetches before the page is there: the page, and all that it names, as they cross the wire."""
    page = (dist / "index.html").read_text()
    if re.search(r"<script(?![^>]*\bsrc=)|<style|\son\w+=|style=", page):
        sys.exit("the page has a script or a style of its own, which its security policy forbids")
    names = re.findall(r'(?:src|href)="/([^"]+)"', page)
    return sum((dist / f"{name}.br").stat().st_size for name in ["index.html", *names])


def main() -> None:
    folder = pathlib.Path(sys.argv[1]).resolve()
    if not (folder / "node_modules" / ".package-lock.json").exists():
        print(f"skipped: npm ci has not run in {folder}")
        sys.exit(77)
    bin_ = folder / "node_modules" / ".bin"
    run(folder, str(bin_ / "tsc"), "--noEmit")
    run(folder, str(bin_ / "vitest"), "run")
    if len(sys.argv) > 2:
        dist = pathlib.Path(sys.argv[2]).resolve()
        run(folder, str(bin_ / "vite"), "build", "--outDir", str(dist), "--emptyOutDir", "--logLevel", "warn")
        run(folder, "node", "compress.mjs", str(dist))
        size = first_load(dist)
        print(f"first load: {size} bytes, at most {FIRST_LOAD_MAX}")
        if size > FIRST_LOAD_MAX:
            sys.exit("the console has become too large")


main()
