"""The small service on a real PostgreSQL, once for all tests of the web side."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest

from deploy.local import places
from tests.browser.harness.fixtures import chromium, new_page
from tests.browser.harness.serving import serving
from tests.integration.web.demo import running

__all__ = ["admin", "base", "chromium", "demo", "new_page", "server"]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[running.Server]:
    started = running.Server.start(tmp_path_factory.mktemp("w"))
    yield started
    started.process.stop()
    places.forget(started.home)


@pytest.fixture(scope="session")
async def demo(server: running.Server) -> AsyncIterator[running.Demo]:
    started = await running.start(server)
    yield started
    await started.web.close()
    await started.sealer.close()


@pytest.fixture
async def admin(demo: running.Demo) -> AsyncIterator[asyncpg.Connection]:
    connection = await demo.admin()
    yield connection
    await connection.close()


@pytest.fixture(scope="session")
async def base(demo: running.Demo) -> AsyncIterator[str]:
    """The small service's address for a browser."""
    async with serving(demo.app) as address:
        yield address
