#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes a wheel of a build, with the tools that are there and no network.

    make_wheel.py BUILD [FOLDER]      writes FOLDER/cordboard-VERSION-....whl, and prints its path; FOLDER is dist unless said

The module inside uses the system's own libraries (sofia-sip, libsndfile, libsamplerate, spandsp, fmt, OpenSSL): the wheel is for the distribution that it was built on.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PROJECT = '''[build-system]
requires = ["setuptools", "wheel"]
build-backend = "setuptools.build_meta"

[project]
name = "cordboard"
version = "{version}"
description = "A hospital's telephone switchboard in software: commands go in, events come out of its log"
requires-python = ">=3.11"
license = {{text = "Apache-2.0"}}

[project.optional-dependencies]
arrays = ["numpy"]

[tool.setuptools]
packages = ["cordboard"]

[tool.setuptools.package-data]
cordboard = ["*.so", "*.pyi", "py.typed"]
'''
# The module was built by CMake; setuptools only has to know that the wheel is for one platform.
SETUP = '''from setuptools import Distribution, setup


class Built(Distribution):
    def has_ext_modules(self):
        return True


setup(distclass=Built)
'''


def run(*command: str | Path) -> None:
    # A sanitizer that is loaded into us is not for the tools: CMake then waits for ever for a child that has ended.
    environment = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
                          env=environment)
    if done.returncode != 0:
        print(done.stdout, file=sys.stderr)
        sys.exit(f"make_wheel: {command[0]} failed ({done.returncode})")


def version(of: Path) -> str:
    [line] = [line for line in (of / "CMakeCache.txt").read_text(encoding="utf-8").splitlines()
              if line.startswith("CMAKE_PROJECT_VERSION:")]
    return line.split("=")[1]


def make(build: Path, into: Path) -> Path:
    with tempfile.TemporaryDirectory(prefix="cordboard_wheel_") as name:
        folder = Path(name)
        run("cmake", "--install", build, "--component", "python", "--strip", "--prefix", folder / "installed")
        [package] = [found.parent for found in (folder / "installed").rglob("py.typed")]
        stage = folder / "stage"
        shutil.copytree(package, stage / "cordboard")
        (stage / "pyproject.toml").write_text(PROJECT.format(version=version(build)), encoding="utf-8")
        (stage / "setup.py").write_text(SETUP, encoding="utf-8")
        run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--skip-dependency-check", "--outdir", folder / "out", stage)
        [wheel] = (folder / "out").glob("cordboard-*.whl")
        into.mkdir(parents=True, exist_ok=True)
        return Path(shutil.copy(wheel, into))


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 3:
        sys.exit(__doc__)
    print(make(Path(sys.argv[1]), Path(sys.argv[2] if len(sys.argv) == 3 else "dist")))
