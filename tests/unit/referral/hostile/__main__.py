"""`python -m tests.unit.referral.hostile`: how many hostile cases, of which kind, and what memory the large ones need.

Runs them, prints a table, writes .local/reports/hostile.json; fails below 200 cases, above 64 MiB, or if one fails.
That every refusal has a reason a clerk understands is part of each case: `verdict.helps`.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

import pytest

from services.referral.feeds.xlsx_child import MEMORY_BYTES

FOLDERS = ("tests/unit/referral/hostile", "tests/unit/referral/feeds/test_memory_of_exchange_formats.py")
REPORT = Path(".local/reports/hostile.json")
FEWEST, MOST_MIB = 200, 64
MIB = 1024 * 1024


class Collected:
    """What pytest tells of each case."""

    def __init__(self) -> None:
        self.kinds: Counter[str] = Counter()
        self.failed: list[str] = []
        self.peaks: dict[str, float] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a case once it has run."""
        if report.failed:
            self.failed.append(report.nodeid)
        if report.when != "call":
            return
        path, _, name = report.nodeid.partition("::")
        self.kinds[f"{Path(path).stem.removeprefix('test_')}: {name.partition('[')[0].removeprefix('test_')}"] += 1
        for key, value in report.user_properties:
            if key == "peak_bytes" and isinstance(value, int):
                self.peaks[name.removeprefix("test_")] = round(value / MIB, 1)


def main() -> int:
    """Run them; what is given on the command line goes to pytest."""
    found = Collected()
    status = pytest.main(["-q", "-p", "no:cacheprovider", *FOLDERS, *sys.argv[1:]], plugins=[found])
    for kind, n in sorted(found.kinds.items()):
        print(f"{n:>5}  {kind.replace('_', ' ')}")
    print(f"{found.kinds.total():>5}  hostile cases in all, each with a known code and a reason in words")
    for name, mib in sorted(found.peaks.items(), key=lambda one: -one[1]):
        print(f"{mib:>7} MiB above idle  {name.replace('_', ' ')}")
    print(f"{MEMORY_BYTES // MIB:>5}   MiB at most for a workbook, whose child process the system ends there")
    high = [name for name, mib in found.peaks.items() if mib > MOST_MIB]
    passed = status == 0 and not found.failed and found.kinds.total() >= FEWEST and not high
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    told = {"cases": dict(found.kinds), "peak_mib": found.peaks, "failed": found.failed, "passed": passed}
    REPORT.write_text(json.dumps(told, indent=1))
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
