"""Count queued people again: `cells += new − counted`, whatever happened to them and in what order."""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from services.metrics.domain.cells import Change, Contribution, contribution
from services.metrics.domain.person import Person, index_of
from services.metrics.store.people import people
from shared.messaging import Tx

BATCH = 4000
"""Queue rows taken at once; the time of one batch stays well under a second."""

_ALONE = "select pg_advisory_xact_lock(hashtext('lead.metrics.counting'))"
# By place, so that a row added meanwhile for the same person stays in the queue.
_TAKE = """
    delete from copied.dirty where ctid = any(array(select ctid from copied.dirty limit :batch))
    returning person_key
"""
_SUBJECTS = """
    with taken as (select distinct unnest(cast(:keys as bytea[])) as person_key)
    select person_key from taken
    union select home from taken join copied.home using (person_key)
"""
_COUNTED = """
    select k.person_key, h.home, s.counted from unnest(cast(:keys as bytea[])) as k (person_key)
    left join copied.home h on h.person_key = k.person_key
    left join copied.person_state s on s.home = k.person_key
"""
_FORGET = "delete from copied.person_state where home = any(cast(:keys as bytea[]))"
_REMEMBER = """
    insert into copied.person_state (home, arm, c, t0, exit_day, exit_kind, counted)
    select * from unnest(
        cast(:home as bytea[]), cast(:arm as text[]), cast(:c as date[]), cast(:t0 as date[]),
        cast(:exit_day as date[]), cast(:exit_kind as text[]), cast(:counted as jsonb[]))
    on conflict (home) do update set
        arm = excluded.arm, c = excluded.c, t0 = excluded.t0, exit_day = excluded.exit_day,
        exit_kind = excluded.exit_kind, counted = excluded.counted
"""
_ADD_FUNNEL = """
    insert into copied.cell_funnel as cell (pathway, stage, day, dimension, value, n)
    select * from unnest(
        cast(:pathway as text[]), cast(:stage as text[]), cast(:day as date[]), cast(:dimension as text[]),
        cast(:value as text[]), cast(:n as bigint[]))
    on conflict (stage, pathway, dimension, value, day) do update set n = cell.n + excluded.n
"""
SUMS = (
    "n",
    "any_pre",
    "any_post",
    "any_both",
    "sum_pre",
    "sum_post",
    "square_pre",
    "square_post",
    "cross_sum",
    "selected",
)
_ADD_WINDOWS = f"""
    insert into copied.cell_window as cell
        (arm, event, stratum, follow, window_days, start_day, {", ".join(SUMS)})
    select * from unnest(
        cast(:arm as text[]), cast(:event as text[]), cast(:stratum as text[]), cast(:follow as text[]),
        cast(:window_days as smallint[]), cast(:start_day as date[]),
        {", ".join(f"cast(:{name} as bigint[])" for name in SUMS)})
    on conflict (arm, event, stratum, window_days, start_day, follow) do update set
        {", ".join(f"{name} = cell.{name} + excluded.{name}" for name in SUMS)}
"""  # noqa: S608 - column names of this file


async def count_queued(tx: Tx, batch: int = BATCH) -> int:
    """Count one batch of queued people again. Returns the number of queue rows taken; 0 when all is counted.

    One caller at a time: two would subtract the same `counted` twice. The timers' leader is one, but a leader
    that just lost its lock may still be at work, so that the transaction holds a lock of its own.
    """
    await tx.execute(_ALONE)
    taken = [bytes(row["person_key"]) for row in await tx.rows(_TAKE, {"batch": batch})]
    if taken:
        await count(tx, taken)
    return len(taken)


async def count(tx: Tx, keys: list[bytes]) -> None:
    """Count these keys and their homes again."""
    subjects = [bytes(row["person_key"]) for row in await tx.rows(_SUBJECTS, {"keys": keys})]
    rows = await tx.rows(_COUNTED, {"keys": subjects})
    counted = {bytes(row["person_key"]): Contribution.from_json(row["counted"]) for row in rows}
    at_home = [bytes(row["person_key"]) for row in rows if row["home"] is None]
    known = await people(tx, at_home)
    new = {key: contribution(known[key]) if key in known else Contribution() for key in subjects}
    change = Change()
    for key in subjects:
        change.replace(counted[key], new[key])
    await _store_people(tx, known, new)
    await _store_cells(tx, change)


async def _store_people(tx: Tx, known: Mapping[bytes, Person], new: Mapping[bytes, Contribution]) -> None:
    empty = [key for key, what in new.items() if not what.funnel and not what.windows]
    if empty:
        await tx.execute(_FORGET, {"keys": empty})
    kept = [key for key, what in new.items() if what.funnel or what.windows]
    if not kept:
        return
    rows = [_state(key, known[key], new[key]) for key in kept]
    await tx.execute(_REMEMBER, {name: [row[name] for row in rows] for name in rows[0]})


def _state(key: bytes, person: Person, what: Contribution) -> dict[str, object]:
    index = index_of(person)
    intake = index.intake if index else None
    left = min((e for e in person.exits if intake and e.day > intake.day), key=lambda e: (e.day, e.kind), default=None)
    return {
        "home": key,
        "arm": "intake" if intake else None,
        "c": index.referral.day if index else None,
        "t0": intake.day if intake else None,
        "exit_day": left.day if left else None,
        "exit_kind": left.kind if left else None,
        "counted": orjson.dumps(what.as_json()).decode(),
    }


async def _store_cells(tx: Tx, change: Change) -> None:
    steps = change.funnel_changes()
    if steps:
        await tx.execute(
            _ADD_FUNNEL,
            {
                "pathway": [cell.pathway for cell, _ in steps],
                "stage": [cell.stage for cell, _ in steps],
                "day": [cell.day for cell, _ in steps],
                "dimension": [cell.dimension for cell, _ in steps],
                "value": [cell.value for cell, _ in steps],
                "n": [n for _, n in steps],
            },
        )
        await tx.execute("delete from copied.cell_funnel where n = 0")
    sums = change.window_changes()
    if sums:
        columns: dict[str, list[object]] = {
            "arm": [cell.arm for cell, _ in sums],
            "event": [cell.event for cell, _ in sums],
            "stratum": [cell.stratum for cell, _ in sums],
            "follow": [cell.follow for cell, _ in sums],
            "window_days": [cell.window for cell, _ in sums],
            "start_day": [cell.start_day for cell, _ in sums],
        }
        columns |= {name: [tally[i] for _, tally in sums] for i, name in enumerate(SUMS)}
        await tx.execute(_ADD_WINDOWS, columns)
        await tx.execute("delete from copied.cell_window where n = 0")
