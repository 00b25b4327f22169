"""`lead up`: what it starts it keeps running, and what it started is gone with it, however it ends."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.local import places
from tests.system.county import County

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def county() -> Iterator[County]:
    home = Path(tempfile.mkdtemp(prefix="lead-run-", dir="/tmp"))
    running = County(home)
    try:
        yield running
    finally:
        running.down()
        for folder in {home, places.data_folder(home)}:
            shutil.rmtree(folder, ignore_errors=True)


def eventually(reached: Callable[[], bool], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline, "this did not come about"
        time.sleep(0.1)


def status(county: County) -> dict[str, Any]:
    return json.loads(county.run("status").stdout)


def started_by(county: County) -> list[int]:
    """Every process that carries this home folder in its environment or arguments."""
    found = []
    mark = str(county.home).encode()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            told = (process / "environ").read_bytes() + (process / "cmdline").read_bytes()
        except OSError:
            continue
        if mark in told and int(process.name) != os.getpid():
            found.append(int(process.name))
    return found


def test_a_taken_port_is_named_with_the_way_out_and_nothing_is_started(county: County) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", county.port_base + 3))
        taken.listen()
        refused = county.run("up", "--no-demo", "--detach")
    assert refused.returncode == 1
    assert f"{county.port_base + 3} (for casework)" in refused.stderr
    assert "LEAD_PORT_BASE=" in refused.stderr
    assert started_by(county) == []


def test_it_starts_stays_up_and_leaves_nothing_behind(county: County) -> None:
    county.up("--no-demo")
    assert status(county)["ready"]

    again = county.run("up", "--no-demo", "--detach")
    assert (again.returncode, "already runs" in again.stderr) == (1, True)

    keeper = status(county)["parts"]["intake"]["pid"]
    for child in Path(f"/proc/{keeper}/task/{keeper}/children").read_text().split():
        os.kill(int(child), signal.SIGKILL)
    eventually(lambda: status(county)["parts"]["intake"]["restarts"] == 1 and status(county)["ready"])

    county.lead("stop", "metrics")
    now = status(county)
    assert now["parts"]["metrics"]["state"] == "stopped"
    assert all(now["parts"][name]["ready"] for name in ("referral", "intake", "casework"))
    county.lead("start", "metrics")
    assert status(county)["ready"]

    os.kill(now["launcher"], signal.SIGKILL)
    eventually(lambda: started_by(county) == [], seconds=60)
    assert status(county) == {"running": False}


def test_what_was_stored_is_there_the_next_time_and_down_ends_it(county: County) -> None:
    county.up("--no-demo")
    assert county.run("topics", "diff").stdout == ""
    assert all(line["current"] for line in county.lead("db", "check"))
    county.down()
    assert started_by(county) == []
