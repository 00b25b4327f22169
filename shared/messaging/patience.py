"""How long to wait before trying again."""

from __future__ import annotations

import random
from collections.abc import Iterator


def pauses(first: float = 0.1, longest: float = 5.0) -> Iterator[float]:
    """Seconds to wait: doubling from `first` to `longest`, each shortened by chance so that many do not meet."""
    pause = first
    while True:
        yield pause * random.uniform(0.6, 1.0)
        pause = min(pause * 2, longest)
