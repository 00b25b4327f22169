"""What a service does by the clock. The consumer role's leader runs it; see `timekeeper`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shared.messaging.transaction import Tx

Job = Callable[["Tx"], Awaitable[bool | None]]
"""True: there is more to do, so that it is run again without waiting, once every other timer had its turn."""


@dataclass(frozen=True)
class Timer:
    """A job, run every `seconds` seconds in a transaction of its own, and when PostgreSQL notifies `wake`."""

    name: str
    seconds: float
    job: Job
    wake: str | None = None


class Timers:
    """The timers of one service."""

    def __init__(self, service: str) -> None:
        self.service = service
        self._timers: dict[str, Timer] = {}

    def every(self, name: str, *, seconds: float, wake: str | None = None) -> Callable[[Job], Job]:
        """Register a job. Raises ValueError for a second one of that name.

        `wake` is a channel: whoever commits work for the job may notify it, so that nobody waits for the clock. The
        clock stays: a notice can be lost with its connection.

        A job sees the time as `tx.now`, must do nothing when nothing is due, and is run again after a failure.
        """
        if name in self._timers:
            raise ValueError(f"{self.service}: timer {name} exists already")

        def register(job: Job) -> Job:
            self._timers[name] = Timer(name, seconds, job, wake)
            return job

        return register

    def __iter__(self) -> Iterator[Timer]:
        return iter(self._timers.values())

    def __len__(self) -> int:
        return len(self._timers)
