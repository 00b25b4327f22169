"""How many queued changes still wait to be counted, and since when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shared.messaging import Tx

_WAITING = "select count(*) as people, min(since) as oldest from (select since from copied.dirty limit 100000) queued"


@dataclass(frozen=True)
class Queue:
    people: int
    oldest: datetime | None


async def waiting(tx: Tx) -> Queue:
    """The queue of people to be counted again; at most 100,000 rows are looked at."""
    row = await tx.row(_WAITING)
    return Queue(row["people"], row["oldest"]) if row else Queue(0, None)
