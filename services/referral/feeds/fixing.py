"""A batch's rejected rows put right in the page: what waits, what would become of it, and sent as a linked batch."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping

from services.referral.feeds import deciding
from services.referral.feeds.adapter import Terms
from services.referral.feeds.code_words import KNOWN
from services.referral.feeds.mended_file import Judge, Mended, mend
from services.referral.feeds.receiving import receive
from services.referral.feeds.reject_columns import Columns, columns_of
from services.referral.feeds.reject_rows import Cause, RejectRow, arrests_of, causes, reject_row
from services.referral.store import batches, reject_fixes, sources
from services.referral.store.batches import Declared
from shared.messaging import Tx

MOST: Final = 10_000
"""Of more rows than this the file itself is mended: they must all be looked at to keep arrests whole."""


@dataclass(frozen=True)
class Task:
    """The rows of a batch that need a person, opened. `arrests`: a row's number -> all rows of its arrest."""

    batch: RowMapping
    source: RowMapping
    columns: Columns
    rows: list[RejectRow]
    arrests: dict[int, list[RejectRow]]
    causes: list[Cause]

    def together(self, rows: Sequence[RejectRow]) -> list[list[RejectRow]]:
        """The arrests of these rows, each once, in file order."""
        found = {self.arrests[row.number][0].number: self.arrests[row.number] for row in rows}
        return [found[number] for number in sorted(found)]

    def asks_first(self, places: Iterable[int]) -> bool:
        """Whether rows with other cells in these places wait for a person's word before they are applied.

        Another number may be another record's, and who has not let the batch through may still discard it.
        """
        return self.batch["status"] == "previewed" or bool(self.columns.key.intersection(places))

    def remembers(self, cause: Cause) -> str | None:
        """The column whose codes the feed's mapping can learn this value in; None where it cannot."""
        if self.source["format"] != "mapped_csv" or cause.place is None or not cause.value:
            return None
        return self.columns.names[cause.place] if self.columns.targets[cause.place] in KNOWN else None


async def task_of(tx: Tx, batch: RowMapping) -> Task | None:
    """What waits in a batch; None if its rows cannot be put right here: no table, refused, taken back, too many."""
    source = await sources.source(tx, batch["source"])
    if not reject_fixes.fixable(batch) or source is None or source["format"] != batch["format"]:
        return None
    columns = columns_of(batch["format"], batch["columns"], source["mapping"])
    if columns is None or source["agency_ori"] != batch["agency_ori"]:
        return None
    kept = await reject_fixes.waiting(tx, batch["batch_id"], MOST + 1)
    if len(kept) > MOST:
        return None
    rows = await asyncio.to_thread(lambda: [reject_row(one, columns) for one in kept])
    arrests = arrests_of(rows, columns, batch["agency_ori"])
    return Task(batch, source, columns, rows, arrests, causes(rows, columns, arrests))


async def tried(
    task: Task, arrests: Sequence[Sequence[RejectRow]], cells: Mapping[int, list[str]], now: datetime
) -> Mended:
    """What these arrests become with these cells. Raises StructuralFault if the source has other columns by now."""
    source = task.source
    judge = Judge(
        source["format"],
        Terms(source["agency_ori"], ZoneInfo(source["timezone"]), source["mapping"]),
        now,
        sources.allowed(source["agency_ori"], source["agencies"]),
    )
    return await asyncio.to_thread(mend, arrests, cells, task.columns, judge)


async def send(
    tx: Tx, task: Task, mended: Mended, by: tuple[str, str], *, column: str | None = None, asks_first: bool = False
) -> UUID:
    """Send what was tried as a batch linked to the one that rejected it; the same rows again are the same batch.

    `by`: a person's id and name. `asks_first`: it waits for a person's word once it is read.
    """
    source = await sources.source(tx, task.source["source"])
    if source is None:
        raise LookupError("the source went away while its rows were put right")
    batch_id, new = await receive(
        tx, source, _pieces(mended.content), Declared(), asks_first=asks_first, mends=task.batch["batch_id"]
    )
    known = None if new else await batches.get(tx, batch_id)
    if known is not None and known["status"] == "refused":
        # Sent before, and discarded: somebody wants it now.
        batch_id = await deciding.replay(tx, known)
    numbers = [row.number for row in mended.sent]
    await reject_fixes.mark(tx, task.batch["batch_id"], numbers, batch_id, by, column)
    return batch_id


async def remember(tx: Tx, source: str, column: str, value: str, code: str) -> int:
    """Let a feed's mapping read a value as a code from now on: its new version."""
    row = await sources.locked(tx, source)
    mapping: dict[str, Any] = dict(row["mapping"])
    codes = {name: dict(known) for name, known in mapping.get("codes", {}).items()}
    codes.setdefault(column, {})[value] = code
    await sources.put_source(tx, source, {**row, "mapping": {**mapping, "codes": codes}})
    return int((await sources.locked(tx, source))["mapping_version"])


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    size = 1024 * 1024
    for start in range(0, len(content), size):
        yield content[start : start + size]
