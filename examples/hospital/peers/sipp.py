# SPDX-License-Identifier: Apache-2.0
"""A caller from outside: SIPp plays the signalling from a scenario, `Voice` talks and listens."""
import asyncio
import csv
import dataclasses
import pathlib
import re
import time

from .child import Child, PeerError, until
from .ports import free_port
from .voice import Voice

SCENARIOS = pathlib.Path(__file__).parent.parent / "scenarios"


@dataclasses.dataclass(frozen=True)
class CallerResult:
    """What a caller has seen, from SIPp's own counters and the RTP that passed."""

    exit_code: int        # SIPp's: 0 when the call went as its scenario says
    successful: int       # SIPp's counters over all its calls
    failed: int
    answered: bool
    hung_up_by: str       # "house", "caller" or "" when neither came to it
    sent: int             # RTP packets
    received: int
    errors: str           # SIPp's text about messages that it did not expect


class _Ear:
    """The other end of SIPp's command socket (-3pcc): a scenario tells how far it is, and waits there for our word."""

    def __init__(self) -> None:
        self.call: str | None = None  # the Call-ID, once the scenario waits
        self.port = 0
        self._writer: asyncio.StreamWriter | None = None
        self._server: asyncio.Server | None = None

    @classmethod
    async def open(cls) -> "_Ear":
        ear = cls()
        ear._server = await asyncio.start_server(ear._listen, "127.0.0.1", 0)
        ear.port = ear._server.sockets[0].getsockname()[1]
        return ear

    def tell(self) -> bool:
        """Lets the scenario go on; false when it no longer listens."""
        if not self._writer or self._writer.is_closing():
            return False
        self._writer.write(f"Call-ID: {self.call}\r\nFrom: house\r\n\r\n\x1b".encode())
        return True

    def close(self) -> None:
        if self._writer:
            self._writer.close()
        if self._server:
            self._server.close()

    async def _listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        try:
            message = (await reader.readuntil(b"\x1b")).decode(errors="replace")
            self.call = re.search(r"^Call-ID:\s*(\S+)", message, re.MULTILINE)[1]  # type: ignore[index]
            await reader.read()  # until SIPp ends
        except asyncio.IncompleteReadError:
            pass
        writer.close()


class Caller:
    """One call by one SIPp process. Answered calls talk in a tone of `hz`."""

    def __init__(self, folder: pathlib.Path, child: Child, voice: Voice, ear: "_Ear"):
        self.folder = folder
        self.voice = voice
        self._child = child
        self._ear = ear
        self._watch = asyncio.create_task(self._follow())

    @classmethod
    async def call(cls, folder: pathlib.Path, to: str, *, board: str, number: str, name: str = "",
                   scenario: str = "caller_stays", hz: float = 1000.0, address: str = "127.0.0.1",
                   transport: str = "udp", limit: float = 120.0) -> "Caller":
        """Calls number `to` at `board` ("host:port") from `address`.

        @param scenario  a file of `scenarios/`, without .xml; with caller_leaves and caller_cancels see `hang_up`
        @param limit     SIPp ends itself after this many seconds, whatever happens
        """
        voice = await Voice.open(address, hz)
        ear = await _Ear.open()
        folder.mkdir(parents=True, exist_ok=True)
        argv = ["sipp", "-sf", str(SCENARIOS / f"{scenario}.xml"), board, "-s", to, "-i", address,
                "-p", str(free_port(address)), "-t", "t1" if transport == "tcp" else "u1", "-m", "1", "-nostdin",
                "-key", "caller_number", number, "-key", "caller_name", name, "-key", "voice_port", str(voice.port),
                "-timeout", f"{limit:g}s", "-timeout_error", "-trace_logs", "-log_file", str(folder / "said"),
                "-trace_stat", "-stf", str(folder / "counters.csv"), "-trace_err", "-error_file", str(folder / "errors"),
                "-trace_msg", "-message_file", str(folder / "messages")]
        script = (SCENARIOS / f"{scenario}.xml").read_text()
        if "\nCANCEL " in script:
            # The answers to the INVITE and to its CANCEL come in any order; the one that is late is no failure.
            argv += ["-default_behaviors", "all,-abortunexp"]
        if "recvCmd" in script:
            argv += ["-3pcc", f"127.0.0.1:{ear.port}"]
        try:
            return cls(folder, await Child.start(argv, folder, "sipp"), voice, ear)
        except BaseException:
            voice.close()
            ear.close()
            raise

    def said(self) -> str:
        """What the scenario has logged so far."""
        path = self.folder / "said"
        return path.read_text(errors="replace") if path.exists() else ""

    @property
    def over(self) -> bool:
        return self._child.returncode is not None

    async def answered(self, timeout: float = 10.0) -> None:
        """Waits until the house has answered.

        @raises PeerError  when it has not, or the call ended before
        """
        await self._until("answered", timeout)

    async def hang_up(self, timeout: float = 10.0) -> None:
        """Tells the caller to hang up (caller_leaves) or to give up (caller_cancels), as soon as there is something to.

        The voice falls silent first, so that few packets are on their way when the house closes its port.

        @raises PeerError  when the call has not come so far in time
        """
        await until(lambda: self._ear.call is not None or self.over, timeout, f"caller in {self.folder.name}: a call")
        self.voice.hush()
        if not self._ear.tell():
            raise PeerError(f"caller in {self.folder.name}: the call ended before it could be hung up")

    async def result(self, timeout: float = 60.0) -> CallerResult:
        """Waits for the end of the call, then tells what became of it.

        @raises PeerError  when the call goes on after `timeout` seconds
        """
        code = await self._child.wait(timeout)
        await self.close()
        said = self.said()
        errors = self.folder / "errors"
        counters = self._counters()
        return CallerResult(
            code, int(counters.get("SuccessfulCall(C)", 0)), int(counters.get("FailedCall(C)", 0)), "answered" in said,
            "house" if "they hung up" in said else "caller" if "hanging up" in said else "", self.voice.sent,
            self.voice.received, errors.read_text(errors="replace") if errors.exists() else "")

    async def close(self) -> None:
        """Ends everything of this caller. Safe to repeat."""
        self._watch.cancel()
        await self._child.stop()
        self.voice.close()
        self._ear.close()

    async def _until(self, word: str, timeout: float) -> None:
        end = time.monotonic() + timeout
        while word not in self.said():
            if self.over or time.monotonic() > end:
                why = "the call ended before" if self.over else f"not within {timeout:g} s"
                raise PeerError(f"caller in {self.folder.name}: {word!r}: {why}")
            await asyncio.sleep(0.01)

    async def _follow(self) -> None:
        """Lets the voice speak once it is known where to, and keeps silent when the call is over."""
        while not self.over:
            said = self.said()
            if where := re.search(r"answered ([\d.]+) (\d+)", said):
                self.voice.speak_to(where[1], int(where[2]))
            if "they hung up" in said or "hanging up" in said:
                break
            await asyncio.sleep(0.02)
        self.voice.hush()

    def _counters(self) -> dict[str, str]:
        path = self.folder / "counters.csv"
        if not path.exists():
            return {}
        rows = list(csv.DictReader(path.read_text().splitlines(), delimiter=";"))
        return rows[-1] if rows else {}
