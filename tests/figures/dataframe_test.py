# SPDX-License-Identifier: Apache-2.0
"""Figures as DataFrames are those of the program, open into what they are made of, and can be computed by hand as the example does.

usage: dataframe_test.py PROGRAM MAKE_DAY EXAMPLES      with the Python package on PYTHONPATH
"""
from __future__ import annotations

import datetime
import json
import subprocess
import sys
import unittest
from pathlib import Path

import cordboard
import numpy as np
import pandas as pd
from simulated_day import WithDay

PROGRAM = sys.argv[1]
sys.path.insert(0, str(Path(sys.argv[3], "figures")))
import by_hand  # noqa: E402

DAY = "2023-11-15"
START = 1_699_977_600 * 10**9  # midnight in Shanghai
END = START + 24 * 3600 * 10**9


class DataFrames(WithDay):
    seed = "43"

    def test_s7_a_day_is_one_row_and_what_the_program_says(self) -> None:
        frame = cordboard.figures(self.log, "day", datetime.date(2023, 11, 15))
        told = json.loads(subprocess.run([PROGRAM, "report", "day", DAY, "--log", self.log, "--format", "json"], capture_output=True,
                                         check=True, timeout=300).stdout)["rows"][0]["values"]
        self.assertEqual(frame.shape, (1, len(told)))
        for name, (value, _, _) in told.items():
            self.assertTrue(np.isnan(frame[name].iloc[0]) if value is None else frame[name].iloc[0] == value, name)
        self.assertTrue(frame.attrs["closure"]["holds"])
        self.assertEqual((frame.attrs["from_ns"], frame.attrs["to_ns"]), (START, END))

    def test_s7_parts_of_hours_and_queues_add_up_to_the_day(self) -> None:
        frame = cordboard.figures(self.log, "day", DAY, by=["queue", "hour"], only=["answer_rate", "asa"], parts=True)
        self.assertEqual(frame.index.names, ["queue", "hour"])
        whole = cordboard.figures(self.log, "day", DAY, only=["answer_rate", "asa"])
        for name, ns in (("answer_rate", 1), ("asa", 1e9)):
            parts = frame[name]
            self.assertAlmostEqual(parts["numerator"].sum() / parts["denominator"].sum() / ns, whole[name].iloc[0], places=12)
        by_hour = cordboard.figures(self.log, "day", DAY, by=["hour"], only=["offered"])
        self.assertEqual(len(by_hour), 24)

    def test_s7_a_figure_opens_into_rows(self) -> None:
        served = cordboard.figure_entries(self.log, "calls_served", "day", DAY)
        self.assertEqual(served["amount"].sum(), cordboard.figures(self.log, "day", DAY)["calls_served"].iloc[0])
        self.assertEqual(len(served), served["call"].nunique())
        self.assertEqual(str(served["at"].dt.tz), "Asia/Shanghai")
        asked = cordboard.figure_entries(self.log, "requests", "day", DAY)
        self.assertEqual(len(asked), asked["request"].nunique())
        self.assertEqual(asked["request"].dtype, np.dtype("uint64"))
        self.assertEqual(len(cordboard.figure_entries(self.log, "requests", "day", "2020-01-01")), 0)

    def test_s7_three_figures_by_hand(self) -> None:
        frame = cordboard.figures(self.log, "day", DAY)
        with cordboard.Log(self.log) as log:
            self.assertAlmostEqual(by_hand.answer_rate(log, START, END), frame["answer_rate"].iloc[0], places=12)
            self.assertAlmostEqual(by_hand.service_level(log, START, END), frame["service_level_b"].iloc[0], places=12)
            self.assertAlmostEqual(by_hand.speed_of_answer(log, START, END), frame["asa"].iloc[0], places=9)
        printed = subprocess.run([sys.executable, "-B", by_hand.__file__, self.log, "2023-11-14T16:00", "2023-11-15T16:00"], capture_output=True,
                                 text=True, check=True, timeout=120).stdout
        self.assertIn(f"answer_rate  {frame['answer_rate'].iloc[0]:.4f}", printed)

    def test_a_wrong_wish_is_told(self) -> None:
        for wish in ({"period": "fortnight"}, {"by": ["planet"]}, {"only": ["luck"]}, {"zone": "Mars/Olympus"}):
            with self.assertRaises((ValueError, OSError)) as told:
                cordboard.figures(self.log, wish.pop("period", "day"), DAY, **wish)  # type: ignore[arg-type]
            self.assertTrue(str(told.exception))

    def test_pandas_takes_what_it_is_given(self) -> None:
        frame = cordboard.figures(self.log, "day", DAY, by=["operator", "clock"], only=["handled", "talk_mean"])
        self.assertIsInstance(frame["handled"].unstack(0), pd.DataFrame)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
