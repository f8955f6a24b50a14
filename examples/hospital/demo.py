#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A morning at a small hospital, in about a minute: a real switchboard, real SIP phones, and a script as the operators' hands.

Everything runs on this machine's loopback and ends with the demo. Exit code 0: every call ended as the script expects,
nobody was dropped, and three counts agree: what this program saw, what another process counts in the log, and what the
phones themselves have seen.
"""
import argparse
import asyncio
import contextlib
import io
import json
import pathlib
import shutil
import signal
import sys
import tempfile
from typing import Any

import cordboard
from cordboard import Board, Established, MediaEnded, Originated
from house import House, program
from ledger import figures, table
from morning import EMERGENCY, INTERNAL, LABORATORY, PHARMACY, RADIOLOGY, SURGERY, Morning
from narrator import Narrator
from peers import Agent, Baresip, PeerError, tone_seconds, until
from watch import Unexpected, Watch

HERE = pathlib.Path(__file__).resolve().parent
# Who has a real phone, and the tone that it speaks in: whoever is recorded is known by the tone.
PHONES = {"1001": 440.0, "1002": 480.0, "1000": 520.0, EMERGENCY: 350.0, INTERNAL: 380.0, LABORATORY: 410.0}
# Packets that may be on their way when an end closes its port, for each leg: a fifth of a second.
EDGE = 10

INTERRUPTED = 130  # as shells say it of SIGINT


async def lift_phones(house: House, folder: pathlib.Path, stack: contextlib.AsyncExitStack) -> dict[str, Baresip]:
    phones = {}
    for number, hz in PHONES.items():
        answer = "auto" if number.startswith("1") else "manual"
        phones[number] = await Baresip.start(folder / number, number, house.phone(number)["password"], house.address,
                                             hz=hz, answer=answer)
        stack.push_async_callback(phones[number].stop)
    await asyncio.gather(*(phone.registered() for phone in phones.values()))
    return phones


async def lift_agents(house: House, stack: contextlib.AsyncExitStack) -> dict[str, Agent]:
    agents = {}
    for number, answer in ((SURGERY, 486), (RADIOLOGY, 603), (PHARMACY, 0)):
        agents[number] = await Agent.start(number, house.phone(number)["password"], house.address, answer=answer)
        stack.callback(agents[number].close)
        await agents[number].register()
    agents[PHARMACY].die()
    return agents


async def recounted(log: pathlib.Path) -> dict[str, Any]:
    """What another process counts in the log's files."""
    process = await asyncio.create_subprocess_exec(sys.executable, str(HERE / "recount.py"), str(log),
                                                   stdout=asyncio.subprocess.PIPE)
    out, _ = await asyncio.wait_for(process.communicate(), 60)
    if process.returncode != 0:
        raise Unexpected(f"recount.py ended with {process.returncode}")
    found: dict[str, Any] = json.loads(out)
    return found


def compare(name: str, board: int, peer: int, edge: int) -> str | None:
    """What one end has sent the other has received, but for the packets on their way at the end."""
    return None if 0 <= board - peer <= edge else f"{name}: {board} were sent, {peer} came"


def disagreements(morning: Morning, watch: Watch, phones: dict[str, Baresip], agents: dict[str, Agent],
                  counted: dict[str, Any], again: dict[str, Any]) -> list[str]:
    """Where the three counts differ: ours, the log's and the phones'."""
    found: list[str | None] = []
    if counted != again["figures"]:
        found.append(f"this program counted {counted}, recount.py {again['figures']}")

    results = [visit.result for visit in morning.visits if visit.result]
    if sum(result.successful for result in results) != counted["calls"] or any(result.failed for result in results):
        found.append(f"SIPp: {sum(r.successful for r in results)} good and {sum(r.failed for r in results)} failed calls, "
                     f"{counted['calls']} in the log")
    for visit in morning.visits:
        leg = again["callers"].get(str(visit.call))
        if visit.result is None or leg is None:
            found.append(f"{visit.name}: nothing is known of the voice")
            continue
        found.append(compare(f"voice from {visit.name}", visit.result.sent, leg["received"], EDGE))
        found.append(compare(f"voice to {visit.name}", leg["sent"], visit.result.received, EDGE))

    device_of = {number: morning.device(number) for number in (*phones, *agents)}
    for number, phone in phones.items():
        seen = again["devices"].get(str(device_of[number]), {"received": 0, "sent": 0, "legs": 0, "established": 0})
        if phone.count("CALL_ESTABLISHED") != seen["established"]:
            found.append(f"phone {number} has seen {phone.count('CALL_ESTABLISHED')} talks, the log {seen['established']}")
        sent, received = (sum(column) for column in zip(*phone.packets() or [(0, 0)]))
        found.append(compare(f"voice from phone {number}", sent, seen["received"], EDGE * seen["legs"]))
        found.append(compare(f"voice to phone {number}", seen["sent"], received, EDGE * seen["legs"]))
    for number, agent in agents.items():
        offered = again["devices"].get(str(device_of[number]), {"offered": 0})["offered"]
        if number != PHARMACY and agent.invites != offered:
            found.append(f"phone {number} has seen {agent.invites} calls, the log {offered}")
    return [text for text in found if text]


def unheard(morning: Morning, watch: Watch, phones: dict[str, Baresip]) -> list[str]:
    """The 1 kHz tone of the first caller: in the operator's recording, then in the department's; and theirs at the caller."""
    visit = next((v for v in morning.visits if v.hz == 1000), None)
    if visit is None or not visit.operator:
        return ["the caller with the 1 kHz tone has met nobody"]
    desk = morning.phone_of(visit)
    found = []
    for who, phone in (("the operator", desk), ("the department", phones[INTERNAL])):
        heard = max((tone_seconds(recording, 1000) for recording in phone.heard()), default=0.0)
        if heard < 1.0:
            found.append(f"{who} has heard the caller's 1 kHz tone for {heard:.1f} s only")
    for who, hz in (("the operator", PHONES[desk.number]), ("the department", PHONES[INTERNAL])):
        if tone_seconds(visit.caller.voice.heard(), hz) < 1.0:
            found.append(f"the caller has not heard {who}'s tone of {hz:g} Hz")
    return found


async def settled(watch: Watch, phones: dict[str, Baresip]) -> None:
    """Waits until every answered leg has told what passed on it, and every phone too."""
    def open_legs() -> set[cordboard.LegId]:
        legs = {e.leg for e in watch.all(Established)} | {e.leg for e in watch.all(Originated)}
        return legs - {e.leg for e in watch.all(MediaEnded)}

    await until(lambda: not open_legs(), 10, "the end of every leg's media")
    await until(lambda: all(len(phone.packets()) >= phone.count("CALL_ESTABLISHED") for phone in phones.values()), 5,
                "the phones' own counts")


async def live(folder: pathlib.Path, pace: float, plant: str) -> list[str]:
    """The whole demo. Answers what was not as it should be."""
    wrong: list[str] = []
    async with contextlib.AsyncExitStack() as stack:
        # The closing announcement and the ringing of a dead phone are long in a hospital and short in a demo.
        house = House.prepare(folder, policy={"closing_grace": "2s"})
        next(row for row in house.hospital["department"] if row["number"] == PHARMACY)["ring"] = "5s"
        house.write()
        kept = False
        stack.callback(lambda: None if kept else house.remove())
        stack.push_async_callback(house.stop)
        await house.start()
        board = await stack.enter_async_context(Board.attach(str(house.run)))
        narrator = Narrator()
        watch = Watch(board, narrator)
        stack.push_async_callback(watch.close)
        phones = await lift_phones(house, folder, stack)
        agents = await lift_agents(house, stack)
        morning = Morning(board, watch, house, phones, agents, narrator, folder, pace, plant)
        stack.push_async_callback(morning.close)
        failures = await asyncio.wait_for(morning.live(), 240)
        wrong += [f"{type(failure).__name__}: {failure}" for failure in failures]
        try:
            await settled(watch, phones)
        except PeerError as failure:
            wrong.append(str(failure))
        counted = figures(watch.events)
        again = await recounted(house.hot)
        wrong += disagreements(morning, watch, phones, agents, counted, again)
        wrong += unheard(morning, watch, phones)
        if counted["dropped_in_transfer"]:
            wrong.append(f"{counted['dropped_in_transfer']} callers were dropped in a transfer")
        print(f"\n{table(counted)}\n")
        kept = True
    for phone in folder.glob("*/voice.wav"):
        phone.unlink()  # five minutes of a tone each
    print("Where to look further 进一步查看:\n"
          f"  {program()} log {folder}/hospital.toml    every event, one a line 全部事件\n"
          f"  {folder}    configuration, SIP messages, recordings 配置、信令与录音\n"
          f"  {HERE.relative_to(HERE.parents[1])}/morning.py    the script; README.md tells how to write one 脚本\n"
          f"  rm -r {folder} {house.hot} {house.run}    removes what the demo has left 清除\n")
    return wrong


async def run(folder: pathlib.Path, pace: float, plant: str) -> int:
    task = asyncio.current_task()
    assert task
    for number in (signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    try:
        wrong = await live(folder, pace, plant)
    except asyncio.CancelledError:
        print("stopped; nothing is left running 已停止", file=sys.stderr)
        return INTERRUPTED
    except (PeerError, Unexpected, cordboard.Error, asyncio.TimeoutError) as failure:
        wrong = [f"{type(failure).__name__}: {failure}"]
    for text in wrong:
        print(f"WRONG 有误: {text}", file=sys.stderr)
    print("The demo failed. 演示失败。" if wrong else
          "Every call ended as the script expects; nobody was dropped. 所有通话均符合预期,无人被丢失。")
    return 1 if wrong else 0


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--folder", type=pathlib.Path, help="for everything that is written; a new one in /tmp otherwise")
    options.add_argument("--pace", type=float, default=2.5, help="how long people talk; 1 is as short as the checks allow")
    options.add_argument("--plant", choices=["drop-on-refusal"], default="",
                         help="a fault on purpose: the caller is cleared when a target refuses; the demo must then fail")
    given = options.parse_args()
    folder = (given.folder or pathlib.Path(tempfile.mkdtemp(prefix="cordboard-demo-"))).resolve()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)
    code = asyncio.run(run(folder, given.pace, given.plant))
    if given.folder is None and code == INTERRUPTED:
        shutil.rmtree(folder)  # nobody will look at half a morning
    return code


if __name__ == "__main__":
    sys.exit(main())
