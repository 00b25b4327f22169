"""Staged records -> arrests and their facts, in one transaction: reduce, link, write, publish."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import RowMapping

from services.referral.domain.identity_match import NAME_BIRTH, SID
from services.referral.feeds.coverage import cover
from services.referral.store import arrests, batches, people, raw_records
from services.referral.store.arrests import Change
from services.referral.store.batches import Batch
from shared.contracts import ArrestRecorded
from shared.messaging import Tx

PAGE: Final = 2000


async def apply(tx: Tx, batch: Batch) -> None:
    """Apply a staged batch. Linking comes before the event; a retry ends in the same state."""
    outcomes, warnings = await raw_records.reduce(tx, batch.batch_id)
    after = 0
    while rows := await raw_records.effective(tx, batch.batch_id, after, PAGE):
        await _apply_page(tx, batch, rows)
        await tx.flush()
        after = rows[-1]["line"]
    await cover(tx, batch)
    await raw_records.drop_duplicates(tx, batch.batch_id)
    await _settle(tx, batch, outcomes, warnings)


async def _apply_page(tx: Tx, batch: Batch, rows: Sequence[RowMapping]) -> None:
    homes = await _people(tx, rows)
    changes: list[Change] = []
    for row, home_id in zip(rows, homes, strict=True):
        change = _change(row, home_id)
        changes.append(change)
        await _publish(tx, row, change)
    await arrests.write(tx, batch.batch_id, changes)


async def _people(tx: Tx, rows: Sequence[RowMapping]) -> list[UUID]:
    """The person of each row: linked by its tokens, or its own."""
    tokens = [_tokens(row) for row in rows]
    named = [found for row, found in zip(rows, tokens, strict=True) if found and row["outcome"] != "voided"]
    linked = iter(await people.link(tx, named) if named else [])
    chosen: list[UUID] = []
    own: list[tuple[UUID, bool, str | None, str | None]] = []
    for row, found in zip(rows, tokens, strict=True):
        if row["outcome"] == "voided":
            chosen.append(row["old_home"])
        elif found:
            chosen.append(next(linked))
        else:
            chosen.append(row["person_id"])
            own.append((row["person_id"], False, row["municipality"], row["agency_ori"]))
    await people.add_people(tx, own)
    return chosen


def _tokens(row: RowMapping) -> dict[str, bytes]:
    found = {SID: row["sid_token"], NAME_BIRTH: row["name_token"]}
    return {kind: bytes(token) for kind, token in found.items() if token is not None}


def _change(row: RowMapping, home_id: UUID) -> Change:
    # About the same person as before: it stays published as it was, whoever that person was merged into.
    same = row["old_home"] == home_id
    return Change(
        line=row["line"],
        person_id=row["old_person"] if same else home_id,
        home_id=home_id,
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


async def _settle(tx: Tx, batch: Batch, outcomes: Mapping[str, int], found: Mapping[str, int]) -> None:
    before = await batches.get(tx, batch.batch_id)
    if before is None:
        raise LookupError("the batch went away while it was applied")
    warnings = Counter({one["code"]: one["count"] for one in before["warnings"]})
    warnings.update(found)
    # What staging could not place are blank lines; what reduce could not are deletes without effect and
    # earlier states of a key.
    blank = before["rows"] - before["rejected"] - sum(outcomes.values())
    counts = {name: outcomes.get(name, 0) for name in ("accepted", "replaced", "voided")}
    counts["duplicates"] = outcomes.get("duplicate", 0)
    counts["other"] = blank + outcomes.get("other", 0)
    await batches.settle(tx, batch.batch_id, "applied", counts=counts, warnings=warnings)
