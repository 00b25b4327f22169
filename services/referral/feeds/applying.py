"""Staged records -> arrests and their facts, in one transaction: reduce, link, write, publish."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from sqlalchemy import RowMapping

from services.referral.feeds.asking import question
from services.referral.feeds.combining import combine
from services.referral.feeds.coverage import cover
from services.referral.feeds.linking import link_some
from services.referral.feeds.publishing import Compared, compared, published_elsewhere, set_aside, take_over
from services.referral.feeds.side_by_side import side_by_side
from services.referral.store import arrests, batches, erased_records, people, raw_marks, raw_records, voids
from services.referral.store.arrests import Change
from services.referral.store.batches import Batch
from services.referral.store.people import Person
from services.referral.store.staged_people import link_staged
from shared.contracts import ArrestRecorded, Void
from shared.messaging import Tx
from shared.messaging.outbox import Outgoing
from shared.runtime.threads import ended

PAGE: Final = 500
"""One page is told while the next is written, so that two are held."""


@dataclass(frozen=True)
class Judged:
    """Records by outcome, warnings, lines that delete with effect, and arrests voided beside them.

    Those are what a complete window leaves out, and what a source that takes over stands in for.
    """

    outcomes: Mapping[str, int]
    warnings: Mapping[str, int]
    voided_lines: int
    unasked: int


@dataclass
class _Told:
    """What a page publishes, and facts with the person that they were published under before."""

    records: list[Outgoing] = field(default_factory=list)
    moved: list[tuple[ArrestRecorded, UUID]] = field(default_factory=list)


async def apply(tx: Tx, batch: Batch) -> bool:
    """Apply a staged batch, or hold it if it would void much. Linking comes before the event; a retry ends the same.

    True if so far only a page of it was linked: the rest is for another transaction.
    """
    agencies = await published_elsewhere(tx, batch)
    if asked := await question(tx, batch, agencies):
        await batches.settle(tx, batch.batch_id, "held", error=asked)
        return False
    await set_aside(tx, batch, agencies)
    await voids.set_unsaid_aside(tx, batch)
    if await link_some(tx, batch):
        return True
    apart = await compared(tx, batch, agencies)
    judged = await _judge(tx, batch, agencies)
    await _apply_all(tx, batch)
    await _void(tx, batch)
    await _confirm(tx, batch)
    await cover(tx, batch)
    await raw_records.drop_duplicates(tx, batch)
    await erased_records.drop(tx, batch.batch_id)
    await raw_marks.clear(tx, batch.batch_id)
    await _settle(tx, batch, judged, apart)
    return False


async def _confirm(tx: Tx, batch: Batch) -> None:
    """What stands as the batch says is of its day, too: nothing older may change it any more."""
    await arrests.confirm(tx, batch)
    if batch.declared.complete_from:
        await voids.confirm(tx, batch)


async def _judge(tx: Tx, batch: Batch, agencies: Sequence[str]) -> Judged:
    """The outcome of every record and delete, the last state of a key counting."""
    warnings: Counter[str] = Counter(W_ERASED=await erased_records.set_aside(tx, batch.batch_id))
    deleting = await raw_marks.supersede(tx, batch.batch_id)
    warnings += await combine(tx, batch)
    unasked = await take_over(tx, batch, agencies)
    outcomes, found = await raw_records.reduce(tx, batch)
    warnings.update(found)
    marks = await raw_marks.find_voids(tx, batch) if deleting else {"voided": 0, "unknown": 0, "older": 0}
    warnings["W_VOID_UNKNOWN"] += marks["unknown"]
    warnings["W_OLDER"] += outcomes.get("older", 0) + marks["older"]
    unasked += await voids.list_left_out(tx, batch) if batch.declared.complete_from else 0
    return Judged(outcomes, warnings, marks["voided"], unasked)


async def _void(tx: Tx, batch: Batch) -> None:
    after = UUID(int=0)
    while rows := await voids.page(tx, batch.batch_id, after, PAGE):
        for row in rows:
            fact = ArrestRecorded.model_validate(
                {
                    **row["fact"],
                    "arrest_id": row["arrest_id"],
                    "person_id": row["person_id"],
                    "version": row["version"],
                    "action": "record",
                    "recorded_at": tx.now,
                }
            )
            tx.publish(fact.void(row["version"] + 1, tx.now, "error"))
        after = rows[-1]["arrest_id"]
        await voids.write(tx, batch, [row["arrest_id"] for row in rows])
        await tx.flush()


async def _apply_all(tx: Tx, batch: Batch) -> None:
    """What a page tells is worked out in a thread while the database writes it and gives the next one."""
    telling: asyncio.Future[_Told] | None = None
    after = 0
    try:
        while rows := await raw_records.effective(tx, batch.batch_id, after, PAGE):
            people = await _people(tx, batch, rows)
            changes = [_change(row, person) for row, person in zip(rows, people, strict=True)]
            await _tell(tx, telling)
            telling = asyncio.ensure_future(asyncio.to_thread(_told, tx, rows, changes))
            await arrests.write(tx, batch, changes)
            after = rows[-1]["number"]
        await _tell(tx, telling)
    finally:
        await ended(telling)


async def _tell(tx: Tx, telling: asyncio.Future[_Told] | None) -> None:
    if telling is None:
        return
    told = await asyncio.shield(telling)
    tx.outgoing += told.records
    for fact, before in told.moved:
        await tx.move(fact, before)
    await tx.flush()


async def _people(tx: Tx, batch: Batch, rows: Sequence[RowMapping]) -> list[Person]:
    """The person of each row: linked before, or its own. What became new since its linking is linked now."""
    linked = iter(await link_staged(tx, batch.batch_id, [row for row in rows if _waits(row)]))
    chosen: list[Person] = []
    own: list[tuple[UUID, bool, str | None, str | None]] = []
    for row in rows:
        if row["outcome"] == "voided":
            chosen.append(Person(row["old_person"], row["old_home"]))
        elif _waits(row):
            chosen.append(next(linked))
        elif _is_linked(row):
            chosen.append(Person(row["person_id"], row["home_id"]))
        else:
            chosen.append(Person(row["person_id"], row["person_id"]))
            own.append((row["person_id"], False, row["municipality"], row["agency_ori"]))
    await people.add_people(tx, own)
    return chosen


def _is_linked(row: RowMapping) -> bool:
    """A record that no rule may link has no token, and a person of its own."""
    return row["outcome"] != "voided" and (row["sid_token"], row["name_token"]) != (None, None)


def _waits(row: RowMapping) -> bool:
    return _is_linked(row) and row["person_id"] is None


def _change(row: RowMapping, person: Person) -> Change:
    # About the same person as before: it stays published as it was, whoever that person was merged into.
    same = row["old_home"] == person.home_id
    return Change(
        number=row["number"],
        person_id=row["old_person"] if same else person.person_id,
        home_id=person.home_id,
        version=(row["version"] or 0) + 1,
        state="void" if row["outcome"] == "voided" else "live",
    )


def _told(tx: Tx, rows: Sequence[RowMapping], changes: Sequence[Change]) -> _Told:
    told = _Told()
    for some in side_by_side(zip(rows, changes, strict=True)):
        facts = [_fact(tx, row, change) for row, change in some]
        new: list[ArrestRecorded | Void] = []
        for fact, (row, change) in zip(facts, some, strict=True):
            if row["outcome"] == "voided":
                new.append(fact.void(change.version, tx.now, "error"))
            elif row["old_person"] not in (None, change.person_id):
                told.moved.append((fact, row["old_person"]))
            else:
                new.append(fact)
        told.records += tx.prepared(*new)
    return told


def _fact(tx: Tx, row: RowMapping, change: Change) -> ArrestRecorded:
    return ArrestRecorded.model_validate(
        {
            **(row["old_fact"] if row["outcome"] == "voided" else row["fact"]),
            "arrest_id": row["arrest_id"],
            "person_id": change.person_id,
            "version": change.version,
            "action": "replace" if row["outcome"] == "replaced" else "record",
            "recorded_at": tx.now,
        }
    )


async def _settle(tx: Tx, batch: Batch, judged: Judged, apart: Compared) -> None:
    before = await batches.get(tx, batch.batch_id)
    if before is None:
        raise LookupError("the batch went away while it was applied")
    warnings = Counter({one["code"]: one["count"] for one in before["warnings"]})
    warnings.update(judged.warnings)
    warnings.update(W_NOT_PRIMARY=apart.rows, W_MONTH_OFF=apart.off)
    outcomes = judged.outcomes
    # What staging could not place are lines without a record; what judging could not are deletes without effect
    # and earlier states of a key. What is voided unasked counts as a row that deletes. Staging knows of duplicates
    # that stand beside what they repeat.
    rows = before["rows"] + judged.unasked
    counts = {name: outcomes.get(name, 0) for name in ("accepted", "replaced", "voided")}
    counts["voided"] += judged.voided_lines + judged.unasked
    counts["duplicates"] = before["duplicates"] + outcomes.get("duplicate", 0)
    counts["other"] = rows - before["rejected"] - sum(counts.values())
    counts["rows"] = rows
    await batches.settle(tx, batch.batch_id, "applied", counts=counts, warnings=warnings, comparison=apart.months)
