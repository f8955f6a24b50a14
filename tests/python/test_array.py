# SPDX-License-Identifier: Apache-2.0
"""A log as one array: segments side by side, in place."""

import gc
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import cordboard
import numpy as np
import pytest
from cordboard import Event, EventKind, Log, errors

SEGMENT = 1 << 18
Fill = Callable[..., Log]


@pytest.fixture
def fill() -> Iterator[Fill]:
    """Makes a log with so many events in each segment."""
    with tempfile.TemporaryDirectory(prefix="cordboard_array_", dir="/dev/shm") as folder:
        def made(*counts: int) -> Log:
            subprocess.run([os.environ["CORDBOARD_FILL_LOG"], folder, *map(str, counts)], check=True)
            return Log(folder)
        yield made


def mappings(array: np.ndarray) -> list[str]:
    """What the memory of an array is: the files' names, and "" for what is none."""
    first, last = np.lib.array_utils.byte_bounds(array) if hasattr(np.lib, "array_utils") else np.byte_bounds(array)
    names = []
    with open("/proc/self/maps", encoding="utf-8") as maps:
        for line in maps:
            low, high = (int(end, 16) for end in line.split()[0].split("-"))
            if low < last and first < high:
                assert line.split()[1].startswith("r--"), line
                names.append(Path(line.split()[5]).name if len(line.split()) > 5 else "")
    return names


def test_full_segments_are_one_array_without_a_hole(fill):
    log = fill(2 * SEGMENT + 100)
    array = log.array()
    assert len(array) == 2 * SEGMENT + 100
    assert np.array_equal(array["sequence"], np.arange(len(array), dtype=np.uint64) + np.uint64(log.oldest))
    assert mappings(array) == [f"{number:012x}.slots" for number in log.segments()]
    assert not array.flags.writeable and not array.flags.owndata and array.dtype.itemsize == 128


def test_segments_that_ended_early_leave_less_than_a_page_empty(fill):
    log = fill(1000, 64, 0, 5)
    array = log.array()
    events = list(log.events(after=0, follow=False))
    kept = array[array["sequence"] != 0]
    assert [Event.from_slot(row) for row in kept] == events and len(events) == 1069
    assert 0 < len(array) - len(events) <= 3 * 31
    empty = array[array["sequence"] == 0]
    assert not empty.tobytes().strip(b"\0")
    assert len(set(mappings(array)) - {""}) == 3
    own = log.array(copy=True)
    assert own.flags.owndata and own.flags.writeable and np.array_equal(own, kept)


@pytest.mark.parametrize("place", [-1, 0, 1, 29, 30, 31, 32, 61, 62, 63, 998, 999, 1000, SEGMENT - 1, SEGMENT, SEGMENT + 4, SEGMENT + 64])
def test_after_a_sequence(fill, place):
    log = fill(1000, 65)
    after = log.oldest + place
    expected = [e.sequence for e in log.events(after=after, follow=False)]
    array = log.array(after=after)
    assert array["sequence"][array["sequence"] != 0].tolist() == expected
    assert len(array) - len(expected) <= 31
    assert log.array(after=after, copy=True)["sequence"].tolist() == expected


def test_a_segment_that_gave_way_is_there_with_its_gap(fill):
    log = fill(100_000, 5000, "--keep", 500)
    array = log.array()
    events = list(log.events(after=0, follow=False))
    assert [type(e) for e in events[:501]].count(cordboard.Gap) == 1 and len(events) == 501 + 5000
    assert [Event.from_slot(row) for row in array[array["sequence"] != 0]] == events
    assert np.array_equal(log.array(copy=True), array[array["sequence"] != 0])
    # What went takes no memory: of 100,000 slots, 12 MB, a few pages are ours.
    with open("/proc/self/smaps", encoding="utf-8") as maps:
        first, last = np.byte_bounds(array)
        ours, inside = 0, False
        for line in maps:
            if "-" in line.split()[0]:
                low, high = (int(end, 16) for end in line.split()[0].split("-"))
                inside = low < last and first < high
            elif inside and line.startswith("Anonymous:"):
                ours += int(line.split()[1])
    assert 0 < ours < 200, ours


def test_one_segment(fill):
    log = fill(40, 70)
    [first, second] = log.segments()
    assert log.array(first)["sequence"].tolist() == [first * SEGMENT + i for i in range(40)]
    assert log.array(second)["sequence"].tolist() == [second * SEGMENT + i for i in range(70)]
    assert log.array(second, after=second * SEGMENT + 60)["value"].tolist() == list(range(101, 110))
    assert len(log.array(first, after=second * SEGMENT)) == 0


def test_a_log_without_events(fill):
    log = fill(0)
    for array in (log.array(), log.array(copy=True), log.array(after=0)):
        assert len(array) == 0 and array.dtype == np.dtype(cordboard.EVENT_DTYPE)


def test_it_outlives_the_log_and_the_files(fill):
    log = fill(1000, SEGMENT, 10)
    array, part = log.array(), log.array()[500:600]
    copy = array.copy()
    for file in Path(log.path).iterdir():
        file.unlink()
    log.close()
    del log
    gc.collect()
    assert np.array_equal(array, copy) and np.array_equal(part, copy[500:600])
    del array
    gc.collect()
    assert np.array_equal(part, copy[500:600])


def test_what_is_kept_no_more_is_told(fill):
    log = fill(100, 100, 100)
    after = log.oldest + 50
    for file in Path(log.path).glob(f"{log.segments()[0]:012x}.*"):
        file.unlink()
    with pytest.raises(errors.LogGone):
        log.array(after=after)
    assert log.array()["value"].tolist()[:100] == list(range(100, 200))


def test_memory_is_given_back(fill):
    def mapped() -> int:
        with open("/proc/self/maps", encoding="utf-8") as maps:
            return sum(".slots" in line for line in maps)

    log = fill(SEGMENT, SEGMENT)
    log.array(after=log.oldest + 5)
    gc.collect()
    before = mapped()
    for _ in range(50):
        log.array(after=log.oldest + 5)
    gc.collect()
    assert mapped() == before


def test_a_frame_of_pandas(fill):
    pandas = pytest.importorskip("pandas", reason="python3-pandas is not installed")
    log = fill(1000)
    frame = pandas.DataFrame(log.array())
    assert len(frame) == 1000 and list(frame["sequence"]) == [log.oldest + i for i in range(1000)]
    counts = frame.groupby("kind").size()
    assert counts[int(EventKind.HELD)] == 250
    assert str(pandas.to_datetime(frame["time_ns"].iloc[0])) == "2023-11-14 22:13:20"
