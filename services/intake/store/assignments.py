"""Whose consents a coordinator may open, and who a person is apart from any referral."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping

from services.intake.store.people import PROFILE
from shared.messaging import Tx


async def is_assigned(tx: Tx, home_id: UUID, worker: str, at: datetime) -> bool:
    """Whether casework gave this person to the worker, as coordinator or cover, at this moment."""
    found = await tx.value(
        "select exists (select from copied.assignment where home_id = :home and worker = :worker "
        "and from_at <= :at and (to_at is null or to_at > :at))",
        {"home": home_id, "worker": worker, "at": at},
    )
    return bool(found)


async def referred_person(tx: Tx, person_id: UUID) -> RowMapping | None:
    """The newest referral of a person, by the id as published or of today: its whose-columns and profile."""
    return await tx.row(
        "select r.referral_id, r.person_id, r.home_id, r.programme, r.municipality, r.agency_ori, r.occurred_at, "  # noqa: S608
        f"who.profile_of, who.profile from copied.referral r {PROFILE} "
        "where (r.person_id = :person or r.home_id = :person) and r.offer <> 'declined' "
        "order by r.occurred_at desc, r.referral_id limit 1",
        {"person": person_id},
    )
