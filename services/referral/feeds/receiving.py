"""Takes a file in, sealed piece by piece, as a batch that waits for the worker. The same bytes are the same batch.

Unless others of their source came between: then they are its newest word, and make a batch linked to their first.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import RowMapping

from services.referral.feeds.formats import FORMATS
from services.referral.feeds.text_stream import FILE_BYTES
from services.referral.store import batch_content, batches
from services.referral.store.batches import Declared, NewBatch, Tenant
from shared.messaging import Tx
from shared.runtime.ids import uuid7

PAGE_BYTES: Final = 25 * 1024 * 1024
"""The most that a page's form takes."""
PART_BYTES: Final = 1024 * 1024


class TooLarge(Exception):
    """More came than is taken."""


class Empty(Exception):
    """Nothing came."""


async def receive(
    tx: Tx,
    source: RowMapping,
    pieces: AsyncIterator[bytes],
    declared: Declared,
    *,
    key_id: str | None = None,
    most: int = FILE_BYTES,
    asks_first: bool = False,
    mends: UUID | None = None,
    arrived_at: datetime | None = None,
) -> tuple[UUID, bool]:
    """Take the file of a source: (its batch, True if it is new). Raises TooLarge or Empty, and keeps nothing then.

    `asks_first`: once read it waits for a person. `mends`: the batch whose rejected rows these are, put right.
    `arrived_at`: when it came, if it may be taken in more than once; None: now.
    """
    savepoint = await tx.connection.begin_nested()
    batch_id, tenant = uuid7(), Tenant(source["programme"], None, source["agency_ori"])
    digest, size, number = hashlib.sha256(), 0, 0
    async for piece in pieces:
        size += len(piece)
        if size > most:
            await savepoint.rollback()
            raise TooLarge
        digest.update(piece)
        await batch_content.add_part(tx, batch_id, number, piece, tenant)
        number += 1
    if not size:
        await savepoint.rollback()
        raise Empty
    named = f"{source['source']}:{source['mapping_version']}:{digest.hexdigest()}"
    if declared.complete_from:
        named += f":{declared.complete_from}:{declared.complete_to}"
    if declared.rows is not None:
        # A file that was refused for its count is another word about the same bytes once the count is right.
        named += f":rows={declared.rows}"
    body_key = key = tx.keys.blind("file", named)
    before = await batches.same_bytes(tx, source["source"], body_key)
    again = before if before is not None and await batches.has_later(tx, before, arrived_at or tx.now) else None
    if again is not None:
        # Others came between: the sender says anew what the old batch said.
        key = tx.keys.blind("file", f"{named}:again:{again['batch_id']}")
    elif before is not None:
        key = bytes(before["batch_key"])
    row, new = await batches.add(
        tx,
        NewBatch(
            source=source["source"],
            format=source["format"],
            timezone=source["timezone"],
            mapping_version=source["mapping_version"],
            key=key,
            body_key=body_key,
            status="received",
            adapter_version=FORMATS[source["format"]].version,
            tenant=tenant,
            key_id=key_id,
            size=size,
            declared=declared,
            mends=mends,
            again_of=again["batch_id"] if again else None,
        ),
        batch_id,
    )
    if not new:
        await savepoint.rollback()
        return UUID(str(row["batch_id"])), False
    if asks_first or (again and (again["error"] or {}).get("code") == "discarded"):
        await batches.ask_first(tx, batch_id)
    await savepoint.commit()
    return batch_id, True
