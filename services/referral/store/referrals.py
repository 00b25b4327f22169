"""Referrals and what happened to each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import RowMapping

from services.referral.store.rowset import rowset
from shared.messaging import Tx

COLUMN_TYPED = "own.referral.typed"
LIVE: Final = "state not in ('ineligible', 'void') and not (state = 'declined' and first_state = 'declined')"
"""Rule 16 of the programme: what is not live stays out of everybody's sight."""


async def lock_new(tx: Tx, referral_ids: Sequence[UUID]) -> None:
    """Wait for whoever takes in one of these at the same moment: sent twice, it is made once."""
    numbers = sorted({int.from_bytes(one.bytes[-8:], "big", signed=True) for one in referral_ids})
    await tx.execute(
        "select pg_advisory_xact_lock(n) from (select unnest(cast(:numbers as bigint[])) as n order by 1) as o",
        {"numbers": numbers},
    )


async def known(tx: Tx, referral_ids: Sequence[UUID]) -> dict[UUID, RowMapping]:
    """Those of the ids that are already referrals, with what was typed, sealed."""
    rows = await tx.rows(
        "select referral_id, person_id, typed, state, agency_ori from own.referral"
        " where referral_id = any(cast(:ids as uuid[]))",
        {"ids": list(referral_ids)},
    )
    return {row["referral_id"]: row for row in rows}


async def insert(tx: Tx, rows: Sequence[dict[str, Any]]) -> None:
    """New referrals with their first standing."""
    await tx.execute(
        """
        insert into own.referral (referral_id, person_id, home_id, programme, municipality, agency_ori, pathway,
          zone, occurred_at, referral_day, received_at, offer, complainant, attestation, policy_version, screening,
          reasons, first_state, state, published, due_on, approved_at, version, fact, arrest_id, case_key, typed,
          entered_by, updated_at)
        select referral_id, person_id, home_id, programme, municipality, agency_ori, pathway,
          zone, occurred_at, referral_day, received_at, offer, complainant, attestation, policy_version, screening,
          reasons, first_state, state, published, due_on, approved_at, 1, fact, arrest_id, case_key, typed,
          entered_by, updated_at
        from jsonb_to_recordset(cast(:rows as jsonb)) as r(referral_id uuid, person_id uuid, home_id uuid,
          programme text, municipality text, agency_ori text, pathway text, zone text, occurred_at timestamptz,
          referral_day date, received_at timestamptz, offer text, complainant text, attestation text,
          policy_version int, screening text, reasons text[], first_state text, state text, published text, due_on date,
          approved_at timestamptz, fact jsonb, arrest_id uuid, case_key text, typed bytea, entered_by text,
          updated_at timestamptz)
        """,
        {"rows": rowset(rows)},
    )


async def locked(tx: Tx, referral_ids: Sequence[UUID]) -> list[RowMapping]:
    """The referrals, locked in one order so that two writers never wait for each other."""
    return list(
        await tx.rows(
            "select * from own.referral where referral_id = any(cast(:ids as uuid[])) order by referral_id for update",
            {"ids": list(referral_ids)},
        )
    )


async def steps(tx: Tx, referral_ids: Sequence[UUID]) -> dict[UUID, list[RowMapping]]:
    """What is known to have happened to each, in no order."""
    rows = await tx.rows(
        "select * from own.referral_step where referral_id = any(cast(:ids as uuid[]))",
        {"ids": list(referral_ids)},
    )
    found: dict[UUID, list[RowMapping]] = {}
    for row in rows:
        found.setdefault(row["referral_id"], []).append(row)
    return found


async def add_steps(tx: Tx, rows: Sequence[dict[str, Any]]) -> set[UUID]:
    """Keep steps, the highest version of each; the referrals for which something is new.

    The earliest on-time moment of all versions is kept (rule 4). A step already here in this version changes
    nothing: so a replay is silent.
    """
    found = await tx.rows(
        """
        insert into own.referral_step (referral_id, step_id, person_id, home_id, programme, municipality,
          agency_ori, act, at, by_role, reasons, overridden, due_on, version, earliest_at, voided_at, recorded_at)
        select r.referral_id, r.step_id, r.person_id, coalesce(o.home_id, r.person_id), r.programme,
          o.municipality, o.agency_ori, r.act, r.at, r.by_role, coalesce(r.reasons, '{}'),
          coalesce(r.overridden, false), r.due_on, r.version, r.earliest_at, r.voided_at, r.recorded_at
        from jsonb_to_recordset(cast(:rows as jsonb)) as r(referral_id uuid, step_id uuid, person_id uuid,
          programme text, act text, at timestamptz, by_role text, reasons text[], overridden boolean, due_on date,
          version int, earliest_at timestamptz, voided_at timestamptz, recorded_at timestamptz)
        left join own.referral o using (referral_id)
        order by r.referral_id, r.step_id
        on conflict (referral_id, step_id) do update set
          act = excluded.act, at = excluded.at, version = excluded.version,
          earliest_at = least(referral_step.earliest_at, excluded.earliest_at),
          voided_at = excluded.voided_at, recorded_at = excluded.recorded_at, applied = false
        where excluded.version > referral_step.version
        returning referral_id
        """,
        {"rows": rowset(rows)},
    )
    return {row["referral_id"] for row in found}


async def drop_steps(tx: Tx, step_ids: Sequence[UUID]) -> set[UUID]:
    """Take back steps that were withdrawn or erased; the referrals they belonged to."""
    if not step_ids:
        return set()
    found = await tx.rows(
        "delete from own.referral_step where step_id = any(cast(:ids as uuid[])) returning referral_id",
        {"ids": list(step_ids)},
    )
    return {row["referral_id"] for row in found}


async def applied(tx: Tx, referral_ids: Sequence[UUID]) -> None:
    """Mark every step of these referrals as reckoned with."""
    await tx.execute(
        "update own.referral_step set applied = true where referral_id = any(cast(:ids as uuid[])) and not applied",
        {"ids": list(referral_ids)},
    )


async def save_standings(tx: Tx, rows: Sequence[dict[str, Any]]) -> None:
    """Where the referrals stand now."""
    await tx.execute(
        """
        update own.referral o set state = r.state, published = r.published, due_on = r.due_on,
          approved_at = r.approved_at, seq = r.seq, updated_at = r.updated_at
        from jsonb_to_recordset(cast(:rows as jsonb)) as r(referral_id uuid, state text, published text,
          due_on date, approved_at timestamptz, seq int, updated_at timestamptz)
        where o.referral_id = r.referral_id
        """,
        {"rows": rowset(rows)},
    )


async def with_due_day_over(tx: Tx, today: object, limit: int) -> list[UUID]:
    """Referrals whose due day is past and that still wait, or whose charge is still held."""
    rows = await tx.rows(
        """
        (select referral_id from own.referral where due_on < :today and state in ('approved', 'reopened') limit :n)
        union
        (select r.referral_id from own.charge c join own.referral r using (referral_id)
         where c.state = 'held' and r.due_on < :today and c.on_time_intake_at is null limit :n)
        """,
        {"today": today, "n": limit},
    )
    return [row["referral_id"] for row in rows]


async def with_waiting_steps(tx: Tx, limit: int) -> list[UUID]:
    """Referrals with a step that came before them and was not reckoned with."""
    rows = await tx.rows(
        "select distinct referral_id from own.referral_step s join own.referral r using (referral_id)"
        " where not s.applied limit :n",
        {"n": limit},
    )
    return [row["referral_id"] for row in rows]


async def one(tx: Tx, referral_id: UUID) -> RowMapping | None:
    """A referral in the reader's scope."""
    return await tx.row("select * from own.referral where referral_id = :id", {"id": referral_id})


async def of_person_on(tx: Tx, home_id: UUID, day: date) -> list[UUID]:
    """The reader's referrals of one person on one civil day, but those entered in error."""
    rows = await tx.rows(
        "select referral_id from own.referral where home_id = :home and referral_day = :day and state <> 'void'"
        " order by received_at",
        {"home": home_id, "day": day},
    )
    return [row["referral_id"] for row in rows]


async def last_place(tx: Tx, entered_by: str, since: datetime) -> RowMapping | None:
    """Municipality and zone of the newest referral that a person entered since then."""
    return await tx.row(
        "select municipality, zone from own.referral where entered_by = :by and received_at > :since"
        " order by received_at desc limit 1",
        {"by": entered_by, "since": since},
    )


async def in_states(tx: Tx, states: Sequence[str], limit: int = 200) -> list[RowMapping]:
    """Referrals that stand in one of these states, oldest first."""
    return list(
        await tx.rows(
            "select * from own.referral where state = any(cast(:states as text[]))"
            " order by received_at, referral_id limit :n",
            {"states": list(states), "n": limit},
        )
    )


async def page_of_agency(tx: Tx, ori: str, after: tuple[datetime, UUID] | None, limit: int) -> list[RowMapping]:
    """An agency's own referrals as received: an order by last change would tell that something happened."""
    return list(
        await tx.rows(
            """
            select * from own.referral where agency_ori = :ori
              and (received_at, referral_id) > (coalesce(cast(:at as timestamptz), '-infinity'),
                   coalesce(cast(:id as uuid), '00000000-0000-0000-0000-000000000000'))
            order by received_at, referral_id limit :n
            """,
            {"ori": ori, "at": after[0] if after else None, "id": after[1] if after else None, "n": limit},
        )
    )


async def used_slots(tx: Tx, programme: str) -> int:
    """Slots taken at the last count (rule 9)."""
    used = await tx.value("select used from own.capacity where programme = :p", {"p": programme})
    return int(used or 0)
