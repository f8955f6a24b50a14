# SPDX-License-Identifier: Apache-2.0
"""The page of a report: it needs nothing else, says the same as the figures, and nothing of it sticks out, on the screen and on paper.

usage: page_test.py PROGRAM MAKE_DAY FOLDER      pictures and papers stay in FOLDER, to be looked at
"""
from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as tree
from pathlib import Path

PROGRAM, MAKE_DAY, PICTURES = sys.argv[1], sys.argv[2], Path(sys.argv[3])
CHROMIUM = shutil.which("chromium")
PAGES = (("day", "zh"), ("day", "en"), ("week", "en"), ("month", "zh"), ("quarter", "en"), ("year", "zh"))
# What of a page sticks out of the window, and which words of a picture stick out of it.
LOOK = """<script>onload = () => {
  const out = [];
  if (document.documentElement.scrollWidth > document.documentElement.clientWidth) out.push("page");
  for (const svg of document.querySelectorAll("svg")) {
    const frame = svg.getBoundingClientRect();
    for (const text of svg.querySelectorAll("text")) {
      const box = text.getBoundingClientRect();
      if (box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1 || box.bottom > frame.bottom + 1)
        out.push(text.textContent);
    }
  }
  document.body.innerHTML = "<pre id=seen>" + JSON.stringify(out) + "</pre>";
}</script>"""


def program(*given: str) -> str:
    done = subprocess.run([PROGRAM, "report", *given], capture_output=True, text=True, timeout=300, check=False,
                          env={**os.environ, "LC_ALL": "C.UTF-8"})
    assert done.returncode == 0, done.stderr
    return done.stdout


class Page(unittest.TestCase):
    folder: tempfile.TemporaryDirectory[str]

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = tempfile.TemporaryDirectory(prefix="cordboard-page-")
        cls.log = cls.folder.name + "/hot"
        subprocess.run([MAKE_DAY, cls.folder.name, "7"], check=True, timeout=600)
        PICTURES.mkdir(parents=True, exist_ok=True)

    @classmethod
    def tearDownClass(cls) -> None:
        cls.folder.cleanup()

    def page(self, period: str, tongue: str) -> str:
        return program(period, "2023-11-15", "--log", self.log, "--format", "html", "--lang", tongue)

    def chromium(self, page: str, *given: str) -> str:
        assert CHROMIUM is not None
        return subprocess.run([CHROMIUM, "--headless", "--disable-gpu", "--hide-scrollbars", *(["--no-sandbox"] if os.geteuid() == 0 else []),
                               f"--user-data-dir={self.folder.name}/profile", *given, f"file://{page}"], capture_output=True, text=True,
                              timeout=180, check=True).stdout

    def test_c6_a_page_needs_nothing_else_and_its_pictures_are_well_formed(self) -> None:
        for period, tongue in PAGES:
            page = self.page(period, tongue)
            self.assertNotRegex(page, r"<script|<link|<img|https?://|url\(|@import|\son\w+=")
            pictures = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
            self.assertGreaterEqual(len(pictures), 5, period)
            for picture in pictures:
                tree.fromstring(picture)
            self.assertEqual(page.count("<table"), page.count("</table>"))

    def test_s7_the_page_says_what_the_figures_say(self) -> None:
        values = json.loads(program("day", "2023-11-15", "--log", self.log, "--format", "json"))["rows"][0]["values"]
        page = self.page("day", "en")
        for name, (value, numerator, denominator) in values.items():
            if isinstance(value, float) and denominator > 1 and value <= 1 and name not in ("occupancy", "availability", "satisfaction"):
                self.assertIn(f"{value * 100:.1f} %<br>{numerator} / {denominator}", page, name)
        self.assertIn(f"<b>{values['calls'][0]}</b>", page)
        self.assertIn("电话接通率", self.page("day", "zh"))

    @unittest.skipUnless(CHROMIUM, "chromium is not installed")
    def test_nothing_sticks_out_on_the_screen(self) -> None:
        for period, tongue in PAGES:
            page = self.page(period, tongue)
            plain = PICTURES / f"{period}-{tongue}.html"
            plain.write_text(page, encoding="utf-8")
            self.chromium(str(plain), "--window-size=1060,2600", f"--screenshot={PICTURES}/{period}-{tongue}.png")
            looked = Path(self.folder.name, "look.html")
            looked.write_text(page.replace("</head>", LOOK + "</head>"), encoding="utf-8")
            seen = re.search(r"<pre id=\"seen\">(.*?)</pre>", self.chromium(str(looked), "--window-size=1060,2600", "--dump-dom"))
            self.assertIsNotNone(seen, "the page was not looked at")
            self.assertEqual(seen[1] if seen else None, "[]", f"{period} {tongue}")

    @unittest.skipUnless(CHROMIUM, "chromium is not installed")
    def test_the_program_prints_it(self) -> None:
        for tongue in ("en", "zh"):
            paper = PICTURES / f"day-{tongue}.pdf"
            program("day", "2023-11-15", "--log", self.log, "--format", "pdf", "--lang", tongue, "--output", str(paper))
            bytes_of = paper.read_bytes()
            self.assertTrue(bytes_of.startswith(b"%PDF-") and bytes_of.rstrip().endswith(b"%%EOF"))
            self.assertGreater(len(bytes_of), 50_000)

    def test_a_pdf_without_a_browser_or_a_place_is_refused(self) -> None:
        given = [PROGRAM, "report", "day", "2023-11-15", "--log", self.log, "--format", "pdf"]
        done = subprocess.run([*given, "-o", self.folder.name + "/x.pdf"], capture_output=True, text=True, timeout=60, check=False,
                              env={"PATH": self.folder.name, "LC_ALL": "C.UTF-8"})
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertFalse(Path(self.folder.name, "x.pdf").exists())
        self.assertEqual(subprocess.run(given, capture_output=True, timeout=60, check=False).returncode, 2)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
