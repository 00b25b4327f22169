"""What each agency with a topic was told of its referrals, and what has changed since.

News is stored with its disclosure first and sent afterwards: nothing leaves that is not accounted for. What may be told
is worked out again when it is sent, so that no news is older than its consent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import RowMapping

from services.referral.store.agency_status import Told, account, known_statuses
from services.referral.store.rowset import rowset
from shared.messaging import Tx
from shared.runtime.ids import uuid7

PAGE: Final = 500
_REFERRAL: Final = (
    "r.referral_id, r.person_id, r.home_id, r.programme, r.agency_ori, r.state, r.received_at, r.updated_at"
)
"""All that is needed, and all that the relay's role may read."""


@dataclass(frozen=True)
class News:
    """One status to send."""

    event_id: UUID
    ori: str
    told: Told


async def prepare(tx: Tx, ori: str, after: UUID | None = None) -> UUID | None:
    """Store what changed among a page of an agency's referrals; behind which referral the next page begins, or None.

    Only what can change is looked at: new referrals, those told of under a consent, and those of people with one.
    """
    rows = await tx.rows(
        f"""
        select {_REFERRAL}, s.status as told_status, s.at as told_at, s.consent_id as told_consent from own.referral r
        left join own.agency_status s using (referral_id)
        where r.agency_ori = :ori and (cast(:after as uuid) is null or r.referral_id > :after)
          and (s.referral_id is null or s.status <> 'received' or exists (
            select 1 from copied.consent c
            where c.home_id = r.home_id and c.recipient_class = 'police' and c.state = 'granted'))
        order by r.referral_id limit :n
        """,  # noqa: S608
        {"ori": ori, "after": after, "n": PAGE},
    )
    changed = [told for told in await known_statuses(tx, rows, ori) if _key(told) != _stored(told.row)]
    events = {told.row["referral_id"]: uuid7() for told in changed}
    for told in changed:
        account(tx, told, ori, "event", str(events[told.row["referral_id"]]))
    await _keep(tx, ori, changed, events)
    return rows[-1]["referral_id"] if len(rows) == PAGE else None


async def unsent(tx: Tx, ori: str) -> list[News]:
    """Stored news for an agency that still holds at this moment; what does not is left for the next `prepare`."""
    rows = await tx.rows(
        f"""
        select {_REFERRAL}, s.status as told_status, s.at as told_at, s.consent_id as told_consent, s.event_id
        from own.agency_status s join own.referral r using (referral_id)
        where s.sent_at is null and s.agency_ori = :ori order by s.event_id limit :n
        """,  # noqa: S608
        {"n": PAGE, "ori": ori},
    )
    found = await known_statuses(tx, rows, ori)
    return [News(told.row["event_id"], ori, told) for told in found if _key(told) == _stored(told.row)]


async def sent(tx: Tx, event_ids: Sequence[UUID]) -> None:
    """The broker has these."""
    await tx.execute(
        "update own.agency_status set sent_at = clock_timestamp() where event_id = any(cast(:ids as uuid[]))",
        {"ids": list(event_ids)},
    )


def _key(told: Told) -> tuple[Any, ...]:
    return told.word, told.at, told.consent["consent_id"] if told.consent else None


def _stored(row: RowMapping) -> tuple[Any, ...]:
    return row["told_status"], row["told_at"], row["told_consent"]


async def _keep(tx: Tx, ori: str, changed: Sequence[Told], events: dict[UUID, UUID]) -> None:
    if not changed:
        return
    rows = [
        {
            "referral_id": told.row["referral_id"],
            "programme": told.row["programme"],
            "status": told.word,
            "at": told.at,
            "consent_id": told.consent["consent_id"] if told.consent else None,
            "event_id": events[told.row["referral_id"]],
        }
        for told in changed
    ]
    await tx.execute(
        """
        insert into own.agency_status (referral_id, programme, agency_ori, status, at, consent_id, event_id,
          prepared_at)
        select r.referral_id, r.programme, :ori, r.status, r.at, r.consent_id, r.event_id, :now
        from jsonb_to_recordset(cast(:rows as jsonb)) as r(referral_id uuid, programme text, status text,
          at timestamptz, consent_id uuid, event_id uuid)
        order by r.referral_id
        on conflict (referral_id) do update set status = excluded.status, at = excluded.at,
          consent_id = excluded.consent_id, event_id = excluded.event_id, prepared_at = excluded.prepared_at,
          sent_at = null
        """,
        {"rows": rowset(rows), "ori": ori, "now": tx.now},
    )
