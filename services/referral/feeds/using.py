"""Records of the use of other services -> facts, by the road of the arrests: sealed, reduced, linked, published."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import RowMapping

from services.referral.domain.arrest import content_digest
from services.referral.domain.identity_match import Identity, match_texts
from services.referral.domain.utilization import CanonicalUse
from services.referral.feeds.adapter import Use
from services.referral.store import batches, erased_records, people, uses
from services.referral.store.batches import Batch
from services.referral.store.people import Person, Record
from services.referral.store.uses import COLUMN, StagedUse, UseChange
from shared.contracts import UtilizationRecorded
from shared.messaging import Tx
from shared.runtime.keys import Keyring

PAGE: Final = 1000


def staged_use(keys: Keyring, batch: Batch, number: int, item: Use, ori: str) -> StagedUse:
    """The staged row of a record of agency `ori`. Pure computation: it may run in a thread."""
    record, source = item.record, batch.source
    content = record.content()
    linkable = bool(match_texts(Identity.of(record.person)))
    return StagedUse(
        number=number,
        line=item.line,
        utilization_id=keys.source_id("utilization", ori, source, record.source_record_id),
        agency_ori=ori,
        record_key=keys.blind("record", content_digest(content)),
        person_id=None if linkable else keys.source_id("person", ori, source, record.source_record_id),
        fact=record.fact(source),
        record=keys.seal("RAW", COLUMN, f"{batch.batch_id}:{number}", content),
    )


async def apply_uses(tx: Tx, batch: Batch) -> None:
    """Apply a staged batch of uses. Linking comes before the event; a retry ends in the same state."""
    erased = await erased_records.set_aside(tx, batch.batch_id)
    outcomes, twice = await uses.reduce(tx, batch)
    after = 0
    while rows := await uses.effective(tx, batch.batch_id, after, PAGE):
        await _apply_page(tx, batch, rows)
        await tx.flush()
        after = rows[-1]["number"]
    await uses.confirm(tx, batch)
    await uses.drop_duplicates(tx, batch.batch_id)
    await erased_records.drop(tx, batch.batch_id)
    await _settle(tx, batch, outcomes, {"W_KEY_TWICE": twice, "W_ERASED": erased, "W_OLDER": outcomes.get("older", 0)})


async def _apply_page(tx: Tx, batch: Batch, rows: Sequence[RowMapping]) -> None:
    changes: list[UseChange] = []
    for row, person in zip(rows, await _people(tx, batch, rows), strict=True):
        # About the same person as before: it stays published as it was, whoever that person was merged into.
        same = row["old_home"] == person.home_id
        person_id = row["old_person"] if same else person.person_id
        change = UseChange(row["number"], person_id, person.home_id, (row["version"] or 0) + 1)
        changes.append(change)
        fact = UtilizationRecorded.model_validate(
            {
                **row["fact"],
                "utilization_id": row["utilization_id"],
                "person_id": person_id,
                "version": change.version,
                "action": "record" if row["outcome"] == "accepted" else "replace",
                "recorded_at": tx.now,
            }
        )
        if row["old_person"] not in (None, person_id):
            await tx.move(fact, row["old_person"])
        else:
            tx.publish(fact)
    await uses.write(tx, batch, changes)


async def _people(tx: Tx, batch: Batch, rows: Sequence[RowMapping]) -> list[Person]:
    """The person of each row: linked with the people known, or its own where no rule may link it."""
    linked = iter(await people.link(tx, [_record(tx, batch, row) for row in rows if row["linkable"]]))
    own = [(row["person_id"], False, None, row["agency_ori"]) for row in rows if not row["linkable"]]
    await people.add_people(tx, own)
    return [next(linked) if row["linkable"] else Person(row["person_id"], row["person_id"]) for row in rows]


def _record(tx: Tx, batch: Batch, row: RowMapping) -> Record:
    content = tx.keys.open("RAW", COLUMN, f"{batch.batch_id}:{row['number']}", bytes(row["record"]))
    person = CanonicalUse.model_validate_json(content).person
    return Record(Identity.of(person), before=row["old_home"], agency_ori=row["agency_ori"])


async def _settle(tx: Tx, batch: Batch, outcomes: Mapping[str, int], found: Mapping[str, int]) -> None:
    before = await batches.get(tx, batch.batch_id)
    if before is None:
        raise LookupError("the batch went away while it was applied")
    warnings = Counter({one["code"]: one["count"] for one in before["warnings"]})
    warnings.update(found)
    counts = {name: outcomes.get(name, 0) for name in ("accepted", "replaced")}
    counts |= {"voided": 0, "duplicates": outcomes.get("duplicate", 0)}
    counts["other"] = before["rows"] - before["rejected"] - sum(counts.values())
    await batches.settle(tx, batch.batch_id, "applied", counts=counts, warnings=warnings)
