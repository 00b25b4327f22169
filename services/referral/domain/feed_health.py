"""How a feed is, from its last batches: silent, cut, changed, sending less, sending badly. Pure arithmetic on counts.

Source: police feeds design, section 8.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Final, Literal

COUNTS: Final = ("rows", "accepted", "replaced", "voided", "duplicates", "rejected", "other")
SILENT_GAPS: Final = 2
"""So many usual gaps without a batch are silence."""
LEAST_DELIVERIES: Final = 3
"""Fewer say nothing about what is usual."""
BURST: Final = timedelta(hours=1)
"""Batches closer together are one delivery: records pushed one by one would make every pause look like silence."""
VOLUME_BATCHES: Final = 8
VOLUME_DROP: Final = 0.5
"""Under this share of the median of so many batches before it, a batch is worth a warning."""
REJECT_SHARE: Final = 0.02
HELD_SHARE: Final = 0.2
"""A file of which more is rejected waits for a person."""
CODE_SHARE: Final = 0.05

Tone = Literal["good", "soon", "risk"]
Counts = Mapping[str, int]
Kind = Literal["unread", "refused", "held", "silent", "rejects", "volume", "cap", "columns", "codes", "month"]


@dataclass(frozen=True)
class Past:
    """One batch as its feed's health needs it. `columns` is empty where the format has none, or they are not known."""

    received_at: datetime
    status: str
    counts: Counts
    warnings: Mapping[str, int] = field(default_factory=dict)
    columns: Sequence[str] = ()


@dataclass(frozen=True)
class Sign:
    """One thing that is wrong with a feed."""

    kind: Kind
    tone: Tone


@dataclass(frozen=True)
class Health:
    """A feed at one moment. Ratios are None where too little came to say."""

    last_batch: datetime | None
    last_record: datetime | None
    usual_gap: timedelta | None
    silent_since: datetime | None
    """When a batch was due at the latest, once that is past."""
    reject_ratio: float | None
    """Of the rows of the newest day on which rows came."""
    volume_ratio: float | None
    """Rows of the newest batch by the median of the eight before it."""
    capped: bool
    month_off: bool
    columns_gone: tuple[str, ...]
    columns_new: tuple[str, ...]
    code_ratio: float | None
    held: int
    refused: bool
    today: Counts

    @property
    def drifted(self) -> bool:
        """Whether the newest file's columns are others than the ones before."""
        return bool(self.columns_gone or self.columns_new)

    @property
    def signs(self) -> list[Sign]:
        """What is wrong, worst first; empty: nothing."""
        rules: tuple[tuple[Kind, Tone, bool], ...] = (
            ("refused", "risk", self.refused),
            ("silent", "risk", self.silent_since is not None),
            ("held", "risk", self.held > 0),
            ("rejects", "soon", _over(self.reject_ratio, REJECT_SHARE)),
            ("cap", "soon", self.capped),
            ("columns", "soon", self.drifted),
            ("volume", "soon", self.volume_ratio is not None and self.volume_ratio < VOLUME_DROP),
            ("codes", "soon", _over(self.code_ratio, CODE_SHARE)),
            ("month", "soon", self.month_off),
            ("unread", "soon", self.last_batch is None),
        )
        return [Sign(kind, tone) for kind, tone, true in rules if true]

    @property
    def tone(self) -> Tone:
        """The worst of the signs."""
        tones = {sign.tone for sign in self.signs}
        return "risk" if "risk" in tones else "soon" if tones else "good"


def health(past: Sequence[Past], now: datetime, today: Counts, newest_day: Counts, held: int = 0) -> Health:
    """The health of a feed by its newest batches, newest first, replays left out.

    `today`: counts of this civil day; `newest_day`: those of the newest day on which rows came; `held`: how many
    batches wait for a person. A refused file is no news, a zero report is: it came, and it could be read.
    """
    read = [one for one in past if one.status != "refused"]
    last = next((one for one in read if one.counts["rows"] > 0), None)
    usual = usual_gap([one.received_at for one in read])
    due = read[0].received_at + SILENT_GAPS * usual if usual else None
    gone, new = _drift(read)
    return Health(
        last_batch=past[0].received_at if past else None,
        last_record=last.received_at if last else None,
        usual_gap=usual,
        silent_since=due if due and due < now else None,
        reject_ratio=newest_day["rejected"] / newest_day["rows"] if newest_day["rows"] else None,
        volume_ratio=_volume(read),
        capped=last is not None and last.warnings.get("W_CAP", 0) > 0,
        month_off=last is not None and last.warnings.get("W_MONTH_OFF", 0) > 0,
        columns_gone=gone,
        columns_new=new,
        code_ratio=last.warnings.get("W_CODE", 0) / last.counts["rows"] if last else None,
        held=held,
        refused=bool(past) and past[0].status == "refused",
        today=today,
    )


def usual_gap(received: Sequence[datetime]) -> timedelta | None:
    """The median time between deliveries, given newest first; None before there are enough of them."""
    found = deliveries(received)
    if len(found) < LEAST_DELIVERIES:
        return None
    gaps = ((later - earlier).total_seconds() for later, earlier in pairwise(found))
    return timedelta(seconds=median(gaps))


def deliveries(received: Sequence[datetime]) -> list[datetime]:
    """Batches without those that came in one burst with a later one, newest first."""
    found: list[datetime] = []
    for at in received:
        if not found or found[-1] - at >= BURST:
            found.append(at)
    return found


def _volume(read: Sequence[Past]) -> float | None:
    """Zero reports are left out: no news is not a small file."""
    rows = [one.counts["rows"] for one in read if one.counts["rows"] > 0]
    if len(rows) <= VOLUME_BATCHES:
        return None
    return rows[0] / median(rows[1 : VOLUME_BATCHES + 1])


def _drift(read: Sequence[Past]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Columns that went and that came with the newest file. Their order means nothing."""
    known = [one.columns for one in read if one.columns]
    if len(known) < 2:
        return (), ()
    newest, before = known[0], known[1]
    return (
        tuple(name for name in before if name not in newest),
        tuple(name for name in newest if name not in before),
    )


def _over(ratio: float | None, limit: float) -> bool:
    return ratio is not None and ratio > limit
