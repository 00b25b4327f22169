"""What a coordinator's day is made of."""

# ruff: noqa: S608 - one constant text shared by two questions, values are always parameters

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import RowMapping

from services.casework.domain.referrals import AWAITING_INTAKE
from services.casework.store.assignments import homes_of
from shared.messaging import Tx

ALERT_DAYS = 30
"""An arrest stays on Today this long unless someone has seen it."""


async def awaiting_intake(tx: Tx, today: date, limit: int = 40) -> Sequence[RowMapping]:
    """Referrals that look forward to an intake, least time left first; those past their day are not here."""
    return await tx.rows(
        """
        select w.*, tries.at as tried_at, tries.outcome, tries.mode
        from (
            select r.referral_id, r.home_id, r.pathway, r.municipality, r.zone, r.occurred_at, r.due_on, r.state,
                   r.charges, count(*) over () as total
            from copied.referral r
            where r.live and r.state = any(cast(:states as text[])) and (r.due_on is null or r.due_on >= :today)
              and not exists (select from copied.intake i where i.referral_id = r.referral_id)
            order by r.due_on nulls last, r.occurred_at desc, r.referral_id
            limit :limit
        ) w
        left join lateral (
            select at, outcome, mode from own.every_contact c
            where c.home_id = w.home_id and c.at >= w.occurred_at order by at desc limit 1) tries on true
        order by w.due_on nulls last, w.occurred_at desc, w.referral_id
        """,
        {"states": sorted(AWAITING_INTAKE), "today": today, "limit": limit},
    )


async def caseload(tx: Tx, worker: str | None) -> Sequence[RowMapping]:
    """People active or in the wind, whose next step is soonest first; all of them if no worker is named."""
    whose = "" if worker is None else " and home_id = any(cast(:homes as uuid[]))"
    return await tx.rows(
        f"select * from own.person_line where status in ('active', 'in_the_wind'){whose} order by step_on, home_id",
        {} if worker is None else {"homes": await homes_of(tx, worker)},
    )


ALERTS = """
    select a.arrest_id, a.home_id, a.arrested_at, a.time_precision, a.municipality, a.agency_ori, a.disposition,
           a.warrant_only, a.custody, a.charges
    from copied.arrest a
    join lateral (
        select min(occurred_at) as at from copied.referral where home_id = a.home_id and live
    ) first on a.arrested_at > first.at
        and (a.time_precision = 'minute'
             or cast(a.arrested_at at time zone :zone as date) > cast(first.at at time zone :zone as date))
    where a.disposition <> 'diverted'
      and not exists (select from copied.referral r where r.arrest_id = a.arrest_id)
"""
"""Arrests after the first referral, by the minute where it is known, else by the day; the diverted one is no alert."""


async def alerts(tx: Tx, worker: str, everyone: bool, since: date) -> Sequence[RowMapping]:
    """Arrests of the worker's people, or of everyone, that the worker has not marked as seen."""
    return await tx.rows(
        f"""
        {ALERTS} and a.arrested_at >= cast(:since as date)
          and (:everyone or exists (
              select from own.assignment s
              where s.home_id = a.home_id and s.to_at is null and s.worker = :worker))
          and not exists (select from own.alert_seen n where n.arrest_id = a.arrest_id and n.worker = :worker)
        order by a.arrested_at desc limit 20
        """,
        {"worker": worker, "everyone": everyone, "since": since, "zone": tx.settings.timezone},
    )


async def consents_ending(tx: Tx, worker: str, today: date) -> Sequence[RowMapping]:
    """Consents of the worker's people that end within thirty days."""
    return await tx.rows(
        """
        select c.home_id, c.recipient_class, c.expires_on from copied.consent c
        where c.state = 'granted' and c.expires_on between :today and :until
          and exists (select from own.assignment s
                      where s.home_id = c.home_id and s.to_at is null and s.worker = :worker)
        order by c.expires_on, c.consent_id limit 8
        """,
        {"worker": worker, "today": today, "until": today + timedelta(days=30)},
    )
