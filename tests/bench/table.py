#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Prints the lines of the benchmarks as one table; with a second name, writes them there too.

    table.py LINES [JSON]

A line is {"name", "value", "unit", "baseline", "ratio"}; baseline is the name of the line that ratio relates to, or null.
"""

import json
import shutil
import sys

FIELDS = ("name", "value", "unit", "baseline", "ratio")


def shown(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def main() -> int:
    rows = []
    with open(sys.argv[1], encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            row = json.loads(line)
            missing = [field for field in FIELDS if field not in row]
            if missing:
                print(f"line {number} lacks {', '.join(missing)}: {line.strip()}", file=sys.stderr)
                return 1
            rows.append(row)
    names = {row["name"] for row in rows}
    unknown = {row["baseline"] for row in rows if row["baseline"]} - names
    if unknown:
        print(f"a ratio to what was not measured in this run: {', '.join(sorted(unknown))}", file=sys.stderr)
        return 1
    width = max((len(row["name"]) for row in rows), default=4)
    print(f"{'name':<{width}}  {'value':>14}  {'unit':<12}  {'ratio':>8}  to")
    for row in rows:
        ratio = f"{row['ratio']:.2f}" if row["ratio"] is not None else ""
        print(f"{row['name']:<{width}}  {shown(row['value']):>14}  {row['unit']:<12}  {ratio:>8}  {row['baseline'] or ''}".rstrip())
    if len(sys.argv) > 2:
        shutil.copyfile(sys.argv[1], sys.argv[2])
    return 0


if __name__ == "__main__":
    sys.exit(main())
