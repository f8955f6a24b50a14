#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Installs a build into a folder of its own and uses it as a stranger would: find_package, pkg-config, add_subdirectory.

    test_install.py SOURCE BUILD C_COMPILER CXX_COMPILER BUILD_TYPE [OPTIONS OF THE SUBDIRECTORY'S CMAKE]
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path



def run(*command: str | Path, **environment: str) -> str:
    done = subprocess.run(
        [str(part) for part in command], env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode != 0:
        print(f"failed ({done.returncode}):", *command)
        print(done.stdout)
        sys.exit(1)
    return done.stdout


def by_cmake(consumer: Path, build: Path, *options: str) -> None:
    run("cmake", "-S", consumer, "-B", build, "-G", "Ninja", *options)
    run("cmake", "--build", build)
    for program in ("use_c", "use_cpp"):
        print("   ", run(build / program).strip())


def main() -> int:
    source, build, c_compiler, cxx_compiler, build_type = sys.argv[1:6]
    consumer = Path(source) / "tests" / "install" / "consumer"
    compilers = (f"-DCMAKE_C_COMPILER={c_compiler}", f"-DCMAKE_CXX_COMPILER={cxx_compiler}", f"-DCMAKE_BUILD_TYPE={build_type}")
    # Beside the build, so that sources have the same relative names there and ccache knows them.
    with tempfile.TemporaryDirectory(prefix="install-", dir=Path(build).parent) as folder:
        there = Path(folder)
        run("cmake", "--install", build, "--prefix", there / "first")
        # Moved after the install: nothing in it may know where it was.
        prefix = (there / "first").rename(there / "prefix")
        print("find_package")
        by_cmake(consumer, there / "package", *compilers, f"-DCMAKE_PREFIX_PATH={prefix}")

        print("pkg-config")
        found = next(prefix.rglob("pkgconfig"))
        for library, compiler, name, standard in (
            ("cordboard_c", c_compiler, "use.c", "-std=c99"),
            ("cordboard", cxx_compiler, "use.cpp", "-std=c++20"),
        ):
            flags = run("pkg-config", "--cflags", "--libs", library, PKG_CONFIG_PATH=str(found)).split()
            program = there / f"{library}.out"
            run(compiler, standard, consumer / name, "-o", program, *flags, f"-Wl,-rpath,{found.parent}")
            print("   ", run(program).strip())

        print("add_subdirectory")
        by_cmake(consumer, there, *compilers, f"-DCORDBOARD_SOURCE={source}", *sys.argv[6:])
    return 0


if __name__ == "__main__":
    sys.exit(main())
