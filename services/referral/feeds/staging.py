"""A stored file -> staged records and rejects. A structural fault leaves nothing staged and refuses the file."""

from __future__ import annotations

import asyncio
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from typing import Any, BinaryIO, Final, cast
from zoneinfo import ZoneInfo

from services.referral.feeds.adapter import Item, Reading, Record, Reject, StructuralFault, Terms
from services.referral.feeds.formats import FORMATS
from services.referral.feeds.parts_stream import PartsStream
from services.referral.feeds.sealing import Sealer
from services.referral.store import batch_content, batches, raw_records
from services.referral.store.batches import Batch
from services.referral.store.raw_records import Staged
from shared.messaging import Tx

PAGE: Final = 2000
HELD_SHARE: Final = 0.2
CAPS: Final = frozenset({1000, 2000, 5000, 10000})
_LISTED_FAULTS: Final = 20


@dataclass
class _Page:
    """Items of one page, worked out in a thread."""

    items: int = 0
    staged: list[Staged] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    warnings: Counter[str] = field(default_factory=Counter)
    fault: StructuralFault | None = None
    done: bool = False


@dataclass
class _Total:
    rows: int = 0
    staged: int = 0
    rejected: int = 0
    warnings: Counter[str] = field(default_factory=Counter)
    faults: list[Reject] = field(default_factory=list)
    codes: Counter[str] = field(default_factory=Counter)

    def add(self, page: _Page) -> None:
        self.rows += page.items
        self.staged += len(page.staged)
        self.rejected += len(page.rejects)
        self.warnings += page.warnings
        self.codes.update(reject.code for reject in page.rejects)
        self.faults += page.rejects[: max(0, _LISTED_FAULTS - len(self.faults))]


async def stage(tx: Tx, batch: Batch) -> None:
    """Read the file of a received batch: afterwards it is staged, held or refused."""
    reading, total = Reading(), _Total()
    savepoint = await tx.connection.begin_nested()
    items = _items(tx, batch, reading)
    sealer = Sealer(tx.keys, batch)
    page = _Page()
    while not page.done:
        page = await asyncio.to_thread(_work, items, sealer, batch)
        await raw_records.stage(tx, batch, page.staged)
        await batch_content.add_rejects(tx, batch, total.rejected, page.rejects)
        total.add(page)
    if page.fault:
        await savepoint.rollback()
        await _refuse(tx, batch, page.fault, total, reading)
        return
    await savepoint.commit()
    total.warnings.update(reading.file_warnings)
    total.warnings["W_TWIN"] = await raw_records.twins(tx, batch.batch_id)
    total.warnings["W_CAP"] = int(total.rows in CAPS)
    counts = {"rows": total.rows, "rejected": total.rejected, "other": total.rows - total.staged - total.rejected}
    held = total.rejected > HELD_SHARE * total.rows
    await batches.settle(
        tx,
        batch.batch_id,
        "held" if held else "staged",
        counts=counts,
        warnings=total.warnings,
        reject_codes=total.codes,
        columns=reading.columns,
        error=_too_many() if held else None,
    )


def _items(tx: Tx, batch: Batch, reading: Reading) -> Iterator[Item]:
    loop = asyncio.get_running_loop()
    file = batch.replay_of or batch.batch_id

    def fetch(number: int) -> bytes | None:
        # Called in the thread that parses, while the event loop waits for it: the connection is free.
        return asyncio.run_coroutine_threadsafe(batch_content.part(tx, file, number), loop).result()

    stream = cast(BinaryIO, io.BufferedReader(PartsStream(fetch), 256 * 1024))
    terms = Terms(batch.tenant.agency_ori, ZoneInfo(batch.timezone))
    return FORMATS[batch.format].parse(stream, terms, reading)


def _work(items: Iterator[Item], sealer: Sealer, batch: Batch) -> _Page:
    """The next page: parsed, classified, sealed."""
    page = _Page()
    try:
        for item in islice(items, PAGE):
            page.items += 1
            if isinstance(item, Record):
                _accept(item, sealer, batch, page)
            elif isinstance(item, Reject):
                page.rejects.append(item)
        page.done = page.items < PAGE
    except StructuralFault as fault:
        page.fault, page.done = fault, True
    return page


def _accept(item: Record, sealer: Sealer, batch: Batch, page: _Page) -> None:
    refusal = _refusal(item, batch)
    if refusal:
        page.rejects.append(refusal)
        return
    ori = cast(str, item.record.ori)
    staged, warnings = sealer.staged(item.line, item.record, ori, item.twin)
    page.staged.append(staged)
    page.warnings.update(item.warnings)
    page.warnings.update(warnings)


def _refusal(item: Record, batch: Batch) -> Reject | None:
    """What only the batch can know of a row: the clock, and which agency may send."""
    if item.record.arrested_at > batch.received_at + timedelta(hours=1):
        return Reject(item.line, None, "E_FUTURE", "it lies in the future")
    if item.record.ori is None:
        return Reject(item.line, None, "E_ORI", "expected the agency of the record")
    if batch.tenant.agency_ori not in (None, item.record.ori):
        return Reject(item.line, None, "E_ORI_FORBIDDEN", "this source sends for another agency only")
    return None


async def _refuse(tx: Tx, batch: Batch, fault: StructuralFault, total: _Total, reading: Reading) -> None:
    found = [*total.faults, Reject(fault.line, None, fault.code, fault.reason)]
    await batch_content.add_rejects(tx, batch, 0, found)
    # The record at the fault was read as well, but for a fault of the header.
    rows = total.rows + (fault.line > 1)
    listed: list[dict[str, Any]] = [{"line": f.line, "code": f.code, "reason": f.reason} for f in found]
    await batches.settle(
        tx,
        batch.batch_id,
        "refused",
        counts={"rows": rows, "rejected": min(rows, len(found)), "other": max(0, rows - len(found))},
        reject_codes=Counter(one.code for one in found),
        columns=reading.columns,
        error={"code": fault.code, "line": fault.line, "reason": fault.reason, "faults": listed},
    )


def _too_many() -> dict[str, Any]:
    return {
        "code": "E_REJECTS",
        "reason": f"over {HELD_SHARE:.0%} of the rows were rejected: apply or discard the batch",
    }
