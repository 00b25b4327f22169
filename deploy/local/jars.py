"""The broker's jars: fetched once, each held against its pinned SHA-256, kept beside the environment."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from deploy.local.child import StartError

PINNED = Path(__file__).with_name("broker_jars.txt")


def folder() -> Path:
    """Where the jars are kept: `LEAD_BROKER_JARS`, else inside this Python environment."""
    named = os.environ.get("LEAD_BROKER_JARS")
    return Path(named) if named else Path(sys.prefix) / "share" / "lead" / f"broker-{_fingerprint()}"


def ensure(progress: Callable[[int, int], None] = lambda _done, _all: None) -> Path:
    """The folder with every pinned jar and nothing else, verified; what is missing is fetched.

    Raises StartError when a jar cannot be had, or is not the one that was pinned.
    """
    place = folder()
    place.mkdir(parents=True, exist_ok=True)
    pinned = _pinned()
    missing = {at: digest for at, digest in pinned.items() if not _is(place / _file(at), digest)}
    done = len(pinned) - len(missing)
    progress(done, len(pinned))
    with ThreadPoolExecutor(8) as pool:
        for _ in pool.map(lambda item: _fetch(place, *item), missing.items()):
            done += 1
            progress(done, len(pinned))
    for stray in set(place.iterdir()) - {place / _file(at) for at in pinned}:
        stray.unlink()
    return place


def _fetch(place: Path, at: str, digest: str) -> None:
    from jgo.constants import MAVEN_CENTRAL_URL
    from jgo.maven import MavenContext

    group, name, version = at.split(":")
    context = MavenContext(remote_repos={"central": MAVEN_CENTRAL_URL})
    try:
        found = context.project(group, name).at_version(version).artifact().resolve()
    except Exception as error:
        raise StartError(f"{at} could not be fetched ({error}). Check the connection and run it again.") from None
    if not _is(found, digest):
        found.unlink()
        raise StartError(f"{at} is not the file that was pinned in {PINNED.name}: it was refused.")
    draft = place / f".{_file(at)}.{os.getpid()}"
    shutil.copyfile(found, draft)
    draft.replace(place / _file(at))


def _pinned() -> dict[str, str]:
    """Digest by Maven coordinates."""
    lines = (line.split() for line in PINNED.read_text().splitlines() if not line.startswith("#"))
    return {at: digest for digest, at in lines}


def _file(at: str) -> str:
    _, name, version = at.split(":")
    return f"{name}-{version}.jar"


def _fingerprint() -> str:
    return hashlib.sha256(PINNED.read_bytes()).hexdigest()[:8]


def _is(path: Path, digest: str) -> bool:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == digest
    except FileNotFoundError:
        return False


if __name__ == "__main__":

    def told(done: int, total: int) -> None:
        if sys.stderr.isatty():
            print(f"\rbroker files {done}/{total}", end="" if done < total else "\n", file=sys.stderr)
        elif done == total:
            print(f"broker files {done}/{total}", file=sys.stderr)

    print(ensure(told))
