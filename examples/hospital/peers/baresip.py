# SPDX-License-Identifier: Apache-2.0
"""A desk phone: one baresip process with one extension, spoken to over its control socket."""
import asyncio
import json
import pathlib
import re
from collections.abc import Callable
from typing import Any

from . import audio
from .child import Child, PeerError, until
from .ports import free_port, free_range

_CONFIG = """poll_method epoll
sip_listen {address}:{sip_port}
sip_trans_def {transport}
call_local_timeout 120
call_max_calls 8
net_interface {address}
audio_path {folder}
audio_player aubridge,sink
audio_source aufile,{folder}/voice.wav
audio_alert aubridge,alert
ausrc_srate 8000
auplay_srate 8000
ausrc_channels 1
auplay_channels 1
audio_level no
ausrc_format s16
auplay_format s16
auenc_format s16
audec_format s16
rtp_ports {rtp_port}-{rtp_last}
rtcp_mux no
rtp_stats yes
jitter_buffer_delay 1-5
statmode_default off
module_path /usr/lib/baresip/modules
module g711.so
module g722.so
module opus.so
module srtp.so
module aufile.so
module aubridge.so
module sndfile.so
module uuid.so
module_app account.so
module_app contact.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen {address}:{control_port}
snd_path {folder}/recorded
"""
# What the phone says, as a file: with `aufile` the call ends when the file does, so it is longer than any test.
_VOICE_SECONDS = 300
_RTP_PORTS = 16
# baresip prints this when a call's audio ends: packets sent, packets received.
_PACKETS = re.compile(r"^packets:\s+(\d+)\s+(\d+)", re.MULTILINE)

Event = dict[str, Any]


class Baresip:
    """A registered extension that answers by itself (`answer="auto"`) or on command (`answer="manual"`)."""

    def __init__(self, number: str, folder: pathlib.Path):
        self.number = number
        self.folder = folder
        self.events: list[Event] = []
        self._child: Child | None = None
        self._reader: asyncio.Task[None] | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._answers: asyncio.Queue[Event] = asyncio.Queue()
        self._changed = asyncio.Event()

    @classmethod
    async def start(cls, folder: pathlib.Path, number: str, password: str, registrar: str, *, hz: float = 440,
                    answer: str = "auto", transport: str = "udp", address: str = "127.0.0.1",
                    expires: int = 60, more: str = "", seal: str = "",
                    codecs: str = "PCMA,PCMU") -> "Baresip":
        """Starts the phone and asks for registration at `registrar` ("host:port"); see `registered`.

        @param seal  "srtp": it seals its voice where the other end can; "srtp-mand": or there is no call
        @param codecs  what it speaks, the preferred first: PCMA, PCMU, G722/16000/1, opus/48000/2
        @param more  lines for baresip's configuration, as where the certificates are that it believes
        """
        phone = cls(number, folder)
        (folder / "recorded").mkdir(parents=True)
        audio.write_tone(folder / "voice.wav", hz, _VOICE_SECONDS)
        rtp, control = free_range(_RTP_PORTS, address), free_port(address)
        (folder / "config").write_text(_CONFIG.format(
            address=address, sip_port=free_port(address), transport=transport, folder=folder, rtp_port=rtp,
            rtp_last=rtp + _RTP_PORTS - 2, control_port=control) + more)
        # Empty on purpose: the account comes by command, once somebody listens for what becomes of its registration.
        (folder / "accounts").write_text("")
        (folder / "contacts").write_text('"x" <sip:x@127.0.0.1>\n')
        (folder / "current_contact").write_text("")
        phone._child = await Child.start(["baresip", "-4", "-f", str(folder)], folder, "baresip")
        try:
            await phone._connect(address, control)
            account = (f'<sip:{number}@{registrar};transport={transport}>;auth_user={number};auth_pass={password};'
                       f'outbound="sip:{registrar};transport={transport}";answermode={answer};regint={expires};'
                       f"audio_codecs={codecs}{';mediaenc=' + seal if seal else ''}")
            await phone.command("uanew", account)
        except BaseException:
            await phone.stop()
            raise
        return phone

    # ---------------------------------------------------------------------------------------------- what it is told
    async def command(self, name: str, params: str = "", timeout: float = 5.0) -> str:
        """One command of baresip's menu; answers its text.

        @raises PeerError  when baresip says no or says nothing
        """
        assert self._writer
        body = json.dumps({"command": name, "params": params, "token": name}).encode()
        self._writer.write(b"%d:%s," % (len(body), body))
        try:
            answer = await asyncio.wait_for(self._answers.get(), timeout)
        except asyncio.TimeoutError:
            raise PeerError(f"phone {self.number}: no answer to {name!r} within {timeout:g} s") from None
        if not answer.get("ok"):
            raise PeerError(f"phone {self.number}: {name!r}: {answer.get('data')}")
        return str(answer.get("data", ""))

    async def accept(self) -> None:
        await self.command("accept")

    async def hangup(self) -> None:
        await self.command("hangup")

    async def dial(self, uri: str) -> None:
        await self.command("dial", uri)

    # --------------------------------------------------------------------------------------------- what it has seen
    def count(self, kind: str) -> int:
        return sum(event["type"] == kind for event in self.events)

    async def changed(self, seen: int) -> None:
        """Waits, without a bound, until there are more than `seen` events."""
        while len(self.events) <= seen:
            self._changed.clear()
            await self._changed.wait()

    async def wait(self, kind: str, *, after: int = 0, timeout: float = 10.0,
                   matching: Callable[[Event], bool] = lambda event: True) -> Event:
        """The first event of this kind at or past place `after` in `events`; use `len(phone.events)` as "from now on".

        @raises PeerError  when none came in time
        """
        def find() -> Event | None:
            return next((e for e in self.events[after:] if e["type"] == kind and matching(e)), None)

        async def look() -> Event:
            while (found := find()) is None:
                await self.changed(len(self.events))
            return found

        try:
            return await asyncio.wait_for(look(), timeout)
        except asyncio.TimeoutError:
            seen = ", ".join(e["type"] for e in self.events[after:]) or "nothing"
            raise PeerError(f"phone {self.number}: no {kind} within {timeout:g} s; seen: {seen}") from None

    async def registered(self, timeout: float = 10.0) -> None:
        """Waits for the registrar's yes.

        @raises PeerError  when it says no, or nothing
        """
        def said() -> list[str]:
            return [e["type"] for e in self.events if e["type"] in ("REGISTER_OK", "REGISTER_FAIL")]

        await until(lambda: bool(said()), timeout, f"phone {self.number}: registration")
        if "REGISTER_OK" not in said():
            why = next(e.get("param", "") for e in self.events if e["type"] == "REGISTER_FAIL")
            raise PeerError(f"phone {self.number}: registration refused: {why}")

    def packets(self) -> list[tuple[int, int]]:
        """RTP packets (sent, received) of each call that has ended, in the order of their ends."""
        assert self._child
        return [(int(sent), int(received)) for sent, received in _PACKETS.findall(self._child.text())]

    def said(self) -> str:
        """All that baresip has printed."""
        assert self._child
        return self._child.text()

    def heard(self) -> list[audio.Samples]:
        """What the phone played in each call, oldest first: complete once the call has ended."""
        return [audio.read_wav(path) for path in sorted((self.folder / "recorded").glob("*-dec.wav"))]

    # ------------------------------------------------------------------------------------------------------ its end
    async def stop(self) -> None:
        if self._reader:
            self._reader.cancel()
        if self._writer:
            self._writer.close()
        if self._child:
            await self._child.stop()

    async def kill(self) -> None:
        """The plug is pulled: nothing is unregistered, no call is ended."""
        assert self._child
        await self._child.kill()
        await self.stop()

    async def _connect(self, address: str, port: int) -> None:
        async def attempt() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
            while True:
                assert self._child
                if self._child.returncode is not None:
                    raise PeerError(f"phone {self.number} ended at its start: {self._child.text()[-400:]}")
                try:
                    return await asyncio.open_connection(address, port)
                except ConnectionRefusedError:
                    await asyncio.sleep(0.02)

        reader, self._writer = await asyncio.wait_for(attempt(), 10)
        self._reader = asyncio.create_task(self._read(reader))

    async def _read(self, reader: asyncio.StreamReader) -> None:
        try:
            while True:
                size = int((await reader.readuntil(b":"))[:-1])
                message = json.loads((await reader.readexactly(size + 1))[:-1])
                if message.get("event"):
                    self.events.append(message)
                    self._changed.set()
                elif message.get("response"):
                    self._answers.put_nowait(message)
        except (asyncio.IncompleteReadError, ConnectionError):
            return  # the phone has gone; whoever waits for it reaches its bound
