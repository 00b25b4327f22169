"""What the launcher tells other commands: a small file, and one flag per service that shall rest."""

from __future__ import annotations

import fcntl
import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO


@dataclass
class Part:
    """One part as the launcher sees it: `starting`, `running`, `restarting`, `stopped`, `done` or `failed`."""

    state: str
    pid: int | None = None
    restarts: int = 0


@dataclass
class State:
    """The running system: which launcher, which ports, which parts."""

    launcher: int
    port_base: int
    demo: bool
    phase: str = "starting"
    parts: dict[str, Part] = field(default_factory=dict)


def save(home: Path, state: State) -> None:
    draft = home / ".launcher.json"
    draft.write_text(json.dumps(asdict(state), indent=1))
    draft.replace(home / "launcher.json")


def read(home: Path) -> State | None:
    """The state of the launcher that runs now, or None when none does."""
    try:
        raw = json.loads((home / "launcher.json").read_text())
    except (OSError, ValueError):
        return None
    if not _held(home):
        return None
    raw["parts"] = {name: Part(**part) for name, part in raw["parts"].items()}
    return State(**raw)


def lock(home: Path) -> IO[str] | None:
    """Become the one launcher of a home folder; None when another is. The kernel frees it at our end."""
    file = (home / "launcher.lock").open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file


def rest(home: Path, service: str, resting: bool) -> None:
    """Ask the launcher to let a service rest, or to start it again."""
    flag = home / "resting" / service
    if resting:
        flag.parent.mkdir(exist_ok=True)
        flag.touch()
    else:
        flag.unlink(missing_ok=True)


def resting(home: Path) -> set[str]:
    folder = home / "resting"
    return set(os.listdir(folder)) if folder.is_dir() else set()


def _held(home: Path) -> bool:
    taken = lock(home)
    if taken is None:
        return True
    taken.close()
    return False
