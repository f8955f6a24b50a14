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
from peers import Baresip  # noqa: E402

SKIPPED = 77


async def plain_baresip(folder: pathlib.Path, command: str) -> None:
    """baresip with the configuration that it makes itself, and the command that `serve` prints."""
    phone = await asyncio.create_subprocess_exec("baresip", "-f", str(folder), "-e", command, stdin=asyncio.subprocess.PIPE,
                                                 stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)
    assert phone.stdout
    said = b""
    try:
        async with asyncio.timeout(30):
            while b"200 OK" not in said:
                line = await phone.stdout.readline()
                assert line, f"baresip ended:\n{said.decode()}"
                said += line
    finally:
        phone.terminate()
        await phone.wait()


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

    line = re.search(r"baresip -e '([^']+)'", said)
    assert line, said
    await plain_baresip(folder / "plain", line[1])
    print("registered by the line for baresip")

    phone = await Baresip.start(folder / "softphone", number, password, server, hz=700)
    stack.push_async_callback(phone.stop)
    await phone.registered()
    await phone.dial(f"sip:{dial[1]}@{server}")
    await phone.wait("CALL_ESTABLISHED", timeout=30)
    await phone.hangup()
    await phone.wait("CALL_CLOSED")
    print("called the house")

    # The program as it is printed, but for the place of the house.
    program = (HOSPITAL / "call_me.py").read_text().replace('"/tmp/cordboard-hospital"', repr(run[1]))
    assert run[1] in program
    (folder / "call_me.py").write_text(program)
    mark = len(phone.events)
    call = await asyncio.create_subprocess_exec(sys.executable, "-B", str(folder / "call_me.py"), stdout=asyncio.subprocess.PIPE)
    stack.callback(lambda: call.returncode is None and call.kill())
    await phone.wait("CALL_ESTABLISHED", after=mark, timeout=30)
    await phone.hangup()
    async with asyncio.timeout(30):
        output = (await call.communicate())[0].decode()
    assert call.returncode == 0 and output.startswith("a phone rings\n") and "answered" in output, output
    assert output.endswith("ended: normal_clearing\n"), output
    print("was called by the program")

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
