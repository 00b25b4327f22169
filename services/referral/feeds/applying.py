"""Staged records -> arrests and their facts, in one transaction: reduce, link, write, publish."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from sqlalchemy import RowMapping

from services.referral.feeds.combining import combine
from services.referral.feeds.coverage import cover
from services.referral.feeds.formats import FORMATS
from services.referral.feeds.linking import link_some
from services.referral.store import arrests, batches, erased_records, people, primary, raw_marks, raw_records, voids
from services.referral.store.arrests import Change
from services.referral.store.batches import Batch
from services.referral.store.people import Person
from services.referral.store.staged_people import link_staged
from shared.contracts import ArrestRecorded
from shared.messaging import Tx

PAGE: Final = 2000
MISSING_SHARE: Final = 0.02
"""A complete window that leaves out more of what is known waits for a person."""
_COMPARING: Final = [found.name for found in FORMATS.values() if found.compares]
OFF_SHARE: Final = 0.05
"""A month further off from what is published is worth a warning."""


@dataclass(frozen=True)
class Compared:
    """What was not published because another source does: agencies, months with counts, how many are off, rows."""

    agencies: Sequence[str] = ()
    months: list[dict[str, Any]] = field(default_factory=list)
    off: int = 0
    rows: int = 0


@dataclass(frozen=True)
class Judged:
    """Records by outcome, warnings, lines that delete with effect, arrests left out of a complete window."""

    outcomes: Mapping[str, int]
    warnings: Mapping[str, int]
    voided_lines: int
    missing: int


async def apply(tx: Tx, batch: Batch) -> bool:
    """Apply a staged batch, or hold it if it would void much. Linking comes before the event; a retry ends the same.

    True if so far only a page of it was linked: the rest is for another transaction.
    """
    if await _hold(tx, batch):
        return False
    agencies = await primary.compared_agencies(tx, batch, _COMPARING)
    if await link_some(tx, batch, agencies):
        return True
    compared = await _compare(tx, batch, agencies)
    judged = await _judge(tx, batch, compared.agencies)
    after = 0
    while rows := await raw_records.effective(tx, batch.batch_id, after, PAGE):
        await _apply_page(tx, batch, rows)
        await tx.flush()
        after = rows[-1]["number"]
    await _void(tx, batch)
    await cover(tx, batch)
    await raw_records.drop_duplicates(tx, batch.batch_id)
    await erased_records.drop(tx, batch.batch_id)
    await raw_marks.clear(tx, batch.batch_id)
    await _settle(tx, batch, judged, compared)
    return False


async def _hold(tx: Tx, batch: Batch) -> bool:
    """Whether the batch waits for a person, because it declares days complete and leaves out too much of them."""
    if batch.declared.complete_from is None or batch.decision == "apply":
        return False
    row = await batches.get(tx, batch.batch_id)
    missing, known = await voids.left_out(tx, batch)
    if not missing:
        return False
    if row and row["rejected"]:
        reason = f"{missing} of {known} arrests would be voided, and a rejected row may be one of them"
    elif missing > MISSING_SHARE * known:
        reason = f"{missing} of {known} arrests of these days are missing and would be voided"
    else:
        return False
    error = {"code": "E_MISSING", "reason": f"{reason}: apply or discard the batch"}
    await batches.settle(tx, batch.batch_id, "held", error=error)
    return True


async def _compare(tx: Tx, batch: Batch, agencies: Sequence[str]) -> Compared:
    """Set aside what another source of its agencies publishes: it is only compared."""
    if not agencies:
        return Compared()
    rows = [dict(row) for row in await primary.compare(tx, batch, agencies)]
    off = sum(abs(row["sent"] - row["known"]) > OFF_SHARE * row["known"] for row in rows)
    return Compared(agencies, rows, off, await primary.drop(tx, batch, agencies))


async def _judge(tx: Tx, batch: Batch, compared: Sequence[str]) -> Judged:
    """The outcome of every record and delete, the last state of a key counting."""
    warnings: Counter[str] = Counter(W_ERASED=await erased_records.set_aside(tx, batch.batch_id))
    deleting = await raw_marks.supersede(tx, batch.batch_id)
    warnings += await combine(tx, batch)
    outcomes, found = await raw_records.reduce(tx, batch.batch_id)
    warnings.update(found)
    marks = await raw_marks.find_voids(tx, batch.batch_id) if deleting else {"voided": 0, "unknown": 0}
    warnings["W_VOID_UNKNOWN"] += marks["unknown"]
    missing = await voids.list_left_out(tx, batch, compared) if batch.declared.complete_from else 0
    return Judged(outcomes, warnings, marks["voided"], missing)


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
        await voids.write(tx, batch.batch_id, [row["arrest_id"] for row in rows])
        await tx.flush()


async def _apply_page(tx: Tx, batch: Batch, rows: Sequence[RowMapping]) -> None:
    people = await _people(tx, batch, rows)
    changes: list[Change] = []
    for row, person in zip(rows, people, strict=True):
        change = _change(row, person)
        changes.append(change)
        await _publish(tx, row, change)
    await arrests.write(tx, batch.batch_id, changes)


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


async def _publish(tx: Tx, row: RowMapping, change: Change) -> None:
    void = row["outcome"] == "voided"
    fact = ArrestRecorded.model_validate(
        {
            **(row["old_fact"] if void else row["fact"]),
            "arrest_id": row["arrest_id"],
            "person_id": change.person_id,
            "version": change.version,
            "action": "replace" if row["outcome"] == "replaced" else "record",
            "recorded_at": tx.now,
        }
    )
    if void:
        tx.publish(fact.void(change.version, tx.now, "error"))
    elif row["old_person"] not in (None, change.person_id):
        await tx.move(fact, row["old_person"])
    else:
        tx.publish(fact)


async def _settle(tx: Tx, batch: Batch, judged: Judged, compared: Compared) -> None:
    before = await batches.get(tx, batch.batch_id)
    if before is None:
        raise LookupError("the batch went away while it was applied")
    warnings = Counter({one["code"]: one["count"] for one in before["warnings"]})
    warnings.update(judged.warnings)
    warnings.update(W_NOT_PRIMARY=compared.rows, W_MONTH_OFF=compared.off)
    outcomes = judged.outcomes
    # What staging could not place are lines without a record; what judging could not are deletes without effect
    # and earlier states of a key. What a complete window leaves out counts as a row that deletes. Staging knows of
    # duplicates that stand beside what they repeat.
    rows = before["rows"] + judged.missing
    counts = {name: outcomes.get(name, 0) for name in ("accepted", "replaced", "voided")}
    counts["voided"] += judged.voided_lines + judged.missing
    counts["duplicates"] = before["duplicates"] + outcomes.get("duplicate", 0)
    counts["other"] = rows - before["rejected"] - sum(counts.values())
    counts["rows"] = rows
    await batches.settle(tx, batch.batch_id, "applied", counts=counts, warnings=warnings, comparison=compared.months)
