# SPDX-License-Identifier: Apache-2.0
"""A desk phone of another make: one linphonec, told what to do line by line, in files instead of a sound card."""
import os
import pathlib
import re

from peers import Child, PeerError, audio, free_port, until

# It has no words for "all addresses but loopback": what it sends goes where the house is.
_CONFIG = """[sip]
sip_port={port}
sip_tcp_port=-1
sip_tls_port=-1
bind_address=127.0.0.1
register_only_when_network_is_up=0
[rtp]
audio_rtp_port={rtp}
[misc]
auto_net_state_mon=0
[sound]
ec=0
[auth_info_0]
username={number}
passwd={password}
realm={realm}
[proxy_0]
reg_proxy=<sip:{registrar}>
reg_identity=sip:{number}@{registrar}
reg_expires=60
reg_sendregister=1
"""


class Linphone:
    """An extension that answers, holds and transfers as it is told."""

    def __init__(self, number: str, folder: pathlib.Path, child: Child):
        self.number, self._folder, self._child = number, folder, child

    @classmethod
    async def start(cls, folder: pathlib.Path, number: str, password: str, registrar: str, *, realm: str = "cordboard",
                    hz: float = 440) -> "Linphone":
        # It keeps a database below its home, and makes no folder for it.
        for needed in (".local/share/linphone", ".config/linphone"):
            (folder / needed).mkdir(parents=True)
        audio.write_tone(folder / "voice.wav", hz, 60)
        (folder / "linphonerc").write_text(_CONFIG.format(
            port=free_port("127.0.0.1"), rtp=free_port("127.0.0.1"), number=number, password=password, registrar=registrar,
            realm=realm))
        child = await Child.start(["linphonec", "-c", "linphonerc", "-d", "6", "-l", "messages"], folder, "linphonec",
                                  {**os.environ, "HOME": str(folder), "LC_ALL": "C.UTF-8"}, listens=True)
        phone = cls(number, folder, child)
        await phone.tell("soundcard use files", "successfully|Using wav files")
        return phone

    async def tell(self, line: str, then: str, timeout: float = 10) -> re.Match[str]:
        """One command, and what it says of that.

        @param then  a pattern for its output from here on
        @raises PeerError  when it says nothing of the kind in time
        """
        mark = len(self._child.text())
        await self._child.tell(line)
        return await self.says(then, mark, timeout)

    @property
    def now(self) -> int:
        """A place in what it has said."""
        return len(self._child.text())

    async def says(self, pattern: str, mark: int = 0, timeout: float = 10) -> re.Match[str]:
        def found() -> re.Match[str] | None:
            return re.search(pattern, self._child.text()[mark:])

        try:
            await until(lambda: found() is not None, timeout, f"linphone {self.number}: {pattern}")
        except PeerError as error:
            raise PeerError(f"{error}; it said: {self._child.text()[mark:][-600:]}") from None
        match = found()
        assert match
        return match

    async def stop(self) -> None:
        """It says goodbye to its registrar; what does not end so is killed."""
        if self._child.returncode is None:
            await self._child.tell("quit")
        try:
            await self._child.wait(5)
        except PeerError:
            await self._child.kill()
