# SPDX-License-Identifier: Apache-2.0
"""cordboard log verify, repair and export: exit codes, both languages, and numbers that are those that NumPy counts."""

from __future__ import annotations

import csv
import json
import os
import pty
import re
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

import numpy

PROGRAM, MAKE_LOG = sys.argv[1], sys.argv[2]
# The slot as the log lays it out: checked against the generated form by tests/abi, written out here once more.
SLOT = numpy.dtype([
    ("sequence", "<u8"), ("time_ns", "<i8"), ("kind", "<u2"), ("flags", "u1"), ("batch_left", "u1"), ("cause", "<u2"),
    ("layer", "u1"), ("state", "u1"), ("detail", "<u2"), ("custodian", "u1"), ("consent", "u1"), ("revision", "<u4"),
    ("call", "<u8"), ("leg", "<u8"), ("party", "<u8"), ("other", "<u8"), ("request", "<u8"), ("device", "<u4"),
    ("operator", "<u4"), ("queue", "<u4"), ("actor", "<u4"), ("command", "<u8", 2), ("value", "<i8"), ("text_at", "<u4"),
    ("text_len", "<u2"), ("marks", "<u2"), ("spare", "<u4"), ("crc32c", "<u4")])
BEGINNING = 1_577_836_800


def run(*given: object, zone: str = "UTC", lang: str = "C.UTF-8") -> subprocess.CompletedProcess[str]:
    return subprocess.run([PROGRAM, "log", *map(str, given)], capture_output=True, text=True, timeout=120, check=False,
                          env={**os.environ, "TZ": zone, "LC_ALL": lang, "LANG": lang})


class LogTools(unittest.TestCase):
    folder: Path

    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory(dir="/dev/shm")))
        subprocess.run([MAKE_LOG, self.folder], check=True, timeout=120)
        self.archive = self.folder / "archive"

    def slots(self) -> numpy.ndarray:
        whole = numpy.concatenate([numpy.fromfile(file, SLOT) for file in sorted(self.archive.glob("*.slots"))])
        return whole[whole["sequence"] != 0]

    def exported(self, *given: object, **how: str) -> list[dict[str, str]]:
        done = run("export", "--format", "csv", *given, self.archive, **how)
        self.assertEqual(done.returncode, 0, done.stderr)
        return list(csv.DictReader(done.stdout.splitlines(keepends=True)))

    # ------------------------------------------------------------------------------------------------- export
    def test_csv_read_back_gives_the_numbers_that_numpy_counts(self) -> None:
        slots, rows = self.slots(), self.exported()
        self.assertEqual(len(slots), 3000)
        self.assertEqual([int(r["sequence"]) for r in rows], slots["sequence"].tolist())
        for name in SLOT.names or ():
            if name in ("kind", "cause", "layer", "custodian", "consent", "command", "text_at", "text_len", "spare", "crc32c"):
                continue
            self.assertEqual([int(r[name]) for r in rows], slots[name].tolist(), name)
        for kind in {r["kind"] for r in rows}:
            number = slots["kind"][[r["kind"] == kind for r in rows].index(True)]
            self.assertEqual(sum(r["kind"] == kind for r in rows), int((slots["kind"] == number).sum()), kind)
        self.assertEqual(sum(r["cause"] == "busy" for r in rows), int((slots["cause"] == 12).sum()))
        self.assertNotIn("text", rows[0])

    def test_texts_are_quoted_as_rfc_4180_says_and_only_there_when_asked_for(self) -> None:
        self.assertNotIn("王芳", run("export", "--format", "csv", self.archive).stdout)
        self.assertNotIn("王芳", run("export", "--format", "json", self.archive).stdout)
        raw = subprocess.run([PROGRAM, "log", "export", "--format", "csv", "--texts", self.archive], capture_output=True,
                             timeout=120, check=True).stdout
        self.assertEqual(raw.count(b"\r\n"), 3001)
        self.assertIn(b'"a ""quoted"", and a comma"', raw)
        rows = self.exported("--texts")
        self.assertEqual([r["text"] for r in rows[:4]], ["", "13800138000\t王芳", 'a "quoted", and a comma', ""])
        lines = [json.loads(line) for line in run("export", "--format", "json", "--texts", self.archive).stdout.splitlines()]
        self.assertEqual([line.get("text", "") for line in lines], [r["text"] for r in rows])
        self.assertEqual([line["sequence"] for line in lines], [int(r["sequence"]) for r in rows])

    def test_h6_whoever_may_not_read_numbers_gets_them_masked(self) -> None:
        for form in ("csv", "json"):
            done = run("export", "--format", form, "--masked", self.archive)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertNotIn("13800138000", done.stdout)
            self.assertNotIn("王芳", done.stdout)
            self.assertNotIn("quoted", done.stdout)  # a note is nobody's business
        rows = self.exported("--masked")
        self.assertEqual([r["text"] for r in rows[:4]], ["", "138****8000\t王*", "", ""])
        self.assertEqual(run("export", "--format", "csv", "--masked", "--texts", self.archive).returncode, 2)

    def test_a_part_is_named_by_sequence_or_by_local_time(self) -> None:
        slots = self.slots()
        rows = self.exported("--from", 17, "--to", 262150)
        self.assertEqual([int(r["sequence"]) for r in rows],
                         [s for s in slots["sequence"].tolist() if 17 <= s <= 262150])
        for zone, ahead in (("UTC0", 0), ("CST-8", 8 * 3600), ("EST5", -5 * 3600)):
            first = (BEGINNING + 25 * 3600 - ahead) * 10**9  # 2020-01-02 01:00 there
            last = (BEGINNING + 2 * 86400 - ahead) * 10**9  # all of 2020-01-02
            rows = self.exported("--from", "2020-01-02 01:00", "--to", "2020-01-02", zone=zone)
            there = slots[(slots["time_ns"] >= first) & (slots["time_ns"] < last)]
            self.assertEqual([int(r["sequence"]) for r in rows], there["sequence"].tolist(), zone)
            self.assertGreater(len(rows), 100)
        rows = self.exported("--from", "2020-01-02T01:00:00", "--to", "2020-01-02T01:00:00")
        self.assertEqual(len(rows), 1)

    def test_filters(self) -> None:
        slots = self.slots()
        self.assertEqual(len(self.exported("--call", 3)), int((slots["call"] == 3).sum()))
        self.assertEqual(len(self.exported("--operator", 4, "--queue", 1)),
                         int(((slots["operator"] == 4) & (slots["queue"] == 1)).sum()))
        rows = self.exported("--kind", "held", "--kind", "offered")
        self.assertEqual({r["kind"] for r in rows}, {"held", "offered"})
        self.assertEqual(len(rows), 1500)

    def test_a_file_is_there_whole_or_not_at_all(self) -> None:
        out = self.folder / "events.csv"
        self.assertEqual(run("export", "--format", "csv", "-o", out, self.archive).returncode, 0)
        self.assertEqual(len(out.read_text(encoding="utf-8").splitlines()), 3001)
        before = out.read_bytes()
        self.damage()
        done = run("export", "--format", "csv", "-o", out, self.archive)
        self.assertEqual(done.returncode, 1)
        self.assertIn(str(self.archive), done.stderr)
        self.assertEqual(out.read_bytes(), before)
        self.assertEqual([f.name for f in self.folder.iterdir() if "new" in f.name], [])
        self.assertEqual(run("export", "--format", "csv", "-o", self.folder / "no" / "where", self.archive).returncode, 1)

    # ------------------------------------------------------------------------------------------ verify and repair
    def damage(self) -> None:
        file = sorted(self.archive.glob("*.slots"))[1]
        with file.open("r+b") as bytes_of:
            bytes_of.seek(128 * 100 + 104)
            bytes_of.write(b"\xff\xff")

    def test_verify_tells_each_finding_and_repair_makes_it_whole(self) -> None:
        whole = run("verify", self.folder / "hot")
        self.assertEqual(whole.returncode, 0, whole.stdout + whole.stderr)
        self.assertIn("events 3000", whole.stdout)
        self.assertIn("whole", whole.stdout)
        self.damage()
        found = run("verify", self.archive)
        self.assertEqual(found.returncode, 1)
        self.assertRegex(found.stdout, r"000000000001\.slots: a slot's bytes have changed \(sequence 262244\); expected [0-9a-f]{8}; found")
        self.assertIn("do: stop the board, then cordboard log repair", found.stdout)
        lines = [json.loads(line) for line in run("verify", "--json", self.archive).stdout.splitlines()]
        self.assertEqual(lines[0]["finding"], "slot_checksum")
        self.assertEqual(lines[0]["sequence"], 262244)
        self.assertEqual(lines[-1], {"whole": False, "findings": 2, "archived": 3, "hot": 0, "events": 2999, "first": 1,
                                     "last": 525287, "texts": lines[-1]["texts"], "keyed": 0})
        self.assertIn("处理", run("verify", "--lang", "zh", self.archive).stdout)

        would = run("repair", "--dry-run", self.archive)
        self.assertEqual(would.returncode, 0, would.stderr)
        self.assertIn("would: ", would.stdout)
        self.assertEqual(run("verify", self.archive).returncode, 1)
        did = run("repair", self.archive)
        self.assertEqual(did.returncode, 0, did.stderr)
        self.assertIn("events 262244 up to 262245 are lost: a gap says so in their place", did.stdout)
        aside = [f.name for f in self.archive.iterdir() if re.fullmatch(r"damaged-\d{8}-\d{6}", f.name)]
        self.assertEqual(len(aside), 1)
        self.assertTrue((self.archive / aside[0] / "000000000001.slots").exists())
        again = run("verify", self.archive)
        self.assertEqual(again.returncode, 0, again.stdout)
        self.assertIn("gap 262244 .. 262245 (stated in the log)", again.stdout)
        self.assertIn("nothing to repair", run("repair", self.archive).stdout)
        self.assertEqual(len(self.exported()), 3000)  # 2999 and the gap

    def test_the_key(self) -> None:
        keyed = self.folder / "keyed"
        subprocess.run([MAKE_LOG, keyed, "k" * 32], check=True, timeout=120)
        key, wrong = self.folder / "key", self.folder / "wrong"
        for file, text in ((key, "6b" * 32), (wrong, "x" * 32)):
            file.write_text(text, encoding="ascii")
            file.chmod(0o600)
        good = run("verify", "--key", key, keyed / "archive")
        self.assertEqual(good.returncode, 0, good.stdout)
        self.assertIn("the keyed chain holds over 3 segments", good.stdout)
        bad = run("verify", "--key", wrong, keyed / "archive")
        self.assertEqual(bad.returncode, 1)
        self.assertIn("the keyed chain does not hold", bad.stdout.splitlines()[0])
        self.assertIn("000000000000.head", bad.stdout.splitlines()[0])
        key.chmod(0o644)
        open_key = run("verify", "--key", key, keyed / "archive")
        self.assertEqual(open_key.returncode, 2)
        self.assertIn("which others may read; its mode must be 0600 or 0400", open_key.stderr)
        self.assertNotIn("6b6b", open_key.stdout + open_key.stderr + good.stdout)

    def test_misuse_and_help(self) -> None:
        for given in (["export"], ["export", "--format", "xml"], ["verify", "--what"], ["repair", "a", "b"],
                      ["export", "--format", "csv", "--from", "yesterday"], ["export", "--format", "csv", "--kind", "nothing"]):
            self.assertEqual(run(*given).returncode, 2, given)
        for verb in ("verify", "repair", "export"):
            done = run(verb, "--help")
            self.assertEqual(done.returncode, 0)
            self.assertIn("Exit code 0", done.stdout)
            self.assertRegex(done.stdout, "[\u4e00-\u9fff]")
            nowhere = run(verb, *(["--format", "csv"] if verb == "export" else []), self.folder / "nowhere")
            self.assertEqual(nowhere.returncode, 1)
            self.assertIn("nowhere", nowhere.stderr)
        plain = run(self.archive)
        self.assertEqual(plain.returncode, 0)
        self.assertEqual(len([line for line in plain.stdout.splitlines() if not line.startswith("--")]), 3000)

    def test_progress_is_shown_on_a_terminal_only(self) -> None:
        self.assertEqual(run("verify", self.archive).stderr, "")
        ours, theirs = pty.openpty()
        with subprocess.Popen([PROGRAM, "log", "verify", str(self.archive)], stdout=subprocess.DEVNULL, stderr=theirs) as child:
            os.close(theirs)
            shown = b""
            until = time.monotonic() + 60
            while time.monotonic() < until:
                try:
                    part = os.read(ours, 4096)
                except OSError:
                    break
                if not part:
                    break
                shown += part
            self.assertEqual(child.wait(timeout=60), 0)
        os.close(ours)
        self.assertRegex(shown.decode(), r"\d+ %  \d+ events/s  \d+:\d\d left")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
