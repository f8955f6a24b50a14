#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A PostgreSQL server of a test's own: in a folder that is gone afterwards, on a local socket and no port. It refuses to run as root, so
root's tests run it as the user postgres.

    postgresql.py PROGRAM ...    runs a program with CORDBOARD_POSTGRESQL, the server's connection
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import types
from pathlib import Path

SKIPPED = 77


def tools() -> Path | None:
    """Where Debian keeps the server's programs, newest version first."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda file: int(file.parts[4]), reverse=True)
    return found[0].parent if found else None


class Server:
    def __init__(self) -> None:
        bin_folder = tools()
        if bin_folder is None:
            print("skipped: there is no PostgreSQL server here; Debian's package is postgresql-15")
            sys.exit(SKIPPED)
        self.bin = bin_folder
        self.user = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
        self.folder = Path(tempfile.mkdtemp(prefix="cordboard_pg_", dir="/dev/shm"))
        if self.user:
            os.chown(self.folder, self.user.pw_uid, self.user.pw_gid)
        # trust: only who may enter the folder, which is its owner and root, reaches the socket.
        self.do("initdb", "-D", str(self.folder / "data"), "-U", "cordboard", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        self.start()
        self.do("createdb", "-h", str(self.folder), "-U", "cordboard", "cordboard")
        self.connection = f"host={self.folder} user=cordboard dbname=cordboard"

    def do(self, tool: str, *given: str) -> None:
        how = {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []} if self.user else {}
        done = subprocess.run([self.bin / tool, *given], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=120, cwd="/", env={**os.environ, "LC_ALL": "C.UTF-8"}, **how)  # type: ignore[call-overload]
        if done.returncode != 0:
            raise RuntimeError(f"{tool}: {done.stdout}")

    def start(self) -> None:
        """Nothing, when it runs."""
        if (self.folder / "data" / "postmaster.pid").exists():
            return
        options = f"-c listen_addresses='' -c unix_socket_directories='{self.folder}' -c fsync=off -c shared_buffers=32MB"
        self.do("pg_ctl", "-D", str(self.folder / "data"), "-l", str(self.folder / "log"), "-w", "-t", "100", "-o", options, "start")

    def kill(self) -> None:
        """At once, as a machine that loses its power: no goodbye to clients."""
        self.do("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "-w", "stop")

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, kind: type[BaseException] | None, wrong: BaseException | None, trace: types.TracebackType | None) -> None:
        try:
            self.kill()
        except RuntimeError as gone:
            print(gone)
        shutil.rmtree(self.folder, ignore_errors=True)


def main() -> int:
    with Server() as server:
        return subprocess.run(sys.argv[1:], env={**os.environ, "CORDBOARD_POSTGRESQL": server.connection}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
