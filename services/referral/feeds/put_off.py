"""What stands still because of a fault of its own, an agency's topic or a file, and when it is tried again."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from typing import Final, Generic, TypeVar

from shared.messaging import Transactions

K = TypeVar("K", bound=Hashable)
FIRST: Final = 2.0
LONGEST: Final = 60.0
"""Seconds: doubling from the first to the longest while it keeps failing."""


class PutOff(Generic[K]):
    """What failed and is to be tried again later, so that it keeps nothing else waiting."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failed: dict[K, tuple[int, float]] = {}
        self.why: dict[K, str] = {}
        """The code of each fault."""

    def __len__(self) -> int:
        """How many failed when they were last tried."""
        return len(self._failed)

    def fail(self, one: K, why: str = "") -> float:
        """Put it off; for how many seconds."""
        times, _ = self._failed.get(one, (0, 0.0))
        pause = min(FIRST * (1 << times), LONGEST)
        self.why[one] = why
        # The power of two is not let grow for ever.
        self._failed[one] = (min(times + 1, 16), self._clock() + pause)
        return pause

    def waits(self, one: K) -> bool:
        """Whether its time has not come yet."""
        return one in self._failed and self._clock() < self._failed[one][1]

    def succeed(self, one: K) -> None:
        """It went well, or is nobody's concern any more."""
        self._failed.pop(one, None)
        self.why.pop(one, None)

    def keep(self, those: set[K]) -> None:
        """Forget all others."""
        for one in self._failed.keys() - those:
            self.succeed(one)


async def server_answers(transactions: Transactions) -> bool:
    """Whether the database answers: if not, a fault is nobody's own, and all have to wait."""
    try:
        async with transactions.begin() as tx:
            await tx.value("select 1")
    except Exception:
        return False
    return True
