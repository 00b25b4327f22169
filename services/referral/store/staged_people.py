"""Who the staged records of a feed are about: their sealed content opened, and linked."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import RowMapping

from services.referral.domain.arrest import CanonicalArrest
from services.referral.store import people
from services.referral.store.people import Identity, Person, Record
from services.referral.store.raw_records import COLUMN
from shared.messaging import Tx


async def link_staged(tx: Tx, batch_id: UUID, rows: Sequence[RowMapping]) -> list[Person]:
    """The person of each staged row (`number`, `old_home`, `municipality`, `agency_ori`), in order: known, or new."""
    if not rows:
        return []
    sealed = await tx.rows(
        "select number, record from own.raw_record"
        " where batch_id = :batch_id and number = any(cast(:numbers as int[]))",
        {"batch_id": batch_id, "numbers": [row["number"] for row in rows]},
    )
    content = {row["number"]: row["record"] for row in sealed}
    return await people.link(
        tx,
        [
            Record(
                _identity(tx, batch_id, row["number"], content[row["number"]]),
                before=row["old_home"],
                municipality=row["municipality"],
                agency_ori=row["agency_ori"],
            )
            for row in rows
        ],
    )


def _identity(tx: Tx, batch_id: UUID, number: int, record: bytes) -> Identity:
    plain = tx.keys.open("RAW", COLUMN, f"{batch_id}:{number}", record)
    return Identity.of(CanonicalArrest.model_validate_json(plain).person)
