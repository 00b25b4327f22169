"""Ten requests a second for each API key, with a burst of as many: a leaking bucket in this process."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

PER_SECOND = 10.0
BURST = 10.0


class Buckets:
    """One bucket for each key id. Several web processes each keep their own."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._levels: dict[str, tuple[float, float]] = {}

    def wait(self, key_id: str) -> int:
        """Take one request. 0 when it may pass, else the seconds until the next one may."""
        now = self._clock()
        level, filled_at = self._levels.get(key_id, (BURST, now))
        level = min(BURST, level + (now - filled_at) * PER_SECOND)
        if level < 1.0:
            self._levels[key_id] = (level, now)
            return max(1, math.ceil((1.0 - level) / PER_SECOND))
        self._levels[key_id] = (level - 1.0, now)
        return 0
