"""Rows that are one arrest with several charges (NIBRS level 7, one charge a row) -> its last row says all of them."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Final
from uuid import UUID

from sqlalchemy import RowMapping

from services.referral.domain.arrest import CanonicalArrest
from services.referral.feeds.adapter import Record
from services.referral.feeds.sealing import Sealer
from services.referral.store import raw_records
from services.referral.store.batches import Batch
from services.referral.store.policy import policy_of
from services.referral.store.raw_records import COLUMN
from shared.messaging import Tx

PAGE: Final = 2000
MOST_CHARGES: Final = 100


class _Arrest:
    """The rows of one arrest so far. Rows that say the same are duplicates; the last says who it is about."""

    def __init__(self, first: RowMapping, record: CanonicalArrest) -> None:
        self.last = first
        self.person = self._but_charges(record)
        self.twice = False
        self.charges = list(record.charges)
        self.seen = {bytes(first["record_key"]): int(first["number"])}
        self.outcomes: dict[int, str] = {}
        self._repeats = False

    def add(self, row: RowMapping, record: CanonicalArrest) -> None:
        key = bytes(row["record_key"])
        self.outcomes[self.last["number"]] = "duplicate" if self._repeats else "other"
        self._repeats = key in self.seen
        if not self._repeats and len(self.seen) < MOST_CHARGES:
            self.seen[key] = row["number"]
            self.charges += record.charges
        said = self._but_charges(record)
        self.twice = self.twice or said != self.person
        self.last, self.person = row, said

    def merged(self) -> Record:
        # The last row carries the arrest: the row that said the same before is the duplicate of the two.
        if self._repeats:
            self.outcomes[self.seen[bytes(self.last["record_key"])]] = "duplicate"
        record = self.person.model_copy(update={"charges": self.charges[:MOST_CHARGES]})
        return Record(self.last["line"], record, linkable=self.last["linkable"])

    @staticmethod
    def _but_charges(record: CanonicalArrest) -> CanonicalArrest:
        return record.model_copy(update={"charges": []})


async def combine(tx: Tx, batch: Batch) -> Counter[str]:
    """Merge the rows of arrests that have several; W_KEY_TWICE where these differ in more than their charges."""
    sealer: Sealer | None = None
    warnings: Counter[str] = Counter()
    after = (UUID(int=0), 0)
    arrest: _Arrest | None = None
    while rows := await raw_records.parts(tx, batch.batch_id, after, PAGE):
        sealer = sealer or Sealer(tx.keys, batch, await policy_of(tx, batch.tenant.programme))
        for row in rows:
            record = _opened(tx, batch, row)
            if arrest and arrest.last["arrest_id"] == row["arrest_id"]:
                arrest.add(row, record)
                continue
            if arrest:
                warnings += await _write(tx, batch, sealer, arrest)
            arrest = _Arrest(row, record)
        after = (rows[-1]["arrest_id"], rows[-1]["number"])
        if arrest and len(arrest.outcomes) > PAGE:
            await raw_records.decide(tx, batch.batch_id, arrest.outcomes)
            arrest.outcomes.clear()
    if sealer and arrest:
        warnings += await _write(tx, batch, sealer, arrest)
    return warnings


async def _write(tx: Tx, batch: Batch, sealer: Sealer, arrest: _Arrest) -> Counter[str]:
    last, item = arrest.last, arrest.merged()
    merged, _ = await asyncio.to_thread(sealer.staged, last["number"], item, last["agency_ori"])
    await raw_records.merge_parts(tx, batch.batch_id, merged)
    await raw_records.decide(tx, batch.batch_id, arrest.outcomes)
    return Counter(W_KEY_TWICE=int(arrest.twice))


def _opened(tx: Tx, batch: Batch, row: RowMapping) -> CanonicalArrest:
    place = f"{batch.batch_id}:{row['number']}"
    return CanonicalArrest.model_validate_json(tx.keys.open("RAW", COLUMN, place, bytes(row["record"])))
