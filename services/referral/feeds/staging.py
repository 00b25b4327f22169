"""A stored file -> staged records and rejects. A structural fault leaves nothing staged and refuses the file."""

from __future__ import annotations

import asyncio
import io
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final, cast
from zoneinfo import ZoneInfo

from services.referral.domain.feed_health import HELD_SHARE, VOLUME_BATCHES, VOLUME_DROP
from services.referral.feeds.adapter import Reading, Reject, StructuralFault, Terms
from services.referral.feeds.formats import FORMATS
from services.referral.feeds.parts_stream import PartsStream
from services.referral.feeds.sealing import Sealer
from services.referral.feeds.side_by_side import side_by_side
from services.referral.feeds.staged_page import PAGE, Page, Reader, chars, next_page
from services.referral.feeds.whole_arrests import LeftOut, find_incomplete, incomplete_lines
from services.referral.store import batch_content, batches, raw_marks, raw_records, sources, uses
from services.referral.store.batches import Batch
from services.referral.store.policy import policy_of
from shared.messaging import Tx
from shared.runtime.threads import ended, in_thread

CAPS: Final = frozenset({1000, 2000, 5000, 10000})
_LISTED_FAULTS: Final = 20


@dataclass
class _Total:
    rows: int = 0
    staged: int = 0
    rejected: int = 0
    repeats: int = 0
    warnings: Counter[str] = field(default_factory=Counter)
    faults: list[Reject] = field(default_factory=list)
    codes: Counter[str] = field(default_factory=Counter)

    def add(self, page: Page) -> None:
        self.rows += page.items
        self.staged += len(page.staged) + len(page.uses)
        self.rejected += len(page.rejects)
        self.repeats += page.repeats
        self.warnings += page.warnings
        self.codes.update(reject.code for reject in page.rejects)
        self.faults += page.rejects[: max(0, _LISTED_FAULTS - len(self.faults))]

    def leave_out(self, left: LeftOut) -> None:
        """What was staged, and is rejected after all."""
        self.staged -= left.records
        self.repeats -= left.repeats
        self.rejected += len(left.rejects)
        self.warnings -= left.warnings
        self.codes.update(reject.code for reject in left.rejects)


async def stage(tx: Tx, batch: Batch) -> None:
    """Read the file of a received batch: afterwards it is staged, held or refused."""
    reading, total = Reading(), _Total()
    savepoint = await tx.connection.begin_nested()
    connection = asyncio.Lock()
    page = Page()
    async with aclosing(_pages(await _reader(tx, batch, reading, connection))) as pages:
        async for page in pages:
            async with connection:
                await raw_records.stage(tx, batch, page.staged)
                await raw_marks.stage(tx, batch, page.marks)
                await uses.stage(tx, batch, page.uses)
                await batch_content.add_rejects(tx, batch, total.rejected, page.rejects)
            total.add(page)
    if page.fault:
        # The record at the fault was read as well, but for a fault of the header.
        total.rows += page.fault.line > 1
    fault = page.fault or _other_count(batch, total.rows)
    if fault:
        await savepoint.rollback()
        await _refuse(tx, batch, fault, total, reading)
        return
    await _whole_arrests(tx, batch, total)
    await savepoint.commit()
    total.warnings.update(reading.file_warnings)
    total.warnings["W_TWIN"] = await raw_records.twins(tx, batch.batch_id)
    total.warnings["W_CAP"] = int(total.rows in CAPS or "W_CAP" in reading.file_warnings)
    total.warnings["W_VOLUME"] = int(await _dropped(tx, batch, total.rows))
    counts = {"rows": total.rows, "rejected": total.rejected, "duplicates": total.repeats}
    counts["other"] = total.rows - total.staged - total.rejected - total.repeats
    held = total.rejected > HELD_SHARE * total.rows
    await batches.settle(
        tx,
        batch.batch_id,
        "held" if held else "previewed" if batch.decision == "preview" else "staged",
        counts=counts,
        warnings=total.warnings,
        reject_codes=total.codes,
        columns=reading.columns,
        error=_too_many() if held else None,
    )


async def _pages(reader: Reader) -> AsyncGenerator[Page, None]:
    """The pages of a file, the next one read in a thread while one is stored."""
    number, page = 0, Page()
    reading: asyncio.Future[Page] | None = asyncio.ensure_future(asyncio.to_thread(next_page, reader, number))
    try:
        while reading:
            # Shielded: whoever is cancelled here must still find in `ended` that the thread reads on.
            page = await asyncio.shield(reading)
            number += page.items
            reading = None if page.done else asyncio.ensure_future(asyncio.to_thread(next_page, reader, number))
            yield page
    finally:
        # It asks the connection for more of the file.
        await ended(reading)


async def _whole_arrests(tx: Tx, batch: Batch, total: _Total) -> None:
    """Reject what is staged of arrests that are not whole; their lines are read once more, to be kept."""
    if await find_incomplete(tx, batch):
        reader, before = await _reader(tx, batch, Reading(), asyncio.Lock()), 0
        steps = side_by_side(reader.items, chars, PAGE)
        while lines := await in_thread(lambda: next(steps, [])):
            left = await incomplete_lines(tx, batch, before, lines)
            await batch_content.add_rejects(tx, batch, total.rejected, left.rejects)
            total.leave_out(left)
            before += len(lines)
        await raw_records.drop_incomplete(tx, batch.batch_id)
    await raw_marks.forget_faults(tx, batch.batch_id)


async def _reader(tx: Tx, batch: Batch, reading: Reading, connection: asyncio.Lock) -> Reader:
    """Reads the batch's file; `connection` is held while it fetches more of it, and by whoever stores meanwhile."""
    loop = asyncio.get_running_loop()
    file = batch.replay_of or batch.batch_id

    async def part(number: int) -> bytes | None:
        async with connection:
            return await batch_content.part(tx, file, number)

    def fetch(number: int) -> bytes | None:
        # Called in the thread that parses.
        return asyncio.run_coroutine_threadsafe(part(number), loop).result()

    source = await sources.source(tx, batch.source)
    stream = cast(BinaryIO, io.BufferedReader(PartsStream(fetch), 256 * 1024))
    mapping = await sources.mapping(tx, batch.source, batch.mapping_version)
    terms = Terms(batch.tenant.agency_ori, ZoneInfo(batch.timezone), mapping)
    return Reader(
        FORMATS[batch.format].parse(stream, terms, reading),
        Sealer(tx.keys, batch, await policy_of(tx, batch.tenant.programme)),
        batch,
        sources.allowed(batch.tenant.agency_ori, source["agencies"] if source else ()),
    )


def _other_count(batch: Batch, rows: int) -> StructuralFault | None:
    """The file is not what its sender says it is."""
    said = batch.declared.rows
    if said is not None and said != rows:
        return StructuralFault("E_TRUNCATED", rows, f"its sender counts {said} rows, and {rows} came")
    return None


async def _dropped(tx: Tx, batch: Batch, rows: int) -> bool:
    if not batch.whole:
        return False
    usual = await batches.usual_rows(tx, batch.source, VOLUME_BATCHES)
    return usual is not None and rows < usual * VOLUME_DROP


async def _refuse(tx: Tx, batch: Batch, fault: StructuralFault, total: _Total, reading: Reading) -> None:
    found = [*total.faults, Reject(fault.line, None, fault.code, fault.reason)]
    await batch_content.add_rejects(tx, batch, 0, found)
    rows = total.rows
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
