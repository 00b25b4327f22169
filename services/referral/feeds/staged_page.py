"""One page of a file's items, worked out in a thread: parsed, classified, sealed, or rejected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import Final

from services.referral.domain.arrest import IN_THE_FUTURE, TOO_MANY_CHARGES, lies_ahead
from services.referral.feeds.adapter import (
    Delete,
    Heartbeat,
    Item,
    Other,
    Record,
    Reject,
    Restated,
    Spoils,
    StructuralFault,
    Use,
)
from services.referral.feeds.marks import mark, spoilt
from services.referral.feeds.sealing import Numbered, Sealer
from services.referral.feeds.side_by_side import side_by_side
from services.referral.feeds.using import staged_use
from services.referral.store.batches import Batch
from services.referral.store.raw_marks import Mark
from services.referral.store.raw_records import Staged
from services.referral.store.uses import StagedUse

PAGE: Final = 1000
"""One page is stored while the next is read, so that two are held."""
PAGE_CHARS: Final = 4 * 1024 * 1024
"""A page ends early once what is staged of it is so long: records may list hundreds of charges."""


@dataclass(frozen=True)
class Reader:
    """What reads one batch: its items, its sealer, and the agencies it may send for (None: any)."""

    items: Iterator[Item]
    sealer: Sealer
    batch: Batch
    agencies: frozenset[str] | None


@dataclass
class Page:
    """Items of one page. `repeats` are lines that say nothing new of their arrest."""

    items: int = 0
    staged: list[Staged] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    uses: list[StagedUse] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    warnings: Counter[str] = field(default_factory=Counter)
    repeats: int = 0
    fault: StructuralFault | None = None
    done: bool = False


def next_page(reader: Reader, number: int) -> Page:
    """The next page, its items numbered behind `number`. Pure computation, but for what reads the file."""
    page, size = Page(), 0
    try:
        for items in side_by_side(islice(reader.items, PAGE), chars):
            records: list[Numbered] = []
            for item in items:
                page.items += 1
                _take(item, number + page.items, reader, page, records)
            staged, unknown = reader.sealer.seal(records)
            page.staged += staged
            page.warnings["W_MUNICIPALITY"] += unknown
            size += sum([len(one.fact) + len(one.record) for one in staged])
            if size >= PAGE_CHARS:
                return page
        page.done = page.items < PAGE
    except StructuralFault as fault:
        page.fault, page.done = fault, True
    return page


def chars(item: Item) -> int:
    """How much text an item holds, for `side_by_side`."""
    return item.chars if isinstance(item, Record) else 0


def _take(item: Item, number: int, reader: Reader, page: Page, records: list[Numbered]) -> None:
    if isinstance(item, Other):
        return
    refusal = item if isinstance(item, Reject) else refused(item, reader.batch.received_at, reader.agencies)
    if isinstance(refusal, Reject):
        _reject(item, refusal, number, reader, page)
    elif isinstance(item, Record):
        records.append((number, item, refusal))
        page.repeats += item.repeats
        if item.warnings:
            page.warnings.update(item.warnings)
    elif isinstance(item, Use):
        page.uses.append(staged_use(reader.sealer.keys, reader.batch, number, item, refusal))
    elif not isinstance(item, Reject):
        page.marks.append(mark(number, item, refusal, reader.sealer.ids))


def _reject(item: Item, refusal: Reject, number: int, reader: Reader, page: Page) -> None:
    spoils = refusal.spoils
    if isinstance(item, Record):
        spoils = Spoils(item.record.ori, item.record.source_record_id if item.part else None, item.group)
    if isinstance(item, Record) and item.sent:
        page.rejects += [replace(refusal, line=line, raw=raw) for line, raw in item.sent()]
    else:
        page.rejects.append(refusal)
    if (
        spoils
        and spoils.ori
        and (spoils.key or spoils.group)
        and (reader.agencies is None or spoils.ori in reader.agencies)
    ):
        page.marks.append(spoilt(number, refusal.line, spoils.ori, spoils, reader.sealer.ids))


def refused(
    item: Record | Use | Delete | Restated | Heartbeat, received_at: datetime, agencies: frozenset[str] | None
) -> Reject | str:
    """What is wrong with a row as a whole, by the batch's clock and whom it may send for. Else the row's agency."""
    ori = item.record.ori if isinstance(item, Record | Use) else item.ori
    at = item.record.arrested_at if isinstance(item, Record) else item.record.from_ if isinstance(item, Use) else None
    if at is not None and lies_ahead(at, received_at):
        return Reject(item.line, None, "E_FUTURE", IN_THE_FUTURE)
    if isinstance(item, Record) and item.record.overlong:
        return Reject(item.line, None, "E_LENGTH", TOO_MANY_CHARGES)
    if ori is None:
        return Reject(item.line, None, "E_ORI", "expected the agency of the record")
    if agencies is not None and ori not in agencies:
        return Reject(item.line, None, "E_ORI_FORBIDDEN", "this source does not send for this agency")
    return ori
