"""Which agencies' topics stand still because of a fault, and when each is tried again."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from typing import Final, Generic, TypeVar

K = TypeVar("K", bound=Hashable)
FIRST: Final = 2.0
LONGEST: Final = 60.0
"""Seconds: doubling from the first to the longest while it keeps failing."""


class PutOff(Generic[K]):
    """What failed and is to be tried again later, so that it keeps nothing else waiting."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failed: dict[K, tuple[int, float]] = {}

    def __len__(self) -> int:
        """How many failed when they were last tried."""
        return len(self._failed)

    def fail(self, one: K) -> float:
        """Put it off; for how many seconds."""
        times, _ = self._failed.get(one, (0, 0.0))
        pause = min(FIRST * (1 << times), LONGEST)
        # The power of two is not let grow for ever.
        self._failed[one] = (min(times + 1, 16), self._clock() + pause)
        return pause

    def waits(self, one: K) -> bool:
        """Whether its time has not come yet."""
        return one in self._failed and self._clock() < self._failed[one][1]

    def succeed(self, one: K) -> None:
        """It went well, or is nobody's concern any more."""
        self._failed.pop(one, None)

    def keep(self, those: set[K]) -> None:
        """Forget all others."""
        self._failed = {one: state for one, state in self._failed.items() if one in those}
