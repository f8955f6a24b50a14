# SPDX-License-Identifier: Apache-2.0
"""A caller from outside: SIPp plays the signalling from a scenario, `Voice` talks and listens."""
import asyncio
import csv
import dataclasses
import pathlib
import re
import time

from .child import Child, PeerError
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


class Caller:
    """One call by one SIPp process. Answered calls talk in a tone of `hz`."""

    def __init__(self, folder: pathlib.Path, child: Child, voice: Voice):
        self.folder = folder
        self.voice = voice
        self.started = time.monotonic()
        self._child = child
        self._watch = asyncio.create_task(self._follow())

    @classmethod
    async def call(cls, folder: pathlib.Path, to: str, *, board: str, number: str, name: str = "",
                   scenario: str = "caller_stays", stay: float = 0.0, hz: float = 1000.0, address: str = "127.0.0.1",
                   transport: str = "udp", limit: float = 120.0) -> "Caller":
        """Calls number `to` at `board` ("host:port") from `address`.

        @param scenario  a file of `scenarios/`, without .xml
        @param stay      with caller_leaves and caller_cancels: seconds until the caller hangs up
        @param limit     SIPp ends itself after this many seconds, whatever happens
        """
        voice = await Voice.open(address, hz)
        folder.mkdir(parents=True, exist_ok=True)
        argv = ["sipp", "-sf", str(SCENARIOS / f"{scenario}.xml"), board, "-s", to, "-i", address,
                "-p", str(free_port(address)), "-t", "t1" if transport == "tcp" else "u1", "-m", "1", "-nostdin",
                "-key", "caller_number", number, "-key", "caller_name", name, "-key", "voice_port", str(voice.port),
                "-timeout", f"{limit:g}s", "-timeout_error", "-trace_logs", "-log_file", str(folder / "said"),
                "-trace_stat", "-stf", str(folder / "counters.csv"), "-trace_err", "-error_file", str(folder / "errors"),
                "-trace_msg", "-message_file", str(folder / "messages")]
        if scenario in ("caller_leaves", "caller_cancels"):
            argv += ["-set", "stay_ms", str(int(stay * 1000))]
        try:
            return cls(folder, await Child.start(argv, folder, "sipp"), voice)
        except BaseException:
            voice.close()
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
