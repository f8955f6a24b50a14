# SPDX-License-Identifier: Apache-2.0
"""A Kamailio that registers phones with digest and forwards calls: what the peers are proven against, without Cordboard."""
import pathlib
import shutil

import kamailio
from peers import Child, PeerError, free_port, until

_SETTINGS = """modparam("tm", "fr_timer", 1500)
"""


class Registrar:
    """Password of extension N: `secret-N`."""

    def __init__(self, child: Child, address: str):
        self.address = address
        self._child = child

    @classmethod
    async def start(cls, folder: pathlib.Path) -> "Registrar":
        port = free_port()
        kamailio.write(folder, "127.0.0.1", port, _SETTINGS)
        child = await kamailio.launch(folder)
        registrar = cls(child, f"127.0.0.1:{port}")
        try:
            await until(lambda: _listens(port), 10, "Kamailio's start")
        except PeerError as error:
            raise PeerError(f"{error}: {child.text()[-500:]}") from None
        return registrar

    async def stop(self) -> None:
        await self._child.stop()


def _listens(port: int) -> bool:
    """Whether somebody has a TCP socket open for connections at this port of the loopback."""
    wanted = f"0100007F:{port:04X}"
    lines = pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]
    return any(line.split()[1] == wanted and line.split()[3] == "0A" for line in lines)


def available() -> bool:
    return shutil.which("kamailio") is not None
