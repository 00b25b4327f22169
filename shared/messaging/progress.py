"""Health that measures progress: not whether a process exists, but whether its work moves."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

STUCK_AFTER = 30.0
"""Seconds without progress, while there is work, until a part counts as stuck."""


@dataclass(frozen=True)
class Health:
    """The state of one part, as /health/ready shows it."""

    ok: bool
    state: str
    detail: dict[str, Any] = field(default_factory=dict)


class Progress:
    """What a running part notes about itself."""

    def __init__(self) -> None:
        self.state = "starting"
        self.fault: str | None = None
        self.fault_since: float | None = None
        self.moved_at = time.monotonic()
        self.moved_on: datetime | None = None

    def moved(self, state: str = "running") -> None:
        """Work was done, or there was none to do."""
        self.state, self.fault, self.fault_since = state, None, None
        self.moved_at, self.moved_on = time.monotonic(), datetime.now(UTC)

    def failed(self, error: BaseException) -> None:
        """A fault that will be tried again; only its type is kept."""
        if self.fault_since is None:
            self.fault_since = time.monotonic()
        self.state, self.fault = "retrying", type(error).__name__

    def health(self, *, work_waits: bool, **detail: Any) -> Health:
        """Not ok while starting, while faults last, or when work waits and nothing has moved for 30 s."""
        idle = time.monotonic() - self.moved_at
        stuck = work_waits and idle > STUCK_AFTER
        detail["last_progress"] = self.moved_on.isoformat() if self.moved_on else None
        if self.fault:
            detail["fault"] = self.fault
        ok = self.moved_on is not None and self.fault is None and not stuck
        return Health(ok, "stuck" if stuck else self.state, detail)
