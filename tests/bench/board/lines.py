# SPDX-License-Identifier: Apache-2.0
"""Lines of the table and of the progress, and what every measurement here asks of the system."""
import json
import pathlib
import resource
import sys


def tell(name: str, value: float, unit: str, baseline: str | None = None, ratio: float | None = None) -> None:
    print(json.dumps({"name": name, "value": round(value, 4), "unit": unit, "baseline": baseline,
                      "ratio": None if ratio is None else round(ratio, 4)}, ensure_ascii=False), flush=True)


def progress(text: str) -> None:
    print(f"      {text}", file=sys.stderr, flush=True)


def cpu_seconds(pid: int) -> float:
    """Processor time of all threads of a process, in the scheduler's own nanoseconds."""
    return sum(int((task / "schedstat").read_text().split()[0]) for task in pathlib.Path(f"/proc/{pid}/task").iterdir()) / 1e9


def own_memory(pid: int) -> tuple[int, int]:
    """Bytes of its own, and of files that it maps but the log (which is shared memory)."""
    rows = dict(line.split(":") for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines() if ":" in line.partition(" ")[0])
    kilo = {name: int(value.split()[0]) for name, value in rows.items()}
    return kilo["Pss_Anon"] * 1024, kilo["Pss_File"] * 1024


def allow_files(count: int) -> bool:
    """Whether a child may have so many files open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, count), max(hard, count)))
    except (ValueError, PermissionError):
        return False
    return True
