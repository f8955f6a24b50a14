# SPDX-License-Identifier: Apache-2.0
"""Spot checks of calls (S10) and reports that write themselves.

usage: checks_test.py PROGRAM MAKE_DAY
"""
from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path
from typing import Any

from simulated_day import WithDay

PROGRAM = sys.argv[1]
DAY = "2023-11-15"


def run(*given: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([PROGRAM, *given], capture_output=True, text=True, timeout=300, check=False, env={**os.environ, "LC_ALL": "C.UTF-8"})
    assert done.returncode == code, (done.returncode, done.stderr, done.stdout[-2000:])
    return done


class Checks(WithDay):
    seed = "44"

    def draw(self, *given: str) -> Any:
        return json.loads(run("checks", "draw", "day", DAY, "--log", self.log, "--format", "json", *given).stdout)

    def test_s10_the_same_seed_draws_the_same_calls_and_another_one_others(self) -> None:
        first, again, other = self.draw("--seed", "7"), self.draw("--seed", "7"), self.draw("--seed", "8")
        self.assertEqual(first, again)
        self.assertNotEqual(first["calls"], other["calls"])
        self.assertEqual(len(first["calls"]), 10)
        # A larger sample of the same seed has the smaller one in it.
        more = {call["call"] for call in self.draw("--seed", "7", "--number", "50")["calls"]}
        self.assertTrue({call["call"] for call in first["calls"]} <= more)

    def test_s10_the_frame_says_who_could_not_be_drawn_and_why(self) -> None:
        for given in ((), ("--only", "transferred"), ("--only", "rated_low", "--min", "0"), ("--recorded", "--min", "60"), ("--only", "no_entry")):
            frame = self.draw(*given)["frame"]
            left_out = sum(frame[reason] for reason in ("going_on", "too_short", "not_recorded", "not_meant"))
            self.assertEqual(frame["calls"], frame["in_frame"] + left_out, given)
        served = json.loads(run("report", "day", DAY, "--log", self.log, "--format", "json").stdout)["rows"][0]["values"]["calls_served"]
        self.assertEqual(self.draw()["frame"]["calls"], served[0])
        for call in self.draw("--only", "rated_low", "--number", "30")["calls"]:
            self.assertIn(call["rating"], (1, 2))
        for call in self.draw("--recorded", "--min", "60", "--number", "30")["calls"]:
            self.assertTrue(call["recorded"] and call["talk_s"] >= 60)

    def test_s10_so_many_of_each_operator(self) -> None:
        calls = self.draw("--each", "--number", "3")["calls"]
        each = {name: sum(call["operator"] == name for call in calls) for name in {call["operator"] for call in calls}}
        self.assertEqual(set(each.values()), {3})
        self.assertGreaterEqual(len(each), 4)

    def test_s10_score_sheets_are_added_up_self_mutual_and_supervisor_compared(self) -> None:
        sheet = self.file("sheet.csv")
        run("checks", "draw", "day", DAY, "--log", self.log, "--each", "--number", "2", "--format", "csv", "-o", str(sheet), "--items", "manner,answer")
        rows = list(csv.DictReader(io.StringIO(sheet.read_text(encoding="utf-8"))))
        self.assertEqual(len({row["sample"] for row in rows}), 1)
        operators = sorted({row["operator"] for row in rows})

        def fill(name: str, way: str, score: Any) -> str:
            path = self.file(name)
            with path.open("w", encoding="utf-8", newline="") as to:
                writer = csv.DictWriter(to, list(rows[0]))
                writer.writeheader()
                for row in rows:
                    filled = dict(row)
                    if row["operator"] == operators[0]:
                        filled |= {"checker": way, "way": way, "manner": score, "answer": score - 10}
                        filled["red_line"] = "yes" if way == "supervisor" else ""
                    writer.writerow(filled)
            return str(path)

        sheets = [fill("self.csv", "self", 100), fill("mutual.csv", "mutual", 90), fill("superior.csv", "supervisor", 80)]
        given = [word for sheet_file in sheets for word in ("--sheet", sheet_file)]
        told = list(csv.DictReader(io.StringIO(run("checks", "grade", *given, "--format", "csv", "--with", "day", "--date", DAY, "--log", self.log).stdout)))
        of = {(row["operator"], row["what"], row["way"]): (row["value"], row["n"]) for row in told}
        self.assertEqual(of[operators[0], "score", "self"], ("95", "2"))
        self.assertEqual(of[operators[0], "manner", "supervisor"], ("80", "2"))
        self.assertEqual(of[operators[0], "supervisor_less_self", ""], ("-20", "2"))
        self.assertEqual(of["", "supervisor_less_mutual", ""], ("-10", "2"))
        self.assertEqual(of[operators[0], "red_lines", "supervisor"][0], "2")
        self.assertNotIn((operators[1], "score", "self"), of)
        # Beside them what the log says of everybody, and of the team.
        values = {row["labels"]["operator"]: row["values"] for row in json.loads(run("report", "day", DAY, "--log", self.log, "--by", "operator", "--format",
                                                                                     "json", "--figures", "handled").stdout)["rows"]}
        for operator in operators:
            self.assertEqual(of[operator, "handled", ""][0], str(values[operator]["handled"][1]))
        self.assertIn(("", "register_completeness", ""), of)
        text = run("checks", "grade", *given, "--lang", "zh").stdout
        self.assertIn("抽查 − 自查", text)
        self.assertIn(f"尚未填写:{3 * (len(rows) - 2)} 行", text)

    def test_s10_a_sheet_that_is_filled_in_wrong_is_told_by_line(self) -> None:
        head = "sample,call,operator,checker,way,manner,red_line\n"
        for line, word in (("s,1,a,c,self,101,", "101"), ("s,1,a,c,boss,80,", "boss"), ("s,1,a,c,self,80,\ns,1,a,c,self,70,", "already")):
            path = self.file("wrong.csv")
            path.write_text(head + line + "\n", encoding="utf-8")
            told = run("checks", "grade", "--sheet", str(path), code=1).stderr
            self.assertIn(word, told)
            self.assertIn("wrong.csv:", told)

    def test_the_form_for_paper_has_a_line_for_each_call(self) -> None:
        page = run("checks", "draw", "day", DAY, "--log", self.log, "--format", "html", "--lang", "zh").stdout
        self.assertEqual(page.count("<tr>"), 11)
        self.assertIn("通话抽查评分表", page)


class Schedule(WithDay):
    seed = "44"

    def test_c6_reports_of_what_is_over_are_written_once(self) -> None:
        into = self.file("reports")
        given = ("report", "day,week,month", "--log", self.log, "--into", str(into), "--format", "csv", "--figures", "calls,answer_rate", "--once")
        run(*given)
        names = {path.name for path in into.iterdir()}
        self.assertTrue({"2023-11-14.csv", "2023-11-15.csv", "2023-11-16.csv", "2023-W46.csv", "2023-11.csv"} <= names, names)
        self.assertNotIn("2023-11-13.csv", names)  # the log did not begin yet
        day = (into / f"{DAY}.csv").read_text(encoding="utf-8")
        self.assertEqual(day, run("report", "day", DAY, "--log", self.log, "--format", "csv", "--figures", "calls,answer_rate").stdout)
        (into / f"{DAY}.csv").write_text("mine", encoding="utf-8")
        self.assertEqual(run(*given).stdout, "")
        self.assertEqual((into / f"{DAY}.csv").read_text(encoding="utf-8"), "mine")

    def test_it_stays_and_ends_when_it_is_told_to(self) -> None:
        into = self.file("stays")
        with subprocess.Popen([PROGRAM, "report", "month", "--log", self.log, "--into", str(into)], stdout=subprocess.PIPE, text=True) as stays:
            assert stays.stdout is not None
            self.assertIn("2023-11.txt", stays.stdout.readline())
            time.sleep(0.2)
            self.assertIsNone(stays.poll())
            stays.send_signal(signal.SIGTERM)
            self.assertEqual(stays.wait(timeout=20), 0)

    def test_s7_summaries_by_the_program(self) -> None:
        sums = str(self.file("sums"))
        plain = json.loads(run("report", "month", "2023-11", "--log", self.log, "--format", "json").stdout)
        for _ in range(2):
            stored = json.loads(run("report", "month", "2023-11", "--log", self.log, "--format", "json", "--summaries", sums).stdout)
            self.assertEqual(stored["rows"], plain["rows"])
            self.assertEqual(stored["closure"], plain["closure"])
        self.assertGreaterEqual(stored["revision"], 1)
        self.assertIn("as the log says", run("report", "summaries", "--summaries", sums, "--log", self.log).stdout)
        for file in Path(sums).glob("2023-*"):
            file.write_bytes(file.read_bytes()[:-1])
        self.assertIn("DIFFERS", run("report", "summaries", "--summaries", sums, "--log", self.log, code=1).stdout)
        self.assertIn("--rebuild", run("report", "month", "2023-11", "--log", self.log, "--summaries", sums, code=1).stderr)
        run("report", "summaries", "--summaries", sums, "--log", self.log, "--rebuild")
        again = json.loads(run("report", "month", "2023-11", "--log", self.log, "--format", "json", "--summaries", sums).stdout)
        self.assertEqual(again["rows"], plain["rows"])

    def test_metrics_are_well_formed_and_what_the_figures_say(self) -> None:
        text = run("report", "metrics", "--log", self.log).stdout
        values: dict[str, float] = {}
        family = ""
        for line in text.splitlines():
            if line.startswith("# TYPE "):
                family = line.split()[2]
                self.assertRegex(line, r"^# TYPE cordboard_[a-z_]+ (counter|gauge|histogram)$")
            elif not line.startswith("#"):
                self.assertRegex(line, r'^cordboard_[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? [0-9.e+-]+$')
                name, value = line.rsplit(" ", 1)
                self.assertTrue(name.startswith(family), line)
                self.assertNotIn(name, values)
                values[name] = float(value)
        everything = {}
        for year in ("2023", "2024"):
            row = json.loads(run("report", "year", year, "--log", self.log, "--format", "json").stdout)["rows"][0]["values"]
            for name, (_, numerator, _) in row.items():
                everything[name] = everything.get(name, 0) + numerator

        def total(name: str) -> float:
            return sum(value for key, value in values.items() if key.partition("{")[0] == name)

        for metric, figure in (("cordboard_queue_offered_total", "offered"), ("cordboard_queue_answered_total", "answered"),
                               ("cordboard_queue_abandoned_total", "abandoned"), ("cordboard_calls_total", "calls"), ("cordboard_handled_total", "handled"),
                               ("cordboard_queue_answer_wait_seconds_count", "answered"), ("cordboard_requests_total", "requests"),
                               ("cordboard_transfers_dropped_total", "transfers_dropped")):
            self.assertEqual(total(metric), everything[figure], metric)
        self.assertLess(len(values), 300)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
