"""One batch in the database while the next is fetched and read: the two halves of the work overlap."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from shared.messaging.records import Batch

Apply = Callable[[Batch, Callable[[], bool]], Coroutine[Any, Any, None]]
"""Applies a batch, however long it takes; gives up between two tries once the second argument is true."""


class Pipeline:
    """Applies batches one after another, in the order given."""

    def __init__(self, apply: Apply) -> None:
        self._apply = apply
        self._running: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()
        self._era = 0
        self._open = True

    @property
    def busy(self) -> bool:
        """Whether a batch is being applied."""
        return self._running is not None and not self._running.done()

    @property
    def failure(self) -> BaseException | None:
        """Why a batch was not applied. Nothing behind it is applied then, or its facts would be passed over."""
        running = self._running
        return running.exception() if running is not None and running.done() and not running.cancelled() else None

    async def put(self, batch: Batch) -> None:
        """Start applying a batch. Blocks until the one before it is done; returns before this one is."""
        if not self._open:
            return
        era = self._era
        async with self._turn:
            if self._running is not None:
                await asyncio.wait([self._running])
            if era == self._era and self.failure is None:
                self._running = asyncio.create_task(self._apply(batch, lambda: era != self._era))

    def reopen(self) -> None:
        """Partitions were given: what is fetched from now on begins at their committed offsets."""
        self._open = True

    async def drain(self, patience: float) -> None:
        """The partitions are taken away: wait for the running try, drop what waits behind it.

        After `patience` seconds the try is cancelled: its transaction is rolled back, or the next owner meets
        its facts in the inbox. Until `reopen`, batches are dropped: the client still fetches behind the position
        of a batch that was given up, and applying those would pass that batch over.
        """
        self._era += 1
        self._open = False
        running = self._running
        if running is None or running.done():
            return
        await asyncio.wait([running], timeout=patience)
        if not running.done():
            running.cancel()
            await asyncio.wait([running])
