"""A person is erased: every fact told of them is tombstoned, every row deleted, and what is left is counted."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid5

from services.referral.store import erased_files, erased_records, feed_samples, person_index
from shared.contracts import ErasureRecorded
from shared.messaging import Tx

# The tables name themselves by their column, so that a new one cannot be forgotten here.
_PERSON_TABLES = """
  select table_schema || '.' || table_name as name from information_schema.columns
  where table_schema in ('own', 'copied') and column_name = 'person_id' order by 1
"""


async def erase(tx: Tx, erasure_id: UUID, people: Sequence[UUID]) -> None:
    """Erase people once; the same order again does nothing."""
    done = await tx.execute(
        "insert into own.erasure (erasure_id, confirmed_at) values (:id, :now) on conflict do nothing",
        {"id": erasure_id, "now": tx.now},
    )
    if not done.rowcount:
        return
    ids = {"ids": list(people)}
    # Nobody links meanwhile: what comes later finds the person gone.
    await person_index.lock_homes(tx)
    await _tombstones(tx, people)
    left = await _as_sent(tx, people)
    tables = [row["name"] for row in await tx.rows(_PERSON_TABLES)]
    for table in tables:
        await tx.execute(f"delete from {table} where person_id = any(cast(:ids as uuid[]))", ids)  # noqa: S608
        left += await tx.value(
            f"select count(*) from {table} where person_id = any(cast(:ids as uuid[]))",  # noqa: S608
            ids,
        )
    left += await _pairs(tx, ids)
    tx.publish(
        ErasureRecorded(
            recorded_at=tx.now, erasure_id=erasure_id, service="referral", state="confirmed", rows_left=left
        )
    )


async def _as_sent(tx: Tx, people: Sequence[UUID]) -> int:
    """Erase what police sent of these people, in whatever state it is; how many rows are left."""
    traces = await erased_files.traces_of(tx, people)
    records = await erased_records.of_people(tx, people)
    sources = await erased_files.sources_of(tx, records)
    await erased_files.delete_files(tx, traces, await erased_files.unnamed_sources(tx, people), sources)
    await feed_samples.drop_all(tx)
    if traces:
        await erased_files.delete_rejects(tx, traces)
        records += await erased_files.waiting_records(tx, traces)
    await erased_records.remember(tx, records)
    await erased_records.delete(tx, records)
    return await erased_records.left(tx, records)


async def _pairs(tx: Tx, ids: dict[str, list[UUID]]) -> int:
    """Rows that name two people go with either of them; how many are left."""
    left = 0
    for table, one, other in (
        ("own.person_review", "person_id", "other_id"),
        ("own.person_merge", "survivor_id", "absorbed_id"),
    ):
        named = f"{table} where {one} = any(cast(:ids as uuid[])) or {other} = any(cast(:ids as uuid[]))"
        await tx.execute(f"delete from {named}", ids)  # noqa: S608
        left += await tx.value(f"select count(*) from {named}", ids)  # noqa: S608
    return left


async def _tombstones(tx: Tx, people: Sequence[UUID]) -> None:
    ids = {"ids": list(people)}
    for row in await tx.rows(
        "select merge_id, survivor_id, absorbed_id, version from own.person_merge"
        " where survivor_id = any(cast(:ids as uuid[])) or absorbed_id = any(cast(:ids as uuid[]))",
        ids,
    ):
        for person_id in (row["survivor_id"], row["absorbed_id"]):
            await tx.tombstone("person-merged", str(row["merge_id"]), person_id, row["version"])
    for row in await tx.rows(
        "select referral_id, person_id, version, seq from own.referral where person_id = any(cast(:ids as uuid[]))",
        ids,
    ):
        person_id, referral_id = row["person_id"], row["referral_id"]
        await tx.tombstone("referral-created", str(referral_id), person_id, row["version"])
        for seq in range(1, row["seq"] + 1):
            await tx.tombstone("referral-decided", str(uuid5(referral_id, f"decision-{seq}")), person_id, 1)
    for topic, table, column in (
        ("charge-decided", "own.charge", "charge_id"),
        ("person-profile", "own.profile", "person_id"),
        ("arrest-recorded", "own.arrest", "arrest_id"),
        ("utilization-recorded", "own.utilization", "utilization_id"),
    ):
        rows = await tx.rows(
            f"select {column} as fact_id, person_id, version from {table}"  # noqa: S608
            " where person_id = any(cast(:ids as uuid[]))",
            ids,
        )
        for row in rows:
            await tx.tombstone(topic, str(row["fact_id"]), row["person_id"], row["version"])
