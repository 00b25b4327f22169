"""How long a feed was waited for between its deliveries, and how long it is waited for now.

Source: police feeds design, section 8: silence begins at twice the usual gap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from services.referral.domain.feed_health import SILENT_GAPS, deliveries, usual_gap


@dataclass(frozen=True)
class Waits:
    """`past`: the time between deliveries, oldest first. `now`: since the last one; None before the first.

    `limit`: what is longer is late; None before there are enough deliveries to say what is usual.
    """

    past: tuple[timedelta, ...]
    now: timedelta | None
    limit: timedelta | None

    @property
    def late(self) -> bool:
        """Whether it is waited for longer than agreed."""
        return self.now is not None and self.limit is not None and self.now > self.limit


def waits(received: Sequence[datetime], now: datetime) -> Waits:
    """The waits of a feed by when its batches came, newest first."""
    came = deliveries(received)
    usual = usual_gap(received)
    past = tuple(later - earlier for later, earlier in pairwise(came))[::-1]
    return Waits(past, now - came[0] if came else None, SILENT_GAPS * usual if usual else None)
