"""Client libraries log hundreds of errors a second while a broker is away: each message once in ten seconds."""

from __future__ import annotations

import logging
import time

_EVERY = 10.0


class OncePerWhile(logging.Filter):
    """Lets each message of a logger through once per `every` seconds, and then says how many it held back."""

    def __init__(self, every: float = _EVERY) -> None:
        super().__init__()
        self._every = every
        self._seen: dict[str, tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        now = time.monotonic()
        template = str(record.msg)
        last, held = self._seen.get(template, (-self._every, 0))
        if now - last < self._every:
            self._seen[template] = (last, held + 1)
            return False
        if held:
            record.msg = f"{record.msg} (and {held} times before this)"
        self._seen[template] = (now, 0)
        return True


def calm(*libraries: str) -> None:
    """Rate-limit every logger of these libraries that exists now. Calling it again changes nothing."""
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] in libraries:
            logger = logging.getLogger(name)
            logger.setLevel(logging.WARNING)
            if not any(isinstance(f, OncePerWhile) for f in logger.filters):
                logger.addFilter(OncePerWhile())
