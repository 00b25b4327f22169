"""Everything one participant's page shows, a question each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import RowMapping

from services.casework.store.sealed import NOTE
from services.casework.store.today import ALERTS
from shared.messaging import Tx

Rows = Sequence[RowMapping]


async def referrals(tx: Tx, home: UUID) -> Rows:
    """The person's referrals casework may show, newest first."""
    return await tx.rows(
        "select * from copied.referral where home_id = :home and live order by occurred_at desc, referral_id",
        {"home": home},
    )


async def decisions(tx: Tx, home: UUID) -> Rows:
    """Later decisions on the person's live referrals."""
    return await tx.rows(
        "select d.* from copied.decision d join copied.referral r using (referral_id)"
        " where d.home_id = :home and r.live order by d.seq",
        {"home": home},
    )


async def charges(tx: Tx, home: UUID) -> Rows:
    """The diverted charges and where each stands."""
    return await tx.rows(
        "select c.*, r.occurred_at, r.due_on, r.charges as referred from copied.charge c"
        " left join copied.referral r using (referral_id)"
        " where c.home_id = :home order by r.occurred_at desc nulls last, c.charge_id",
        {"home": home},
    )


async def intakes(tx: Tx, home: UUID) -> Rows:
    return await tx.rows("select * from copied.intake where home_id = :home", {"home": home})


async def arrests(tx: Tx, home: UUID) -> Rows:
    """The arrest history, newest first; the policy of the table hides those of people not referred."""
    return await tx.rows(
        "select * from copied.arrest where home_id = :home order by arrested_at desc, arrest_id", {"home": home}
    )


async def alerts(tx: Tx, home: UUID) -> Rows:
    """Arrests after the referral day, newest first."""
    return await tx.rows(
        f"{ALERTS} and a.home_id = :home order by a.arrested_at desc limit 3",
        {"home": home, "zone": tx.settings.timezone},
    )


async def contacts(tx: Tx, home: UUID) -> Rows:
    return await tx.rows("select * from own.every_contact where home_id = :home", {"home": home})


async def notes(tx: Tx, home: UUID) -> Mapping[UUID, str]:
    """Contact -> its note, opened. Only for the person's care team."""
    rows = await tx.rows("select note_id, contact_id, body from own.note where home_id = :home", {"home": home})
    return {r["contact_id"]: tx.keys.open("TXT", NOTE, r["note_id"], r["body"]).decode() for r in rows}


async def changes(tx: Tx, home: UUID) -> Rows:
    """Statuses over time, without those that were withdrawn."""
    return await tx.rows(
        "select * from own.status_change where home_id = :home and status <> 'void' order by since", {"home": home}
    )


async def consents(tx: Tx, home: UUID) -> Rows:
    """The newest consent for each class of recipient."""
    return await tx.rows(
        "select distinct on (recipient_class, recipient_id) * from copied.consent where home_id = :home"
        " order by recipient_class, recipient_id, from_at desc, consent_id desc",
        {"home": home},
    )


async def statuses(tx: Tx, home: UUID) -> Rows:
    """How the person is, by domain: the newest told."""
    return await tx.rows(
        "select distinct on (domain) * from copied.status where home_id = :home and asked"
        " order by domain, from_on desc, status_id desc",
        {"home": home},
    )


async def team(tx: Tx, home: UUID) -> Rows:
    """Who carries the person now: coordinator first, then cover."""
    return await tx.rows(
        "select * from own.assignment where home_id = :home and (to_at is null or to_at > :now)"
        " order by role = 'coordinator' desc, from_at desc",
        {"home": home, "now": tx.now},
    )


async def assignments(tx: Tx, home: UUID) -> Rows:
    return await tx.rows("select * from own.assignment where home_id = :home order by from_at", {"home": home})


async def tries_since_reached(tx: Tx, home: UUID) -> RowMapping:
    """Tries since the person was last reached: how many, in how many modes, since when."""
    row = await tx.row(
        """
        select count(*) as attempts, count(distinct mode) as modes, min(at) as first_at
        from own.every_contact
        where home_id = :home and outcome = 'attempted' and at > coalesce(
            (select max(at) from own.every_contact where home_id = :home and outcome = 'reached'), '-infinity')
        """,
        {"home": home},
    )
    assert row is not None, "an aggregate always has a row"
    return row
