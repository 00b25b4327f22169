"""Rows that are one arrest and stand apart (NIBRS level 7, one charge a row) -> its last row says all of them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import RowMapping

from services.referral.domain.arrest import CanonicalArrest
from services.referral.feeds.adapter import Record
from services.referral.feeds.formats import FORMATS
from services.referral.feeds.one_arrest import OneArrest
from services.referral.feeds.sealing import Sealer
from services.referral.store import raw_records
from services.referral.store.batches import Batch
from services.referral.store.policy import policy_of
from services.referral.store.raw_records import COLUMN, Staged
from shared.messaging import Tx

PAGE: Final = 2000


class RowsApart:
    """The rows of one arrest so far. Rows that say nothing new are duplicates; the last carries the arrest."""

    def __init__(self, first: RowMapping, record: CanonicalArrest, *, same_person: bool) -> None:
        self._arrest = OneArrest(record, same_person=same_person)
        self._first = int(first["number"])
        self._repeats = False
        self.last = first
        self.outcomes: dict[int, str] = {}

    def add(self, row: RowMapping, record: CanonicalArrest) -> None:
        """Take the next row."""
        self.outcomes[self.last["number"]] = "duplicate" if self._repeats else "other"
        self._repeats = self._arrest.add(record)
        self.last = row

    @property
    def fault(self) -> tuple[str, str] | None:
        """Why the rows make no arrest, as (code, reason)."""
        return self._arrest.fault

    @property
    def twice(self) -> bool:
        """Whether they differ in more than their charges."""
        return self._arrest.twice

    def merged(self) -> Record:
        """What the last row becomes; every other one has its outcome."""
        if self._repeats:
            # The last row carries the arrest, so one that said something first is the duplicate of the two.
            self.outcomes[self._first] = "duplicate"
        return Record(self.last["line"], self._arrest.record(), linkable=self.last["linkable"])


@dataclass(frozen=True)
class Apart:
    """A page of arrests whose rows stand apart: those read to their last row, and the one that goes on."""

    done: Sequence[RowsApart]
    going: RowsApart | None = None


async def several_rows(tx: Tx, batch: Batch, *, same_person: bool) -> AsyncIterator[Apart]:
    """The arrests of a batch with several rows that say different things, page by page."""
    after = (UUID(int=0), 0)
    arrest: RowsApart | None = None
    while rows := await raw_records.parts(tx, batch.batch_id, after, PAGE):
        done: list[RowsApart] = []
        for row in rows:
            record = _opened(tx, batch, row)
            if arrest and arrest.last["arrest_id"] == row["arrest_id"]:
                arrest.add(row, record)
                continue
            if arrest:
                done.append(arrest)
            arrest = RowsApart(row, record, same_person=same_person)
        after = (rows[-1]["arrest_id"], rows[-1]["number"])
        yield Apart(done, arrest)
    if arrest:
        yield Apart([arrest])


async def combine(tx: Tx, batch: Batch) -> Counter[str]:
    """Merge the rows of arrests that have several; W_KEY_TWICE where these differ in more than their charges."""
    sealer: Sealer | None = None
    warnings: Counter[str] = Counter()
    async for page in several_rows(tx, batch, same_person=FORMATS[batch.format].same_person):
        sealer = sealer or Sealer(tx.keys, batch, await policy_of(tx, batch.tenant.programme))
        merged = await asyncio.to_thread(_merged, sealer, page.done)
        await raw_records.merge_parts(tx, batch.batch_id, merged)
        outcomes: dict[int, str] = {}
        for arrest in [*page.done, *([page.going] if page.going else [])]:
            outcomes |= arrest.outcomes
            arrest.outcomes.clear()
        await raw_records.decide(tx, batch.batch_id, outcomes)
        warnings["W_KEY_TWICE"] += sum(arrest.twice for arrest in page.done)
    return warnings


def _merged(sealer: Sealer, done: Sequence[RowsApart]) -> list[Staged]:
    return [sealer.staged(one.last["number"], one.merged(), one.last["agency_ori"]) for one in done]


def _opened(tx: Tx, batch: Batch, row: RowMapping) -> CanonicalArrest:
    place = f"{batch.batch_id}:{row['number']}"
    return CanonicalArrest.model_validate_json(tx.keys.open("RAW", COLUMN, place, bytes(row["record"])))
