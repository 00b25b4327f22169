"""Work in threads, beside the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


async def in_thread(work: Callable[[], T]) -> T:
    """What `work` gives. Whoever is cancelled meanwhile waits for its end, so that it uses nothing that was given up:
    a connection in use cannot roll back."""
    running = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(running)
    finally:
        await ended(running)


async def ended(work: asyncio.Future[Any] | None) -> None:
    """Wait for work that may not be wanted any more: a thread cannot be stopped. What it raised is dropped here, since
    nobody else would fetch it, and asyncio would log it with the values it quotes."""
    if work is not None:
        await asyncio.wait([work])
        if not work.cancelled():
            work.exception()
