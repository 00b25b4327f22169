"""Forgetting a person: what intake told of them leaves the log, every row of them goes, what is left is counted."""

# ruff: noqa: S608 - table and column names are constants of this module or the database's own

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from shared.contracts import ErasureRecorded
from shared.messaging import Fact, Tx

PUBLISHED = {
    "own.contact": ("contact-logged", "contact_id", "true", "version"),
    "own.offer_answer": ("offer-answered", "answer_id", "true", "1"),
    "own.interview": ("intake-completed", "intake_id", "version > 0", "version"),
    "own.assessment": ("assessment-recorded", "assessment_id", "true", "version"),
    "own.baseline": ("status-recorded", "status_id", "published", "version"),
    "own.consent": ("consent-recorded", "consent_id", "true", "version"),
}
"""Own tables whose rows are facts: table -> (topic, column of the fact's id, which rows, their version)."""

# The tables name themselves by their column, so that a new one cannot be forgotten here. The order itself stays.
_TABLES = """
select table_schema || '.' || table_name as name from information_schema.columns
where table_schema in ('own', 'copied') and column_name = 'person_id' and table_name <> 'erasure' order by 1
"""
_OF_THEM = "person_id = any(cast(:people as uuid[]))"


async def carry_out(tx: Tx, facts: Sequence[Fact[ErasureRecorded]]) -> None:
    """Erase whoever was ordered to be erased, and confirm it once. A replay finds that and stays silent."""
    for event in (fact.event for fact in facts if fact.event is not None):
        if event.state == "ordered" and event.person_id is not None:
            left = await _erase(tx, {"people": [event.person_id, *event.absorbed_ids]})
            await _confirm(tx, event.erasure_id, left)


async def _erase(tx: Tx, who: dict[str, Any]) -> int:
    for table, (topic, key, which, version) in PUBLISHED.items():
        told = await tx.rows(
            f"select {key} as fact_id, person_id, {version} as version from {table} where {_OF_THEM} and {which}", who
        )
        for row in told:
            await tx.tombstone(topic, str(row["fact_id"]), row["person_id"], row["version"])
    tables = [row["name"] for row in await tx.rows(_TABLES)]
    for table in tables:
        await tx.execute(f"delete from {table} where {_OF_THEM}", who)
    return sum([int(await tx.value(f"select count(*) from {table} where {_OF_THEM}", who)) for table in tables])


async def _confirm(tx: Tx, erasure_id: UUID, left: int) -> None:
    written = await tx.execute(
        "insert into own.erasure (erasure_id, rows_left, recorded_at) values (:id, :left, :now) on conflict do nothing",
        {"id": erasure_id, "left": left, "now": tx.now},
    )
    if written.rowcount:
        tx.publish(
            ErasureRecorded(
                erasure_id=erasure_id, service="intake", state="confirmed", rows_left=left, recorded_at=tx.now
            )
        )
