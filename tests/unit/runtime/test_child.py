"""A part of the local system cannot outlive its launcher, however that ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.local.child import Child, StartError

SLEEPER = "import os,sys,time,pathlib; pathlib.Path(sys.argv[1]).write_text(str(os.getpid())); time.sleep(600)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);" + SLEEPER


def eventually(reached: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline, "this did not come about"
        time.sleep(0.02)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A zombie has ended; only nobody has asked for its status yet.
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return not sys.platform.startswith("linux")
    except ProcessLookupError:
        return False


def pid_in(file: Path) -> int:
    eventually(lambda: file.exists() and file.read_text() != "")
    return int(file.read_text())


def started(tmp_path: Path, program: str, **options: object) -> tuple[Child, int]:
    command = [sys.executable, "-c", program, str(tmp_path / "pid")]
    child = Child("part", command, log=tmp_path / "log", **options)  # type: ignore[arg-type]
    return child, pid_in(tmp_path / "pid")


LAUNCHER = f"""
import sys, time
from pathlib import Path
from deploy.local.child import Child
part = Child("part", [sys.executable, "-c", {SLEEPER!r}, sys.argv[1]], log=Path(sys.argv[2]))
time.sleep(600)
"""


def test_a_part_ends_when_its_launcher_is_killed(tmp_path: Path) -> None:
    launcher = subprocess.Popen([sys.executable, "-c", LAUNCHER, str(tmp_path / "pid"), str(tmp_path / "log")])
    part = pid_in(tmp_path / "pid")
    launcher.send_signal(signal.SIGKILL)
    launcher.wait()
    eventually(lambda: not alive(part))


def test_a_part_ends_even_when_its_keeper_is_killed(tmp_path: Path) -> None:
    child, part = started(tmp_path, SLEEPER)
    # Only Linux can tie a process to its parent; elsewhere the keeper's own end by the pipe is what there is.
    if sys.platform.startswith("linux"):
        os.kill(child.pid, signal.SIGKILL)
    else:
        child.ask_to_stop()
    eventually(lambda: not alive(part))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="finds the command in /proc")
def test_a_part_that_is_killed_gets_to_finish_nothing_even_if_it_would(tmp_path: Path) -> None:
    child, part = started(tmp_path, STUBBORN)
    child.kill()
    eventually(lambda: not alive(part), 5)


def test_a_stubborn_part_is_ended_after_its_grace(tmp_path: Path) -> None:
    child, part = started(tmp_path, STUBBORN, grace=0.3)
    child.stop()
    assert not alive(part)
    assert child.status == 128 + signal.SIGKILL


def test_a_part_that_ends_by_itself_shows_its_status_and_last_words(tmp_path: Path) -> None:
    child = Child("part", [sys.executable, "-c", "print('no such disk'); raise SystemExit(3)"], log=tmp_path / "log")
    with pytest.raises(StartError, match=r"The part ended with status 3\.\nno such disk"):
        child.wait_until(lambda: False, seconds=30, what="The part")
