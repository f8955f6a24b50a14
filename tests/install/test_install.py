#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Installs a build and uses it as a stranger would: examples/embed_c and embed_cpp by find_package, pkg-config, add_subdirectory.

    test_install.py SOURCE BUILD C_COMPILER CXX_COMPILER LAUNCHER BUILD_TYPE [OPTIONS OF THE SUBDIRECTORY'S CMAKE]
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

source, build = Path(sys.argv[1]), Path(sys.argv[2])
c_compiler, cxx_compiler, launcher, build_type = sys.argv[3:7]
examples = source / "examples"
cmake_options = (
    f"-DCMAKE_C_COMPILER={c_compiler}", f"-DCMAKE_CXX_COMPILER={cxx_compiler}", f"-DCMAKE_BUILD_TYPE={build_type}",
    f"-DCMAKE_CXX_COMPILER_LAUNCHER={launcher}",
)
# What both programs tell of the call that they make.
TOLD = ["log_on: command_done", "ready: command_done", "originated", "queued", "delivered", "established",
        "clear_call: command_done", "call_cleared"]


def fail(*why: object) -> None:
    print("failed:", *why)
    sys.exit(1)


def run(*command: str | Path, **environment: str) -> str:
    done = subprocess.run(
        [str(part) for part in command], env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode != 0:
        fail(done.returncode, *command, "\n", done.stdout)
    return done.stdout


def try_out(program: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="cordboard_install_", dir="/dev/shm") as folder:
        told = run(program, examples / "embed_c" / "house.toml", folder).splitlines()
    at = -1
    for line in TOLD:
        if line not in told[at + 1 :]:
            fail(f"{program} did not tell {line}:", *told)
        at = told.index(line, at + 1)
    print(f"    {program.name}: {len(told)} lines")


def nothing_of_the_build(prefix: Path) -> None:
    """No file tells where it was built or installed, and no library or program looks for others there."""
    for file in prefix.rglob("*"):
        if file.is_file() and not file.is_symlink():
            content = file.read_bytes()
            for folder in (source, build, prefix.parent):
                if os.fsencode(folder) + b"/" in content:
                    fail(f"{file.relative_to(prefix)} names {folder}")
            if content[:4] == b"\x7fELF" and "RUNPATH" in run("readelf", "-d", file):
                fail(f"{file.relative_to(prefix)} has a run path")
    for library in ("cordboard", "cordboard_c"):
        shared = next(prefix.rglob(f"lib{library}.so"))
        if f"[lib{library}.so.0.1]" not in run("readelf", "-d", shared) or shared.resolve().name != f"lib{library}.so.0.1.0":
            fail(f"{shared} has another version than 0.1")


def versions(prefix: Path, there: Path) -> None:
    """What find_package takes and what not."""
    there.mkdir()
    there.joinpath("CMakeLists.txt").write_text("""
cmake_minimum_required(VERSION 3.25)
project(versions LANGUAGES C CXX)
foreach(asked "0.1" "0.1.0" "0.1;COMPONENTS;c" "0.1;COMPONENTS;c;cordboard")
  find_package(cordboard ${asked} REQUIRED)
endforeach()
foreach(asked "0.2" "0.0" "1.0" "0.1;COMPONENTS;switchboard")
  find_package(cordboard ${asked} QUIET)
  if(cordboard_FOUND)
    message(FATAL_ERROR "found: ${asked}")
  endif()
endforeach()
""")
    run("cmake", "-S", there, "-B", there / "build", "-G", "Ninja", *cmake_options, f"-DCMAKE_PREFIX_PATH={prefix}")


def by_package(prefix: Path, there: Path, *names: str) -> None:
    for name in names:
        run("cmake", "-S", examples / name, "-B", there / name, "-G", "Ninja", *cmake_options, f"-DCMAKE_PREFIX_PATH={prefix}")
        run("cmake", "--build", there / name)
        try_out(there / name / name)


def by_pkg_config(prefix: Path, there: Path) -> None:
    there.mkdir()
    found = next(prefix.rglob("pkgconfig"))
    for library, compiler, name, main, standard in (
        ("cordboard_c", c_compiler, "embed_c", "main.c", "-std=c99"),
        ("cordboard", cxx_compiler, "embed_cpp", "main.cpp", "-std=c++20"),
    ):
        flags = run("pkg-config", "--cflags", "--libs", library, PKG_CONFIG_PATH=str(found)).split()
        run(compiler, standard, examples / name / main, "-o", there / name, *flags, f"-Wl,-rpath,{found.parent}")
        try_out(there / name)


def main() -> int:
    # Beside the build and with a name that stays, so that sources have the same relative names and ccache knows them.
    there = build.parent / f"install-{build.name}"
    shutil.rmtree(there, ignore_errors=True)
    # As a packager does it; then moved: nothing in it may know where it was.
    run("cmake", "--install", build, "--prefix", "/opt/cordboard", DESTDIR=str(there / "stage"))
    prefix = (there / "stage" / "opt" / "cordboard").rename(there / "prefix")
    nothing_of_the_build(prefix)
    versions(prefix, there / "versions")
    print("find_package")
    by_package(prefix, there / "package", "embed_c", "embed_cpp")
    print("pkg-config")
    by_pkg_config(prefix, there / "pkg-config")

    print("add_subdirectory, static")
    run("cmake", "-S", source / "tests/install/subdirectory", "-B", there, "-G", "Ninja", *cmake_options,
        f"-DCORDBOARD_SOURCE={source}", *sys.argv[7:])
    run("cmake", "--build", there, "--target", "all", "cordboard_program")
    try_out(there / "embed_c" / "embed_c")
    try_out(there / "embed_cpp" / "embed_cpp")
    print("find_package, static")
    run("cmake", "--install", there / "cordboard", "--component", "Unspecified", "--prefix", there / "static")
    if not list((there / "static").rglob("libcordboard.a")):
        fail("there is no static library")
    by_package(there / "static", there / "static-package", "embed_cpp")
    shutil.rmtree(there)
    return 0


if __name__ == "__main__":
    sys.exit(main())
