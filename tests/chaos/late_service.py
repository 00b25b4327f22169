"""A service that was down for the whole year, and then came back, ends in the state of one that never was.

For each service in turn: it is stopped, the others live the fictional year, it is started, and its own people's
entries are made late with their true times. The final states and figures are compared with a run in which all four
were up, row by row. Recorded times and passing decisions are left out: they tell when the system learned something.

    python -m tests.chaos.late_service [--people 120] [--referred 60] [--service casework]
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.chaos import final_state
from tests.system.county import SERVICES, County

ROOT = Path(__file__).resolve().parents[2]
QUIET_SECONDS = 30
"""Longer than the slowest timer, the due days of every 20 s."""


def main() -> int:
    options = _options()
    reports: dict[str, dict[str, int]] = {}
    with tempfile.TemporaryDirectory(prefix="late-", dir="/tmp") as folder:
        secrets = Path(folder) / "secrets"
        wanted = _live(Path(folder) / "all", None, options, secrets)
        print(f"never stopped: {_sizes(wanted)}", flush=True)
        for service in options.service or SERVICES:
            found = _live(Path(folder) / service, service, options, secrets)
            reports[service] = {what: _differences(wanted[what], found[what]) for what in wanted}
            bad = {what: n for what, n in reports[service].items() if n}
            print(f"{service} down for the year: {bad or 'equal'}", flush=True)
            if bad and options.show:
                _show(wanted, found, bad)
    report = ROOT / ".local" / "reports" / "late-service.json"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.write_text(json.dumps({"rows": {k: len(v) for k, v in wanted.items()}, "differences": reports}, indent=1))
    return int(any(n for found in reports.values() for n in found.values()))


def _live(home: Path, stopped: str | None, options: argparse.Namespace, secrets: Path) -> dict[str, list[str]]:
    """One county's year; the state it ends in."""
    home.mkdir()
    if secrets.exists():
        shutil.copytree(secrets, home / "secrets")
    county = County(home)
    county.up("--no-demo")
    try:
        final_state.read(home)  # a question that no longer fits the tables is told before the year, not after it
        if not secrets.exists():
            shutil.copytree(home / "secrets", secrets)
        if stopped:
            county.lead("stop", stopped)
            _play(county, options, "--without", stopped)
            county.lead("start", stopped)
            _wait_ready(county)
        _play(county, options)
        _settle(home)
        return final_state.read(home)
    finally:
        county.down()


def _play(county: County, options: argparse.Namespace, *more: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "deploy.simulator", "--people", str(options.people), "--referred", str(options.referred),
         "--last-day", options.last_day, *more],
        env=county.environment, cwd=ROOT, check=not more,
    )  # fmt: skip


def _wait_ready(county: County) -> None:
    import httpx

    end = time.monotonic() + 120
    while time.monotonic() < end:
        try:
            if all(httpx.get(county.url(s, "/health/ready"), timeout=5).status_code == 200 for s in SERVICES):
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.3)
    raise RuntimeError("the services were not ready within two minutes")


def _settle(home: Path) -> None:
    """Until nothing is on its way and the state stayed the same for longer than any timer's round."""
    before, since, end = None, time.monotonic(), time.monotonic() + 300
    while time.monotonic() < end:
        now = final_state.read(home)
        if now != before or final_state.unsettled(home):
            before, since = now, time.monotonic()
        elif time.monotonic() - since > QUIET_SECONDS:
            return
        time.sleep(1)
    raise RuntimeError("the state did not settle within five minutes")


def _differences(wanted: list[str], found: list[str]) -> int:
    one, other = dict.fromkeys(wanted), dict.fromkeys(found)
    missing = sum(1 for row in one if row not in other) + sum(1 for row in other if row not in one)
    return missing or abs(len(wanted) - len(found))


def _show(wanted: dict[str, list[str]], found: dict[str, list[str]], bad: dict[str, int]) -> None:
    for what in bad:
        for row in sorted(set(wanted[what]) - set(found[what]))[:5]:
            print(f"  {what} - {row}")
        for row in sorted(set(found[what]) - set(wanted[what]))[:5]:
            print(f"  {what} + {row}")


def _sizes(state: dict[str, list[str]]) -> str:
    return ", ".join(f"{what} {len(rows)}" for what, rows in state.items())


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=120)
    parser.add_argument("--referred", type=int, default=60)
    parser.add_argument("--last-day", default="2026-11-20")
    parser.add_argument("--service", action="append", choices=SERVICES)
    parser.add_argument("--show", action="store_true", help="print the first rows that differ")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
