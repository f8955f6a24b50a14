#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The program's verbs on a store, from outside, on SQLite or on a PostgreSQL server: killed at random moments, the database away under load,
and what people see.

    store_test.py sqlite|postgresql PROGRAM MAKE_LOG [Store.TEST...]
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path
from typing import Callable

from postgresql import Server

KIND, PROGRAM, MAKE_LOG = sys.argv[1:4]
server: Server | None = None


def eventually(so: Callable[[], bool], seconds: float = 60) -> bool:
    until = time.monotonic() + seconds
    while not so():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


class Store(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="cordboard_store_", dir="/dev/shm")))
        self.where = ["--store", server.connection if server else str(self.folder / "store.db"), "--key", str(self.folder / "key"),
                      "--log", str(self.folder / "hot")]
        self.ends: list[subprocess.Popen[str]] = []

    def tearDown(self) -> None:
        for process in self.ends:
            process.kill()
            process.wait(timeout=30)
            if process.stdout:
                process.stdout.close()
        if server:
            server.start()
            server.do("psql", "-q", "-h", str(server.folder), "-U", "cordboard", "-c", "DROP SCHEMA IF EXISTS cordboard CASCADE")

    def make_log(self, seed: int, steps: int, pace: int = 0) -> subprocess.Popen[str]:
        process = subprocess.Popen([MAKE_LOG, self.folder, str(seed), str(steps), str(pace)], stdout=subprocess.PIPE, text=True)
        self.ends.append(process)
        return process

    def newest(self, of: subprocess.Popen[str]) -> tuple[int, int]:
        said, _ = of.communicate(timeout=240)
        self.assertEqual(of.returncode, 0)
        newest, slowest = map(int, said.split())
        return newest, slowest

    def run_store(self) -> subprocess.Popen[str]:
        with open(self.folder / f"said{len(self.ends)}", "wb") as output:
            process = subprocess.Popen([PROGRAM, "store", "run", *self.where], stdout=output, stderr=output, text=True,
                                       env={**os.environ, "LC_ALL": "C.UTF-8", "LANG": "C"})
        process.said = Path(output.name)  # type: ignore[attr-defined]
        self.ends.append(process)
        return process

    def await_line(self, process: subprocess.Popen[str], wanted: str, times: int = 1) -> None:
        """Until it has said so."""
        said = lambda: process.said.read_text()  # type: ignore[attr-defined]
        self.assertTrue(eventually(lambda: said().count(wanted) >= times or process.poll() is not None, 120), said())
        self.assertGreaterEqual(said().count(wanted), times, said())

    def verb(self, *given: str, code: int = 0) -> str:
        done = subprocess.run([PROGRAM, "store", given[0], *self.where, *given[1:]], capture_output=True, text=True, timeout=240, check=False,
                              env={**os.environ, "LC_ALL": "C.UTF-8", "LANG": "C", "TZ": "Asia/Shanghai"})
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout if code == 0 else done.stdout + done.stderr

    def filled(self, seed: int, steps: int) -> int:
        newest, _ = self.newest(self.make_log(seed, steps))
        process = self.run_store()
        self.await_line(process, f"ready at event {newest}")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(timeout=30), 0)
        return newest

    # ----------------------------------------------------------------------------------------------------- deaths
    def test_killed_at_random_moments_under_load_it_loses_nothing_and_doubles_nothing(self) -> None:
        dice = random.Random(7)
        load = self.make_log(21, 12_000, pace=400)
        self.assertTrue(eventually(lambda: (self.folder / "hot" / "log.control").exists()))
        kills = 0
        while load.poll() is None or kills < 12:
            process = self.run_store()
            time.sleep(dice.uniform(0.0, 0.6))
            process.kill()
            process.wait(timeout=30)
            kills += 1
        newest, _ = self.newest(load)
        last = self.run_store()
        self.await_line(last, f"ready at event {newest}")
        told = self.verb("verify")  # while it runs: nobody is held up
        self.assertIn(f"up to event {newest}", told)
        self.assertTrue(told.startswith("equal: "), told)
        print(f"    {kills} kills, {newest} events: {told.strip()}")

    def test_a_day_of_calls_is_the_same_rebuilt(self) -> None:
        """A store that was filled as the day went, and one that was rebuilt, each row by row what the log says: so both kinds of database are the same."""
        steps = int(os.environ.get("CORDBOARD_STORE_DAY", "4000"))
        newest = self.filled(31, steps)
        with open(self.folder / "calls.csv", "wb") as file:
            subprocess.run([PROGRAM, "store", "export", "calls", *self.where, "--format", "csv"], stdout=file, check=True, timeout=240)
        with open(self.folder / "calls.csv", newline="", encoding="utf-8") as file:
            calls = sum(1 for _ in csv.DictReader(file))
        began = time.monotonic()
        self.assertRegex(self.verb("rebuild"), r"rebuilt from [1-9]\d+ events")
        rebuilt = time.monotonic() - began
        told = self.verb("verify")
        self.assertTrue(told.startswith("equal: "), told)
        print(f"    {calls} calls, {newest} events, rebuilt in {rebuilt:.1f} s: {told.strip()}")
        self.assertGreater(calls, steps // 20)

    def test_a_database_that_is_away_under_load_is_caught_up_with_and_the_log_goes_on(self) -> None:
        if server is None:
            self.skipTest("a file is not away")
        away = int(os.environ.get("CORDBOARD_STORE_AWAY", "2"))  # seconds
        load = self.make_log(22, 500 * (28 + 2 * away), pace=500)
        self.assertTrue(eventually(lambda: (self.folder / "hot" / "log.control").exists()))
        process = self.run_store()
        self.await_line(process, "ready")
        for nth in (1, 2):
            server.kill()
            self.await_line(process, "calls go on", nth)
            time.sleep(away)  # the load goes on meanwhile
            server.start()
            self.await_line(process, "is back", nth)
        newest, slowest = self.newest(load)
        self.assertTrue(eventually(lambda: self.position() == newest), f"{self.position()} of {newest}")
        told = self.verb("verify")
        self.assertTrue(told.startswith("equal: "), told)
        print(f"    away twice for {away} s, {newest} events, slowest append {slowest} us: {told.strip()}")

    def position(self) -> int:
        assert server is not None
        done = subprocess.run([server.bin / "psql", "-tA", "-h", server.folder, "-U", "cordboard", "-c",
                               "SELECT value FROM cordboard.meta WHERE name = 'position'"], capture_output=True, text=True, check=True)
        return int(done.stdout)

    # ----------------------------------------------------------------------------------------------------- people
    def test_what_people_see_is_masked_unless_they_ask_and_each_look_is_on_record(self) -> None:
        self.filled(23, 3000)
        rows = [json.loads(line) for line in self.verb("export", "calls", "--format", "json", "--plain").splitlines()]
        self.assertGreater(len(rows), 50)
        numbers = [row["number"] for row in rows if len(row.get("number", "")) > 6]
        self.assertTrue(numbers)
        one = numbers[-1]
        plain = [json.loads(line) for line in self.verb("search", "--json", "--plain", one).splitlines()]
        masked = self.verb("search", "--json", one)
        self.assertTrue(any(one in row["text"] for row in plain))
        self.assertNotIn(one, masked)
        self.assertIn("*", masked)
        for number in set(numbers):
            self.assertNotIn(number, self.verb("export", "calls", "--format", "csv"))
        mine = [row for row in rows if row.get("number") == one]
        seen = [json.loads(line) for line in self.verb("calls", "--json", "--plain", "--limit", "10000", one).splitlines()]
        self.assertEqual({row["call"] for row in mine} - {row["call"] for row in seen}, set())
        access = self.verb("access")
        for word in ("export calls", "search", "calls", "plain", "masked"):
            self.assertIn(word, access)

    def test_csv_and_json_have_the_same_rows(self) -> None:
        self.filled(24, 2000)
        for what in ("calls", "actions"):
            as_csv = list(csv.DictReader(io.StringIO(self.verb("export", what, "--format", "csv"), newline="")))
            as_json = [json.loads(line) for line in self.verb("export", what, "--format", "json").splitlines()]
            self.assertGreater(len(as_csv), 20)
            self.assertEqual([{k: v for k, v in row.items() if v} for row in as_csv], as_json)
        output = self.folder / "calls.csv"
        self.verb("export", "calls", "--format", "csv", "-o", str(output))
        self.assertEqual(output.stat().st_mode & 0o777, 0o600)
        self.assertEqual(self.verb("export", "calls", "--format", "csv", "--from", "2031-01-01").count("\n"), 1)
        self.verb("export", "calls", "--format", "csv", "--from", "yesterday", code=2)

    def test_a_copy_that_is_made_while_it_runs_is_whole(self) -> None:
        if server:
            self.filled(25, 300)
            self.assertIn("pg_dump", self.verb("backup", str(self.folder / "copy"), code=1))
            return
        load = self.make_log(25, 6000, pace=400)
        self.assertTrue(eventually(lambda: (self.folder / "hot" / "log.control").exists()))
        process = self.run_store()
        self.await_line(process, "ready")
        copies = 0
        while load.poll() is None and copies < 5:
            copy = self.folder / f"copy{copies}"
            self.verb("backup", str(copy))
            done = subprocess.run([PROGRAM, "store", "verify", "--store", copy, "--key", self.folder / "key", "--log", self.folder / "hot"],
                                  capture_output=True, text=True, timeout=120, check=False, env={**os.environ, "LANG": "C"})
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            copies += 1
        self.assertGreater(copies, 1)

    def test_a_changed_row_is_found_and_a_rebuild_mends_it(self) -> None:
        self.filled(26, 2000)
        change = "UPDATE {}call SET began_at = began_at + 1 WHERE sequence = (SELECT MIN(sequence) FROM {}call)"
        if server:
            server.do("psql", "-q", "-h", str(server.folder), "-U", "cordboard", "-c", change.format("cordboard.", "cordboard."))
        else:
            import sqlite3
            with contextlib.closing(sqlite3.connect(self.folder / "store.db")) as db, db:
                db.execute(change.format("", ""))
        self.assertIn("2 of", self.verb("verify", code=1))
        self.assertRegex(self.verb("rebuild"), r"rebuilt from \d{3,} events")
        self.assertIn("equal", self.verb("verify"))
        self.assertIn("相同", self.verb("verify", "--lang", "zh"))

    def test_people_are_taken_from_a_list_and_recognised(self) -> None:
        self.filled(28, 500)
        people = self.folder / "people.csv"
        people.write_text("name,numbers\n诸葛亮,138 0000 0001;010-62345678\n", encoding="utf-8")
        self.assertIn("would take 1", self.verb("import", "--dry-run", str(people)))
        self.assertIn("took 1 persons, 0 are known", self.verb("import", str(people)))
        self.assertIn("took 0 persons, 1 are known", self.verb("import", str(people)))
        plain = self.verb("who", "--plain", "+86-138-0000-0001")
        self.assertIn("诸葛亮", plain)
        self.assertIn("010-62345678", plain)
        masked = self.verb("who", "010 6234 5678")
        self.assertNotIn("葛", masked)
        self.assertNotIn("62345678", masked)
        people.write_text("name,numbers\n司马懿,nobody\n", encoding="utf-8")
        self.assertIn("line 2", self.verb("import", str(people), code=1))
        self.assertIn("who", self.verb("access"))

    def test_texts_of_requests_are_kept_as_long_as_their_kind_says(self) -> None:
        """By the verb, then by the running store; a rebuild brings nothing back, and neither does one in another place."""
        self.filled(31, 4000)
        kind = '[[request_kind]]\nname = "{0}"\nzh = "{0}"\nen = "{0}"\nprefix = "{1}"\nresults = ["done"]\nowner = "1001"\ncompletion = "2 days"\nkeep_days = {2}\n'
        house = self.folder / "house.toml"

        def keep(callback: int, complaint: int) -> None:
            house.write_text(f"""
[board]
loopback = true
run = "{self.folder}/run"
[log]
hot = "{self.folder}/hot"
[[phone]]
number = "1001"
name = "Position 1"
password = "loopback"
""" + kind.format("callback", "B", callback) + kind.format("complaint", "T", complaint), encoding="utf-8")

        def texts(of: str) -> int:
            rows = csv.DictReader(io.StringIO(self.verb("export", "requests", "--format", "csv", "--plain")))
            return sum(1 for row in rows if row["kind"] == of and row["closed"] and (row["number"] or row["fields"]))

        keep(0, 0)
        self.assertIn("keep_days", self.verb("expire", "--config", str(house), code=2))
        keep(1, 0)
        callbacks, complaints = texts("callback"), texts("complaint")
        self.assertGreater(callbacks, 0)
        dry = self.verb("expire", "--config", str(house), "--dry-run")
        self.assertRegex(dry, rf"the texts of {callbacks} requests would go, 0 are held")
        self.assertEqual((texts("callback"), texts("complaint")), (callbacks, complaints))
        self.assertEqual(self.verb("expire", "--config", str(house)), f"the texts of {callbacks} requests went, 0 are held\n")
        self.assertEqual((texts("callback"), texts("complaint")), (0, complaints))
        self.assertIn("expire", self.verb("access"))
        self.assertTrue(self.verb("verify").startswith("equal: "))
        keep(1, 36500)
        self.verb("rebuild")
        self.assertEqual((texts("callback"), texts("complaint")), (0, complaints))
        # The store that runs beside the board looks by itself.
        keep(1, 1)
        self.where += ["--config", str(house)]
        process = self.run_store()
        self.where = self.where[:-2]  # whose users may not read texts
        self.await_line(process, "closed requests went" if complaints else "ready")
        self.assertEqual(texts("complaint"), 0)
        self.assertTrue(self.verb("verify").startswith("equal: "))

    def test_serve_keeps_the_store_running_beside_it(self) -> None:
        where = "postgresql = " + json.dumps(server.connection) if server else f'path = "{self.folder}/store.db"'
        key = self.folder / "key"
        key.write_text("ab" * 32)
        key.chmod(0o600)
        house = self.folder / "house.toml"
        house.write_text(f"""
[board]
loopback = true
run = "{self.folder}/run"
[log]
hot = "{self.folder}/hot"
[store]
{where}
key_file = "{key}"
[[phone]]
number = "1001"
name = "Position 1"
password = "loopback"
[[operator]]
name = "Anna"
phone = "1001"
[[queue]]
number = "9000"
name = "Switchboard"
operators = ["Anna"]
[[user]]
name = "nobody"
uid = 4242
roles = ["operator"]
""", encoding="utf-8")
        with open(self.folder / "served", "wb") as output:
            served = subprocess.Popen([PROGRAM, "serve", house], stdout=output, stderr=output, text=True)
        served.said = Path(output.name)  # type: ignore[attr-defined]
        self.ends.append(served)
        self.await_line(served, "ready")
        self.where = ["--config", str(house)]

        def child() -> int:
            files = Path(f"/proc/{served.pid}/task").glob("*/children")
            return int(next((word for file in files for word in file.read_text().split()), 0))

        def filled() -> bool:
            done = subprocess.run([PROGRAM, "store", "verify", *self.where], capture_output=True, text=True, timeout=60, check=False)
            return done.returncode == 0 and "equal" in done.stdout

        self.assertTrue(eventually(lambda: child() != 0 and filled(), 60))
        first = child()
        os.kill(first, signal.SIGKILL)
        self.await_line(served, "started again")
        self.assertTrue(eventually(lambda: child() not in (0, first) and filled(), 60))
        self.assertIsNone(served.poll())
        # This user is not among those who may read texts.
        self.assertIn("read_text", self.verb("search", "--plain", "Anna", code=1))
        second = child()
        served.kill()  # not even a death of the switchboard leaves one behind
        served.wait(timeout=30)
        self.assertTrue(eventually(lambda: not Path(f"/proc/{second}").exists() or "Z" in Path(f"/proc/{second}/stat").read_text().split()[2], 30))

    def test_what_is_wrong_is_said(self) -> None:
        self.assertIn("run", self.verb("search", "王芳", code=1))  # there is no store yet
        self.filled(27, 500)
        (self.folder / "key").chmod(0o644)
        self.assertIn("0600", self.verb("search", "王芳", code=1))
        for verb in ("run", "rebuild", "verify", "backup", "search", "calls", "export", "access", "rekey", "erase", "requests", "who", "import", "merge",
                     "split"):
            done = subprocess.run([PROGRAM, "store", verb, "--help"], capture_output=True, text=True, timeout=60, check=False)
            self.assertEqual(done.returncode, 0)
            self.assertIn(f"cordboard store {verb}", done.stdout)


if __name__ == "__main__":
    with contextlib.ExitStack() as stack:
        if KIND == "postgresql":
            server = stack.enter_context(Server())
        result = unittest.main(argv=[sys.argv[0], *sys.argv[4:]], exit=False, verbosity=1).result
    sys.exit(0 if result.wasSuccessful() else 1)
