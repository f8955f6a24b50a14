# SPDX-License-Identifier: Apache-2.0
"""`cordboard serve` on a copy of hospital.toml with ports and folders of its own, so that nothing here is in its way."""
import json
import os
import pathlib
import shutil
import tempfile
import tomllib
from typing import Any

from peers import Child, PeerError, free_port, free_range, until

HERE = pathlib.Path(__file__).resolve().parent
OUTSIDE = "127.0.0.2"  # where callers from outside come from: the trunk is known by its address, the phones are on 127.0.0.1
_VOICE_PORTS = 200


def to_toml(tables: dict[str, Any]) -> str:
    """Writes what `tomllib` read: tables of values and arrays of tables, which is all that the configuration has."""
    def value(one: Any) -> str:
        # A JSON string, number, boolean and array of these is TOML too.
        return json.dumps(one, ensure_ascii=False)

    parts = []
    for name, table in tables.items():
        head, rows = ("[[{}]]", table) if isinstance(table, list) else ("[{}]", [table])
        parts += [head.format(name) + "\n" + "".join(f"{key} = {value(one)}\n" for key, one in row.items()) for row in rows]
    return "\n".join(parts)


def program() -> str:
    """The `cordboard` program: $CORDBOARD_PROGRAM, or that of the build in $CORDBOARD_BUILD, or the one on PATH.

    @raises PeerError  when there is none
    """
    build = os.environ.get("CORDBOARD_BUILD")
    found = os.environ.get("CORDBOARD_PROGRAM") or (f"{build}/src/cli/cordboard" if build else shutil.which("cordboard"))
    if not found or not pathlib.Path(found).exists():
        raise PeerError("there is no program 'cordboard'; `./dev demo` builds it, or set CORDBOARD_PROGRAM")
    return found


def example() -> dict[str, Any]:
    """hospital.toml, fit to be written elsewhere: the files that it names are those beside it."""
    hospital = tomllib.loads((HERE / "hospital.toml").read_text())
    for hours in hospital["hours"]:
        hours["holidays"] = str(HERE / hours["holidays"])
    return hospital


class House:
    """The switchboard process and what was written down for it. It can be killed and started again."""

    def __init__(self, folder: pathlib.Path, hospital: dict[str, Any]):
        self.folder = folder
        self.hospital = hospital
        self.run = pathlib.Path(hospital["board"]["run"])
        self.hot = pathlib.Path(hospital["log"]["hot"])
        self.address = f"{hospital['sip']['address']}:{hospital['sip']['port']}"
        self.starts = 0
        self.child: Child | None = None

    @classmethod
    def prepare(cls, folder: pathlib.Path, **changes: Any) -> "House":
        """Writes `folder`/hospital.toml from the example's. Each change is a table whose keys are set, `policy={...}`, or all
        tables of a name: `trunk=[{...}]`."""
        hospital = example()
        memory = pathlib.Path("/dev/shm")
        # The path of a local socket is at most 107 bytes, so the run folder is not put somewhere deep.
        hospital["board"]["run"] = tempfile.mkdtemp(prefix="cordboard-run-")
        hospital["log"]["hot"] = tempfile.mkdtemp(prefix="cordboard-log-", dir=memory if memory.is_dir() else None)
        hospital["sip"]["port"] = free_port()
        first = free_range(_VOICE_PORTS)
        hospital["media"] |= {"port_min": first, "port_max": first + _VOICE_PORTS - 1}
        for trunk in hospital["trunk"]:
            trunk |= {"addresses": [OUTSIDE], "target": f"sip:{OUTSIDE}:{free_port(OUTSIDE)};transport=udp"}
        for table, keys in changes.items():
            hospital[table] = hospital.get(table, {}) | keys if isinstance(keys, dict) else keys
        house = cls(folder, hospital)
        house.write()
        return house

    def write(self) -> None:
        """Writes the configuration as it is now; before `start`."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "hospital.toml").write_text(to_toml(self.hospital))

    def phone(self, number: str) -> dict[str, Any]:
        """What the configuration says of a phone or department."""
        return next(row for row in self.hospital["phone"] + self.hospital["department"] if row["number"] == number)

    async def start(self, timeout: float = 15.0) -> None:
        """Starts, or starts again, and waits until programs can attach and phones can call.

        @raises PeerError  with the last lines of its output when it ends instead, or takes too long
        """
        self.starts += 1
        self.child = await Child.start([program(), "serve", "--lang", "en", str(self.folder / "hospital.toml")], self.folder,
                                       f"serve.{self.starts}")
        child = self.child
        try:
            await until(lambda: child.returncode is not None or "\nready\n" in child.text(), timeout, "cordboard serve's start")
        except PeerError as error:
            raise PeerError(f"{error}\n{child.text()[-2000:]}") from None
        if child.returncode is not None:
            raise PeerError(f"cordboard serve ended with {child.returncode} at its start:\n{child.text()[-2000:]}")

    async def kill(self) -> None:
        """As a crash: SIGKILL."""
        assert self.child
        await self.child.kill()

    async def stop(self) -> int:
        """Ends it in order; the log stays. Safe to repeat."""
        return await self.child.stop(grace=10) if self.child else 0

    def remove(self) -> None:
        """Forgets the log and the run folder."""
        shutil.rmtree(self.run, ignore_errors=True)
        shutil.rmtree(self.hot, ignore_errors=True)
