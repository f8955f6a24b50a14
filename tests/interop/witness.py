# SPDX-License-Identifier: Apache-2.0
"""Stands outside and writes down every event that it sees, as it lies in the log's files.

usage: witness.py LOG_FOLDER NOTEBOOK

It knows the files' layout from its documentation alone and none of the code under test: a slot is committed when its
sequence is there; a segment that was begun after another means that the other has ended at its last committed slot.
"""
import mmap
import pathlib
import struct
import sys
import time

SLOT, SLOTS = 128, 1 << 18


def main() -> None:
    log, notebook = pathlib.Path(sys.argv[1]), open(sys.argv[2], "ab", buffering=0)
    mapped: dict[pathlib.Path, tuple[mmap.mmap, int]] = {}  # file to its mapping and the next slot to look at
    parent = pathlib.Path("/proc/self/stat").read_text().split()[3]
    while pathlib.Path("/proc/self/stat").read_text().split()[3] == parent:
        for path in sorted(log.glob("*.slots")):
            if path not in mapped:
                if path.stat().st_size < SLOT * SLOTS:
                    continue  # not made yet
                with path.open("rb") as file:
                    # Slot 0 of segment 0 stays empty: sequence 0 is none.
                    mapped[path] = (mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ), int(int(path.stem, 16) == 0))
            memory, at = mapped[path]
            first = at
            while at < SLOTS and struct.unpack_from("<Q", memory, at * SLOT)[0]:
                at += 1
            if at > first:
                notebook.write(memory[first * SLOT:at * SLOT])
                mapped[path] = (memory, at)
        time.sleep(0.002)


if __name__ == "__main__":
    main()
