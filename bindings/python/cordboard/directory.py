# SPDX-License-Identifier: Apache-2.0
"""The hospital's directory: who is there, under which number, and who is on duty. Telephone numbers in one form."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import datetime
from os import PathLike
from pathlib import Path
from time import time_ns
from typing import Iterator

from . import _core


class NumberKind(enum.IntEnum):
    """What a number is."""

    NONE = 0
    EXTENSION = 1
    EMERGENCY = 2
    SERVICE = 3
    TOLL_FREE = 4
    MOBILE = 5
    LANDLINE = 6
    INTERNATIONAL = 7


class DirectoryKind(enum.IntEnum):
    """What an entry of a directory is."""

    DEPARTMENT = 0
    PLACE = 1
    PERSON = 2


class Disclosure(enum.IntEnum):
    """Who may learn a number; each includes those before it."""

    TOLD = 0
    THROUGH = 1
    INTERNAL = 2


class DutyTrouble(enum.IntEnum):
    """What is wrong with a roster."""

    GAP = 0
    OVERLAP = 1
    TWICE = 2


class DirectoryError(ValueError):
    """A directory or a roster is not in order; `problems` are sentences with file, line and column."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """A number in its one form, and the extension behind it."""

    kind: NumberKind
    number: str
    extension: str = ""


@dataclass(frozen=True, slots=True)
class DirectoryNumber:
    """A number of an entry. when: parts of the day in minutes, in which it is the one to call; empty: always."""

    number: PhoneNumber
    see: Disclosure
    when: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class DirectoryEntry:
    """A line of the directory. department: the id of the one that it belongs to."""

    id: str
    kind: DirectoryKind
    name: str
    other_names: tuple[str, ...]
    department: str
    title: str
    specialities: tuple[str, ...]
    languages: tuple[str, ...]
    numbers: tuple[DirectoryNumber, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Duty:
    """Somebody is on duty for a post from `start_ns` to `end_ns`; backup: the B of A and B."""

    post: str
    person: str
    start_ns: int
    end_ns: int
    backup: bool


@dataclass(frozen=True, slots=True)
class DutyWarning:
    """What is wrong with the duties of a post. other: the other person of an overlap, the other post of who is on duty twice."""

    what: DutyTrouble
    post: str
    person: str
    other: str
    start_ns: int
    end_ns: int


def normalise_number(text: str, *, area_code: str = "", outside_prefix: str = "", extension_digits: int = 4,
                     inside: bool = False) -> PhoneNumber:
    """One form for a number however it is written; nothing is inferred from the first digits of a mobile number.

    area_code: of the house; inside: a phone of the house dialled it, so that `outside_prefix` may stand before it
    """
    kind, number, extension = _core.normalise_number(text, area_code, outside_prefix, extension_digits, inside)
    return PhoneNumber(NumberKind(kind), number, extension)


def _number(of: tuple[tuple[int, str, str], int, list[tuple[int, int]]]) -> DirectoryNumber:
    (kind, number, extension), see, when = of
    return DirectoryNumber(PhoneNumber(NumberKind(kind), number, extension), Disclosure(see), tuple(when))


def _entry(of: _core.EntryTuple) -> DirectoryEntry:
    id_, kind, name, others, department, title, specialities, languages, numbers = of
    return DirectoryEntry(id_, DirectoryKind(kind), name, tuple(others), department, title, tuple(specialities), tuple(languages),
                          tuple(map(_number, numbers)))


def _ns(at: datetime | int | None) -> int:
    if at is None:
        return time_ns()
    return at if isinstance(at, int) else int(at.timestamp() * 1_000_000) * 1000


class Directory:
    """A directory that is read once and then asked, from any thread.

    >>> d = Directory.load("directory.csv", "roster.csv", area_code="010")
    >>> d.search("fsk")[0].name
    '放射科'
    """

    def __init__(self, csv: str | bytes, roster: str | bytes = "", *, area_code: str = "", extension_digits: int = 4,
                 time_zone: str = "Asia/Shanghai", names: tuple[str, str] = ("directory", "roster")) -> None:
        self._file = _core.DirectoryFile(csv, roster, area_code, extension_digits, time_zone)
        told = [f"{name}:{line}" for name, lines in zip(names, self._file.problems()) for line in lines]
        if told:
            raise DirectoryError(told)

    @classmethod
    def load(cls, path: str | PathLike[str], roster: str | PathLike[str] | None = None, *, area_code: str = "",
             extension_digits: int = 4, time_zone: str = "Asia/Shanghai") -> Directory:
        """Reads files; DirectoryError names everything that is wrong with them."""

        return cls(Path(path).read_bytes(), b"" if roster is None else Path(roster).read_bytes(), area_code=area_code,
                   extension_digits=extension_digits, time_zone=time_zone, names=(str(path), str(roster)))

    def entries(self, *, see: Disclosure = Disclosure.TOLD) -> list[DirectoryEntry]:
        """All of them, in the order of the file, with the numbers that may be seen."""
        return [_entry(e) for e in self._file.entries(see)]

    def __iter__(self) -> Iterator[DirectoryEntry]:
        return iter(self.entries())

    def search(self, query: str, *, see: Disclosure = Disclosure.TOLD, count: int = 20) -> list[DirectoryEntry]:
        """By name, part, speciality, department, number, pinyin, initials or sound; the best first."""
        return [_entry(e) for e, _ in self._file.search(query, see, count)]

    def numbers_of(self, id: str, at: datetime | int | None = None, *, see: Disclosure = Disclosure.TOLD) -> list[DirectoryNumber]:
        """The numbers to call now, or at a time, in their order. KeyError: no such entry."""
        return [_number(n) for n in self._file.numbers_of(id, _ns(at), see)]

    def on_duty(self, post: str, at: datetime | int | None = None) -> list[Duty]:
        """Who is on duty now, or at a time: A first, then B."""
        return [Duty(*d) for d in self._file.on_duty(post, _ns(at))]

    def warnings(self, start: datetime | int, end: datetime | int) -> list[DutyWarning]:
        """Gaps and overlaps of all posts within a time."""
        found = self._file.warnings(_ns(start), _ns(end))
        return [DutyWarning(DutyTrouble(what), post, person, other, a, b) for what, post, person, other, a, b in found]

    def to_csv(self, *, see: Disclosure = Disclosure.INTERNAL) -> str:
        """The directory as a file that `load` reads."""
        return self._file.to_csv(see)
