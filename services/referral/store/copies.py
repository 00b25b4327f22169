"""What other services told of referred people: rows that a replay rebuilds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping

from services.referral.store.person_index import hold_homes
from services.referral.store.rowset import rowset
from shared.messaging import Tx


async def keep_intakes(tx: Tx, rows: Sequence[dict[str, Any]]) -> None:
    """The newest version of each intake, withdrawn or not."""
    await hold_homes(tx)
    await tx.execute(
        """
        insert into copied.intake (intake_id, referral_id, person_id, home_id, programme, completed_at,
          earliest_completed_at, void, version)
        select r.intake_id, r.referral_id, r.person_id, coalesce(p.home_id, r.person_id), r.programme, r.completed_at,
          r.earliest_completed_at, r.void, r.version
        from jsonb_to_recordset(cast(:rows as jsonb)) as r(intake_id uuid, referral_id uuid, person_id uuid,
          programme text, completed_at timestamptz, earliest_completed_at timestamptz, void boolean, version int)
        left join own.person p using (person_id)
        order by r.intake_id
        on conflict (intake_id) do update set completed_at = excluded.completed_at,
          earliest_completed_at = excluded.earliest_completed_at, void = excluded.void, version = excluded.version
        """,
        {"rows": rowset(rows)},
    )


async def keep_statuses(tx: Tx, rows: Sequence[dict[str, Any]]) -> None:
    """The newest version of each change of a participant's status."""
    await hold_homes(tx)
    await tx.execute(
        """
        insert into copied.participant_status (change_id, person_id, home_id, programme, status, since, engaged,
          version)
        select r.change_id, r.person_id, coalesce(p.home_id, r.person_id), r.programme, r.status, r.since, r.engaged,
          r.version
        from jsonb_to_recordset(cast(:rows as jsonb)) as r(change_id uuid, person_id uuid, programme text,
          status text, since timestamptz, engaged boolean, version int)
        left join own.person p using (person_id)
        order by r.change_id
        on conflict (change_id) do update set status = excluded.status, since = excluded.since,
          engaged = excluded.engaged, version = excluded.version
        """,
        {"rows": rowset(rows)},
    )


async def keep_consents(tx: Tx, rows: Sequence[dict[str, Any]]) -> None:
    """The newest version of each release to police or prosecutor."""
    await hold_homes(tx)
    await tx.execute(
        """
        insert into copied.consent (consent_id, person_id, home_id, programme, recipient_class, recipient_id,
          information, purpose, state, valid_from, expires_on, version)
        select r.consent_id, r.person_id, coalesce(p.home_id, r.person_id), r.programme, r.recipient_class,
          r.recipient_id, r.information, r.purpose, r.state, r.valid_from, r.expires_on, r.version
        from jsonb_to_recordset(cast(:rows as jsonb)) as r(consent_id uuid, person_id uuid, programme text,
          recipient_class text, recipient_id text, information text[], purpose text, state text,
          valid_from timestamptz, expires_on date, version int)
        left join own.person p using (person_id)
        order by r.consent_id
        on conflict (consent_id) do update set recipient_class = excluded.recipient_class,
          recipient_id = excluded.recipient_id, information = excluded.information, purpose = excluded.purpose,
          state = excluded.state, valid_from = excluded.valid_from, expires_on = excluded.expires_on,
          version = excluded.version
        """,
        {"rows": rowset(rows)},
    )


async def drop(tx: Tx, table: str, ids: Sequence[UUID]) -> None:
    """Forget copies of facts that were withdrawn or erased. `table`: intake, participant_status or consent."""
    if ids:
        column = {"intake": "intake_id", "participant_status": "change_id", "consent": "consent_id"}[table]
        await tx.execute(
            f"delete from copied.{table} where {column} = any(cast(:ids as uuid[]))",  # noqa: S608
            {"ids": list(ids)},
        )


async def police_consent(tx: Tx, person_ids: Sequence[UUID], ori: str, today: object) -> dict[UUID, RowMapping]:
    """By person, the release of `engagement` to this police agency that is live now."""
    rows = await tx.rows(
        """
        select distinct on (home_id) home_id, consent_id, information, purpose, expires_on
        from copied.consent
        where home_id = any(cast(:ids as uuid[])) and recipient_class = 'police' and state = 'granted'
          and (recipient_id is null or recipient_id = :ori) and 'engagement' = any(information)
          and valid_from <= :now and (expires_on is null or expires_on >= :today)
        order by home_id, valid_from desc, consent_id
        """,
        {"ids": list(person_ids), "ori": ori, "now": tx.now, "today": today},
    )
    return {row["home_id"]: row for row in rows}


async def latest_statuses(tx: Tx, person_ids: Sequence[UUID]) -> dict[UUID, RowMapping]:
    """By person, the newest status of a participant."""
    rows = await tx.rows(
        """
        select distinct on (home_id) * from copied.participant_status where home_id = any(cast(:ids as uuid[]))
        order by home_id, since desc nulls last, version desc, change_id
        """,
        {"ids": list(person_ids)},
    )
    return {row["home_id"]: row for row in rows}
