#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A stranger with a softphone: registers as `serve` prints it, calls the house, and is called by the program in README.md."""
import asyncio
import contextlib
import pathlib
import re
import shutil
import signal
import sys
import tempfile

HOSPITAL = pathlib.Path(__file__).resolve().parents[2] / "examples" / "hospital"
sys.path.insert(0, str(HOSPITAL))
from cordboard import Board  # noqa: E402
from serve import seat  # noqa: E402

SKIPPED = 77


class Terminal:
    """A program of the example that a person types to and reads from."""

    def __init__(self, process: asyncio.subprocess.Process):
        self.process = process
        self.said = ""

    @classmethod
    async def start(cls, *argv: str) -> "Terminal":
        return cls(await asyncio.create_subprocess_exec(sys.executable, "-B", *argv, stdin=asyncio.subprocess.PIPE,
                                                        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT))

    async def types(self, line: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(line.encode() + b"\n")
        await self.process.stdin.drain()

    async def reads(self, text: str, timeout: float = 30) -> None:
        """Reads on until this was said."""
        assert self.process.stdout
        async with asyncio.timeout(timeout):
            while text not in self.said:
                line = await self.process.stdout.readline()
                assert line, f"ended before {text!r}:\n{self.said}"
                self.said += line.decode()
        self.said = self.said[self.said.index(text) + len(text):]

    async def ends(self) -> str:
        """Waits for its end; what it said last."""
        async with asyncio.timeout(30):
            output = (await self.process.communicate())[0].decode()
        assert self.process.returncode == 0, output
        return self.said + output

    def kill(self) -> None:
        if self.process.returncode is None:
            self.process.kill()


async def softphone(folder: pathlib.Path, stack: contextlib.AsyncExitStack) -> None:
    script = [sys.executable, "-B", str(HOSPITAL / "serve.py"), "--folder", str(folder / "house")]
    serve = await asyncio.create_subprocess_exec(*script, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)
    stack.push_async_callback(serve.wait)
    stack.callback(lambda: serve.returncode is None and serve.send_signal(signal.SIGTERM))
    assert serve.stdout
    said = ""
    async with asyncio.timeout(60):
        while "Ctrl-C" not in said:
            line = await serve.stdout.readline()
            assert line, f"serve ended:\n{said}"
            said += line.decode()
    told = re.search(r"user (\d+) +password (\S+) +server (\S+)", said)
    dial, run = re.search(r"dial (\d+);", said), re.search(r"log --follow (\S+)", said)
    assert told and dial and run, said
    number, password, server = told.groups()
    print(f"told to register {number} at {server} and to dial {dial[1]}")

    assert "./dev phone" in said, said

    # The program as it is printed, but for the place of the house.
    program = (HOSPITAL / "call_me.py").read_text().replace('"/tmp/cordboard-hospital"', repr(run[1]))
    assert run[1] in program
    (folder / "call_me.py").write_text(program)
    refused = await asyncio.create_subprocess_exec(sys.executable, "-B", str(folder / "call_me.py"), stderr=asyncio.subprocess.PIPE)
    stack.callback(lambda: refused.returncode is None and refused.kill())
    async with asyncio.timeout(30):
        why = (await refused.communicate())[1].decode()
    assert refused.returncode == 1 and why.startswith("call_me: device out of service: make_call("), why
    print("was told that no softphone is registered")

    # The operators are logged on already, as they are at a start on a log of before.
    async with Board.attach(run[1]) as board:
        await seat(board)

    phone = await Terminal.start(str(HOSPITAL / "phone.py"), "--number", number, "--password", password, "--server", server)
    stack.callback(phone.kill)
    await phone.reads(f"Phone {number} is registered at {server}.")
    await phone.types("answer")
    await phone.reads("nothing rings")
    await phone.types("call 9000")
    await phone.reads("not a command: call 9000")
    await phone.types(f"dial {dial[1]}")
    await phone.reads("you are connected")
    await phone.types("hangup")
    await phone.reads("the call is over")
    print("called the house")

    call = await Terminal.start(str(folder / "call_me.py"))
    stack.callback(call.kill)
    await phone.reads("it rings: answer")
    await phone.types("answer")
    await phone.reads("you are connected")
    await call.reads("answered")
    await phone.types("hangup")
    await phone.reads("the call is over")
    assert (await call.ends()).endswith("ended: normal_clearing\n")
    print("was called by the program")
    await phone.types("quit")
    # Two calls of one second have one recording: baresip names it by the time.
    heard = [line.strip() for line in (await phone.ends()).splitlines() if line.endswith("-dec.wav")]
    assert heard and all(pathlib.Path(path).is_file() for path in heard), heard
    shutil.rmtree(pathlib.Path(heard[0]).parents[2])
    print("has recorded what it heard")

    serve.send_signal(signal.SIGINT)
    async with asyncio.timeout(30):
        rest = (await serve.stdout.read()).decode()
        assert await serve.wait() == 0, rest
    assert "call_cleared" in rest, rest
    assert not pathlib.Path(run[1]).exists(), "the house apart left its folder"


async def main() -> None:
    with tempfile.TemporaryDirectory(prefix="cordboard-softphone-") as folder:
        async with contextlib.AsyncExitStack() as stack:
            await softphone(pathlib.Path(folder), stack)


if __name__ == "__main__":
    if not shutil.which("baresip"):
        print("skipped: baresip is not installed")
        sys.exit(SKIPPED)
    asyncio.run(main())
