"""What was sent of recorded arrests, opened again: the newest applied record of each."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import RowMapping

from services.referral.domain.arrest import CanonicalArrest
from services.referral.store.raw_records import COLUMN
from shared.messaging import Tx
from shared.runtime.keys import Keyring, SealError

log: Final = logging.getLogger(__name__)


async def page(tx: Tx, programme: str, since: datetime, after: UUID, limit: int) -> Sequence[RowMapping]:
    """Live arrests from a moment on, locked, by id behind `after`; each with its sealed record, if one is kept."""
    return await tx.rows(
        """
        select a.arrest_id, a.person_id, a.version, a.arrested_at, a.fact, a.batch_id, r.number, r.record
        from own.arrest a left join lateral (
          select number, record from own.raw_record
          where arrest_id = a.arrest_id and batch_id = a.batch_id and outcome in ('accepted', 'replaced')
          order by number desc limit 1) r on true
        where a.programme = :programme and a.state = 'live' and a.arrested_at >= :since and a.arrest_id > :after
        order by a.arrest_id limit :limit for update of a
        """,
        {"programme": programme, "since": since, "after": after, "limit": limit},
    )


def opened(keys: Keyring, row: RowMapping) -> CanonicalArrest | None:
    """What was sent of one arrest of a page; None if nothing is kept, or it cannot be opened any more."""
    if row["record"] is None:
        return None
    try:
        plain = keys.open("RAW", COLUMN, f"{row['batch_id']}:{row['number']}", row["record"])
        return CanonicalArrest.model_validate_json(plain)
    except (SealError, ValueError):
        # Its statutes are still known; nothing of the record may stand in a log.
        log.warning("the record of an arrest cannot be opened", extra={"arrest_id": str(row["arrest_id"])})
        return None
