"""Fixtures of the integration tests: the stack of the session, and what a test makes of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from shared.runtime.settings import Settings
from tests.integration import stack as running_stack
from tests.integration.service_process import ServiceProcess
from tests.integration.stack import Stack

FreshDatabase = Callable[..., Awaitable[Settings]]


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """A real broker with users and grants, and a real PostgreSQL, on free ports in a folder of their own."""
    yield from running_stack.running()


@pytest.fixture
async def fresh_database(stack: Stack) -> AsyncIterator[FreshDatabase]:
    """`await fresh_database("casework")`: settings with a new, migrated database; dropped after the test."""
    made: list[Settings] = []

    async def make(service: str, **given: Any) -> Settings:
        settings = await stack.fresh_database(service, **given)
        made.append(settings)
        return settings

    yield make
    for settings in made:
        await stack.drop_database(settings)


@pytest.fixture
def service_process(tmp_path: Path) -> Iterator[Callable[..., ServiceProcess]]:
    """`service_process(settings, role="all")`: a real, ready service on a free port; stopped after the test."""
    started: list[ServiceProcess] = []

    def start(settings: Settings, role: str = "all", *, wait: bool = True) -> ServiceProcess:
        chosen = settings.model_copy(update={"port": running_stack.free_port()})
        process = ServiceProcess(chosen, tmp_path / f"{settings.service}-{role}-{len(started)}.log", role)
        started.append(process)
        if wait:
            process.wait_until_ready()
        return process

    yield start
    for process in started:
        process.stop()
