"""One running county for all system tests of a session; empty but for what its services load by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.county import County


@pytest.fixture(scope="session")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    # A short path: the address of PostgreSQL's socket may have 107 characters.
    running = County(Path(tmp_path_factory.mktemp("c")))
    running.up("--no-demo")
    try:
        yield running
    finally:
        running.down()
