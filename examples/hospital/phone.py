#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A softphone in the terminal, for machines without one or without a sound card: it says a tone and records what it hears."""
import argparse
import asyncio
import contextlib
import pathlib
import signal
import sys
import tempfile
import threading
import tomllib

from peers import Baresip, PeerError

HERE = pathlib.Path(__file__).resolve().parent
HOW = """Phone {number} is registered at {server}.   话机 {number} 已注册。
dial 9000 · answer · hangup · quit          拨号 9000 · 接听 · 挂断 · 退出
"""
SAID = {
    "CALL_INCOMING": "it rings: answer, or hangup          来电:answer 接听,hangup 挂断",
    "CALL_RINGING": "it rings there                      对方振铃",
    "CALL_ESTABLISHED": "you are connected                    已接通",
    "CALL_CLOSED": "the call is over                    通话结束",
    "REGISTER_FAIL": "no longer registered                 注册失败",
}


def lines(into: asyncio.Queue[str]) -> None:
    """What is typed, from a thread of its own: a terminal, a pipe and a file are read alike."""
    loop = asyncio.get_running_loop()

    def read() -> None:
        for line in sys.stdin:
            with contextlib.suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(into.put_nowait, line.strip())

    threading.Thread(target=read, daemon=True).start()


async def tell(phone: Baresip) -> None:
    """Says what the phone does, as it does it."""
    seen = len(phone.events)
    while True:
        await phone.changed(seen)
        for event in phone.events[seen:]:
            if text := SAID.get(event["type"]):
                # Why a call is over baresip says in the words of its own sockets.
                why = "" if event["type"] == "CALL_CLOSED" else event.get("param", "")
                print(f"{text}   {why}".rstrip(), flush=True)
        seen = len(phone.events)


async def obey(phone: Baresip, typed: asyncio.Queue[str], server: str) -> None:
    """Does what is typed, until `quit`."""
    while (line := await typed.get()) != "quit":
        verb, _, to = line.partition(" ")
        calls = [event["type"] for event in phone.events if event["type"] in ("CALL_INCOMING", "CALL_OUTGOING", "CALL_ESTABLISHED", "CALL_CLOSED")]
        state = calls[-1] if calls else "CALL_CLOSED"
        try:
            match verb:
                case "dial" if to: await phone.dial(f"sip:{to}@{server}")
                case "answer" if state != "CALL_INCOMING": print("nothing rings                       无来电", flush=True)
                case "answer": await phone.accept()
                case "hangup" if state == "CALL_CLOSED": print("there is no call                    无通话", flush=True)
                case "hangup": await phone.hangup()
                case "": pass
                case _: print(f"not a command: {line}. Commands: dial NUMBER · answer · hangup · quit", flush=True)
        except PeerError as error:
            print(error, flush=True)


async def stay(given: argparse.Namespace) -> None:
    folder = pathlib.Path(tempfile.mkdtemp(prefix="cordboard-phone-"))
    phone = await Baresip.start(folder / "phone", given.number, given.password, given.server, hz=620,
                                answer="auto" if given.answer else "manual", address=given.address)
    try:
        await phone.registered()
        print(HOW.format(number=given.number, server=given.server), flush=True)
        typed: asyncio.Queue[str] = asyncio.Queue()
        lines(typed)
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        for end in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(end, ended.set)
        doing = [asyncio.create_task(one) for one in (tell(phone), obey(phone, typed, given.server), ended.wait())]
        await asyncio.wait(doing, return_when=asyncio.FIRST_COMPLETED)
        for one in doing:
            one.cancel()
    finally:
        await phone.stop()
    heard = sorted((phone.folder / "recorded").glob("*-dec.wav"))
    if heard:
        print("what it heard · 录音:", *heard, sep="\n  ")


def main() -> int:
    hospital = tomllib.loads((HERE / "hospital.toml").read_text())
    phones = {phone["number"]: phone for phone in hospital["phone"]}
    options = argparse.ArgumentParser(description="A softphone in the terminal. It says a tone, and records what it hears.")
    options.add_argument("--number", default="2000", help="its extension (2000)")
    options.add_argument("--password", help="the one in hospital.toml unless said")
    options.add_argument("--server", default=f"{hospital['sip']['address']}:{hospital['sip']['port']}", help="host:port (%(default)s)")
    options.add_argument("--address", default="127.0.0.1", help="this machine's address towards the server (%(default)s)")
    options.add_argument("--answer", action="store_true", help="answers by itself")
    given = options.parse_args()
    given.password = given.password or phones.get(given.number, {}).get("password")
    if not given.password:
        options.error(f"hospital.toml has no phone {given.number}: give --password")
    try:
        asyncio.run(stay(given))
    except PeerError as error:
        print(f"phone: {error}\nIs the house up? `./dev serve` starts it.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
