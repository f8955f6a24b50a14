# SPDX-License-Identifier: Apache-2.0
"""SIPp scenarios as short lists of steps, and a run of them."""
import asyncio
import contextlib
import pathlib
from dataclasses import dataclass

from peers.ports import free_port

ADDRESS = "127.0.0.2"  # the outside world: the trunk is known by it

_DESCRIPTION = """v=0
o=sipp 1 1 IN IP4 127.0.0.2
s=-
c=IN IP4 127.0.0.2
t=0 0
m=audio 42000 RTP/AVP 8
a=rtpmap:8 PCMA/8000
"""
_ALLOWED = """<recv response="100" optional="true"/>
"""


def _request(method: str, cseq: int, target: str, to: str, body: str = "", via: str = "[branch]", routes: bool = True) -> str:
    content = f"Content-Type: application/sdp\nContent-Length: [len]\n\n{body}" if body else "Content-Length: 0\n\n"
    return f"""<send{' retrans="500"' if method not in ("ACK",) else ''}><![CDATA[
{method} {target} SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch={via}
{'[routes]' if routes else ''}
From: "SIPp 王" <sip:13900001111@[local_ip]:[local_port]>;tag=s[call_number]
{to}
Call-ID: [call_id]
CSeq: {cseq} {method}
Contact: <sip:sipp@[local_ip]:[local_port];transport=[transport]>
Max-Forwards: 70
{content}
]]></send>
""".replace("\n\nFrom", "\nFrom")


_BRANCH = "z9hG4bK-[pid]-[call_number]-first"  # of the INVITE, its CANCEL and the ACK to its refusal
_URI = "sip:[service]@[remote_ip]:[remote_port]"
_FIRST_TO = f"To: <{_URI}>"


def _reply(status: str, body: str = "", contact: bool = True) -> str:
    content = f"Content-Type: application/sdp\nContent-Length: [len]\n\n{body}" if body else "Content-Length: 0\n\n"
    return f"""<send><![CDATA[
SIP/2.0 {status}
[last_Via:]
[last_From:]
[last_To:]{';tag=u[call_number]' if contact else ''}
[last_Call-ID:]
[last_CSeq:]
[last_Record-Route:]
Contact: <sip:uas@[local_ip]:[local_port];transport=[transport]>
{content}
]]></send>
"""


def scenario(*steps: str) -> str:
    """The steps as SIPp's XML. Each step is a name from the table below, or `pause N` in milliseconds."""
    invite = _request("INVITE", 1, _URI, _FIRST_TO, _DESCRIPTION, via=_BRANCH, routes=False)
    ack = _request("ACK", 1, "[next_url]", "[last_To:]")
    table = {
        "invite": invite + _ALLOWED,
        "ringing": '<recv response="180"/>\n',
        "answered": '<recv response="180" optional="true"/>\n<recv response="200" rrs="true"/>\n' + ack,
        "bye": _request("BYE", 9, "[next_url]", "[last_To:]") + '<recv response="200"/>\n',
        "hold": _request("INVITE", 2, "[next_url]", "[last_To:]", _DESCRIPTION + "a=sendonly\n") + _ALLOWED +
                '<recv response="200"/>\n' + _request("ACK", 2, "[next_url]", "[last_To:]"),
        "cancel": _request("CANCEL", 1, _URI, _FIRST_TO, via=_BRANCH, routes=False).replace(' retrans="500"', "") +
                  '<recv response="200"/>\n<recv response="487"/>\n' +
                  _request("ACK", 1, _URI, "[last_To:]", via=_BRANCH, routes=False),
        "take_bye": '<recv request="BYE"/>\n' + _reply("200 OK", contact=False),
        "serve": '<recv request="INVITE" rrs="true"/>\n' + _reply("180 Ringing") + _reply("200 OK", _DESCRIPTION).replace(
            "<send>", '<send retrans="500">') + '<recv request="ACK"/>\n<recv request="BYE"/>\n' + _reply("200 OK", contact=False),
    }
    text = '<?xml version="1.0" encoding="UTF-8"?>\n<scenario name="steps">\n'
    for step in steps:
        if step.startswith("pause "):
            text += f'<pause milliseconds="{step[6:]}"/>\n'
        elif step.isdigit():
            text += f'<recv response="180" optional="true"/>\n<recv response="{step}"/>\n' + _request(
                "ACK", 1, _URI, "[last_To:]", via=_BRANCH, routes=False)
        elif step.startswith("serve "):
            text += '<recv request="INVITE"/>\n' + _reply(f"{step[6:]} No").replace("<send>", '<send retrans="500">') + '<recv request="ACK"/>\n'
        else:
            text += table[step]
    return text + "</scenario>\n"


@dataclass
class Sipp:
    process: asyncio.subprocess.Process
    port: int

    @classmethod
    async def start(cls, folder: pathlib.Path, steps: list[str], service: str, port: int | None, *, tcp: bool = False,
                    calls: int = 1, rate: int = 10, seconds: int = 30, at: int = 0) -> "Sipp":
        """With `port` a caller of the stack there; without, a callee. `at`: its own port."""
        mine = at or free_port(ADDRESS)
        file = folder / f"{mine}.xml"
        file.write_text(scenario(*steps))
        to = [f"127.0.0.1:{port}", "-s", service, "-r", str(rate)] if port else []
        process = await asyncio.create_subprocess_exec(
            "sipp", "-sf", str(file), *to, "-i", ADDRESS, "-p", str(mine), "-m", str(calls), "-t", "t1" if tcp else "u1",
            "-nostdin", "-timeout", f"{seconds}s", "-timeout_error", "-trace_err", "-error_file", str(folder / f"{mine}.errors"),
            cwd=folder, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL)
        return cls(process, mine)

    async def done(self) -> int:
        """0: every call went as the scenario says."""
        return await asyncio.wait_for(self.process.wait(), 60)

    async def stop(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()


class Stack:
    """One `sip_peer` process."""

    def __init__(self, process: asyncio.subprocess.Process):
        self.process = process
        self.lines: list[str] = []
        self.port = 0
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def start(cls, program: str, *words: str) -> "Stack":
        process = await asyncio.create_subprocess_exec(program, *words, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
        made = cls(process)
        made.port = int((await made.wait("port ")).split()[1])
        return made

    async def _read(self) -> None:
        assert self.process.stdout
        async for line in self.process.stdout:
            self.lines.append(line.decode().rstrip())

    async def wait(self, prefix: str, count: int = 1, timeout: float = 15) -> str:
        """The line that begins so, once there are `count` of them."""
        async def look() -> str:
            while len(found := [line for line in self.lines if line.startswith(prefix)]) < count:
                assert self.process.returncode is None, self.lines
                await asyncio.sleep(0.01)
            return found[count - 1]

        try:
            return await asyncio.wait_for(look(), timeout)
        except asyncio.TimeoutError:
            raise AssertionError(f"no {count} × {prefix!r} in {self.lines}") from None

    def command(self, text: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(text.encode() + b"\n")

    async def kill(self) -> None:
        self.process.kill()
        await self.process.wait()

    async def stop(self) -> None:
        if self.process.returncode is None:
            self.command("quit")
            await asyncio.wait_for(self.process.wait(), 10)
            assert self.process.returncode == 0, self.lines
        self._reader.cancel()
