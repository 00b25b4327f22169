"""The charge ledger: diverted charges only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping

from services.referral.store.rowset import rowset
from shared.messaging import Tx

OPEN = ("held", "eligible_to_file", "not_filed", "filed", "relinquished")


async def insert(tx: Tx, rows: Sequence[dict[str, Any]]) -> None:
    """Charges taken into the ledger, held."""
    await tx.execute(
        """
        insert into own.charge (charge_id, referral_id, person_id, home_id, programme, municipality, agency_ori,
          seq, statute, grade, label, state, decided_at, decided_by, version, updated_at)
        select charge_id, referral_id, person_id, home_id, programme, municipality, agency_ori,
          seq, statute, grade, label, state, decided_at, decided_by, version, updated_at
        from jsonb_to_recordset(cast(:rows as jsonb)) as r(charge_id uuid, referral_id uuid, person_id uuid,
          home_id uuid, programme text, municipality text, agency_ori text, seq int, statute text, grade text,
          label text, state text, decided_at timestamptz, decided_by text, version int, updated_at timestamptz)
        """,
        {"rows": rowset(rows)},
    )


async def locked(tx: Tx, referral_ids: Sequence[UUID]) -> dict[UUID, list[RowMapping]]:
    """The ledger's charges of some referrals, locked, by referral."""
    rows = await tx.rows(
        "select * from own.charge where referral_id = any(cast(:ids as uuid[])) order by charge_id for update",
        {"ids": list(referral_ids)},
    )
    found: dict[UUID, list[RowMapping]] = {}
    for row in rows:
        found.setdefault(row["referral_id"], []).append(row)
    return found


async def save(tx: Tx, rows: Sequence[dict[str, Any]]) -> None:
    """The charges as they stand now."""
    await tx.execute(
        """
        update own.charge o set state = r.state, decided_at = r.decided_at, decided_by = r.decided_by,
          version = r.version, on_time_intake_at = r.on_time_intake_at, flagged = r.flagged,
          updated_at = r.updated_at
        from jsonb_to_recordset(cast(:rows as jsonb)) as r(charge_id uuid, state text, decided_at timestamptz,
          decided_by text, version int, on_time_intake_at timestamptz, flagged boolean, updated_at timestamptz)
        where o.charge_id = r.charge_id
        """,
        {"rows": rowset(rows)},
    )


async def add_steps(tx: Tx, rows: Sequence[dict[str, Any]]) -> None:
    """Why each charge moved: one row a version."""
    await tx.execute(
        """
        insert into own.charge_step (charge_id, version, person_id, home_id, programme, municipality, agency_ori,
          state, cause, decided_at, decided_by, reason, recorded_at)
        select charge_id, version, person_id, home_id, programme, municipality, agency_ori,
          state, cause, decided_at, decided_by, coalesce(reason, ''), recorded_at
        from jsonb_to_recordset(cast(:rows as jsonb)) as r(charge_id uuid, version int, person_id uuid,
          home_id uuid, programme text, municipality text, agency_ori text, state text, cause text,
          decided_at timestamptz, decided_by text, reason text, recorded_at timestamptz)
        """,
        {"rows": rowset(rows)},
    )


async def ledger(
    tx: Tx, states: Sequence[str], *, due_by: date | None = None, limit: int, offset: int = 0
) -> list[RowMapping]:
    """A page of the charges in these states with their referral, the most pressing first; `due_by`: due until then."""
    return list(
        await tx.rows(
            """
            select c.*, r.due_on, r.occurred_at, r.typed, r.state as referral_state, r.pathway, r.approved_at
            from own.charge c join own.referral r using (referral_id)
            where c.state = any(cast(:states as text[])) and (cast(:due_by as date) is null or r.due_on <= :due_by)
            order by case c.state when 'eligible_to_file' then 0 when 'held' then 1 else 2 end,
              r.due_on nulls last, c.updated_at desc, c.charge_id
            limit :limit offset :offset
            """,
            {"states": list(states), "due_by": due_by, "limit": limit, "offset": offset},
        )
    )


async def counts(tx: Tx) -> dict[str, int]:
    """How many charges are in each state."""
    rows = await tx.rows("select state, count(*) as n from own.charge group by state")
    return {row["state"]: int(row["n"]) for row in rows}


async def due_soon(tx: Tx, due_by: date) -> int:
    """How many held charges are due until a day."""
    found = await tx.value(
        """
        select count(*) from own.charge c join own.referral r using (referral_id)
        where c.state = 'held' and r.due_on <= :due_by
        """,
        {"due_by": due_by},
    )
    return int(found or 0)


async def one(tx: Tx, charge_id: UUID) -> RowMapping | None:
    """A charge with its referral."""
    return await tx.row(
        """
        select c.*, r.due_on, r.occurred_at, r.typed, r.fact
        from own.charge c join own.referral r using (referral_id) where c.charge_id = :id
        """,
        {"id": charge_id},
    )


async def history(tx: Tx, charge_ids: Sequence[UUID]) -> dict[UUID, list[RowMapping]]:
    """What happened to each charge, oldest first."""
    rows = await tx.rows(
        "select * from own.charge_step where charge_id = any(cast(:ids as uuid[])) order by charge_id, version",
        {"ids": list(charge_ids)},
    )
    found: dict[UUID, list[RowMapping]] = {}
    for row in rows:
        found.setdefault(row["charge_id"], []).append(row)
    return found


async def one_locked(tx: Tx, charge_id: UUID) -> RowMapping | None:
    """A charge of the ledger, locked for a decision."""
    return await tx.row("select * from own.charge where charge_id = :id for update", {"id": charge_id})
