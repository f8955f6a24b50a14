#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the whole board costs and how fast it is: real `cordboard serve`, real SIP calls on this machine's loopback."""
import argparse
import asyncio
import os
from collections.abc import Callable, Coroutine

import answer_latency
import call_bytes
import calls_cost
import held_calls
import overload
import phones
import readers_cost
import restart
import setup_time
import transfer_latency
import voices


def main() -> None:
    asked = argparse.ArgumentParser(prog="board_bench", description=__doc__)
    asked.add_argument("--json", choices=["-"], default="-", help="lines of JSON on standard output (always so)")
    asked.add_argument("--quick", action="store_true", help="a short run that shows that all works; its figures are worth little")
    asked.add_argument("--disk", default="build", help="where the archive of the restart lies: a folder on a real disk (build)")
    asked.add_argument("--realtime", action="store_true", help="taken and left alone: the board runs as in a house")
    asked.add_argument("--only", action="append", help="one part; may be repeated",
                       choices=["answer", "bytes", "calls", "held", "overload", "phones", "readers", "restart", "setup", "transfer", "voices"])
    asked.add_argument("--bare", help="calls: a bare user agent to compare with, run as BARE serve URL URL-OF-THE-PHONE - SECONDS")
    asked.add_argument("--phones", type=int, default=100_000, help="phones: how many there are (100,000)")
    given = asked.parse_args()
    parts: dict[str, Callable[[], Coroutine[None, None, None]]] = {
        "answer": lambda: answer_latency.measure(given.quick),
        "bytes": lambda: call_bytes.measure(given.quick),
        "calls": lambda: calls_cost.measure(given.quick, given.bare),
        "held": lambda: held_calls.measure(given.quick),
        "overload": lambda: overload.measure(given.quick),
        "phones": lambda: phones.measure(given.quick, given.phones),
        "setup": lambda: setup_time.measure(given.quick),
        "transfer": lambda: transfer_latency.measure(given.quick),
        "voices": lambda: voices.measure(given.quick),
        "readers": lambda: readers_cost.measure(given.quick),
        "restart": lambda: restart.measure(os.environ["CORDBOARD_LOG_BENCH"], os.path.abspath(given.disk), given.quick),
    }
    for name, run in parts.items():
        if not given.only or name in given.only:
            asyncio.run(run())


if __name__ == "__main__":
    main()
