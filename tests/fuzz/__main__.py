"""`make fuzz`: every property test with a hundred times its examples; a table, and .local/reports/fuzz.json."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

FOLDERS = ("tests/unit", "tests/contracts", "tests/integration/referral/machines")
REPORT = Path(".local/reports/fuzz.json")


def main() -> int:
    """Run them; what is given on the command line goes to pytest, such as `-k keys`."""
    with tempfile.NamedTemporaryFile(suffix=".xml") as file:
        command = [sys.executable, "-m", "pytest", *FOLDERS, "-m", "hypothesis", "--hypothesis-profile=fuzz",
                   "--timeout=7200", f"--junitxml={file.name}", *sys.argv[1:]]  # fmt: skip
        status = subprocess.call(command, env={"LEAD_TEST_GENERATED": "200", **os.environ})
        cases = list(ElementTree.parse(file.name).iter("testcase"))
    rows = [
        {
            "test": f"{case.get('classname')}.{case.get('name')}",
            "seconds": round(float(case.get("time") or 0), 1),
            "passed": case.find("failure") is None and case.find("error") is None,
        }
        for case in cases
    ]
    for row in sorted(rows, key=lambda row: -row["seconds"]):
        print(f"{row['seconds']:>8} s  {'passed' if row['passed'] else 'FAILED'}  {row['test']}")
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(json.dumps({"tests": rows, "passed": status == 0}, indent=1))
    return status


if __name__ == "__main__":
    sys.exit(main())
