"""The hand-off's clock: from the officer's call until our worker talks to the person (programme rule 15)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

BOUND: Final = timedelta(seconds=1800)


def minutes(called: datetime, talked: datetime) -> int:
    """Whole minutes from call to talk, begun ones counted. Raises ValueError if the talk came before the call."""
    waited = talked - called
    if waited < timedelta():
        raise ValueError("the talk came before the call")
    return -(-waited // timedelta(minutes=1))


def on_time(called: datetime, talked: datetime) -> bool:
    """Whether our worker talked to the person within half an hour of the call."""
    return timedelta() <= talked - called <= BOUND
