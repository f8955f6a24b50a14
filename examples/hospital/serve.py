#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Leaves the small hospital running for a softphone of your own: the switchboard, and two operators' phones that answer by themselves.

Ends in order on Ctrl-C. The log stays, so the next start goes on after it.
"""
import argparse
import asyncio
import contextlib
import os
import pathlib
import signal
import sys
import tempfile

from cordboard import Board, OperatorConfigured
from cordboard.errors import OperatorWrongState
from house import House, example, program
from peers import Baresip, PeerError

HERE = pathlib.Path(__file__).resolve().parent
POSITIONS = {"1001": 440.0, "1002": 480.0}
YOURS = "2000"

HOW = """
Your softphone:      user {number}   password {password}   server {address} (UDP or TCP)
no softphone?        ./dev phone
you call the house:  dial {queue}; an operator's phone answers and plays a tone (another phone: its number)
the house calls you: PYTHONPATH={bindings} {python} {here}/call_me.py
every event:         {program} log --follow {run}

您的软电话:          用户 {number}   密码 {password}   服务器 {address}(UDP 或 TCP)
没有软电话?         ./dev phone
您呼叫总机:          拨 {queue},话务员话机自动应答并播放提示音(其他话机:拨其号码)
总机呼叫您:          PYTHONPATH={bindings} {python} {here}/call_me.py
查看全部事件:        {program} log --follow {run}

Ctrl-C ends it; the log stays in {hot}. What happens · 实况:
"""


async def seat(board: Board) -> None:
    """Every operator takes calls. The log remembers who was logged on when the house was stopped."""
    for operator in sorted({event.operator for event in board.events(after=0, follow=False) if isinstance(event, OperatorConfigured)}):
        with contextlib.suppress(OperatorWrongState):
            await board.log_on(operator)
        await board.ready(operator)


async def stay(address: str | None, apart: pathlib.Path | None) -> int:
    ended = asyncio.Event()
    for end in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(end, ended.set)
    async with contextlib.AsyncExitStack() as stack:
        folder = apart or pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cordboard-serve-")))
        if apart:
            house = House.prepare(folder)
            stack.callback(house.remove)
        else:
            house = House(folder, example())
        hospital = house.hospital
        if address:
            hospital["sip"]["address"] = hospital["media"]["address"] = address
            house.address = f"{address}:{hospital['sip']['port']}"
        house.write()
        await house.start()
        assert house.child
        stack.push_async_callback(house.stop)
        for number, hz in POSITIONS.items():
            phone = await Baresip.start(folder / number, number, house.phone(number)["password"], house.address, hz=hz,
                                        address=hospital["sip"]["address"])
            stack.push_async_callback(phone.stop)
            await phone.registered()
        board = await stack.enter_async_context(Board.attach(str(house.run)))
        await seat(board)
        bindings = os.path.relpath(next(path for path in sys.path if path.endswith("bindings/python")))
        print(HOW.format(number=YOURS, password=house.phone(YOURS)["password"], address=house.address,
                         queue=hospital["queue"][0]["number"], bindings=bindings, python=sys.executable,
                         here=os.path.relpath(HERE), program=os.path.relpath(program()), run=house.run, hot=house.hot), flush=True)
        lines = await asyncio.create_subprocess_exec(program(), "log", "--follow", "--after", str(board.log.newest), str(house.run))
        ends = asyncio.create_task(ended.wait())
        gone = asyncio.create_task(house.child.wait(float("inf")))
        await asyncio.wait((ends, gone), return_when=asyncio.FIRST_COMPLETED)
        if lines.returncode is None:
            lines.terminate()
        await lines.wait()
        if gone.done():
            print(house.child.text()[-2000:], file=sys.stderr)
            return 1
        gone.cancel()
    print("stopped · 已停止")
    return 0


def main() -> int:
    options = argparse.ArgumentParser(description="Leaves the small hospital running for a softphone of your own.")
    options.add_argument("--address", help="this machine's IP address, for phones on other machines; 127.0.0.1 otherwise")
    options.add_argument("--folder", type=pathlib.Path,
                         help="a house apart: what it writes goes there, its port is a free one, its log goes when it does")
    given = options.parse_args()
    try:
        return asyncio.run(stay(given.address, given.folder))
    except PeerError as error:
        print(f"serve: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
