"""Work in threads, beside the event loop."""

from __future__ import annotations

import asyncio
from typing import Any


async def ended(work: asyncio.Future[Any] | None) -> None:
    """Wait for work that may not be wanted any more: a thread cannot be stopped. What it raised is dropped here, since
    nobody else would fetch it, and asyncio would log it with the values it quotes."""
    if work is not None:
        await asyncio.wait([work])
        if not work.cancelled():
            work.exception()
