"""Files of a drop folder on disk: which may be taken, how one is claimed, and where it comes to lie.

A file is always in one place: where its sender put it, in `.taking`, or in `done` or `refused` with its account beside
it. Every step is one rename, so that a crash leaves it at one of them.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import re
import secrets
import stat
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import orjson

from services.referral.feeds.receiving import PART_BYTES
from services.referral.store.sources import NAME

TAKING: Final = ".taking"
SETTLED: Final = ("done", "refused")
_UNFINISHED: Final = (".part", ".tmp", ".filepart")
_SOURCE: Final = re.compile(NAME)
_LABEL_BYTES: Final = 120


@dataclass(frozen=True)
class Seen:
    """A file as it lay there at one look: equal at two looks, nobody wrote it between."""

    inode: int
    size: int
    written: int


@dataclass
class Folder:
    """One look at a source's folder. `left` counts what is not taken, by reason."""

    files: dict[Path, Seen]
    left: dict[str, int]


def sources(root: Path) -> Iterator[tuple[str, Path]]:
    """The folders in the drop folder that may be a source's, by name. Raises OSError."""
    with os.scandir(root) as entries:
        for entry in sorted(entries, key=lambda one: one.name):
            if _SOURCE.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False):
                yield entry.name, root / entry.name


def look(folder: Path) -> Folder:
    """What lies in a source's folder. Raises OSError."""
    found = Folder({}, {})
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(".") or entry.name.lower().endswith(_UNFINISHED) or entry.name in SETTLED:
                continue
            try:
                state = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue  # its sender took it away again
            reason = _why_not(entry, state)
            if reason:
                found.left[reason] = found.left.get(reason, 0) + 1
            else:
                found.files[folder / entry.name] = Seen(state.st_ino, state.st_size, state.st_mtime_ns)
    return found


def _why_not(entry: os.DirEntry[str], state: os.stat_result) -> str | None:
    if stat.S_ISLNK(state.st_mode):
        return "symlink"
    if stat.S_ISDIR(state.st_mode):
        return "directory"
    if not stat.S_ISREG(state.st_mode):
        return "special"
    if state.st_nlink > 1:
        return "hard link"
    return None if os.access(entry.path, os.R_OK) else "unreadable"


def open_plain(path: Path) -> int:
    """A descriptor of a regular file that is no link. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not a regular file")
    return descriptor


async def pieces(path: Path) -> AsyncIterator[bytes]:
    """The bytes of a file. Raises OSError."""
    descriptor = await asyncio.to_thread(open_plain, path)
    try:
        while piece := await asyncio.to_thread(os.read, descriptor, PART_BYTES):
            yield piece
    finally:
        os.close(descriptor)


def being_written(path: Path) -> bool:
    """Whether somebody holds the file open for writing, where the system can tell (Linux). Raises OSError."""
    descriptor = open_plain(path)
    try:
        lease = getattr(fcntl, "F_SETLEASE", None)
        if lease is None:
            return False
        fcntl.fcntl(descriptor, lease, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, lease, fcntl.F_UNLCK)
    except OSError as fault:
        # Any other fault: this file system or user has no leases, and an unchanged size must do.
        return fault.errno == errno.EAGAIN
    finally:
        os.close(descriptor)
    return False


def claim(path: Path) -> Path:
    """Take a file out of its sender's sight; where it lies now. Raises OSError."""
    taking = path.parent / TAKING
    taking.mkdir(mode=0o700, exist_ok=True)
    target = taking / f"{secrets.token_hex(8)}-{_label(path.name)}"
    path.rename(target)
    _sync(taking)
    return target


def claimed(folder: Path) -> list[Path]:
    """Files that were claimed and are not settled yet. Raises OSError."""
    taking = folder / TAKING
    if not taking.is_dir() or taking.is_symlink():
        return []
    return sorted(path for path in taking.iterdir() if not path.is_symlink() and path.is_file())


def claimed_at(path: Path) -> datetime:
    """When a file was claimed: its name changed then, and it stays as it is. Raises OSError."""
    return datetime.fromtimestamp(path.stat(follow_symlinks=False).st_ctime, UTC)


def settle(path: Path, verdict: str, name: str, account: dict[str, Any]) -> None:
    """Move a claimed file to `done` or `refused` under `name` and its label, its account beside it. Raises OSError."""
    target = path.parent.parent / verdict
    target.mkdir(mode=0o750, exist_ok=True)
    label = path.name.partition("-")[2]
    described = target / f"{name}-{label}.json"
    draft = target / f".{name}.json"
    with draft.open("wb") as out:
        out.write(orjson.dumps(account, option=orjson.OPT_INDENT_2, default=str))
        out.flush()
        os.fsync(out.fileno())
    # The account first: a file that is settled always has one.
    draft.replace(described)
    path.replace(target / f"{name}-{label}")
    _sync(target)


def _label(name: str) -> str:
    """The sender's name for the file, short enough to stand behind an id."""
    raw = os.fsencode(name)
    return name if len(raw) <= _LABEL_BYTES else os.fsdecode(raw[-_LABEL_BYTES:])


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
