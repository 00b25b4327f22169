"""What of a batch is published, and what only compared because another source publishes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from services.referral.domain import discretion
from services.referral.feeds.formats import FORMATS
from services.referral.store import primary
from services.referral.store.batches import Batch
from shared.messaging import Tx

_COMPARING: Final = [found.name for found in FORMATS.values() if found.compares]
OFF_SHARE: Final = 0.05
"""A month further off from what is published is worth a warning."""


@dataclass(frozen=True)
class Compared:
    """What was not published because another source does: months with counts, how many are off, rows."""

    months: list[dict[str, Any]] = field(default_factory=list)
    off: int = 0
    rows: int = 0


async def published_elsewhere(tx: Tx, batch: Batch) -> list[str]:
    """The agencies of a batch of which another source publishes what is new."""
    if batch.source == discretion.SOURCE:
        return []  # whether an officer's word is told was judged before it came here
    return await primary.compared_agencies(tx, batch, _COMPARING)


async def set_aside(tx: Tx, batch: Batch, agencies: Sequence[str]) -> None:
    """Set aside what is not to be published: of these agencies, and of days that another source published."""
    if batch.source != discretion.SOURCE:
        await primary.set_aside(tx, batch, agencies, _COMPARING)


async def compared(tx: Tx, batch: Batch, agencies: Sequence[str]) -> Compared:
    """Compare what was set aside, and forget it."""
    rows = [dict(row) for row in await primary.compare(tx, batch, agencies)]
    off = sum(abs(row["sent"] - row["known"]) > OFF_SHARE * row["known"] for row in rows)
    return Compared(rows, off, await primary.drop(tx, batch, agencies))


async def taken_over(tx: Tx, batch: Batch, agencies: Sequence[str]) -> tuple[int, int]:
    """Of the days that its source takes over: (arrests published before by others, arrests the batch tells)."""
    return await primary.taken_over(tx, batch, agencies, _COMPARING)


async def take_over(tx: Tx, batch: Batch, agencies: Sequence[str]) -> int:
    """List for voiding what others published of days that its source takes over; how many arrests that is."""
    return await primary.list_taken_over(tx, batch, agencies, _COMPARING)
