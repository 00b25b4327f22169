"""Where the parts of a local run keep things, and as whom PostgreSQL runs."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Any

_ROOTS_PLACE = Path("/var/lib/lead-local")
"""Used by root alone, when other users cannot reach the home folder: PostgreSQL refuses to run as root."""


def open_home(home: Path) -> Path:
    """Make the home folder; when root, let the database's user pass through it (but not list it)."""
    home = home.absolute()
    home.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        home.chmod(home.stat().st_mode | stat.S_IXOTH)
    return home


def database_user() -> str | None:
    """The system user PostgreSQL runs as: ours, unless we are root."""
    if os.geteuid() != 0:
        return None
    for name in ("lead-postgres", "postgres"):
        if _exists(name):
            return name
    if shutil.which("useradd"):
        subprocess.run(["useradd", "--system", "--no-create-home", "lead-postgres"], capture_output=True)
    return "lead-postgres" if _exists("lead-postgres") else "nobody"


def identity(user: str | None) -> dict[str, Any]:
    """Arguments of subprocess.run to run as `user` alone, without the groups of root."""
    if user is None:
        return {}
    import pwd

    return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}


def reachable(path: Path) -> bool:
    """Whether every user can pass all folders above `path`."""
    folders = (parent for parent in path.absolute().parents if parent.exists())
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in folders)


def data_folder(home: Path) -> Path:
    """Where the database's files live: in the home, or beside it for a root whose home is closed."""
    if os.geteuid() != 0 or reachable(home / "postgres"):
        return home / "postgres"
    return _ROOTS_PLACE / hashlib.sha256(str(home).encode()).hexdigest()[:12]


def forget(home: Path) -> None:
    """Remove the database's files of a home whose server has ended, wherever they lie."""
    shutil.rmtree(data_folder(home.absolute()), ignore_errors=True)


def programs(installed: Path) -> Path:
    """The folder of PostgreSQL's programs, copied for a root whose environment is closed to others."""
    if os.geteuid() != 0 or reachable(installed / "bin" / "postgres"):
        return installed / "bin"
    copy = _ROOTS_PLACE / "programs"
    if not (copy / "bin" / "postgres").exists():
        draft = copy.with_name(f"programs.{os.getpid()}")
        draft.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(installed, draft, symlinks=True)
        draft.rename(copy)
    return copy / "bin"


def give(path: Path, user: str | None) -> None:
    """Make a private folder that belongs to `user`."""
    path.mkdir(parents=True, exist_ok=True)
    if user is not None:
        shutil.chown(path, user)
    path.chmod(0o700)


def _exists(user: str) -> bool:
    import pwd

    try:
        pwd.getpwnam(user)
    except KeyError:
        return False
    return True


if __name__ == "__main__":
    import sys

    forget(Path(sys.argv[1]))
