"""Merges and unmerges: which key stands for a person today. Any order of facts gives the same homes."""

from __future__ import annotations

from collections.abc import Sequence

from shared.contracts import PersonMerged
from shared.contracts.homes import homes
from shared.messaging import Fact, Tx

_UPSERT = """
    insert into copied.merge as known (fact_id, version, voided, recorded_at, survivor, absorbed, undone)
    select * from unnest(
        cast(:ids as uuid[]), cast(:versions as int[]), cast(:voided as boolean[]),
        cast(:recorded as timestamptz[]), cast(:survivors as bytea[]), cast(:absorbed as bytea[]),
        cast(:undone as boolean[]))
    on conflict (fact_id) do update set
        version = excluded.version, voided = excluded.voided, recorded_at = excluded.recorded_at,
        survivor = excluded.survivor, absorbed = excluded.absorbed, undone = excluded.undone
    where excluded.version > known.version
"""
_ERASE = """
    delete from copied.merge known
    using unnest(cast(:ids as uuid[]), cast(:versions as int[])) as gone (fact_id, version)
    where known.fact_id = gone.fact_id and known.version <= gone.version
"""
_NAMED = (
    "select survivor, absorbed from copied.merge where fact_id = any(cast(:ids as uuid[])) and survivor is not null"
)
_ONE_AT_A_TIME = "select pg_advisory_xact_lock(hashtext('lead.metrics.homes'))"
_LEAVE = "delete from copied.home where person_key = any(cast(:keys as bytea[]))"
_MOVE = "insert into copied.home select * from unnest(cast(:keys as bytea[]), cast(:homes as bytea[]))"
_ACTIVE = "select fact_id, survivor, absorbed from copied.merge where not voided and not undone"


async def keep_merges(tx: Tx, facts: Sequence[Fact[PersonMerged]]) -> None:
    """Store merges, settle the homes of everybody they touch, and queue these people."""
    await lock_homes(tx)
    ids = [fact.fact_id for fact in facts]
    touched = await _named(tx, ids)
    known = [fact for fact in facts if not fact.erase]
    if known:
        await tx.execute(_UPSERT, _columns(tx, known))
    gone = [fact for fact in facts if fact.erase]
    if gone:
        await tx.execute(_ERASE, {"ids": [f.fact_id for f in gone], "versions": [f.version for f in gone]})
    await settle(tx, touched | await _named(tx, ids))


async def lock_homes(tx: Tx) -> None:
    """Two members could each settle homes without the other's merge; so the second waits and sees both."""
    await tx.execute(_ONE_AT_A_TIME)


async def settle(tx: Tx, touched: set[bytes]) -> None:
    """Make `copied.home` say what the active merges say, for whoever the touched keys are connected to."""
    rows = await tx.rows(_ACTIVE)
    # Merges are rare, a few hundred a year in a county: all of them are read, and only differences written.
    wanted = homes((row["fact_id"], bytes(row["survivor"]), bytes(row["absorbed"])) for row in rows)
    stored = {bytes(r["person_key"]): bytes(r["home"]) for r in await tx.rows("select * from copied.home")}
    moved = {key for key in wanted.keys() | stored.keys() if wanted.get(key) != stored.get(key)}
    if moved:
        rehomed = [key for key in moved if key in wanted]
        await tx.execute(_LEAVE, {"keys": list(moved)})
        await tx.execute(_MOVE, {"keys": rehomed, "homes": [wanted[key] for key in rehomed]})
    again = {home for key in moved for home in (wanted.get(key), stored.get(key)) if home}
    await tx.execute(
        "insert into copied.dirty (person_key) select unnest(cast(:keys as bytea[]))",
        {"keys": list(touched | moved | again)},
    )


async def _named(tx: Tx, ids: list[str]) -> set[bytes]:
    rows = await tx.rows(_NAMED, {"ids": ids})
    return {bytes(row[side]) for row in rows for side in ("survivor", "absorbed")}


def _columns(tx: Tx, facts: Sequence[Fact[PersonMerged]]) -> dict[str, object]:
    bodies = [(fact, fact.event, fact.event or fact.void) for fact in facts]
    return {
        "ids": [fact.fact_id for fact, _, _ in bodies],
        "versions": [fact.version for fact, _, _ in bodies],
        "voided": [event is None for _, event, _ in bodies],
        "recorded": [body.recorded_at if body else None for _, _, body in bodies],
        "survivors": [tx.keys.person_key(event.survivor_id) if event else None for _, event, _ in bodies],
        "absorbed": [tx.keys.person_key(event.absorbed_id) if event else None for _, event, _ in bodies],
        "undone": [event.undone if event else None for _, event, _ in bodies],
    }
