# SPDX-License-Identifier: Apache-2.0
"""Ports that nobody uses, below the kernel's ephemeral range, so that no outgoing connection takes one meanwhile."""
import random
import socket

FIRST, LAST = 10_000, 31_000
_given: set[int] = set()  # ports that this process has promised to somebody


def _is_free(address: str, port: int) -> bool:
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind((address, port))
            except OSError:
                return False
    return True


def free_range(count: int, address: str = "127.0.0.1") -> int:
    """The first of `count` neighbouring ports, even, free for UDP and TCP when looked at, given to nobody else here.

    @raises OSError  when no such range was found in a hundred tries
    """
    for _ in range(100):
        first = random.randrange(FIRST, LAST - count) & ~1
        wanted = range(first, first + count)
        if _given.isdisjoint(wanted) and all(_is_free(address, port) for port in wanted):
            _given.update(wanted)
            return first
    raise OSError(f"no {count} free neighbouring ports between {FIRST} and {LAST} on {address}")


def give_back() -> None:
    """Whoever was given a port needs it no more."""
    _given.clear()


def free_port(address: str = "127.0.0.1") -> int:
    """One free port whose upper neighbour is free too: baresip listens for TLS on its SIP port plus one."""
    return free_range(2, address)
