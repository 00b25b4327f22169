"""What officers say of stops at which LEAD was not offered, and the police record each belongs to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import RowMapping

from services.referral.domain.discretion import SOURCE, NotOffered
from services.referral.store.cases import case_key
from services.referral.store.referrals import lock_new
from services.referral.store.rowset import rowset
from shared.contracts import ArrestRecorded
from shared.messaging import Tx

COLUMN: Final = "own.discretion.typed"


async def keep(tx: Tx, discretion_id: UUID, word: NotOffered, entered_by: str) -> bool:
    """Keep what an officer said, once; False if it is here already."""
    await lock_new(tx, [discretion_id])
    found = await tx.execute(
        """
        insert into own.discretion (discretion_id, programme, municipality, agency_ori, case_key, occurred_at, did,
          why_not, typed, entered_by, received_at)
        values (:discretion_id, :programme, :municipality, :agency_ori, :case_key, :occurred_at, :did, :why_not, :typed,
          :entered_by, :now)
        on conflict (discretion_id) do nothing
        """,
        {
            "discretion_id": discretion_id,
            "programme": tx.settings.programme,
            "municipality": word.municipality,
            "agency_ori": word.ori,
            "case_key": case_key(tx, word.ori, word.case_no),
            "occurred_at": word.occurred_at,
            "did": word.did,
            "why_not": word.why_not,
            "typed": tx.keys.seal("RAW", COLUMN, discretion_id, word.model_dump_json()),
            "entered_by": entered_by,
            "now": tx.now,
        },
    )
    return found.rowcount == 1


async def one(tx: Tx, discretion_id: UUID) -> RowMapping | None:
    """One of the reader's agency."""
    return await tx.row("select * from own.discretion where discretion_id = :id", {"id": discretion_id})


def opened(tx: Tx, row: RowMapping) -> NotOffered:
    """What was entered."""
    return NotOffered.model_validate_json(tx.keys.open("RAW", COLUMN, row["discretion_id"], row["typed"]))


async def open_ones(tx: Tx, limit: int) -> list[RowMapping]:
    """Those that are not told of yet, or that a police record may still come for; with whether the agency's own
    records come here."""
    return await tx.rows(
        """
        select d.*, exists (
            select 1 from own.arrest a where a.agency_ori = d.agency_ori and a.source <> :form) as is_fed
        from own.discretion d
        where d.state = 'new' or (d.state in ('told', 'unclear') and exists (
          select 1 from own.arrest a where a.case_key = d.case_key and a.agency_ori = d.agency_ori
            and a.source <> :form and a.state = 'live'
            and not exists (select 1 from own.discretion o where o.arrest_id = a.arrest_id)))
        order by d.received_at, d.discretion_id limit :n for update of d skip locked
        """,
        {"form": SOURCE, "n": limit},
    )


async def of_cases(tx: Tx, rows: Sequence[RowMapping]) -> dict[tuple[str, str], list[RowMapping]]:
    """The live police records of these cases that no officer's word was joined to, by agency and case."""
    found = await tx.rows(
        """
        select a.arrest_id, a.agency_ori, a.case_key, a.fact->'demographics'->>'sex' as sex,
          a.fact->'demographics'->>'race' as race
        from own.arrest a
        where a.case_key = any(cast(:keys as text[])) and a.source <> :form and a.state = 'live'
          and not exists (select 1 from own.discretion o where o.arrest_id = a.arrest_id)
        order by a.arrest_id
        """,
        {"keys": [row["case_key"] for row in rows if row["case_key"]], "form": SOURCE},
    )
    by_case: dict[tuple[str, str], list[RowMapping]] = {}
    for row in found:
        by_case.setdefault((row["agency_ori"], row["case_key"]), []).append(row)
    return by_case


async def settle(tx: Tx, rows: Sequence[Mapping[str, Any]]) -> None:
    """Where they stand now: discretion_id, state, arrest_id."""
    await tx.execute(
        """
        update own.discretion d set state = r.state, arrest_id = r.arrest_id
        from jsonb_to_recordset(cast(:rows as jsonb)) as r(discretion_id uuid, state text, arrest_id uuid)
        where d.discretion_id = r.discretion_id
        """,
        {"rows": rowset([dict(row) for row in rows])},
    )


async def say_not_offered(tx: Tx, limit: int) -> int:
    """Let the police records that were joined, and say nothing of an offer themselves, say it; how many there were.

    A record that is sent anew says nothing again, and is told again.
    """
    rows = await tx.rows(
        """
        with silent as (
          select a.arrest_id from own.discretion d join own.arrest a using (arrest_id)
          where d.state = 'joined' and a.state = 'live' and a.fact->>'offered' is null
          order by a.arrest_id limit :n for update of a)
        update own.arrest a set version = a.version + 1, recorded_at = :now,
          fact = a.fact || jsonb_build_object('offered', false)
        from silent s where a.arrest_id = s.arrest_id
        returning a.arrest_id, a.person_id, a.version, a.fact
        """,
        {"n": limit, "now": tx.now},
    )
    for row in rows:
        told = {"arrest_id": row["arrest_id"], "person_id": row["person_id"], "version": row["version"]}
        tx.publish(ArrestRecorded.model_validate({**row["fact"], **told, "action": "replace", "recorded_at": tx.now}))
    return len(rows)
