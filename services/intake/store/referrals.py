"""Referrals as the queue and the interview need them, with who claimed them and how far the intake is."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import RowMapping

from services.intake.store.copies import HOMES_LOCK
from services.intake.store.people import PROFILE
from shared.messaging import Tx

_COLUMNS = """
    r.referral_id, r.person_id, r.home_id, r.programme, r.municipality, r.agency_ori, r.pathway, r.zone,
    r.occurred_at, r.received_at, r.counterfactual, r.offer, r.charges, r.referred_by, r.handoff,
    r.handoff_minutes, r.state, r.due_on, who.profile_of, who.profile
"""

_QUEUE = f"""
select {_COLUMNS}, c.worker as claim_worker, c.worker_name as claim_name, c.claimed_at,
       i.intake_id, i.kind as interview_kind, parts.done as parts_done,
       coalesce(tried.tries, 0) as tries, coalesce(tried.reached, 0) as talks,
       last.at as last_at, last.mode as last_mode, last.outcome as last_outcome, last.next_on, last.next_mode
from copied.referral r
left join own.claim c on c.referral_id = r.referral_id
left join own.interview i on i.referral_id = r.referral_id and i.state <> 'voided'
left join lateral (
    select count(done_at) as done from own.interview_part p where p.intake_id = i.intake_id) parts on true
left join lateral (
    select count(*) filter (where outcome <> 'reached') as tries, count(*) filter (where outcome = 'reached') as reached
    from own.contact o where o.referral_id = r.referral_id and not o.voided) tried on true
left join lateral (
    select at, mode, outcome, next_on, next_mode from own.contact o
    where o.referral_id = r.referral_id and not o.voided order by at desc, contact_id desc limit 1) last on true
{PROFILE}
where coalesce(i.state, 'open') = 'open' and r.offer <> 'declined'
"""  # noqa: S608

MOST = 200
"""Rows of one list of the queue; a longer one says so."""


async def waiting(tx: Tx) -> list[RowMapping]:
    """Everyone whose intake is not finished: least time left first, then age."""
    return await tx.rows(
        f"{_QUEUE} and r.state in ('approved', 'reopened', 'pending', 'waitlisted') "
        "order by r.due_on nulls last, r.occurred_at, r.referral_id limit :most",
        {"most": MOST},
    )


async def past_deadline(tx: Tx, most: int = 25) -> list[RowMapping]:
    """Expired referrals, the latest first: these people can still join at any time."""
    return await tx.rows(
        f"{_QUEUE} and r.state = 'expired' order by r.due_on desc nulls last, r.referral_id limit :most",
        {"most": most},
    )


async def may_return(tx: Tx, today: date, most: int = 25) -> list[RowMapping]:
    """People who said no or were withdrawn, and whose due day has not ended."""
    return await tx.rows(
        f"{_QUEUE} and r.state in ('declined', 'withdrawn') and (r.due_on is null or r.due_on >= :today) "
        "order by r.due_on nulls last, r.referral_id limit :most",
        {"today": today, "most": most},
    )


async def last_referral(tx: Tx) -> RowMapping | None:
    """When the newest referral came; says why a queue is empty."""
    return await tx.row("select max(received_at) as at from copied.referral r")


async def on_time_share(tx: Tx, today: date, zone: str) -> tuple[int, int]:
    """(on time, all) of the charges due since 90 days ago whose intake is finished or whose due day is over."""
    row = await tx.row(
        """
        select count(*) filter (where done.on_day <= r.due_on) as on_time, count(*) as total
        from copied.referral r
        left join lateral (
            select (i.earliest_completed_at at time zone :zone)::date as on_day from own.interview i
            where i.referral_id = r.referral_id and i.earliest_completed_at is not null
            order by i.earliest_completed_at limit 1) done on true
        where r.due_on >= :since and r.state not in ('void', 'ineligible', 'withdrawn', 'declined')
          and (done.on_day is not null or r.due_on < :today)
        """,
        {"today": today, "since": date.fromordinal(today.toordinal() - 90), "zone": zone},
    )
    return (row["on_time"], row["total"]) if row else (0, 0)


async def referral(tx: Tx, referral_id: UUID) -> RowMapping | None:
    """One referral with its person and claim; nothing if it is not here or not the reader's."""
    return await tx.row(
        f"select {_COLUMNS}, c.worker as claim_worker, c.worker_name as claim_name, c.claimed_at "  # noqa: S608
        "from copied.referral r left join own.claim c on c.referral_id = r.referral_id "
        f"{PROFILE} where r.referral_id = :referral_id",
        {"referral_id": referral_id},
    )


async def hold_homes(tx: Tx) -> None:
    """Until this transaction ends no merge changes anyone's home: call it before reading what is then written."""
    await tx.execute("select pg_advisory_xact_lock_shared(:lock)", {"lock": HOMES_LOCK})


async def charges(tx: Tx, referral_id: UUID) -> list[RowMapping]:
    """The diverted charges of a referral and where each stands."""
    return await tx.rows(
        "select charge_id, state, statute, grade, decided_at from copied.charge "
        "where referral_id = :referral_id order by charge_id",
        {"referral_id": referral_id},
    )


async def is_participant(tx: Tx, home_id: UUID) -> bool:
    """Whether the person has an intake already: as casework says, or as our own record says before it does."""
    found = await tx.value(
        """
        select coalesce((select s.status <> 'void' from copied.status s where s.home_id = :home
                         order by s.since desc, s.change_id desc limit 1), false)
            or exists (select from own.interview i where i.home_id = :home and i.state = 'finished')
        """,
        {"home": home_id},
    )
    return bool(found)
