"""An arrest is taken with all its lines or not at all: a missing charge could make it look divertible."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from services.referral.feeds.adapter import Item, Record, Reject
from services.referral.feeds.combining import several_rows
from services.referral.feeds.formats import FORMATS
from services.referral.feeds.one_arrest import DIFFER, TOO_MANY, left_out
from services.referral.store import raw_marks, raw_records
from services.referral.store.batches import Batch
from services.referral.store.raw_marks import Kind, Mark
from shared.messaging import Tx

_KINDS: Final[dict[tuple[str, str], Kind]] = {DIFFER: "differ", TOO_MANY: "too_many"}
_FAULTS: Final[dict[str, tuple[str, str]]] = {kind: fault for fault, kind in _KINDS.items()}


@dataclass
class LeftOut:
    """Staged records that are rejected after all, and the rejects of all their lines."""

    records: int = 0
    repeats: int = 0
    rejects: list[Reject] = field(default_factory=list)
    warnings: Counter[str] = field(default_factory=Counter)


async def find_incomplete(tx: Tx, batch: Batch) -> bool:
    """Mark the arrests whose lines make none; True if anything is staged of one that is not whole."""
    await raw_marks.keep_what_is_not_replaced(tx, batch.batch_id)
    async for page in several_rows(tx, batch, same_person=FORMATS[batch.format].same_person):
        found = [
            # Behind every number that a line has.
            Mark(
                -arrest.last["number"],
                arrest.last["line"],
                arrest.last["agency_ori"],
                _KINDS[arrest.fault],
                arrest_id=arrest.last["arrest_id"],
            )
            for arrest in page.done
            if arrest.fault
        ]
        await raw_marks.stage(tx, batch, found)
    return await raw_records.has_incomplete(tx, batch.batch_id)


async def incomplete_lines(tx: Tx, batch: Batch, before: int, items: Sequence[Item]) -> LeftOut:
    """What to reject of a file's items, read once more; `before` counts those in front of them."""
    left = LeftOut()
    for number, (kind, line) in (await raw_records.incomplete(tx, batch.batch_id, before, before + len(items))).items():
        item = items[number - before - 1]
        if not isinstance(item, Record):
            raise LookupError("the file was read otherwise the second time")
        code, reason = _FAULTS.get(kind) or left_out(line)
        sent = item.sent() if item.sent else [(item.line, b"")]
        left.rejects += [Reject(line, None, code, reason, raw) for line, raw in sent]
        left.records += 1
        left.repeats += item.repeats
        left.warnings.update(item.warnings)
    return left
