"""One running county for all system tests of a session; empty but for what its services load by themselves."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.harness.fixtures import chromium, new_page
from tests.system.county import County

__all__ = ["chromium", "new_page"]


@pytest.fixture(scope="session")
def county() -> Iterator[County]:
    # A short path: the address of PostgreSQL's socket may have 107 characters.
    with tempfile.TemporaryDirectory(prefix="lead-c-", dir="/tmp", ignore_cleanup_errors=True) as home:
        running = County(Path(home))
        running.up("--no-demo")
        try:
            yield running
        finally:
            running.down()
