# SPDX-License-Identifier: Apache-2.0
"""What the generator must refuse, and that --check sees a stale, a changed and a missing file."""

import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parents[2]


class Generator(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        shutil.copytree(ROOT / "schema", self.folder / "schema")
        self.source = self.folder / "schema" / "cordboard.toml"

    def generate(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, ROOT / "schema" / "generate.py", "--root", self.folder, *arguments],
            capture_output=True, text=True, timeout=60, check=False)

    def refused(self, old: str, new: str, complaint: str) -> None:
        text = self.source.read_text(encoding="utf-8")
        self.assertIn(old, text)
        self.source.write_text(text.replace(old, new, 1), encoding="utf-8")
        done = self.generate()
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn(complaint, done.stderr)

    def test_a_second_run_writes_nothing(self) -> None:
        self.assertIn("wrote include/cordboard/event.hpp", self.generate().stdout)
        self.assertEqual(self.generate().stdout, "")
        self.assertEqual(self.generate("--check").returncode, 0)

    def test_check_names_a_file_that_was_edited_or_removed(self) -> None:
        self.generate()
        edited = self.folder / "include" / "cordboard" / "event.hpp"
        edited.write_text(edited.read_text(encoding="utf-8").replace("held = 102", "held = 103"), encoding="utf-8")
        (self.folder / "schema" / "REFERENCE.md").unlink()
        done = self.generate("--check")
        self.assertEqual(done.returncode, 1)
        self.assertIn("include/cordboard/event.hpp is stale", done.stderr)
        self.assertIn("schema/REFERENCE.md is stale", done.stderr)
        self.assertFalse((self.folder / "schema" / "REFERENCE.md").exists())

    def test_check_sees_a_changed_schema(self) -> None:
        self.generate()
        self.source.write_text(self.source.read_text(encoding="utf-8").replace('"A device rings"', '"A phone rings"'),
                               encoding="utf-8")
        self.assertEqual(self.generate("--check").returncode, 1)

    def test_a_number_that_stands_twice_is_refused(self) -> None:
        self.refused("kind = 102", "kind = 103", "event: a name or a number stands twice")

    def test_a_field_that_no_record_has_is_refused(self) -> None:
        self.refused('[command.fields]\ncall = "the call"', '[command.fields]\ncaller = "the call"', "no field is called caller")

    def test_a_value_out_of_its_type_is_refused(self) -> None:
        self.refused('name = "ended", value = 7', 'name = "ended", value = 256', "custodian")

    def test_a_missing_name_is_refused(self) -> None:
        self.refused('zh = "振铃"\n', "", "zh")


if __name__ == "__main__":
    unittest.main()
