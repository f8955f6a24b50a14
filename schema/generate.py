#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes every generated form of schema/cordboard.toml.

    schema/generate.py            writes what has changed
    schema/generate.py --check    writes nothing; exits 1 and names each file that is stale
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.dont_write_bytecode = True
from forms import c, cpp, model, python, reference, typescript, web  # noqa: E402

FORMS = (cpp, c, python, reference, typescript, web)


def main() -> int:
    parser = argparse.ArgumentParser(description="Writes every generated form of the schema.")
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parent.parent)
    arguments = parser.parse_args()
    try:
        schema = model.read(arguments.root / "schema" / "cordboard.toml")
    except (model.SchemaError, OSError, ValueError, KeyError, TypeError) as error:
        print(f"schema/cordboard.toml: {error}", file=sys.stderr)
        return 1
    stale = 0
    for form in FORMS:
        for name, text in form.files(schema).items():
            path = arguments.root / name
            if path.exists() and path.read_text(encoding="utf-8") == text:
                continue
            stale += 1
            if arguments.check:
                print(f"{name} is stale: run schema/generate.py", file=sys.stderr)
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"wrote {name}")
    return 1 if arguments.check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
