# SPDX-License-Identifier: Apache-2.0
"""The directory and telephone numbers from Python."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from cordboard import Directory, DirectoryError, DirectoryKind, Disclosure, DutyTrouble, NumberKind, PhoneNumber, normalise_number

FILES = Path(__file__).resolve().parents[2] / "examples" / "hospital"
BEIJING = ZoneInfo("Asia/Shanghai")


@pytest.fixture(name="directory")
def _directory():
    return Directory.load(FILES / "directory.csv", FILES / "roster.csv", area_code="010")


@pytest.mark.parametrize("query", ["fangshe", "fsk", "放射", "8021", "放社科", "radiology"])
def test_the_right_entry_is_first(directory, query):
    first = directory.search(query)[0]
    assert (first.id, first.name, first.kind) == ("8004", "放射科", DirectoryKind.DEPARTMENT)


def test_numbers_are_seen_by_who_may(directory):
    noon = datetime(2026, 11, 23, 12, tzinfo=BEIJING)
    assert directory.numbers_of("p1", noon) == []
    seen = directory.numbers_of("p1", noon, see=Disclosure.INTERNAL)
    assert [n.number.number for n in seen] == ["8021", "+8613800138001"]
    assert directory.search("13800138001") == []
    assert "13800138001" not in repr(directory.search("13800138001", see=Disclosure.INTERNAL))
    with pytest.raises(KeyError):
        directory.numbers_of("nobody")


def test_who_is_on_duty(directory):
    noon = datetime(2026, 11, 23, 12, tzinfo=BEIJING)
    assert [(d.person, d.backup) for d in directory.on_duty("放射科", noon)] == [("p1", False), ("p2", True)]
    gaps = directory.warnings(datetime(2026, 11, 23, 8, tzinfo=BEIJING), datetime(2026, 11, 25, 8, tzinfo=BEIJING))
    assert [(w.what, w.post) for w in gaps] == [(DutyTrouble.GAP, "总值班")]


def test_what_is_wrong_is_told_by_file_line_and_column(tmp_path):
    wrong = tmp_path / "d.csv"
    wrong.write_text("id,kind,name,numbers\n1,desk,x,80x1\n", encoding="utf-8")
    with pytest.raises(DirectoryError) as told:
        Directory.load(wrong)
    assert [p.split(" ")[0] for p in told.value.problems] == [f"{wrong}:2:3:", f"{wrong}:2:10:"]
    wrong.write_bytes("id,kind,name\n1,person,".encode() + "张伟".encode("gb18030") + b"\n")
    with pytest.raises(DirectoryError, match="UTF-8"):
        Directory.load(wrong)


def test_a_directory_is_written_as_it_is_read(directory):
    assert Directory(directory.to_csv()).entries(see=Disclosure.INTERNAL) == directory.entries(see=Disclosure.INTERNAL)
    assert len(list(directory)) == 11


def test_a_number_has_one_form():
    assert normalise_number("+86 138-0013-8000") == PhoneNumber(NumberKind.MOBILE, "+8613800138000")
    assert normalise_number("62345678转8001", area_code="010") == PhoneNumber(NumberKind.LANDLINE, "+861062345678", "8001")
    assert normalise_number("0120", outside_prefix="0", inside=True).kind is NumberKind.EMERGENCY
    assert normalise_number("陈静").kind is NumberKind.NONE
